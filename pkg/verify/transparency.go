package verify

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Log is a transparency log whose proofs count.
type Log = inclusion.Log

// Logged is a registrar's word on where its log holds the record of a
// certificate.
type Logged struct {
	Origin   string    `json:"origin,omitempty"`
	Index    *int64    `json:"index,omitempty"` // nil: it waits for its place
	At       time.Time `json:"at"`              // when it was written
	Imported bool      `json:"imported,omitempty"`
}

// DefaultMergeDelay is how long a registrar's log may take to give a record its
// place, if the policy does not say.
const DefaultMergeDelay = time.Minute

// LogEntry is where the certificate stands in a transparency log.
type LogEntry struct {
	State    string     `json:"state"` // proven, included (by the register's word), pending, or missing
	Origin   string     `json:"origin,omitempty"`
	Index    *int64     `json:"index,omitempty"`
	Size     int64      `json:"size,omitempty"`      // of the checkpoint of the proof
	Cosigned int        `json:"cosigned,omitempty"`  // witnesses of the list that cosigned it
	LoggedAt *time.Time `json:"logged_at,omitempty"` // when it was written in the register
	Imported bool       `json:"imported,omitempty"`  // entered from a record of the past
	Proof    string     `json:"proof,omitempty"`     // C2SP tlog-proof, in a report that is kept as a receipt
}

// judgeTransparency asks whether the record is in the log, so that it cannot
// have been made, or dated, unseen. A proof that came with the evidence counts
// before the register's word. The answer changes no verdict: a policy may demand
// it.
func (e *evaluation) judgeTransparency() {
	if len(e.ev.LogProofs) > 0 {
		e.judgeProofs()
		return
	}
	h, known := e.ev.Register.Histories[e.cert.ID]
	if !known || h.Logged == nil {
		e.set(CheckTransparency, trust.NotApplicable, "", "No transparency log is known to hold this record, and no proof came with it.", "log.none")
		return
	}
	l := h.Logged
	e.log = &LogEntry{State: "missing", Origin: l.Origin, Index: l.Index, LoggedAt: instantOf(l.At), Imported: l.Imported}
	delay := e.p.MergeDelay
	if delay == 0 {
		delay = DefaultMergeDelay
	}
	switch {
	case l.Index != nil:
		e.log.State = "included"
		e.set(CheckTransparency, trust.Pass, "", fmt.Sprintf("By the register's word it is entry %d of the transparency log %s, since %s. Its proof can be had there.", *l.Index, l.Origin, day(l.At)), "log.entry", "index", *l.Index, "log", l.Origin, "day", l.At)
	case e.p.Now.Sub(h.RecordedAt) <= delay:
		e.log.State = "pending"
		e.set(CheckTransparency, trust.Unknown, "", fmt.Sprintf("It was issued a moment ago and waits for its place in the transparency log, which it gets within %s.", delay), "log.waits")
	default:
		e.set(CheckTransparency, trust.Fail, NotInLog, fmt.Sprintf("The register's transparency log does not hold it, though it was issued more than %s ago.", delay), "log.missing")
	}
}

// judgeProofs takes the best of the proofs: one that holds, else one that is
// wrong, else one of a log that nobody here knows.
func (e *evaluation) judgeProofs() {
	unknown, wrong := "", ""
	for _, p := range e.ev.LogProofs {
		in, err := inclusion.Check([]byte(p), nil, e.p.Logs)
		if errors.Is(err, inclusion.ErrUnknownLog) {
			unknown = "A proof came with it of a transparency log that is not among those trusted here."
			continue
		}
		if err != nil {
			wrong = "The proof that came with it does not hold: " + strings.TrimPrefix(err.Error(), inclusion.ErrProof.Error()+": ") + "."
			continue
		}
		entry, err := inclusion.ParseEntry(in.Entry)
		if err != nil || entry.Kind != inclusion.CertificateIssued || !e.ev.Certificate.named(entry) {
			wrong = "The proof that came with it is of another record than this one, byte for byte."
			continue
		}
		e.log = &LogEntry{State: "proven", Origin: in.Origin, Index: &in.Index, Size: in.Size, Cosigned: in.Witnesses, LoggedAt: instantOf(entry.At), Imported: entry.Imported}
		cosigned := ""
		if in.Witnesses > 0 {
			cosigned = fmt.Sprintf(", cosigned by %d witnesses", in.Witnesses)
		}
		e.set(CheckTransparency, trust.Pass, "", fmt.Sprintf("It is proven to be entry %d of the transparency log %s, written on %s, under the log's checkpoint of %d entries%s.",
			in.Index, in.Origin, day(entry.At), in.Size, cosigned), "log.proven", "index", in.Index, "log", in.Origin, "day", entry.At, "size", in.Size)
		return
	}
	if wrong != "" {
		e.set(CheckTransparency, trust.Fail, LogProofInvalid, wrong, "log.wrong")
		return
	}
	e.set(CheckTransparency, trust.Unknown, "", unknown, "log.stranger")
}

// named tells whether the entry is about the certificate's exact text.
func (u *UnverifiedCertificate) named(e inclusion.Entry) bool { return e.Names(u.raw) }

func instantOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
