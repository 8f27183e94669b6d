package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/assertion"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Documents reads what is at an address, for the form of badges that is
// spread over several. What cannot be had is ErrUnobtainable.
type Documents func(ctx context.Context, address string) ([]byte, error)

// hosted is what was learnt of an Open Badges 2.0 assertion at the addresses
// that it names. The zero value has learnt nothing.
type hosted struct {
	signed      bool
	origin      trust.Outcome // the issuer answers for it: by its host, or by a key it publishes
	content     trust.Outcome // nothing was altered
	problem     string        // code of whatever is not Pass
	detail      string        // in words
	statusKnown bool
	revoked     bool
}

// IsAssertion tells whether the text is an Open Badges 2.0 assertion, hosted
// or signed, which GatherAssertion reads. It is quick for anything else.
func IsAssertion(text []byte) bool {
	text = bytes.TrimSpace(text)
	if parts := bytes.Split(text, []byte(".")); len(parts) == 3 {
		payload, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
		if err == nil {
			text = payload
		}
	}
	return bytes.Contains(text, []byte("openbadges")) && assertion.Is(text)
}

// GatherAssertion is Gather for an Open Badges 2.0 assertion. Hosted: the
// assertion is read again at its own address, and what is there counts; its
// issuer must be of the same host or name that host (Open Badges 2.0,
// "Verification"). Signed: the key is read at the address that the assertion
// names, and nothing else before the signature verified with it; then the
// key's owner must own up to it and be the badge's issuer.
func GatherAssertion(ctx context.Context, text []byte, p Policy, src Source, read Documents) (Evidence, error) {
	text = bytes.TrimSpace(text)
	u := &UnverifiedCertificate{raw: string(text), hosted: &hosted{}}
	g := assertionReader{read: read, u: u, h: u.hosted}
	ev := Evidence{Certificate: u}
	payload := text
	token, err := jws.Parse(string(text))
	if err == nil {
		payload = token.Payload
	}
	a, err := assertion.Parse(payload)
	if err != nil {
		u.fault = err
		return ev, nil
	}
	u.claims = claimsOf(a)
	if token != nil && a.Signed {
		err = g.signed(ctx, token, a)
	} else {
		err = g.hosted(ctx, a)
	}
	ev.Unobtainable = g.missing
	if err != nil || u.fault != nil {
		return ev, err
	}
	q := RegisterQuery{Certificate: u.claims.ID, Scheme: u.claims.Scheme.Address}
	if err := gatherStatements(ctx, u.claims, src, &ev, &q); err != nil {
		return ev, err
	}
	if ev.Register, err = src.Register(ctx, q); err != nil {
		return ev, fmt.Errorf("reading the register: %w", err)
	}
	return ev, nil
}

// assertionReader follows an assertion to its issuer.
type assertionReader struct {
	read    Documents
	u       *UnverifiedCertificate
	h       *hosted
	missing []string
}

// get reads a document; false if it cannot be had, which is told.
func (g *assertionReader) get(ctx context.Context, address string) ([]byte, bool, error) {
	data, err := g.read(ctx, address)
	if errors.Is(err, ErrUnobtainable) {
		g.missing = append(g.missing, address)
		g.unknown(CouldNotFetch, "what is at "+address+" could not be obtained")
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading a document of the assertion: %w", err)
	}
	return data, true, nil
}

func (g *assertionReader) unknown(code, detail string) {
	g.h.origin, g.h.problem, g.h.detail = trust.Unknown, code, detail
}

func (g *assertionReader) refuse(code, detail string) {
	g.h.origin, g.h.problem, g.h.detail = trust.Fail, code, detail
}

