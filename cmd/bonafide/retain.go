package main

import (
	"fmt"
	"time"
)

type retainCmd struct {
	Body        string    `required:"" help:"Body whose certificates are meant." placeholder:"ID"`
	EndedBefore time.Time `required:"" help:"Forget holders all of whose certificates of a lineage ended before this day." format:"2006-01-02"`
	Reason      string    `help:"Grounds, for the journal." default:"the time for which records are kept has passed"`
	DryRun      bool      `help:"Only count."`
}

// Run forgets what the body need not keep any longer.
func (r retainCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error {
		n, err := a.privacy.Retain(e.ctx, r.Body, r.EndedBefore, r.Reason, r.DryRun)
		if err != nil {
			return err
		}
		word := "forgotten"
		if r.DryRun {
			word = "to be forgotten"
		}
		_, err = fmt.Fprintln(e.out, n, word)
		return err
	})
}
