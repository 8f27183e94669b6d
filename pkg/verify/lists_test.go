package verify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestLists: a list speaks only if it is the issuer's, is the one named, has the
// purpose named, holds the index and covers the instant. Otherwise the status is
// unknown, never good.
func TestLists(t *testing.T) {
	mark := func(l *credential.StatusList) { l.Bits = marked(t, 7) }
	for name, x := range map[string]struct {
		change func(t *testing.T, c *chain, address string)
		want   verify.Currency
		now    time.Time
	}{
		"clear":     {func(*testing.T, *chain, string) {}, verify.InForce, now()},
		"withdrawn": {func(t *testing.T, c *chain, a string) { c.publish(t, c.cb, a, "revocation", mark) }, verify.Withdrawn, now()},
		"suspended": {func(t *testing.T, c *chain, a string) {
			c.publish(t, c.cb, credential.SuspensionAddress(a), "suspension", mark)
		}, verify.Suspended, now()},
		"signed by somebody else": {func(t *testing.T, c *chain, a string) { c.publish(t, c.ab, a, "revocation", nil) }, verify.CurrencyUnknown, now()},
		"signed in his name": {func(t *testing.T, c *chain, a string) {
			c.publish(t, party{c.cb.did, c.ab.key, c.cb.id}, a, "revocation", nil)
		}, verify.CurrencyUnknown, now()},
		"marked by somebody else": {func(t *testing.T, c *chain, a string) { c.publish(t, c.ab, a, "revocation", mark) }, verify.CurrencyUnknown, now()},
		"of another purpose":      {func(t *testing.T, c *chain, a string) { c.publish(t, c.cb, a, "message", nil) }, verify.CurrencyUnknown, now()},
		"of the other purpose":    {func(t *testing.T, c *chain, a string) { c.publish(t, c.cb, a, "suspension", nil) }, verify.CurrencyUnknown, now()},
		"another list there": {func(t *testing.T, c *chain, a string) {
			c.publish(t, c.cb, a, "revocation", func(l *credential.StatusList) { l.ID += "x" })
		}, verify.CurrencyUnknown, now()},
		"not there":            {func(_ *testing.T, c *chain, a string) { delete(c.lists, a) }, verify.CurrencyUnknown, now()},
		"half of it not there": {func(_ *testing.T, c *chain, a string) { delete(c.lists, credential.SuspensionAddress(a)) }, verify.CurrencyUnknown, now()},
		"expired":              {func(*testing.T, *chain, string) {}, verify.CurrencyUnknown, now().AddDate(0, 0, 2)},
		"not yet valid, withdrawn": {func(t *testing.T, c *chain, a string) {
			c.publish(t, c.cb, a, "revocation", func(l *credential.StatusList) { mark(l); l.ValidFrom = now().Add(time.Minute) })
		}, verify.Withdrawn, now()},
		"broken": {func(_ *testing.T, c *chain, a string) { c.lists[a] = "a.b.c" }, verify.CurrencyUnknown, now()},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			c.policy.Now = x.now
			x.change(t, c, c.at.StatusList("certificates"))
			r := c.judge(t, bundle(t, c.cb.token(t, c.certificate), c.statements(t)...))
			require.Equal(t, verify.Authentic, r.Authenticity)
			require.Equal(t, x.want, r.Currency, r.Summary)
			if x.want != verify.InForce {
				require.NotEqual(t, verify.BonaFide, r.Verdict)
			}
		})
	}
}

func marked(t testing.TB, i int) statuslist.Bits {
	bits := statuslist.New(0)
	require.NoError(t, bits.Set(i))
	return bits
}

// entry is the status of a foreign badge.
func entry(kind, purpose, list, index string) members {
	return members{"id": list + "#" + index, "type": kind, "statusPurpose": purpose, "statusListIndex": index, "statusListCredential": list}
}

