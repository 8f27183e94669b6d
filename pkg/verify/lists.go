package verify

import (
	"sort"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// listed is a status list whose signature was checked.
type listed struct {
	credential.StatusList
	bits statuslist.Bits
	// until is the instant before which the list speaks: its own end or, if it
	// names none, just behind the latest instant at which it was still found at
	// its address.
	until time.Time
}

// verifiedLists keeps the lists signed by a key of their issuer, oldest first.
func verifiedLists(ev *Evidence, a *authentic) []listed {
	var out []listed
	for _, text := range ev.StatusLists {
		l, signatures, err := readList(text)
		if err != nil {
			continue
		}
		u := &UnverifiedCertificate{signatures: signatures}
		u.claims.ID, u.claims.Issuer.DID = l.ID, l.Issuer
		if j := a.judgeKey(u); !j.verified || j.compromised || j.ended || j.lapsed || j.published && j.vouched {
			continue
		}
		until := l.ValidUntil
		if until.IsZero() {
			until = ev.ListedAt[text].Add(1)
		}
		out = append(out, listed{StatusList: l, bits: statuslist.Bits(l.Bits), until: until})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].ValidFrom.Before(out[j].ValidFrom) })
	return out
}

func readList(text string) (credential.StatusList, []secured, error) {
	if strings.HasPrefix(text, "{") {
		doc, err := dataintegrity.Parse([]byte(text))
		if err != nil {
			return credential.StatusList{}, nil, err
		}
		l, err := credential.ParseStatusListDocument([]byte(text))
		return l, embeddedProofs(doc), err
	}
	u, err := jws.Parse(text)
	if err != nil {
		return credential.StatusList{}, nil, err
	}
	l, err := credential.ParseStatusList(u)
	return l, []secured{&tokenSignature{token: u}}, err
}

// listedFor is what can be said of one credential's status: its id, who may speak
// of it, and where.
type listedFor struct {
	id       string
	speakers map[string]bool
	listings []credential.Listing
	partial  bool // it names listings that cannot be read here
}

// listedEvents turns what lists say at their own instants into a history. The
// first list that shows a bit dates it back to from: nobody said it was ever
// clear. The status at t is known if for every listing a list covers t. Only the
// credential's signer may speak of it, or a registrar.
func (e *evaluation) listedEvents(x listedFor, from, t time.Time) ([]trust.Event, bool) {
	var events []trust.Event
	known := len(x.listings) > 0 && !x.partial
	for _, listing := range x.listings {
		var more []trust.Event
		var told bool
		if listing.Type == credential.RevocationEntry {
			more, told = e.revoked(x, listing, from)
		} else {
			more, told = e.marked(x, listing, from, t)
		}
		events, known = append(events, more...), known && told
	}
	return events, known
}

// marked reads one entry of status lists (Bitstring Status List v1.0, 3.2): the
// list is the one named, of the purpose named, by one who may speak.
func (e *evaluation) marked(x listedFor, listing credential.Listing, from, t time.Time) (events []trust.Event, known bool) {
	set, clear := trust.Withdrawn, trust.EventKind("")
	if listing.Purpose == "suspension" {
		set, clear = trust.Suspended, trust.Restored
	}
	state, since := false, from
	for _, l := range e.lists {
		if l.ID != listing.List || l.Purpose != listing.Purpose || !x.speakers[l.Issuer] {
			continue
		}
		on, err := l.bits.Has(listing.Index)
		if err != nil {
			continue
		}
		begins := l.ValidFrom
		if begins.Before(from) {
			begins = from
		}
		// A withdrawal is final: a list without it also speaks for what was before.
		if t.Before(l.until) && (!t.Before(l.ValidFrom) || !on && clear == "") {
			known = true
		}
		if on && !state {
			events = append(events, trust.Event{Kind: set, EffectiveAt: since, LearntAt: begins})
		} else if !on && state && clear != "" {
			events = append(events, trust.Event{Kind: clear, EffectiveAt: begins, LearntAt: begins})
		}
		state, since = on, begins
	}
	return events, known
}

// revoked reads a 1EdTechRevocationList, which tells no dates: a credential on
// it counts as withdrawn from its start.
func (e *evaluation) revoked(x listedFor, listing credential.Listing, from time.Time) ([]trust.Event, bool) {
	text, ok := e.ev.Revocations[listing.List]
	if !ok {
		return nil, false
	}
	r, err := credential.ParseRevocations([]byte(text))
	if err != nil || r.ID != listing.List || !x.speakers[r.Issuer] {
		return nil, false
	}
	if !r.Revoked[x.id] {
		return nil, true
	}
	return []trust.Event{{Kind: trust.Withdrawn, EffectiveAt: from, LearntAt: from}}, true
}
