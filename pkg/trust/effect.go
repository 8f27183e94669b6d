package trust

import "time"

// Effect is a dated rule for what the end or suspension of a statement does
// to certificates decided before it. Rules differ by event and field, so they
// are data with a source, never code.
type Effect struct {
	Of        Kind      // the kind of statement that ended
	Event     EventKind // Suspended, Withdrawn, Reduced or Superseded
	Stands    bool      // earlier certificates stand to their own end
	StandDays int       // else they stand this many days after the event
	From      time.Time // the rule applies to events from this instant; zero: always
	Until     time.Time // and before this one; zero: open-ended
	Source    string    // address or name of the rule's source
	Note      string    // the rule in one sentence, for people
}

// DefaultEffects are the rules of a register that holds none of its own. The
// reference data holds the same, each with the source it was read in.
func DefaultEffects() []Effect {
	return []Effect{
		{Of: Accreditation, Event: Suspended, Stands: true, Source: "bonafide default",
			Note: "Certificates decided before a suspension of the body's accreditation stand."},
		{Of: Accreditation, Event: Withdrawn, StandDays: 90, Source: "bonafide default",
			Note: "Certificates decided before a withdrawal of the body's accreditation stand for 90 days."},
		{Of: Accreditation, Event: Reduced, StandDays: 90, Source: "bonafide default",
			Note: "Certificates decided before their scheme left the body's scope stand for 90 days."},
		{Of: Recognition, Event: Suspended, Stands: true, Source: "bonafide default",
			Note: "Certificates decided before a suspension of the accreditor's recognition stand."},
	}
}
