package assertion_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/assertion"
)

// fixture reads third-party test data, which is not part of the project.
func fixture(t testing.TB, path ...string) []byte {
	dir := os.Getenv("BONAFIDE_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "fixtures")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found at %s", dir)
		}
		t.Skipf("third-party test data not found at %s: NOT TESTED against it (set BONAFIDE_FIXTURES)", dir)
	}
	data, err := os.ReadFile(filepath.Join(append([]string{dir, "ob20-1edtech-validator"}, path...)...))
	require.NoError(t, err)
	return data
}

const plain = `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/a","recipient":{"type":"email","identity":"a@example.org","hashed":false},
 "badge":"https://example.org/b","issuedOn":"2026-01-01T00:00:00+02:00","verification":{"type":"hosted"}}`

func TestFixtures(t *testing.T) {
	a, err := assertion.Parse(fixture(t, "basic-assertion.json"))
	require.NoError(t, err)
	require.Equal(t, assertion.Assertion{ID: "https://example.org/beths-robotics-badge.json", Badge: assertion.Reference{Address: "https://example.org/robotics-badge.json"},
		IssuedOn:  time.Date(2016, 12, 31, 23, 59, 59, 0, time.UTC),
		Recipient: assertion.Recipient{Type: "email", Hashed: true, Salt: "deadsea", Identity: "sha256$ecf5409f3f4b91ab60cc5ef4c02aef7032354375e70cf4d8e43f6a1d29891942"}}, a)
	b, err := assertion.ParseBadge(fixture(t, "assets", "robotics-badge.json"))
	require.NoError(t, err)
	require.Equal(t, "Awesome Robotics Badge", b.Name)
	require.Equal(t, "https://example.org/organization.json", b.Issuer.Address)
	p, err := assertion.ParseProfile(fixture(t, "assets", "organization.json"))
	require.NoError(t, err)
	require.Equal(t, assertion.Profile{ID: "https://example.org/organization.json", Name: "An Example Badge Issuer", Website: "https://example.org", Keys: []string{"http://example.org/key1.json"}}, p)
	k, err := assertion.ParseKey(fixture(t, "assets", "key1.json"))
	require.NoError(t, err)
	require.Equal(t, "http://example.org/key1.json", k.Key.KeyID())
	require.Equal(t, p.ID, k.Owner)
	id, revoked, err := assertion.ParseRevocations(fixture(t, "assets", "revocation-list.json"))
	require.NoError(t, err)
	require.Equal(t, "http://example.org/revocation-list.json", id)
	require.Equal(t, map[string]bool{"https://example.org/beths-robotics-badge-revoked.json": true, "urn:uuid:52e4c6b3-8c13-4fa8-8482-a5cf34ef37a9": true, "urn:uuid:6deb4a00-ebce-4b28-8cc2-afa705ef7be4": true}, revoked)
	require.False(t, assertion.Is(fixture(t, "assets", "organization.json")))
}

func TestParse(t *testing.T) {
	require.True(t, assertion.Is([]byte(plain)))
	for name, c := range map[string]struct{ from, to string }{
		"another context":      {"openbadges/v2", "openbadges/v1"},
		"another type":         {`"Assertion"`, `"BadgeClass"`},
		"no id":                {`"id":"https://example.org/a",`, ``},
		"id is a number":       {`"https://example.org/a"`, `7`},
		"no badge":             {`"badge":"https://example.org/b",`, ``},
		"no recipient":         {`"recipient"`, `"receiver"`},
		"no identity":          {`"identity"`, `"ident"`},
		"no date":              {`"issuedOn"`, `"issued"`},
		"date without zone":    {`+02:00`, ``},
		"expiry is a number":   {`"issuedOn"`, `"expires":5,"issuedOn"`},
		"no verification":      {`"verification"`, `"verify"`},
		"another verification": {`"hosted"`, `"trusted"`},
		"signed without a key": {`"hosted"`, `"signed"`},
		"two ids":              {`"id":`, `"id":"https://example.org/c","id":`},
		"trailing data":        {`"hosted"}}`, `"hosted"}} {}`},
	} {
		text := strings.Replace(plain, c.from, c.to, 1)
		require.NotEqual(t, plain, text, name)
		_, err := assertion.Parse([]byte(text))
		require.Error(t, err, name)
		require.ErrorIs(t, err, assertion.ErrMalformed, name)
	}
	a, err := assertion.Parse([]byte(strings.NewReplacer(`"https://w3id.org/openbadges/v2"`, `["https://w3id.org/openbadges/v2","https://example.org/x"]`, `"type":"Assertion"`, `"type":["Assertion","Extension"]`,
		`"https://example.org/b"`, `{"id":"https://example.org/b","type":"BadgeClass","name":"B","issuer":{"id":"https://example.org/i","type":"Issuer","name":"I"},"criteria":{"narrative":"Exam"}}`).Replace(plain)))
	require.NoError(t, err)
	require.Equal(t, "https://example.org/b", a.Badge.Address)
	b, err := assertion.ParseBadge(a.Badge.Embedded)
	require.NoError(t, err)
	require.Equal(t, "Exam", b.Criteria)
	require.Equal(t, "https://example.org/i", b.Issuer.Address)
	p, err := assertion.ParseProfile(b.Issuer.Embedded)
	require.NoError(t, err)
	require.Equal(t, "I", p.Name)
}

func TestKeys(t *testing.T) {
	whole := string(fixture(t, "assets", "key1.json"))
	for name, c := range map[string]struct{ from, to string }{
		"private":       {"PUBLIC KEY", "PRIVATE KEY"},
		"a certificate": {"PUBLIC KEY", "CERTIFICATE"},
		"cut short":     {"NwIDAQAB", ""},
		"two keys":      {`-----END PUBLIC KEY-----"`, `-----END PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----"`},
		"no owner":      {`"owner"`, `"owned"`},
	} {
		text := strings.ReplaceAll(whole, c.from, c.to)
		require.NotEqual(t, whole, text, name)
		_, err := assertion.ParseKey([]byte(text))
		require.ErrorIs(t, err, assertion.ErrMalformed, name)
	}
	_, _, err := assertion.ParseRevocations([]byte(`{"@context":"https://w3id.org/openbadges/v2","type":"RevocationList","id":"urn:a","revokedAssertions":[{"reason":"x"}]}`))
	require.ErrorIs(t, err, assertion.ErrMalformed, "an entry that names nothing might mean any")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte(`{"@context":"https://w3id.org/openbadges/v2","type":["Issuer","BadgeClass","CryptographicKey","RevocationList","Assertion"],"id":"urn:a","name":"x","issuer":{},"owner":"urn:b","publicKeyPem":"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----","revokedAssertions":["urn:c"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := assertion.Parse(data); err == nil && (a.ID == "" || a.IssuedOn.IsZero() || a.Badge.Address == "" && len(a.Badge.Embedded) == 0) {
			t.Errorf("accepted %q", data)
		}
		if k, err := assertion.ParseKey(data); err == nil && (k.Key.IsZero() || k.Owner == "") {
			t.Errorf("accepted %q", data)
		}
		_, _ = assertion.ParseBadge(data)
		_, _ = assertion.ParseProfile(data)
		_, _, _ = assertion.ParseRevocations(data)
	})
}
