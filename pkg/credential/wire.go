package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Addresses that every credential of ours names.
const (
	contextVC = "https://www.w3.org/ns/credentials/v2"
	contextOB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

	schemaAchievement = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
	schemaEndorsement = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json"
	schemaType        = "1EdTechJsonSchemaValidator2019"
)

// ErrIncomplete says that a payload cannot be written because something that
// it must name is missing.
var ErrIncomplete = errors.New("the credential is incomplete")

type object = map[string]any

// envelope is what every credential of ours has: its properties and the
// registered claims that repeat them.
type envelope struct {
	types       []string
	id          string
	issuer      string
	subject     string
	from, until time.Time
	openBadge   bool // names the Open Badges context
}

// write adds the envelope to the members and encodes both.
func (e envelope) write(o object) ([]byte, error) {
	u, err := url.Parse(e.id)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: id %q is not an address below a public address", ErrIncomplete, e.id)
	}
	if e.issuer == "" || e.subject == "" || e.from.IsZero() {
		return nil, fmt.Errorf("%w: issuer, subject and validFrom must be given", ErrIncomplete)
	}
	if !e.until.IsZero() && e.until.Before(e.from) {
		return nil, fmt.Errorf("%w: validUntil is before validFrom", ErrIncomplete)
	}
	context := []string{contextVC}
	if e.openBadge {
		context = append(context, contextOB)
	}
	o["@context"] = append(context, Addresses{Public: u.Scheme + "://" + u.Host}.Context())
	o["type"], o["id"], o["jti"], o["iss"], o["sub"] = e.types, e.id, e.id, e.issuer, e.subject
	o["validFrom"], o["nbf"] = stamp(e.from), e.from.Unix()
	if !e.until.IsZero() {
		o["validUntil"], o["exp"] = stamp(e.until), e.until.Unix()
	}
	return encode(o)
}

// object is a BitstringStatusListEntry. Open Badges 3.0 takes one entry and
// wants an id; so there is no second one for suspension.
func (s StatusEntry) object() object {
	index := strconv.Itoa(s.Index)
	return object{"id": s.List + "#" + index, "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
		"statusListIndex": index, "statusListCredential": s.List}
}

// profile is the Profile of a party as issuer.
func (p Party) profile(recognizedIn string, endorsements []string) object {
	o := object{"id": p.DID, "type": []string{"Profile"}}
	put(o, "name", p.Name)
	put(o, "url", p.Website)
	if recognizedIn != "" {
		o["recognizedIn"] = object{"id": recognizedIn, "type": []string{"RecognizedEntityCredential"}}
	}
	if len(endorsements) > 0 {
		o["endorsementJwt"] = endorsements
	}
	return o
}

func schema(address string) []object { return []object{{"id": address, "type": schemaType}} }

func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// put leaves empty members out, as Open Badges 3.0 demands.
func put(o object, name, value string) {
	if value != "" {
		o[name] = value
	}
}

func encode(o object) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		return nil, fmt.Errorf("writing credential: %w", err)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}
