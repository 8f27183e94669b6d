package issue

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Choice is what the holder of a certificate lets this service show of it. It
// can narrow what the issuer signed, never widen it. The zero Choice leaves it
// as signed, and shows no evidence.
type Choice struct {
	Publication Publication `json:"publication,omitempty"` // narrower than signed; empty: as signed
	HideLevel   bool        `json:"hide_level,omitempty"`
	HideRecord  bool        `json:"hide_record,omitempty"` // the signed credential is not handed out
	Evidence    []int       `json:"evidence,omitempty"`    // items shown, by their place in the record
}

// ParseChoice reads what Text wrote; nothing is the zero Choice.
func ParseChoice(doc string) (Choice, error) {
	var c Choice
	if doc == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(doc), &c); err != nil {
		return c, fmt.Errorf("reading a holder's choice: %w", err)
	}
	return c, nil
}

// Text writes a choice for the record.
func (c Choice) Text() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts, numbers and booleans
	}
	return string(b)
}

// Narrowed is the choice fit for a request that was signed: what would widen
// it is left out, and what makes no difference.
func (c Choice) Narrowed(r Request) Choice {
	rank := []Publication{Public, Match, Hidden}
	if slices.Index(rank, c.Publication) <= slices.Index(rank, r.Publication) {
		c.Publication = ""
	}
	var shown []int
	for i := range r.Evidence {
		if slices.Contains(c.Evidence, i) {
			shown = append(shown, i)
		}
	}
	c.Evidence = shown
	return c
}

// WithholdsRecord tells whether the signed bytes are kept back: they say
// everything, so they go with whatever is hidden.
func (c Choice) WithholdsRecord() bool { return c.HideRecord || c.HideLevel || c.Publication != "" }

// Refuse answers whoever asks for the signed bytes that the holder keeps back.
func (c Choice) Refuse() error {
	if !c.WithholdsRecord() {
		return nil
	}
	return &fault.Refusal{Kind: fault.Missing, Code: "WITHHELD_BY_HOLDER", Detail: "The holder does not let this service hand out the signed credential. Ask the holder for it."}
}
