package registry

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"go.mau.fi/util/confusable"
)

// tellingLabel is the label of a host that tells whose it is: the one before
// the public suffix, or, where somebody has a place under another's domain
// (anab.ansi.org, nab.lrv.lt), the first.
func tellingLabel(host string) string {
	host = unicodeDomain(host)
	registrable, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	if below, ok := strings.CutSuffix(host, "."+registrable); ok {
		first, _, _ := strings.Cut(below, ".")
		switch first {
		case "www", "en", "eng", "web", "m", "home":
		default:
			return first
		}
	}
	label, _, _ := strings.Cut(registrable, ".")
	return label
}

// A label shorter than this is an abbreviation that many share.
const minLabel = 4

// likeHosts says how host could be taken for known, or nothing.
func likeHosts(host, known string) string {
	switch {
	case host == known:
		return "is"
	case strings.HasSuffix(host, "."+known):
		return "lies under"
	case hostSkeleton(host) == hostSkeleton(known):
		return "looks like"
	case strings.HasPrefix(host, known+".") || strings.Contains(host, "."+known+"."):
		return "begins like"
	case strings.HasPrefix(host, strings.ReplaceAll(known, ".", "-")+".") || strings.HasPrefix(host, strings.ReplaceAll(known, ".", "-")+"-"):
		return "is written like"
	}
	a, b := tellingLabel(host), tellingLabel(known)
	if a == "" || b == "" {
		return ""
	}
	if likeLabels(a, b) {
		return "is like"
	}
	return ""
}

func hostSkeleton(host string) string {
	return strings.ToLower(skeleton(unicodeDomain(host)))
}

// likeLabels compares the telling labels of two hosts.
func likeLabels(a, known string) bool {
	if len([]rune(known)) < minLabel {
		return false
	}
	bare := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	switch x, y := bare(a), bare(known); {
	case x == y: // under another suffix, or with hyphens
		return true
	case confusable.Skeleton(x) == confusable.Skeleton(y) || unleet(x) == unleet(y) && x != y:
		return true
	case doubled(x) == doubled(y):
		return true
	case len(y) >= 6 && near(x, y) && !strings.ContainsAny(x+y, "0123456789"):
		return true
	}
	if ordinary(known) || generic(canonical(known)) {
		return false // a word of the trade is in everybody's domain
	}
	return slices.Contains(strings.Split(a, "-"), known) || affixed(a, known)
}

// doubled drops letters that repeat the one before.
func doubled(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// affixed reports a known label with a word of this trade before or behind it.
func affixed(a, known string) bool {
	rest, ok := strings.CutPrefix(a, known)
	if !ok {
		if rest, ok = strings.CutSuffix(a, known); !ok {
			return false
		}
	}
	switch strings.Trim(rest, "-") {
	case "cert", "certs", "certification", "certifications", "certificate", "certificates", "certified", "verify", "verification", "verified", "check", "register", "registry",
		"accreditation", "accredited", "accredits", "official", "online", "global", "international", "intl", "world", "worldwide", "group", "org", "com", "net", "web", "site",
		"uk", "us", "usa", "eu", "europe", "asia", "india", "africa", "login", "portal", "secure", "my", "get", "the", "e", "id", "directory", "academy", "training", "exam", "exams", "mra", "mla":
		return true
	default:
		return false
	}
}
