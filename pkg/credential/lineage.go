package credential

import (
	"encoding/json"
	"strconv"
	"time"
)

// Lineage is where a certificate stands among those of one holder for one
// scheme. The zero Lineage is that of a first certificate.
type Lineage struct {
	Previous       string    // credential id of the certificate that this one follows
	Succession     string    // how it follows it: renewed, late, reinstated or corrected
	Cycle          int       // from 1; 0: not told
	FirstDecidedAt time.Time // decision on the first certificate
	LapsedFrom     time.Time // since when, until ValidFrom, no certificate was in force; zero: no gap
}

func (l Lineage) write(o object) {
	put(o, "previousCredential", l.Previous)
	put(o, "succession", l.Succession)
	if l.Cycle > 0 {
		o["certificationCycle"] = l.Cycle
	}
	if !l.FirstDecidedAt.IsZero() {
		o["originalAwardedDate"] = stamp(l.FirstDecidedAt)
	}
	if !l.LapsedFrom.IsZero() {
		o["lapsedFrom"] = stamp(l.LapsedFrom)
	}
}

func (d *document) lineage() Lineage {
	l := Lineage{Previous: reference(d.claims, "previousCredential"), Succession: text(d.claims, "succession"),
		FirstDecidedAt: d.instant("originalAwardedDate", false), LapsedFrom: d.instant("lapsedFrom", false)}
	v, ok := d.claims["certificationCycle"]
	if !ok {
		return l
	}
	n, _ := v.(json.Number)
	var err error
	if l.Cycle, err = strconv.Atoi(n.String()); err != nil || l.Cycle < 1 {
		d.fail("certificationCycle is not a whole number from 1")
	}
	return l
}
