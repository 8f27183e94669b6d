package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// Types that are not kinds of the journal.
const (
	CertificateRenewed     = "certificate.renewed" // issued, to follow another
	CertificateExpiring    = "certificate.expiring"
	CertificateExpired     = "certificate.expired"
	RecertificationDue     = "recertification.due"
	RecertificationOverdue = "recertification.overdue"
	WebhookTest            = "webhook.test"
	WatchNotice            = "watch.notice"
	WatchDigest            = "watch.digest"
)

// told are the kinds of the journal that are told, as the types they have there.
// Disputes, clients and who watches what are nobody else's.
func told() []string {
	return []string{
		journal.CertificateIssued, "certificate.suspended", "certificate.restored", "certificate.withdrawn", "certificate.superseded", "certificate.name_corrected",
		journal.CertificateErased, journal.CPDEntered, journal.StatementMade, "statement.suspended", "statement.restored", "statement.withdrawn", "statement.reduced",
		"statement.extended", "statement.superseded", journal.BodyAdded, journal.BodyChanged, journal.SchemeAdded, journal.SchemeChanged, journal.KeyAdded,
		journal.KeyRevoked, journal.CoverageDeclared, journal.WebhookDisabled,
	}
}

// Types lists all types of messages that a webhook of the register's events gets.
func Types() []string {
	out := append(told(), CertificateRenewed, CertificateExpiring, CertificateExpired, RecertificationDue, RecertificationOverdue, WebhookTest)
	slices.Sort(out)
	return out
}

// wants tells whether the endpoint asked for the type.
func wants(events []string, kind string) bool {
	return len(events) == 0 || slices.ContainsFunc(events, func(e string) bool { return matches(e, kind) })
}

// matches: "certificate.*" is every type of certificates.
func matches(pattern, kind string) bool {
	if group, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasSuffix(group, ".") {
		return strings.HasPrefix(kind, group)
	}
	return pattern == kind
}

// message is the body of every message: members in this order.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      any       `json:"data"`
}

// happening is data of what happens in the register.
type happening struct {
	Certificate string            `json:"certificate,omitempty"`
	Previous    string            `json:"previous,omitempty"`   // renewed: the certificate before
	Succession  string            `json:"succession,omitempty"` // renewed: renewed, late, reinstated or corrected
	Statement   string            `json:"statement,omitempty"`
	Key         string            `json:"key,omitempty"`
	Webhook     string            `json:"webhook,omitempty"`
	Body        string            `json:"body,omitempty"`    // whose act it is
	Subject     string            `json:"subject,omitempty"` // the body it is about
	Scheme      string            `json:"scheme,omitempty"`
	Of          string            `json:"of,omitempty"`
	Register    string            `json:"register,omitempty"`
	EffectiveAt time.Time         `json:"effective_at,omitzero"`
	ValidUntil  time.Time         `json:"valid_until,omitzero"`
	LogIndex    *int64            `json:"log_index,omitempty"` // place of the note; none for what time brings
	Links       map[string]string `json:"links,omitempty"`
}

// tell makes the message of a note for an endpoint; ok is false if it is not for it.
func (o *Office) tell(e Endpoint, n journal.Kept, follows Succession) (d Delivery, ok bool, err error) {
	kind := n.Kind
	if !slices.Contains(told(), kind) {
		return d, false, nil
	}
	what, id, _ := strings.Cut(n.Thing, " ")
	leaf, err := journal.ParseLeaf(n.Leaf)
	if err != nil {
		return d, false, fmt.Errorf("note %d: %w", n.ID, err)
	}
	data := happening{Body: n.Body, Subject: n.Subject, Scheme: leaf.Scheme, Of: leaf.Of, Register: leaf.Register, EffectiveAt: leaf.Effective, LogIndex: &n.Index}
	if kind == journal.CertificateIssued && follows.Previous != "" {
		if data.Previous, data.Succession = follows.Previous, follows.Kind; follows.Kind != issue.Corrected {
			kind = CertificateRenewed
		}
	}
	if !wants(e.Events, kind) || kind == journal.WebhookDisabled && id == e.ID {
		return d, false, nil
	}
	data.name(what, id)
	data.Links = o.links(what, id)
	d, err = delivery(e, "note "+strconv.FormatInt(n.Index, 10), n.Thing, n.Index, message{kind, n.At, data})
	return d, err == nil, err
}

func (h *happening) name(what, id string) {
	switch what {
	case journal.Certificate:
		h.Certificate = id
	case journal.Statement:
		h.Statement = id
	case journal.Key:
		h.Key = id
	case journal.Webhook:
		h.Webhook = id
	}
}

func (o *Office) links(what, id string) map[string]string {
	at := o.Addresses.Public
	switch what {
	case journal.Certificate:
		return map[string]string{"certificate": at + "/v1/certificates/" + id, "page": at + "/c/" + id}
	case journal.Statement:
		return map[string]string{"statement": at + "/v1/statements/" + url.PathEscape(id)}
	case journal.Body:
		return map[string]string{"body": at + "/v1/bodies/" + url.PathEscape(id)}
	case journal.Scheme:
		return map[string]string{"scheme": at + "/v1/schemes/" + url.PathEscape(id)}
	}
	return nil
}

// delivery puts a message up for an endpoint. Its id follows from the endpoint
// and from what is told, so that telling twice is the same message.
func delivery(e Endpoint, source, thing string, pos int64, m message) (Delivery, error) {
	m.Timestamp = m.Timestamp.UTC()
	payload, err := json.Marshal(m)
	if err != nil {
		return Delivery{}, fmt.Errorf("encoding a message: %w", err)
	}
	return Delivery{ID: idOf("msg_", e.ID, source), Endpoint: e.ID, Source: source, Thing: thing, Pos: pos, Type: m.Type, Payload: payload, State: Held}, nil
}

// idOf is 130 bits of SHA-256.
func idOf(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return prefix + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])[:26])
}
