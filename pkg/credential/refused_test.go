package credential_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type members = map[string]any

// at0 is no time at all.
var at0 time.Time

// changed signs the payload with one thing about it changed.
func changed(t *testing.T, payload []byte, change func(members)) *jws.Unverified {
	var o members
	require.NoError(t, json.Unmarshal(payload, &o))
	change(o)
	data, err := json.Marshal(o)
	require.NoError(t, err)
	return signed(t, data, at.Body("cb"))
}

// within changes a member some levels down; arrays count by their first item.
func within(value any, path ...string) func(members) {
	return func(o members) {
		for _, name := range path[:len(path)-1] {
			switch v := o[name].(type) {
			case members:
				o = v
			case []any:
				o = v[0].(members)
			}
		}
		if last := path[len(path)-1]; value == nil {
			delete(o, last)
		} else {
			o[last] = value
		}
	}
}

func TestCertificateRefused(t *testing.T) {
	payload, err := certificate(t).Payload()
	require.NoError(t, err)
	ob := "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	vc := "https://www.w3.org/ns/credentials/v2"
	for name, change := range map[string]func(members){
		"two documents":         within(members{}, "vc"),
		"presentation claim":    within(members{}, "vp"),
		"access token":          within("cb", "client_id"),
		"no context":            within(nil, "@context"),
		"context":               within([]any{"https://evil.example", vc, ob}, "@context"),
		"context written out":   within([]any{vc, ob, members{"name": "https://evil.example"}}, "@context"),
		"context of others":     within([]any{vc, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json.evil.example"}, "@context"),
		"model 1.1, dates of 2": within([]any{"https://www.w3.org/2018/credentials/v1", ob}, "@context"),
		"no second context":     within([]any{vc}, "@context"),
		"not a credential":      within([]any{"OpenBadgeCredential"}, "type"),
		"type is odd":           within([]any{"VerifiableCredential", "OpenBadgeCredential", 1}, "type"),
		"no zone":               within("2026-03-01T09:00:00", "validFrom"),
		"no time":               within("2026-03-01", "validFrom"),
		"loose time":            within("2026-03-01T9:00:00Z", "validFrom"),
		"no start":              within(nil, "validFrom"),
		"decision without zone": within("2026-03-01T09:00:00", "awardedDate"),
		"ends first":            within("2020-01-01T00:00:00Z", "validUntil"),
		"no issuer":             within(nil, "issuer"),
		"two issuers":           within([]any{at.Body("cb"), at.Body("ab")}, "issuer"),
		"issuer without id":     within(nil, "issuer", "id"),
		"no id":                 within(nil, "id"),
		"two subjects":          within([]any{members{"id": "a"}, members{"id": "b"}}, "credentialSubject"),
		"no subject":            within(nil, "credentialSubject"),
		"two achievements":      within([]any{members{"id": "a"}, members{"id": "b"}}, "credentialSubject", "achievement"),
		"no achievement":        within(nil, "credentialSubject", "achievement"),
		"nameless achievement":  within(nil, "credentialSubject", "achievement", "name"),
		"index":                 within("-1", "credentialStatus", "statusListIndex"),
		"index with a tail":     within("7x", "credentialStatus", "statusListIndex"),
		"index is huge":         within("99999999999999999999", "credentialStatus", "statusListIndex"),
		"no list":               within(nil, "credentialStatus", "statusListCredential"),
		"claim is a text":       within("true", "accreditationClaim"),
		"endorsement":           within([]any{members{}}, "issuer", "endorsementJwt"),
	} {
		_, err := credential.ParseCertificate(changed(t, payload, change))
		require.ErrorIs(t, err, credential.ErrMalformed, name)
	}
	s, _ := signer(t, at.Body("cb"))
	for _, typ := range []string{"at+jwt", "entity-statement+jwt", "vp+jwt"} {
		token, err := jws.Sign(payload, typ, s)
		require.NoError(t, err)
		u, err := jws.Parse(token)
		require.NoError(t, err)
		_, err = credential.ParseCertificate(u)
		require.ErrorIs(t, err, credential.ErrMalformed, typ)
	}
}

func TestClaimsMustRepeatProperties(t *testing.T) {
	payload, err := certificate(t).Payload()
	require.NoError(t, err)
	split := func(claim string, change func(members)) {
		_, err := credential.ParseCertificate(changed(t, payload, change))
		var mismatch *credential.ClaimMismatchError
		require.ErrorAs(t, err, &mismatch, claim)
		require.Equal(t, claim, mismatch.Claim)
	}
	for _, claim := range []string{"iss", "jti", "nbf", "exp"} {
		split(claim, within(nil, claim))
	}
	for _, claim := range []string{"iss", "jti", "sub", "aud", "nbf", "exp"} {
		split(claim, within("urn:other", claim))
		split(claim, within(1, claim))
		split(claim, within([]any{}, claim))
	}
	split("exp", within(nil, "validUntil"))
	split("sub", within(nil, "credentialSubject", "id"))
	split("iss", func(o members) { o["ISS"], o["iss"] = o["iss"], "did:web:evil.example" })
	split("jti", func(o members) { o["JTI"] = o["jti"]; delete(o, "jti") })
}

func TestForeignSpellings(t *testing.T) {
	c := certificate(t)
	payload, err := c.Payload()
	require.NoError(t, err)
	for name, change := range map[string]func(members){
		"issuer is an address":   within(c.Issuer.DID, "issuer"),
		"no claim sub":           within(nil, "sub"),
		"audience is subject":    within(c.Holder.SubjectID, "aud"),
		"other type name":        within([]any{"VerifiableCredential", "AchievementCredential"}, "type"),
		"other patch of context": within([]any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"}, "@context"),
		"alias of context":       within([]any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context.json"}, "@context"),
		"no name":                within(nil, "name"),
		"no achievement type":    within(nil, "credentialSubject", "achievement", "achievementType"),
		"name by language":       within(members{"de": "Schweißer", "en": "Welder"}, "credentialSubject", "achievement", "name"),
		"no decision":            within(nil, "awardedDate"),
		"fraction of a second":   within(float64(c.ValidFrom.Unix())+0.5, "nbf"),
		"an offset":              within("2026-03-01T10:00:00+01:00", "validFrom"),
		"subject in an array":    func(o members) { o["credentialSubject"] = []any{o["credentialSubject"]} },
		"type is one text":       func(o members) { o["credentialSubject"].(members)["type"] = "AchievementSubject" },
		"criteria is an address": within(members{"id": "https://cb.example/criteria"}, "credentialSubject", "achievement", "criteria"),
	} {
		got, err := credential.ParseCertificate(changed(t, payload, change))
		require.NoError(t, err, name)
		require.Equal(t, c.ID, got.ID, name)
		require.Equal(t, c.Issuer.DID, got.Issuer.DID, name)
		require.Equal(t, "Welder", got.Scheme.Name, name)
		require.True(t, c.ValidFrom.Equal(got.ValidFrom), name)
	}
	s, _ := signer(t, c.Issuer.DID)
	for _, typ := range []string{"", "JWT", "vc+jwt", "application/vc+jwt"} {
		token, err := jws.Sign(payload, typ, s)
		require.NoError(t, err)
		u, err := jws.Parse(token)
		require.NoError(t, err)
		_, err = credential.ParseCertificate(u)
		require.NoError(t, err, typ)
	}
}

func TestStatusEntries(t *testing.T) {
	c := certificate(t)
	payload, err := c.Payload()
	require.NoError(t, err)
	entry := func(purpose string) members {
		return members{"type": "BitstringStatusListEntry", "statusPurpose": purpose, "statusListIndex": "5", "statusListCredential": "https://cb.example/" + purpose}
	}
	read := func(kind, purpose string) credential.Listing {
		return credential.Listing{Type: kind, Purpose: purpose, List: "https://cb.example/" + purpose, Index: 5}
	}
	wide, old, unknown := entry("revocation"), entry("revocation"), entry("revocation")
	wide["statusSize"] = 2
	old["type"], unknown["type"] = "StatusList2021Entry", "SomeEntry"
	revocation := credential.StatusEntry{List: "https://cb.example/revocation", Index: 5}
	for name, x := range map[string]struct {
		status  any
		want    credential.StatusEntry
		all     []credential.Listing
		partial bool
	}{
		"revocation behind suspension": {[]any{entry("suspension"), entry("revocation")}, revocation,
			[]credential.Listing{read(credential.BitstringEntry, "suspension"), read(credential.BitstringEntry, "revocation")}, false},
		"suspension alone":      {entry("suspension"), credential.StatusEntry{}, []credential.Listing{read(credential.BitstringEntry, "suspension")}, false},
		"refresh says nothing":  {[]any{entry("refresh"), entry("revocation")}, revocation, []credential.Listing{read(credential.BitstringEntry, "revocation")}, false},
		"two bits":              {wide, credential.StatusEntry{}, nil, true},
		"an unknown one beside": {[]any{entry("revocation"), unknown}, revocation, []credential.Listing{read(credential.BitstringEntry, "revocation")}, true},
		"not an entry":          {"https://cb.example/revocation", credential.StatusEntry{}, nil, true},
		"draft of 2021":         {old, credential.StatusEntry{}, []credential.Listing{read(credential.List2021Entry, "revocation")}, false},
		"1EdTechRevocationList": {members{"id": "https://cb.example/r", "type": "1EdTechRevocationList"}, credential.StatusEntry{}, []credential.Listing{{Type: credential.RevocationEntry, Purpose: "revocation", List: "https://cb.example/r"}}, false},
		"none":                  {nil, credential.StatusEntry{}, nil, false},
		"another host": {members{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "5", "statusListCredential": "https://other.example/l"},
			credential.StatusEntry{List: "https://other.example/l", Index: 5}, []credential.Listing{{Type: credential.BitstringEntry, Purpose: "revocation", List: "https://other.example/l", Index: 5}}, false},
	} {
		got, err := credential.ParseCertificate(changed(t, payload, within(x.status, "credentialStatus")))
		require.NoError(t, err, name)
		require.Equal(t, x.want, got.Status, name)
		require.Equal(t, x.all, got.Listings, name)
		require.Equal(t, x.partial, got.PartialStatus, name)
	}
}

func TestForeignHolders(t *testing.T) {
	payload, err := certificate(t).Payload()
	require.NoError(t, err)
	hash := credential.Hash("zoe", "a")
	id := func(kind, hash, salt string, hashed bool) members {
		return members{"type": "IdentityObject", "identityType": kind, "identityHash": hash, "hashed": hashed, "salt": salt}
	}
	for name, x := range map[string]struct {
		identities []any
		want       credential.Holder
	}{
		"one salt":        {[]any{id("emailAddress", hash, "a", true), id("name", hash, "a", true)}, credential.Holder{HideName: true, NameHash: hash, EmailHash: hash, Salt: "a"}},
		"two salts":       {[]any{id("emailAddress", hash, "b", true), id("name", hash, "a", true)}, credential.Holder{HideName: true, NameHash: hash, Salt: "a"}},
		"upper case":      {[]any{id("name", "SHA256$"+hash[7:], "a", true)}, credential.Holder{HideName: true, NameHash: hash, Salt: "a"}},
		"weak hash":       {[]any{id("name", "md5$0cc175b9c0f1b6a831c399e269772661", "a", true)}, credential.Holder{HideName: true}},
		"name in clear":   {[]any{id("name", "Zoe", "", false), id("emailAddress", hash, "a", true)}, credential.Holder{Name: "Zoe", EmailHash: hash, Salt: "a"}},
		"e-mail in clear": {[]any{id("emailAddress", "zoe@example.org", "", false)}, credential.Holder{}},
		"first name":      {[]any{id("name", "Zoe", "", false), id("name", "Ann", "", false)}, credential.Holder{Name: "Zoe"}},
	} {
		got, err := credential.ParseCertificate(changed(t, payload, within(x.identities, "credentialSubject", "identifier")))
		require.NoError(t, err, name)
		x.want.SubjectID = got.Holder.SubjectID
		require.Equal(t, x.want, got.Holder, name)
	}
}

func TestOrdinaryEndorsementsGrantNothing(t *testing.T) {
	s := statement(t)
	payload, err := s.Payload()
	require.NoError(t, err)
	action := []string{"credentialSubject", "recognizedTo"}
	for name, change := range map[string]func(members){
		"praise":             within([]any{"VerifiableCredential", "EndorsementCredential"}, "type"),
		"kind missing":       within([]any{"VerifiableCredential", "EndorsementCredential", "RecognizedEntityCredential"}, "type"),
		"both kinds":         within([]any{"VerifiableCredential", "EndorsementCredential", "RecognizedEntityCredential", "AccreditationCredential", "RecognitionCredential"}, "type"),
		"no recognised type": within([]any{"VerifiableCredential", "EndorsementCredential", "AccreditationCredential"}, "type"),
		"nothing granted":    within(nil, action...),
		"two actions":        within([]any{members{}, members{}}, action...),
		"text":               within([]any{"issue"}, action...),
		"other action":       within("verify", append(action, "action")...),
		"other output":       within("AccreditationCredential", append(action, "outputType")...),
		"nobody's word":      within(nil, append(action, "recognizedBy")...),
		"own word":           within(s.Subject, append(action, "recognizedBy")...),
	} {
		_, err := credential.ParseStatement(changed(t, payload, change))
		require.ErrorIs(t, err, credential.ErrNotAuthority, name)
	}
}

func TestStatementRefused(t *testing.T) {
	payload, err := statement(t).Payload()
	require.NoError(t, err)
	scope := []string{"credentialSubject", "recognizedTo", "scope"}
	for name, change := range map[string]func(members){
		"no endorsement":       within([]any{"VerifiableCredential", "RecognizedEntityCredential", "AccreditationCredential"}, "type"),
		"two scopes":           within([]any{members{"activity": "a"}, members{"activity": "b"}}, scope...),
		"odd standard":         within([]any{"ISO/IEC 17024"}, append(scope, "standard")...),
		"empty edition":        within("", append(scope, "edition")...),
		"odd country":          within([]any{"CH", 1}, append(scope, "jurisdiction")...),
		"no country":           within([]any{}, append(scope, "jurisdiction")...),
		"odd scheme":           within(members{}, append(scope, "schemeId")...),
		"unknown restriction":  within("Certification", append(scope, "credentialType")...),
		"depth":                within(-1, "credentialSubject", "recognizedTo", "maxChainDepth"),
		"depth is a text":      within("1", "credentialSubject", "recognizedTo", "maxChainDepth"),
		"key":                  within(members{"keys": []any{members{"kty": "oct", "k": "AA"}}}, "credentialSubject", "subjectKeys"),
		"keys":                 within(members{"keys": make([]any, 33)}, "credentialSubject", "subjectKeys"),
		"two subjects":         within([]any{members{"id": "a"}, members{"id": "b"}}, "credentialSubject"),
		"ends first":           within("2020-01-01T00:00:00Z", "validUntil"),
		"second context wrong": within([]any{"https://www.w3.org/ns/credentials/v2", at.Context()}, "@context"),
	} {
		_, err := credential.ParseStatement(changed(t, payload, change))
		require.ErrorIs(t, err, credential.ErrMalformed, name)
	}
	_, err = credential.ParseStatement(changed(t, payload, within(at.Body("other"), "sub")))
	var split *credential.ClaimMismatchError
	require.ErrorAs(t, err, &split)
}

func TestStatusListRefused(t *testing.T) {
	payload, err := list(t).Payload()
	require.NoError(t, err)
	for name, change := range map[string]func(members){
		"type":         within([]any{"VerifiableCredential"}, "type"),
		"two purposes": within([]any{"revocation", "suspension"}, "credentialSubject", "statusPurpose"),
		"no purpose":   within(nil, "credentialSubject", "statusPurpose"),
		"not bits":     within("uAAAA", "credentialSubject", "encodedList"),
		"subject type": within("Other", "credentialSubject", "type"),
		"no id":        within(nil, "id"),
	} {
		_, err := credential.ParseStatusList(changed(t, payload, change))
		require.ErrorIs(t, err, credential.ErrMalformed, name)
	}
	bare := func(o members) {
		for _, claim := range []string{"iss", "sub", "jti", "nbf", "exp"} {
			delete(o, claim)
		}
	}
	got, err := credential.ParseStatusList(changed(t, payload, bare))
	require.NoError(t, err, "VC-JOSE-COSE asks for no claims")
	require.Equal(t, list(t), got)
	_, err = credential.ParseStatusList(changed(t, payload, within(at.Body("other"), "iss")))
	var split *credential.ClaimMismatchError
	require.ErrorAs(t, err, &split)
}

func TestIncompletePayloads(t *testing.T) {
	for name, change := range map[string]func(*credential.Certificate){
		"id":           func(c *credential.Certificate) { c.ID = "urn:uuid:1" },
		"issuer":       func(c *credential.Certificate) { c.Issuer.DID = "" },
		"subject":      func(c *credential.Certificate) { c.Holder.SubjectID = "" },
		"start":        func(c *credential.Certificate) { c.ValidFrom = at0 },
		"ends first":   func(c *credential.Certificate) { c.ValidUntil = c.ValidFrom.Add(-time.Second) },
		"scheme":       func(c *credential.Certificate) { c.Scheme.Name = "" },
		"e-mail salt":  func(c *credential.Certificate) { c.Holder.Salt = "" },
		"name salt":    func(c *credential.Certificate) { c.Holder.Salt, c.Holder.Email, c.Holder.HideName = "", "", true },
		"not a public": func(c *credential.Certificate) { c.ID = "/v1/certificates/x/credential" },
	} {
		c := certificate(t)
		change(&c)
		_, err := c.Payload()
		require.ErrorIs(t, err, credential.ErrIncomplete, name)
	}
	for name, change := range map[string]func(*credential.Statement){
		"kind":             func(s *credential.Statement) { s.Kind = "praise" },
		"issuer":           func(s *credential.Statement) { s.Issuer = "" },
		"about itself":     func(s *credential.Statement) { s.Issuer = s.Subject },
		"by its subject":   func(s *credential.Statement) { s.SignedBy.DID = s.Subject },
		"start":            func(s *credential.Statement) { s.ValidFrom = at0 },
		"kind of no value": func(s *credential.Statement) { s.Kind = trust.Kind("") },
	} {
		s := statement(t)
		change(&s)
		_, err := s.Payload()
		require.ErrorIs(t, err, credential.ErrIncomplete, name)
	}
	l := list(t)
	l.Purpose = ""
	_, err := l.Payload()
	require.ErrorIs(t, err, credential.ErrIncomplete)
}
