package verify

import (
	"sort"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// listed is a status list whose signature was checked.
type listed struct {
	credential.StatusList
	bits statuslist.Bits
}

// verifiedLists keeps the lists signed by a key of their issuer, oldest first.
func verifiedLists(ev *Evidence, a *authentic) []listed {
	var out []listed
	for _, token := range ev.StatusLists {
		u, err := jws.Parse(token)
		if err != nil {
			continue
		}
		l, err := credential.ParseStatusList(u)
		if err != nil {
			continue
		}
		for _, k := range a.keys[l.Issuer] {
			if matches(u.Header, k) && u.Verify(k) == nil && !a.compromised(k, l.ID) {
				out = append(out, listed{StatusList: l, bits: statuslist.Bits(l.Bits)})
				break
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].ValidFrom.Before(out[j].ValidFrom) })
	return out
}

// listedEvents turns what lists say at their own instants into a history. The
// first list that shows a bit dates it back to from: nobody said it was ever
// clear. The status at t is known if a list of each purpose covers t. Only the
// credential's signer may speak of it, or a registrar.
func listedEvents(lists []listed, speakers map[string]bool, entry credential.StatusEntry, from, t time.Time) ([]trust.Event, bool) {
	var events []trust.Event
	known := map[string]bool{}
	for _, purpose := range []struct {
		name, address string
		set, clear    trust.EventKind
	}{
		{"revocation", entry.List, trust.Withdrawn, ""},
		{"suspension", credential.SuspensionAddress(entry.List), trust.Suspended, trust.Restored},
	} {
		state, since := false, from
		for _, l := range lists {
			if l.ID != purpose.address || l.Purpose != purpose.name || !speakers[l.Issuer] {
				continue
			}
			set, err := l.bits.Has(entry.Index)
			if err != nil {
				continue
			}
			if !t.Before(l.ValidFrom) && t.Before(l.ValidUntil) {
				known[purpose.name] = true
			}
			if set && !state {
				events = append(events, trust.Event{Kind: purpose.set, EffectiveAt: since, LearntAt: l.ValidFrom})
			} else if !set && state && purpose.clear != "" {
				events = append(events, trust.Event{Kind: purpose.clear, EffectiveAt: l.ValidFrom, LearntAt: l.ValidFrom})
			}
			state, since = set, l.ValidFrom
		}
	}
	return events, known["revocation"] && known["suspension"]
}
