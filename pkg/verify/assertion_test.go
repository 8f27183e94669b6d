package verify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// olderFixtures is the folder of 1EdTech's Open Badges 2.0 test data, which is
// not part of the project.
func olderFixtures(t *testing.T) string {
	dir := os.Getenv("BONAFIDE_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "fixtures")
	}
	dir = filepath.Join(dir, "ob20-1edtech-validator")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found at %s", dir)
		}
		t.Skipf("third-party test data not found at %s: NOT TESTED against it (set BONAFIDE_FIXTURES)", dir)
	}
	return dir
}

// shelf serves documents by their id, or by the address written before one.
func shelf(t *testing.T, documents []string) verify.Documents {
	held := map[string]string{}
	for _, d := range documents {
		address, text, ok := strings.Cut(d, " {")
		if !ok || !strings.HasPrefix(address, "https:") {
			var o struct{ ID string }
			require.NoError(t, json.Unmarshal([]byte(d), &o))
			address, text = o.ID, d
		} else {
			text = "{" + text
		}
		held[address] = text
	}
	return func(_ context.Context, address string) ([]byte, error) {
		if text, ok := held[address]; ok {
			return []byte(text), nil
		}
		return nil, verify.ErrUnobtainable
	}
}

// TestOpenBadges2 tries what could make a badge of the older form pass for one
// that its issuer answers for.
func TestOpenBadges2(t *testing.T) {
	dir := olderFixtures(t)
	object := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		require.NoError(t, err)
		return string(data)
	}
	assertion, organisation, class := object("basic-assertion.json"), object("assets/organization.json"), object("assets/robotics-badge.json")
	key, signed := object("assets/key1.json"), object("simple.jwt")
	elsewhere := func(s string) string {
		return strings.ReplaceAll(s, "https://example.org/beths-robotics", "https://elsewhere.example/beths-robotics")
	}
	allowing := func(rule string) string {
		return strings.Replace(organisation, `"type": "Issuer"`, `"type": "Profile", "verification": {"type":"VerificationObject",`+rule+`}`, 1)
	}
	revocations := func(id string) string {
		return `{"@context":"https://w3id.org/openbadges/v2","id":"https://example.org/revoked","type":"RevocationList","revokedAssertions":[{"id":"` + id + `"},"urn:uuid:1"]}`
	}
	listed := strings.Replace(organisation, `"type": "Issuer"`, `"type": "Issuer", "revocationList": "https://example.org/revoked"`, 1)
	for name, x := range map[string]struct {
		given        string
		documents    []string
		authenticity verify.Authenticity
		currency     verify.Currency
		code         string
	}{
		"hosted":                     {assertion, []string{assertion, class, organisation}, verify.Authentic, verify.InForce, ""},
		"hosted, expired":            {strings.Replace(assertion, `"issuedOn"`, `"expires":"2020-01-01","issuedOn"`, 1), []string{strings.Replace(assertion, `"issuedOn"`, `"expires":"2020-01-01","issuedOn"`, 1), class, organisation}, verify.Authentic, verify.Expired, ""},
		"hosted, not there":          {assertion, []string{class, organisation}, verify.AuthenticityUnknown, verify.CurrencyUnknown, verify.CouldNotFetch},
		"hosted, altered recipient":  {strings.Replace(assertion, "ecf5409f", "00000000", 1), []string{assertion, class, organisation}, verify.Inauthentic, verify.CurrencyUnknown, verify.ClaimMismatch},
		"hosted, altered date":       {strings.Replace(assertion, "2016-12-31", "2026-01-01", 1), []string{assertion, class, organisation}, verify.Inauthentic, verify.CurrencyUnknown, verify.ClaimMismatch},
		"hosted, another thing":      {assertion, []string{strings.Replace(class, "https://example.org/robotics-badge.json", "https://example.org/beths-robotics-badge.json", 1), class, organisation}, verify.Inauthentic, verify.CurrencyUnknown, verify.ClaimMismatch},
		"hosted, another host":       {elsewhere(assertion), []string{elsewhere(assertion), class, organisation}, verify.Inauthentic, verify.CurrencyUnknown, verify.UnknownKey},
		"hosted, host allowed":       {elsewhere(assertion), []string{elsewhere(assertion), class, allowing(`"allowedOrigins":"elsewhere.example"`)}, verify.Authentic, verify.InForce, ""},
		"hosted, prefix allowed":     {elsewhere(assertion), []string{elsewhere(assertion), class, allowing(`"startsWith":["https://elsewhere.example/beths"]`)}, verify.Authentic, verify.InForce, ""},
		"hosted, prefix of a host":   {elsewhere(assertion), []string{elsewhere(assertion), class, allowing(`"startsWith":"https://elsewhere"`)}, verify.Inauthentic, verify.CurrencyUnknown, verify.UnknownKey},
		"hosted, own host forbidden": {assertion, []string{assertion, class, allowing(`"allowedOrigins":["elsewhere.example"]`)}, verify.Inauthentic, verify.CurrencyUnknown, verify.UnknownKey},
		"hosted, revoked":            {assertion, []string{strings.Replace(assertion, `"issuedOn"`, `"revoked":true,"issuedOn"`, 1), class, organisation}, verify.Authentic, verify.Withdrawn, ""},
		"hosted, issuer not there":   {assertion, []string{assertion, class}, verify.AuthenticityUnknown, verify.InForce, verify.CouldNotFetch},
		"hosted, class is another":   {assertion, []string{assertion, organisation, "https://example.org/robotics-badge.json " + strings.Replace(class, "org/robotics", "org/other", 1)}, verify.AuthenticityUnknown, verify.InForce, verify.Malformed},
		"hosted, embedded issuer of somebody else": {
			strings.Replace(assertion, `"https://example.org/robotics-badge.json"`, strings.Replace(class, `"https://example.org/organization.json"`, strings.ReplaceAll(organisation, "example.org/org", "famous.example/org"), 1), 1),
			[]string{strings.Replace(assertion, `"https://example.org/robotics-badge.json"`, strings.Replace(class, `"https://example.org/organization.json"`, strings.ReplaceAll(organisation, "example.org/org", "famous.example/org"), 1), 1), strings.ReplaceAll(organisation, "example.org/org", "famous.example/org")},
			verify.Inauthentic, verify.CurrencyUnknown, verify.UnknownKey},
		"signed":                      {signed, []string{key, class, organisation}, verify.Authentic, verify.CurrencyUnknown, ""},
		"signed, revocation list":     {signed, []string{key, class, listed, revocations("urn:uuid:2")}, verify.Authentic, verify.InForce, ""},
		"signed, revoked":             {signed, []string{key, class, listed, revocations("https://example.org/beths-robotics-badge.json")}, verify.Authentic, verify.Withdrawn, ""},
		"signed, list not there":      {signed, []string{key, class, listed}, verify.Authentic, verify.CurrencyUnknown, ""},
		"signed, no key":              {signed, []string{class, organisation}, verify.AuthenticityUnknown, verify.CurrencyUnknown, verify.CouldNotFetch},
		"signed, altered":             {altered(t, signed), []string{key, class, organisation}, verify.Inauthentic, verify.CurrencyUnknown, verify.InvalidSignature},
		"signed, owner is another":    {signed, []string{strings.Replace(key, "org/organization", "org/other", 1), class, organisation}, verify.Inauthentic, verify.CurrencyUnknown, verify.UnknownKey},
		"signed, key not owned up to": {signed, []string{key, class, strings.Replace(organisation, "key1.json", "key2.json", 1)}, verify.Inauthentic, verify.CurrencyUnknown, verify.UnknownKey},
		"signed, without signature":   {strings.Replace(assertion, `"type": "hosted"`, `"type":"signed","creator":"http://example.org/key1.json"`, 1), []string{key, class, organisation}, verify.AuthenticityUnknown, verify.CurrencyUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			read := shelf(t, x.documents)
			require.True(t, verify.IsAssertion([]byte(x.given)))
			p := verify.Policy{Now: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)}
			ev, err := verify.GatherAssertion(t.Context(), []byte(x.given), p, &verify.BundleSource{}, read)
			require.NoError(t, err)
			report := verify.Evaluate(ev, p)
			require.Equal(t, x.authenticity, report.Authenticity, "%+v", report)
			require.NotEqual(t, verify.BonaFide, report.Verdict)
			if x.authenticity == verify.Authentic {
				require.Equal(t, x.currency, report.Currency, "%+v", report)
			}
			require.Contains(t, report.Checks[0].Detail, "older form, Open Badges 2.0")
			for _, c := range report.Checks {
				if c.ID == verify.CheckIssuerKey && x.code != "" {
					require.NotNil(t, c.Problem)
					require.Equal(t, x.code, *c.Problem)
				}
			}
		})
	}
}