// TestListsOfOthers: the forms that other issuers use.
func TestListsOfOthers(t *testing.T) {
	c := newChain(t)
	issuer := keyParty(t)
	const list = "https://cb.example/list"
	badge := func(status any) string {
		o := with(plain(c.certificate), "issuer", with(c.certificate["issuer"].(members), "id", issuer.did))
		o["@context"] = []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", c.at.Context()}
		if m, ok := status.(members); ok && m["type"] == credential.List2021Entry { // no context of model 2.0 knows it
			o = with(with(c.certificate, "issuer", o["issuer"]), "iss", issuer.did)
			return issuer.token(t, with(o, "credentialStatus", status))
		}
		return issuer.embedded(t, with(o, "credentialStatus", status))
	}
	published := func(change func(*credential.StatusList)) string {
		c.publish(t, issuer, list, "revocation", change)
		return c.lists[list]
	}
	endless := func(l *credential.StatusList) { l.ValidUntil = time.Time{} }
	old := func(bits statuslist.Bits) string {
		encoded, err := statuslist.Encode(bits)
		require.NoError(t, err)
		return issuer.embedded(t, members{"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/vc/status-list/2021/v1", "https://w3id.org/security/data-integrity/v2"}, "id": list,
			"type": []string{"VerifiableCredential", "StatusList2021Credential"}, "issuer": issuer.did, "issuanceDate": "2026-01-01T00:00:00Z",
			"credentialSubject": members{"id": list + "#list", "type": "StatusList2021", "statusPurpose": "revocation", "encodedList": strings.TrimPrefix(encoded, "u")}})
	}
	plainList := func(issuer string, revoked ...any) string {
		raw, err := json.Marshal(members{"id": list, "issuer": issuer, "revokedCredential": revoked})
		require.NoError(t, err)
		return string(raw)
	}
	id := c.certificate["id"]
	revocations := members{"id": list, "type": "1EdTechRevocationList"}
	bits, draft := entry("BitstringStatusListEntry", "revocation", list, "7"), entry("StatusList2021Entry", "revocation", list, "7")
	for name, x := range map[string]struct {
		status any
		list   string
		want   verify.Currency
	}{
		"bits, clear":              {bits, published(nil), verify.InForce},
		"bits, without an end":     {bits, published(endless), verify.InForce},
		"bits, set":                {bits, published(func(l *credential.StatusList) { endless(l); l.Bits = marked(t, 7) }), verify.Withdrawn},
		"index out of range":       {entry("BitstringStatusListEntry", "revocation", list, "131072"), published(nil), verify.CurrencyUnknown},
		"an entry not known":       {[]any{bits, members{"id": "urn:x", "type": "https://cb.example/ns#SomeEntry"}}, published(nil), verify.CurrencyUnknown},
		"draft, clear":             {draft, old(statuslist.New(0)), verify.InForce},
		"draft, set":               {draft, old(marked(t, 7)), verify.Withdrawn},
		"plain list, not on it":    {revocations, plainList(issuer.did, members{"id": "urn:other"}), verify.InForce},
		"plain list, on it":        {revocations, plainList(issuer.did, members{"id": id}), verify.Withdrawn},
		"plain list, said not":     {revocations, plainList(issuer.did, members{"id": id, "revoked": false}), verify.InForce},
		"plain list of another":    {revocations, plainList("did:web:other.example", members{"id": "urn:other"}), verify.CurrencyUnknown},
		"plain list, not readable": {revocations, `{"id":"` + list + `"}`, verify.CurrencyUnknown},
		"none named":               {nil, "", verify.CurrencyUnknown},
	} {
		src := &documents{lists: map[string]string{list: x.list}}
		r := judge(t, badge(x.status), c.policy, src)
		require.Equal(t, verify.Authentic, r.Authenticity, "%s: %s", name, r.Summary)
		require.Equal(t, x.want, r.Currency, "%s: %v", name, r.Checks)
	}
}

// TestListsOfABundle: of the lists in a bundle the newest that covers the instant
// is used, in either form; one without an end speaks for a day.
func TestListsOfABundle(t *testing.T) {
	c := newChain(t)
	address := c.at.StatusList("certificates")
	at := func(from, until time.Time, marked bool) string {
		c.publish(t, c.cb, address, "revocation", func(l *credential.StatusList) {
			if l.ValidFrom, l.ValidUntil = from, until; marked {
				require.NoError(t, statuslist.Bits(l.Bits).Set(7))
			}
		})
		return c.lists[address]
	}
	before, until := now().AddDate(0, 0, -1), now().AddDate(0, 0, 1)
	for name, x := range map[string]struct {
		lists []string
		want  verify.Currency
	}{
		"one":                   {[]string{at(before, until, false)}, verify.InForce},
		"withdrawn since":       {[]string{at(before, until, false), at(now().Add(-time.Hour), until, true)}, verify.Withdrawn},
		"likewise, other order": {[]string{at(now().Add(-time.Hour), until, true), at(before, until, false)}, verify.Withdrawn},
		"no end, fresh":         {[]string{at(now().Add(-time.Hour), time.Time{}, false)}, verify.InForce},
		"no end, old":           {[]string{at(now().AddDate(0, 0, -2), time.Time{}, false)}, verify.CurrencyUnknown},
		"past its end":          {[]string{at(before, now(), false)}, verify.CurrencyUnknown},
		"none":                  {nil, verify.CurrencyUnknown},
	} {
		all := append(c.statements(t), c.lists[credential.SuspensionAddress(address)])
		input := bundle(t, c.cb.token(t, c.certificate), append(all, x.lists...)...)
		u, src, err := verify.Open([]byte(input), c.policy)
		require.NoError(t, err)
		ev, err := verify.GatherFor(t.Context(), u, c.policy, src)
		require.NoError(t, err)
		require.Equal(t, x.want, verify.Evaluate(ev, c.policy).Currency, name)
	}
}
