package claims

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

type warning struct {
	Body              string `json:"body"` // register id of its subject
	Subject           string `json:"subject"`
	Authority         string `json:"authority"`
	Date              string `json:"date"`
	Wording           string `json:"wording"`
	URL               string `json:"url"`
	PrimarySourceRead bool   `json:"primary_source_read"`
	Load              bool   `json:"load"`
	Reviewer          string `json:"reviewer"`
	ReviewedOn        string `json:"reviewed_on"`
}

// Warnings are the official warnings that may be shown: those on record that
// somebody read at the authority itself.
func Warnings() ([]verify.Warning, error) { return readWarnings(warningsFile) }

// readWarnings keeps what may be shown. A warning without authority, address,
// date or subject is a fault: nobody may be named on less.
func readWarnings(data []byte) ([]verify.Warning, error) {
	var all struct {
		About   string    `json:"about"`
		Records []warning `json:"records"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("reading warnings: %w", err)
	}
	var out []verify.Warning
	for i, w := range all.Records {
		if w.Subject == "" || w.Authority == "" || w.URL == "" || w.Wording == "" {
			return nil, fmt.Errorf("warning %d names no subject, authority, address or wording", i)
		}
		date, err := day(w.Date)
		if err != nil {
			return nil, fmt.Errorf("warning %d: %w", i, err)
		}
		if !w.Load || !w.PrimarySourceRead || w.Reviewer == "" || w.Body == "" {
			continue
		}
		out = append(out, verify.Warning{Body: w.Body, Warning: redflag.Warning{
			Subject: w.Subject, Authority: w.Authority, Date: date, Wording: w.Wording, Source: w.URL}})
	}
	return out, nil
}

// day reads a date as precise as its source: year, month or day. The last day
// of the period is taken, by which it certainly was so.
func day(s string) (time.Time, error) {
	for layout, end := range map[string]func(time.Time) time.Time{
		time.DateOnly: func(t time.Time) time.Time { return t },
		"2006-01":     func(t time.Time) time.Time { return t.AddDate(0, 1, -1) },
		"2006":        func(t time.Time) time.Time { return t.AddDate(1, 0, -1) },
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return end(t), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date", s)
}