// altered changes one letter of a token's payload.
func altered(t *testing.T, token string) string {
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("2016-12"), []byte("2015-12"), 1))
	return strings.Join(parts, ".")
}

// TestAssertionReadsNothingEarly: a signed badge that does not verify makes
// nobody read anything but its key; and a source that fails is an error.
func TestAssertionReadsNothingEarly(t *testing.T) {
	dir := olderFixtures(t)
	signed, err := os.ReadFile(filepath.Join(dir, "simple.jwt"))
	require.NoError(t, err)
	key, err := os.ReadFile(filepath.Join(dir, "assets", "key1.json"))
	require.NoError(t, err)
	var asked []string
	read := func(_ context.Context, address string) ([]byte, error) {
		asked = append(asked, address)
		return key, nil
	}
	_, err = verify.GatherAssertion(t.Context(), []byte(altered(t, string(signed))), verify.Policy{}, &verify.BundleSource{}, read)
	require.NoError(t, err)
	require.Equal(t, []string{"http://example.org/key1.json"}, asked)
	broken := errors.New("the disk is gone")
	_, err = verify.GatherAssertion(t.Context(), signed, verify.Policy{}, &verify.BundleSource{}, func(context.Context, string) ([]byte, error) { return nil, broken })
	require.ErrorIs(t, err, broken)
	for _, other := range []string{"", "a.b.c", "{}", `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass"}`, "openbadges"} {
		require.False(t, verify.IsAssertion([]byte(other)), other)
	}
}

func FuzzAssertion(f *testing.F) {
	f.Add([]byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/a","recipient":{"type":"email","identity":"a"},"badge":"https://example.org/a","issuedOn":"2026-01-01","verification":{"type":"hosted"}}`),
		[]byte(`{"@context":"https://w3id.org/openbadges/v2","type":["Assertion","BadgeClass","Issuer"],"id":"https://example.org/a","name":"x","issuer":"https://example.org/a"}`))
	f.Fuzz(func(t *testing.T, given, there []byte) {
		p := verify.Policy{Now: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)}
		ev, err := verify.GatherAssertion(t.Context(), given, p, &verify.BundleSource{}, func(context.Context, string) ([]byte, error) { return there, nil })
		require.NoError(t, err)
		require.NotEqual(t, verify.BonaFide, verify.Evaluate(ev, p).Verdict)
	})
}
