package lookup

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// maxCovered bounds the bodies that a "not found" without an issuer lists.
const maxCovered = 20

// coverage is the register's word on how complete it is for the body.
func coverage(v *registry.View, body string) []verify.Coverage {
	var out []verify.Coverage
	for _, c := range v.Coverage(body) {
		out = append(out, Coverage(c))
	}
	return out
}

// Coverage is the register's word in the form of a report.
func Coverage(c registry.Coverage) verify.Coverage {
	return verify.Coverage{Body: c.Body, Of: c.Of, Register: c.Register, SynchronisedAt: instant(c.SynchronisedAt),
		Declared: c.Declared, Published: c.Published, PromisedRefreshDays: c.PromisedRefreshDays, CheckURL: c.CheckURL, LastAskedAt: instant(c.AskedAt)}
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// certificates lists for which bodies the register holds certificates, the
// complete ones first.
func certificates(v *registry.View) []verify.Coverage {
	var out []verify.Coverage
	for _, b := range v.Bodies() {
		for _, c := range v.Coverage(b.ID) {
			if c.Of == registry.OfCertificates && c.Register != registry.RegisterNone && !c.SynchronisedAt.IsZero() {
				out = append(out, Coverage(c))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b verify.Coverage) int { return cmp.Compare(a.Register, b.Register) })
	return out[:min(len(out), maxCovered)]
}

// beside adds what a submitted credential's report tells beside its verdict:
// open disputes, and bodies that an issuer unknown here could be taken for.
func (h *holdings) beside(ev *verify.Evidence) {
	ev.Disputes = h.disputes
	if ev.Certificate == nil {
		return
	}
	did := ev.Certificate.Issuer()
	if _, known := h.bodies[did]; known {
		return
	}
	host := hostOf(did)
	if host == "" || len(host) > maxHost {
		return
	}
	for _, l := range h.view.Resembled("", "", host, "") {
		ev.Likenesses = append(ev.Likenesses, "The issuer is not the registered body "+l.Name+", but could be taken for it: "+l.Reason+".")
	}
}

// maxHost is the longest name in the DNS (RFC 1035, 2.3.4).
const maxHost = 253

// hostOf is the host of a did:web.
func hostOf(did string) string {
	rest, ok := strings.CutPrefix(did, "did:web:")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, ":")
	host, err := url.PathUnescape(host)
	if err != nil {
		return ""
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.ToLower(host)
}