// hosted reads the assertion where it says it is.
func (g *assertionReader) hosted(ctx context.Context, a assertion.Assertion) error {
	if a.Signed {
		g.unknown("", "it is verified by a signature, and here it is without one; hand in the signed assertion itself")
		return nil
	}
	data, ok, err := g.get(ctx, a.ID)
	if !ok || err != nil {
		return err
	}
	if id, revoked := assertion.Revoked(data); revoked && id == a.ID {
		g.h.statusKnown, g.h.revoked = true, true
	}
	there, err := assertion.Parse(data)
	if err != nil && g.h.revoked {
		g.unknown(CodeWithdrawn, "at its own address there is only that it was revoked")
		return nil
	}
	if err != nil || there.ID != a.ID || there.Signed {
		g.refuse(ClaimMismatch, "at its own address there is something else")
		return nil
	}
	if there.Recipient != a.Recipient || there.Badge.Address != a.Badge.Address || !there.IssuedOn.Equal(a.IssuedOn) || !there.Expires.Equal(a.Expires) {
		g.h.content = trust.Fail
		g.refuse(ClaimMismatch, "its issuer's own copy says something else")
		return nil
	}
	g.h.content = trust.Pass
	g.u.claims = claimsOf(there)
	profile, ok, err := g.issuer(ctx, there)
	if !ok || err != nil {
		return err
	}
	if !mayHost(profile, there.ID) {
		g.refuse(UnknownKey, "it lies where "+profile.ID+" keeps no assertions")
		return nil
	}
	g.h.origin, g.h.statusKnown = trust.Pass, true
	return nil
}

// signed checks the signature with the key that the assertion names.
func (g *assertionReader) signed(ctx context.Context, token *jws.Unverified, a assertion.Assertion) error {
	g.h.signed = true
	data, ok, err := g.get(ctx, a.Creator)
	if !ok || err != nil {
		return err
	}
	key, err := assertion.ParseKey(data)
	if err != nil || key.Key.KeyID() != a.Creator {
		g.unknown(UnknownKey, "at the address of its key there is no key that could be used")
		return nil
	}
	if token.Verify(key.Key) != nil {
		g.h.content = trust.Fail
		g.refuse(InvalidSignature, "the signature does not fit the content: the record was altered or forged")
		return nil
	}
	g.h.content = trust.Pass
	profile, ok, err := g.issuer(ctx, a)
	if !ok || err != nil {
		return err
	}
	if profile.ID != key.Owner || !slices.Contains(profile.Keys, a.Creator) {
		g.refuse(UnknownKey, "it was signed with a key that "+profile.ID+" does not have")
		return nil
	}
	g.h.origin = trust.Pass
	return g.revocations(ctx, profile, a)
}

// revocations reads the list that the issuer of signed assertions keeps.
func (g *assertionReader) revocations(ctx context.Context, profile assertion.Profile, a assertion.Assertion) error {
	if profile.RevocationList == "" {
		return nil
	}
	data, err := g.read(ctx, profile.RevocationList)
	if errors.Is(err, ErrUnobtainable) {
		g.missing = append(g.missing, profile.RevocationList)
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a revocation list: %w", err)
	}
	id, revoked, err := assertion.ParseRevocations(data)
	if err == nil && id == profile.RevocationList {
		g.h.statusKnown, g.h.revoked = true, revoked[a.ID]
	}
	return nil
}

// issuer reads the badge class and its issuer's profile, each at its own
// address, and completes the claims with them.
func (g *assertionReader) issuer(ctx context.Context, a assertion.Assertion) (assertion.Profile, bool, error) {
	var none assertion.Profile
	data, ok, err := g.document(ctx, a.Badge)
	if !ok || err != nil {
		return none, false, err
	}
	badge, err := assertion.ParseBadge(data)
	if err != nil || a.Badge.Address != "" && badge.ID != a.Badge.Address {
		g.unknown(Malformed, "the description of the badge cannot be read")
		return none, false, nil
	}
	g.u.claims.Scheme = credential.Scheme{Address: badge.ID, Name: badge.Name, Description: badge.Description, Criteria: badge.Criteria}
	address := badge.Issuer.Address
	if data, ok, err = g.get(ctx, address); !ok || err != nil { // also if embedded: whose it is, only its address tells
		g.u.claims.Issuer = credential.Party{DID: address}
		return none, false, err
	}
	profile, err := assertion.ParseProfile(data)
	if err != nil || profile.ID != address {
		g.unknown(Malformed, "the issuer's profile cannot be read")
		return none, false, nil
	}
	g.u.claims.Issuer = credential.Party{DID: profile.ID, Name: profile.Name, Website: profile.Website}
	return profile, true, nil
}

