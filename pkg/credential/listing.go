package credential

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Listing is one place where a credential's status can be looked up.
type Listing struct {
	Type    string // BitstringStatusListEntry, StatusList2021Entry or 1EdTechRevocationList
	Purpose string // revocation or suspension
	List    string // address
	Index   int
}

// Types of listing.
const (
	BitstringEntry  = "BitstringStatusListEntry"
	List2021Entry   = "StatusList2021Entry"
	RevocationEntry = "1EdTechRevocationList"
)

// status reads the entries that tell of revocation and suspension, and first
// of all the revocation entry of our own kind. An entry that cannot be read
// here (another type, purpose or size) leaves the status unknown: partial is
// then true. In our own profile one entry stands for two lists.
func (d *document) status() (first StatusEntry, all []Listing, partial bool) {
	for _, v := range list(d.claims["credentialStatus"]) {
		o, ok := v.(object)
		if !ok {
			partial = partial || v != nil
			continue
		}
		l, ok := d.listing(o)
		if !ok {
			// "refresh" and "message" say nothing against a credential.
			purpose := text(o, "statusPurpose")
			partial = partial || purpose != "refresh" && purpose != "message"
			continue
		}
		if l.Type == BitstringEntry && l.Purpose == "revocation" && first.List == "" {
			first = StatusEntry{List: l.List, Index: l.Index}
			if d.ours(l.List) {
				all = append(all, Listing{Type: BitstringEntry, Purpose: "suspension", List: SuspensionAddress(l.List), Index: l.Index})
			}
		}
		all = append(all, l)
	}
	return first, all, partial
}

// ours tells whether the credential follows our profile on the list's host.
func (d *document) ours(list string) bool {
	scheme, rest, _ := strings.Cut(list, "://")
	host, _, _ := strings.Cut(rest, "/")
	return slices.Contains(d.texts(d.claims, "@context"), Addresses{Public: scheme + "://" + host}.Context())
}

func (d *document) listing(o object) (Listing, bool) {
	l := Listing{Purpose: text(o, "statusPurpose")}
	for _, t := range d.texts(o, "type") {
		switch t {
		case BitstringEntry, List2021Entry, RevocationEntry:
			l.Type = t
		}
	}
	if l.Type == RevocationEntry {
		l.Purpose, l.List = "revocation", d.need(o, "id")
		return l, true
	}
	size, sized := o["statusSize"].(json.Number)
	if l.Type == "" || l.Purpose != "revocation" && l.Purpose != "suspension" || sized && size != "1" {
		return Listing{}, false
	}
	s := text(o, "statusListIndex")
	if n, ok := o["statusListIndex"].(json.Number); ok && l.Type == List2021Entry {
		s = n.String()
	}
	var err error
	if l.Index, err = strconv.Atoi(s); err != nil || l.Index < 0 || strconv.Itoa(l.Index) != s {
		d.fail("statusListIndex is not a number in decimal digits")
	}
	l.List = d.need(o, "statusListCredential")
	return l, true
}
