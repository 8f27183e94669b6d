package v1

import (
	"context"
	"time"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

type flagResponse struct {
	Code  string     `json:"code"`
	Says  string     `json:"says"`
	Since *time.Time `json:"since,omitempty"`
}

type momentResponse struct {
	At        *time.Time `json:"at"`
	Event     string     `json:"event"`
	Known     string     `json:"known,omitempty"` // how the instant is known: exact, month, year or seen
	Kind      string     `json:"kind,omitempty"`
	Statement string     `json:"statement,omitempty"`
	Number    string     `json:"number,omitempty"`
	Body      string     `json:"body,omitempty"` // the other one concerned
	Name      string     `json:"name,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	LearntAt  *time.Time `json:"learnt_at,omitempty"`
}

type answerResponse struct {
	ID       string           `json:"id" enums:"applied_competence,accredited_standard,practical_evidence,renewal"`
	Question string           `json:"question"`
	Answer   string           `json:"answer" enums:"yes,no,not_known"`
	Because  string           `json:"because"`
	AsOf     *time.Time       `json:"as_of,omitempty"`
	Sources  []sourceResponse `json:"sources"`
}

type offerResponse struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Acronym   string           `json:"acronym,omitempty"`
	Owner     string           `json:"owner"`
	Kind      string           `json:"kind"`
	Level     string           `json:"level,omitempty"`
	Questions []answerResponse `json:"questions"`
}

// disputeNote is an open dispute beside the fact it is about.
type disputeNote struct {
	ID    string    `json:"id"`
	About aboutJSON `json:"about"`
	Fact  string    `json:"fact,omitempty"`
	Body  string    `json:"body,omitempty"`
	Words string    `json:"words"`
	Since time.Time `json:"since"`
}

func answersOf(all []registry.Answer) []answerResponse {
	out := []answerResponse{}
	for _, x := range all {
		out = append(out, answerResponse{x.ID, x.Question, x.Answer, x.Because, at(x.AsOf), sourcesOf(x.Sources)})
	}
	return out
}

func flagsOf(all []registry.Flag) []flagResponse {
	out := []flagResponse{}
	for _, f := range all {
		out = append(out, flagResponse{f.Code, f.Says, at(f.Since)})
	}
	return out
}

func timelineOf(all []registry.Moment) []momentResponse {
	out := []momentResponse{}
	for _, m := range all {
		out = append(out, momentResponse{at(m.At), m.Event, m.Known, string(m.Kind), m.Statement, m.Number, m.Other, m.OtherName, m.Reason, at(m.LearntAt)})
	}
	return out
}

func offersOf(all []registry.Offer) []offerResponse {
	out := []offerResponse{}
	for _, o := range all {
		s := o.Scheme
		out = append(out, offerResponse{s.ID, s.Name, s.Acronym, s.Owner, s.Kind, s.Level, answersOf(o.Answers)})
	}
	return out
}

// contested gives the open disputes about records, by kind and id.
func (a *API) contested(ctx context.Context) (func(about disputes.About, id string) []disputeNote, error) {
	if a.Disputes == nil {
		return func(disputes.About, string) []disputeNote { return nil }, nil
	}
	open, err := a.Disputes.OpenDisputes(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string][]disputeNote{}
	for _, d := range open {
		key := string(d.About) + " " + d.Of
		by[key] = append(by[key], disputeNote{d.ID, aboutJSON{string(d.About), d.Of}, d.Fact, d.Body, d.Words, d.Since()})
	}
	return func(about disputes.About, id string) []disputeNote { return by[string(about)+" "+id] }, nil
}
