package vcapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// maxCredentials bounds the credentials of one presentation.
const maxCredentials = 100

// Verification is a document that verified, and what is to be said beside it.
type Verification struct {
	// Warnings do not undo the verification: validity period and status
	// (VCALM 1.0, 3.3).
	Warnings Problems
}

// Credential verifies a secured or enveloped credential; Problems if it does
// not verify. withStatus asks for the status as well as the proof.
func (o *Asked) Credential(ctx context.Context, data []byte, withStatus bool) (Verification, error) {
	var out Verification
	c, err := decode(data)
	if err != nil {
		return out, err
	}
	if slices.Contains(texts(c["type"]), "EnvelopedVerifiableCredential") {
		c, _, err = o.enveloped(ctx, c, KindCredential)
	} else {
		err = o.embedded(ctx, data, c)
	}
	if err != nil {
		return out, err
	}
	out.Warnings = o.period(c)
	if withStatus {
		out.Warnings = append(out.Warnings, o.status(ctx, c)...)
	}
	return out, nil
}

// embedded verifies a credential with embedded proofs: all of them, at least
// one by the issuer.
func (o *Asked) embedded(ctx context.Context, data []byte, c object) error {
	if err := credential(without(c, "proof"), true); err != nil {
		return err
	}
	u, err := dataintegrity.Parse(data)
	if err != nil {
		return malformed("", "%v", err)
	}
	issuer, own := partyID(c["issuer"]), false
	for i, p := range u.Proofs {
		if err := o.proof(ctx, u, i, dataintegrity.Assertion, issuer); err != nil {
			return err
		}
		own = own || did.Controller(p.VerificationMethod) == issuer
	}
	if !own {
		return cryptographic("no proof is by the issuer, %s", issuer)
	}
	return nil
}

