package verify

import (
	"fmt"
	"time"
)

// Absence says how much a "not found" means. A register that does not hold all
// certificates of a body proves nothing by not holding one.
type Absence struct {
	Strength Strength      `json:"strength"`
	Says     string        `json:"says"`
	Next     []string      `json:"next"`   // what to do now, in order
	Bodies   []BodyAbsence `json:"bodies"` // by body, if one was named
}

// Strength of a "no".
type Strength string

const (
	// Strong: had the certificate been issued, it would have been found.
	Strong Strength = "strong"
	// Weak: it would probably have been found.
	Weak Strength = "weak"
	// SaysNothing: it may well exist.
	SaysNothing Strength = "says_nothing"
)

// BodyAbsence is how much it means that no certificate of this body was found.
type BodyAbsence struct {
	Body                string     `json:"body"`
	Name                string     `json:"name"`
	Strength            Strength   `json:"strength"`
	Says                string     `json:"says"`
	Register            string     `json:"register"`            // complete, partial or none
	Declared            *int       `json:"declared,omitempty"`  // certificates that the body says it has issued
	Published           *int       `json:"published,omitempty"` // … and of which the register knows
	SynchronisedAt      *time.Time `json:"synchronised_at,omitempty"`
	PromisedRefreshDays int        `json:"promised_refresh_days,omitempty"`
	CheckURL            string     `json:"check_url,omitempty"` // where the body itself answers
	LastAskedAt         *time.Time `json:"last_asked_at,omitempty"`
	Next                string     `json:"next"`
}

// Asked is what somebody looked for and did not find.
type Asked struct {
	Own bool // a number of the form that this register alone gives
}

// refreshDays is how long a complete register counts after its last comparison
// where no refresh was promised, as for accreditations.
const refreshDays = 30

// halfway is the share of certificates published from which a "no" is better
// than a guess.
const halfway = 0.5

func (e *evaluation) absence() *Absence {
	if who := e.p.Expect.Issuer; who != "" {
		return e.absenceFor(who)
	}
	if e.ev.Asked.Own {
		return &Absence{Strength: Strong, Bodies: []BodyAbsence{},
			Says: "Numbers of this form are given by this register alone, and it keeps every one it gave: no certificate with this number was ever issued through it. That says nothing about other certificates of the same person.",
			Next: []string{
				"Compare the number with the certificate, character by character, and follow its QR code.",
				"If the number is printed as it was asked for, ask the body named on the certificate, by an address you found yourself.",
			}}
	}
	return &Absence{Strength: SaysNothing, Bodies: []BodyAbsence{},
		Says: "This is not a number of this register, and no body was named whose register could be looked at. That it is not found says nothing about the certificate.",
		Next: []string{"Name the body that issued the certificate, or ask that body, by an address you found yourself."}}
}

func (e *evaluation) absenceFor(who string) *Absence {
	for _, b := range e.ev.Register.Bodies {
		if b.ID != who && b.DID != who {
			continue
		}
		var row *Coverage
		for i, c := range e.ev.Register.Coverage {
			if c.Body == b.ID && c.Of == "certificates" {
				row = &e.ev.Register.Coverage[i]
			}
		}
		x := AbsenceOf(b, row, e.p.Now)
		return &Absence{Strength: x.Strength, Says: x.Says, Bodies: []BodyAbsence{x},
			Next: []string{"Compare the number with the certificate: mistyped characters are the most frequent reason.", x.Next}}
	}
	return &Absence{Strength: SaysNothing, Bodies: []BodyAbsence{},
		Says: "This register does not know the body named, so it cannot know its certificates. That says nothing about the body or the certificate.",
		Next: []string{"Ask the body that issued the certificate, by an address you found yourself."}}
}

// AbsenceOf judges by what is known of the body's register of certificates;
// row is nil if nothing is.
func AbsenceOf(b Body, row *Coverage, now time.Time) BodyAbsence {
	x := BodyAbsence{Body: b.ID, Name: b.Name, Strength: SaysNothing, Register: "none", Next: "Ask " + b.Name + ", by an address you found yourself."}
	if row != nil {
		x.Register, x.Declared, x.Published, x.SynchronisedAt = row.Register, row.Declared, row.Published, row.SynchronisedAt
		x.PromisedRefreshDays, x.CheckURL, x.LastAskedAt = row.PromisedRefreshDays, row.CheckURL, row.LastAskedAt
	}
	if x.CheckURL != "" {
		x.Next = "Ask " + b.Name + " at its own check address, " + x.CheckURL + "; this register "
		if x.LastAskedAt != nil {
			x.Next += "last asked there on " + day(*x.LastAskedAt) + "."
		} else {
			x.Next += "has not asked there."
		}
	}
	known := x.SynchronisedAt != nil && !x.SynchronisedAt.IsZero()
	switch {
	case row == nil || x.Register == "none" || !known:
		x.Says = "This register does not hold the certificates of " + b.Name + ", so that one is not found says nothing."
	case x.Register == "complete":
		x.complete(now)
	default:
		x.partial()
	}
	return x
}

func (x *BodyAbsence) complete(now time.Time) {
	days := x.PromisedRefreshDays
	if days == 0 {
		days = refreshDays
	}
	compared := "last compared on " + day(*x.SynchronisedAt)
	switch {
	case x.Declared != nil && x.Published != nil && *x.Published < *x.Declared:
		x.Strength = Weak
		x.Says = fmt.Sprintf("The register of %s is called complete, but holds %d of the %d certificates declared (%s): this one may be among the others.", x.Name, *x.Published, *x.Declared, compared)
	case now.After(x.SynchronisedAt.AddDate(0, 0, days)):
		x.Strength = Weak
		x.Says = fmt.Sprintf("The register of %s was complete when %s, but a comparison is due every %d days: a certificate issued since may be missing.", x.Name, compared, days)
	default:
		x.Strength = Strong
		x.Says = fmt.Sprintf("The register holds every certificate of %s, %s%s: had it issued this one before, it would be here.", x.Name, compared, x.figures())
	}
}

func (x *BodyAbsence) partial() {
	if x.Declared == nil || x.Published == nil || *x.Declared <= 0 || float64(*x.Published) < halfway*float64(*x.Declared) {
		x.Says = fmt.Sprintf("The register holds only some certificates of %s%s: that one is not found says nothing.", x.Name, x.figures())
		return
	}
	x.Strength = Weak
	x.Says = fmt.Sprintf("The register holds %d of the %d certificates that %s declares, last compared on %s: this one would probably be here, but may be among the others.", *x.Published, *x.Declared, x.Name, day(*x.SynchronisedAt))
}

func (x *BodyAbsence) figures() string {
	switch {
	case x.Declared != nil && x.Published != nil:
		return fmt.Sprintf(" (%d of %d)", *x.Published, *x.Declared)
	case x.Published != nil:
		return fmt.Sprintf(" (%d)", *x.Published)
	}
	return ""
}