func (g *assertionReader) document(ctx context.Context, r assertion.Reference) ([]byte, bool, error) {
	if len(r.Embedded) > 0 {
		return r.Embedded, true, nil
	}
	return g.get(ctx, r.Address)
}

// mayHost tells whether the issuer lets its assertions lie at the address.
func mayHost(p assertion.Profile, address string) bool {
	u, err := url.Parse(address)
	home, err2 := url.Parse(p.ID)
	if err != nil || err2 != nil || u.Scheme != "https" && u.Scheme != home.Scheme {
		return false
	}
	for _, prefix := range p.StartsWith {
		// A prefix must end the host, else another host begins with it.
		if x, err := url.Parse(prefix); err == nil && x.Host == u.Host && x.Scheme == u.Scheme && strings.HasPrefix(address, prefix) {
			return true
		}
	}
	if len(p.Origins) > 0 {
		return slices.ContainsFunc(p.Origins, func(o string) bool { return strings.EqualFold(o, u.Host) })
	}
	return len(p.StartsWith) == 0 && strings.EqualFold(home.Host, u.Host)
}

// claimsOf puts an assertion into the words of a certificate.
func claimsOf(a assertion.Assertion) credential.Certificate {
	c := credential.Certificate{ID: a.ID, DecidedAt: a.IssuedOn, ValidFrom: a.IssuedOn, ValidUntil: a.Expires,
		Scheme: credential.Scheme{Address: a.Badge.Address, Name: a.Badge.Address}}
	if r := a.Recipient; r.Type == "email" && r.Hashed && strings.HasPrefix(r.Identity, "sha256$") {
		c.Holder = credential.Holder{EmailHash: strings.ToLower(r.Identity), Salt: r.Salt}
	}
	return c
}

// judgeHosted tells what was learnt of an Open Badges 2.0 assertion.
func (e *evaluation) judgeHosted(h *hosted) {
	e.set(CheckFormat, trust.Pass, "", "The record is a well-formed badge of an older form, Open Badges 2.0.", "format.badge2")
	issuer := e.body(e.cert.Issuer.DID).Name
	where := "It was read again at its own address, where its issuer keeps it."
	if h.signed {
		where = "The signature fits the content: nothing was altered."
	}
	switch h.content {
	case trust.Pass:
		e.set(CheckSignature, trust.Pass, "", where)
	case trust.Fail:
		e.set(CheckSignature, trust.Fail, h.problem, sentence("The record is not the one that its issuer answers for", h.detail), "signature.not_answered")
	default:
		e.set(CheckSignature, trust.Unknown, h.problem, sentence("Whether it is unaltered could not be checked", h.detail), "signature.unchecked")
	}
	switch h.origin {
	case trust.Pass:
		e.authenticity = Authentic
		e.set(CheckIssuerKey, trust.Pass, "", "It is "+issuer+" that answers for it, by its own address. Whose address that is, nobody this service trusts has said.", "key.hosted", "issuer", issuer)
	case trust.Fail:
		e.authenticity = Inauthentic
		e.set(CheckIssuerKey, trust.Fail, h.problem, sentence("The issuer it names does not answer for it", h.detail), "key.not_answered")
	default:
		e.authenticity = AuthenticityUnknown
		e.set(CheckIssuerKey, trust.Unknown, h.problem, sentence("Whether the issuer it names answers for it could not be checked", h.detail), "key.unchecked")
	}
}

// history is what the issuer tells of a badge, in events; it tells no dates.
func (h *hosted) history(c credential.Certificate) ([]trust.Event, bool) {
	if h.revoked {
		return []trust.Event{{Kind: trust.Withdrawn, EffectiveAt: c.ValidFrom, LearntAt: c.ValidFrom}}, true
	}
	return nil, h.statusKnown
}