func without(c object, name string) object {
	out := object{}
	for k, v := range c {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// proof verifies one proof with a key that its controller publishes. party is
// who the document says it is by.
func (o *Asked) proof(ctx context.Context, u *dataintegrity.Unverified, i int, purpose, party string) error {
	p := u.Proofs[i]
	if !p.Expires.IsZero() && !o.now().Before(p.Expires) {
		return cryptographic("the proof expired on %s", p.Expires.Format(time.RFC3339))
	}
	keys, err := o.keysOf(ctx, did.Controller(p.VerificationMethod), purpose, party)
	if err != nil {
		return err
	}
	var last error
	for _, k := range keys {
		if k.KeyID() != p.VerificationMethod && (!did.Local(p.VerificationMethod) || did.Controller(k.KeyID()) != p.VerificationMethod) {
			continue
		}
		if last = o.Workers.Do(func() error { return u.Verify(i, k, purpose, o.Contexts) }); last == nil {
			return nil
		}
	}
	if last != nil {
		return cryptographic("%v", last)
	}
	return cryptographic("%s is no verification method of its controller for %s", p.VerificationMethod, purpose)
}

// keysOf finds the keys of a controller: what the identifier itself says, our
// own, or what it publishes. What an unverified document names is looked for
// only if it is the party that the document is by; and only for assertions,
// since nothing published elsewhere is read for anything else.
func (o *Asked) keysOf(ctx context.Context, controller, purpose, party string) ([]jws.JWK, error) {
	var out []jws.JWK
	if did.Local(controller) {
		doc, err := did.Key(controller)
		if err != nil {
			return nil, cryptographic("%s cannot be read: %v", controller, err)
		}
		methods := doc.Assertion
		if purpose == dataintegrity.Authentication {
			methods = doc.Authentication
		}
		for _, m := range methods {
			out = append(out, m.Key)
		}
		return out, nil
	}
	if controller != party || purpose != dataintegrity.Assertion {
		return nil, cryptographic("no key of %s for %s could be had", controller, purpose)
	}
	var published []verify.PublishedKey
	if o.Keys != nil && controller == o.DID {
		own, err := o.Keys.published()
		if err != nil {
			return nil, err
		}
		published = own
	}
	more, err := o.source.Controller(ctx, controller)
	if err != nil && !errors.Is(err, verify.ErrUnobtainable) {
		return nil, err
	}
	for _, k := range append(published, more...) {
		if k.RevokedAt == nil || o.now().Before(*k.RevokedAt) {
			out = append(out, k.JWK)
		}
	}
	if len(out) == 0 {
		return nil, cryptographic("no key of %s could be had", controller)
	}
	return out, nil
}

// enveloped verifies the JWT of an EnvelopedVerifiableCredential or
// -Presentation and returns what it holds, and the claims around that: in data
// model 2.0 the same object.
func (o *Asked) enveloped(ctx context.Context, c object, kind string) (held, claims object, err error) {
	m := &model{}
	m.contexts(c, true)
	id, _ := c["id"].(string)
	token, ok := strings.CutPrefix(id, "data:application/"+kind+"+jwt,")
	if !ok { // the media type that the data model's own suite still writes
		token, ok = strings.CutPrefix(id, "data:application/jwt,")
	}
	if !ok {
		m.fail("id", "must be a data: URL of application/%s+jwt", kind)
	}
	if err := m.err(); err != nil {
		return nil, nil, err
	}
	u, err := jws.Parse(token)
	if err != nil {
		return nil, nil, malformed("id", "%v", err)
	}
	if t := u.Header.Typ; t != "" && !strings.EqualFold(t, "JWT") && t != kind+"+jwt" {
		return nil, nil, malformed("id", "holds a token of type %q", t)
	}
	return o.token(ctx, u, kind)
}

// token verifies a compact JWS whose payload is a credential or presentation.
func (o *Asked) token(ctx context.Context, u *jws.Unverified, kind string) (held, claims object, err error) {
	if claims, err = decode(u.Payload); err != nil {
		return nil, nil, err
	}
	held = claims
	if inner, ok := claims[kind].(object); ok { // data model 1.1: the document in a claim
		if held = inner; held["issuer"] == nil && kind == KindCredential {
			held["issuer"] = claims["iss"]
		}
	}
	issuer, _ := claims["iss"].(string)
	signer, purpose := partyID(held["issuer"]), dataintegrity.Assertion
	if kind == KindPresentation {
		signer, purpose = first(partyID(held["holder"]), issuer), dataintegrity.Authentication
		err = presentation(held)
	} else {
		err = credential(held, true)
	}
	if err != nil {
		return nil, nil, err
	}
	if issuer != "" && signer != "" && issuer != signer {
		return nil, nil, malformed("iss", "differs from who the document names")
	}
	controller := did.Controller(u.Header.Kid)
	if !strings.Contains(u.Header.Kid, ":") { // a bare name: the issuer's own
		controller = signer
	}
	if signer != "" && controller != signer {
		return nil, nil, cryptographic("the token is signed by %s, not by %s", controller, signer)
	}
	keys, err := o.keysOf(ctx, controller, purpose, signer)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range keys {
		named := u.Header.Kid == k.KeyID() || u.Header.Kid == "" || u.Header.Kid == controller || strings.HasSuffix(k.KeyID(), "#"+u.Header.Kid)
		if named && u.Verify(k) == nil {
			return held, claims, nil
		}
	}
	return nil, nil, cryptographic("the signature does not verify with a key of %s", controller)
}

// period warns of a validity period that does not hold now.
func (o *Asked) period(c object) Problems {
	var out Problems
	warn := func(detail string) { out = append(out, Problem{typeRange, "Validity period", detail}) }
	for _, name := range []string{"validFrom", "issuanceDate"} {
		if s, ok := c[name].(string); ok {
			if t, ok := dateTimeStamp(s); ok && o.now().Before(t) {
				warn("The credential is not valid before " + s + ".")
			}
		}
	}
	for _, name := range []string{"validUntil", "expirationDate"} {
		if s, ok := c[name].(string); ok {
			if t, ok := dateTimeStamp(s); ok && !o.now().Before(t) {
				warn("The credential expired on " + s + ".")
			}
		}
	}
	return out
}

// Presentation verifies a presentation and each credential in it. What is
// given as challenge and domain, a signed presentation must repeat.
func (o *Asked) Presentation(ctx context.Context, data []byte, challenge, domain string) (Verification, error) {
	var out Verification
	p, err := decode(data)
	if err != nil {
		return out, err
	}
	signer := "" // who secured the presentation, if anyone
	switch {
	case slices.Contains(texts(p["type"]), "EnvelopedVerifiablePresentation"):
		p, signer, err = o.envelopedPresentation(ctx, p, challenge, domain)
	case p["proof"] != nil:
		signer, err = o.signedPresentation(ctx, data, p, challenge, domain)
	default:
		err = presentation(p)
	}
	if err != nil {
		return out, err
	}
	all := list(p["verifiableCredential"])
	if len(all) > maxCredentials {
		return out, malformed("verifiableCredential", "holds more than %d credentials", maxCredentials)
	}
	for i, x := range all {
		v, err := o.inside(ctx, x, partyID(p["holder"]), signer)
		var faults Problems
		if errors.As(err, &faults) {
			for j := range faults {
				faults[j].Detail = fmt.Sprintf("verifiableCredential[%d]: %s", i, faults[j].Detail)
			}
			return out, faults
		}
		if err != nil {
			return out, err
		}
		out.Warnings = append(out.Warnings, v.Warnings...)
	}
	return out, nil
}

// inside verifies a credential of a presentation. One without a proof of its own
// stands only as the holder's word about itself, secured with the presentation
// by the holder (VC Data Model 2.0, 4.13.4).
func (o *Asked) inside(ctx context.Context, x any, holder, signer string) (Verification, error) {
	c, _ := x.(object)
	enveloped := slices.Contains(texts(c["type"]), "EnvelopedVerifiableCredential")
	if _, secured := c["proof"]; secured || enveloped || holder == "" || signer != holder || partyID(c["issuer"]) != holder {
		raw, err := json.Marshal(x)
		if err != nil {
			return Verification{}, fmt.Errorf("reading a credential: %w", err)
		}
		return o.Credential(ctx, raw, false)
	}
	if err := credential(c, true); err != nil {
		return Verification{}, err
	}
	return Verification{Warnings: o.period(c)}, nil
}

func (o *Asked) signedPresentation(ctx context.Context, data []byte, p object, challenge, domain string) (signer string, err error) {
	if err := presentation(without(p, "proof")); err != nil {
		return "", err
	}
	u, err := dataintegrity.Parse(data)
	if err != nil {
		return "", malformed("", "%v", err)
	}
	for i, x := range u.Proofs {
		if challenge != "" && x.Challenge != challenge {
			return "", Problems{{typeChallenge, "Invalid challenge", "The proof repeats another challenge, or none."}}
		}
		if domain != "" && !slices.Contains(x.Domain, domain) {
			return "", Problems{{typeDomain, "Invalid domain", "The proof is for another domain, or for none."}}
		}
		if err := o.proof(ctx, u, i, dataintegrity.Authentication, partyID(p["holder"])); err != nil {
			return "", err
		}
		signer = did.Controller(x.VerificationMethod)
	}
	return signer, nil
}

// envelopedPresentation: nonce and aud take the place of challenge and domain
// (VC-JOSE-COSE 1.0, 3.1.2).
func (o *Asked) envelopedPresentation(ctx context.Context, p object, challenge, domain string) (held object, signer string, err error) {
	held, claims, err := o.enveloped(ctx, p, KindPresentation)
	if err != nil {
		return nil, "", err
	}
	if nonce, _ := claims["nonce"].(string); challenge != "" && nonce != challenge {
		return nil, "", Problems{{typeChallenge, "Invalid challenge", "nonce is another, or missing."}}
	}
	if domain != "" && !slices.Contains(texts(claims["aud"]), domain) {
		return nil, "", Problems{{typeDomain, "Invalid domain", "aud is another, or missing."}}
	}
	issuer, _ := claims["iss"].(string)
	return held, first(partyID(held["holder"]), issuer), nil
}
