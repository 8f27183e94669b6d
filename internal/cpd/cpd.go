// Package cpd applies a scheme's rule for renewing (ISO/IEC 17024:2012, 9.6) to
// the ledger of one cycle: whether the holder is on track, what exactly is
// missing, and what a renewal would grant. All of it is pure: a rule, a cycle,
// a ledger and an instant give the same answer always. It keeps nothing and
// issues nothing (package renewal).
package cpd

import (
	"math"
	"time"
)

// Kind of an entry.
type Kind string

const (
	Activity Kind = "activity" // the default
	Waiver   Kind = "waiver"   // units the body lets the holder off, as far as the rule allows
	Counter  Kind = "counter"  // takes another entry back
)

// Status of an entry in the eyes of the body. Only what is accepted counts.
type Status string

const (
	Accepted  Status = "accepted" // the default: the body itself enters it
	Submitted Status = "submitted"
	Rejected  Status = "rejected"
)

// Entry is one line of the ledger. Entries are never changed: a wrong one is
// taken back by a Counter and entered anew.
type Entry struct {
	ID          string
	Lineage     string // number of the holder's first certificate
	Cycle       int    // from 1
	Certificate string // the certificate it was entered under
	Kind        Kind
	Category    string
	Units       float64
	EarnedOn    time.Time // midnight UTC of the day
	Description string
	EvidenceURL string
	Reviewer    string
	Status      Status
	Corrects    string // Counter only: the entry taken back
	LearntAt    time.Time
}

// Cycle is the time in which units are earned for one renewal.
type Cycle struct {
	Number  int       // from 1
	Granted time.Time // decision on the holder's first certificate
	Earns   time.Time // units count from this day on
	From    time.Time // the years of the cycle count from here
	Until   time.Time // end of the certificate; zero: none
	Carried float64   // units of the cycle before that count here
}

// State of a recertification.
type State string

const (
	OnTrack State = "on_track" // renewing is not open yet, and no yearly minimum was missed
	Due     State = "due"      // renewing is open
	Overdue State = "overdue"  // the certificate has ended, or a year has ended below its minimum
)

// Missing is what one unmet requirement still needs.
type Missing struct {
	Category   string  // of a category, or
	Year       int     // of a year of the cycle, from 1, or
	Categories int     // so many more categories; else of the whole cycle
	Units      float64 // to be earned; 0 where Categories tells it
}

// Count is what a category or year has.
type Count struct {
	Category string
	Year     int
	Earned   float64 // accepted
	Counted  float64 // of these, what its maximum lets through
}

// Standing is how a cycle stands.
type Standing struct {
	State      State
	Exempt     bool
	Required   float64 // after waivers
	Earned     float64 // counted, with what was carried over
	Waived     float64
	Pending    float64 // submitted, not yet accepted
	Missing    []Missing
	Categories []Count
	Years      []Count
	OpensAt    time.Time // zero: renewing is possible at any time
	GraceUntil time.Time // zero: the rule knows no grace
}

// amount is a number of units in thousandths, so that sums are exact and do not
// depend on the order of their parts.
type amount int64

func amountOf(units float64) amount { return amount(math.Round(units * 1000)) }

func (a amount) units() float64 { return float64(a) / 1000 }

// ahead is how far a day may begin before it does in UTC: the earliest zone.
const ahead = 14 * time.Hour

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// addMonths keeps to the last day of a month that is too short.
func addMonths(t time.Time, months int) time.Time {
	t = t.UTC()
	out := t.AddDate(0, months, 0)
	if out.Day() != t.Day() {
		out = out.AddDate(0, 0, -out.Day())
	}
	return out
}
