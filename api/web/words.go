package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// stamp is the machine's form of day: the day alone, so that a page changes
// when what it tells does.
func stamp(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// webAddress returns s if it may become a link: http and https only, whatever
// a record says.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

func host(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	return u.Host
}

// tone picks colour and symbol; a word always goes with it.
type tone string

const (
	good    tone = "good"
	caution tone = "caution"
	stop    tone = "stop"
	open    tone = "open" // could not be established
	plain   tone = "plain"
)

// saying is a verdict in plain language.
type saying struct {
	Tone     tone
	Word     string // the state in a word or two
	Headline string
	Meaning  string
	Advice   string // what the reader can do with it
}

// saying tells the messages verdict.KEY.word, .head, .means and .do.
func (v voice) saying(t tone, key string) saying {
	return saying{t, v.Say("verdict." + key + ".word"), v.Say("verdict." + key + ".head"), v.Say("verdict." + key + ".means"), v.Say("verdict." + key + ".do")}
}

// sayingOf puts the report's verdict in words. It accuses nobody: it says what
// was found, and what that does not mean.
func (v voice) sayingOf(r *verify.Report) saying {
	switch r.Verdict {
	case verify.BonaFide:
		s := v.saying(good, "bona_fide")
		if r.Accreditation.Now != "recognised" {
			s.Meaning = v.Say("verdict.bona_fide.excused")
		}
		return s
	case verify.NotInForce:
		return v.notInForce(r.Currency)
	case verify.Unaccredited, verify.AccreditedElsewhere, verify.NotCertification:
		return v.saying(plain, string(r.Verdict))
	case verify.AccreditationLapsed:
		return v.saying(caution, string(r.Verdict))
	case verify.Misrepresented, verify.NotAuthentic:
		return v.saying(stop, string(r.Verdict))
	default:
		return v.undetermined(r)
	}
}

func (v voice) notInForce(c verify.Currency) saying {
	switch c {
	case verify.Withdrawn:
		return v.saying(stop, string(c))
	case verify.Expired, verify.NotYetValid, verify.Suspended, verify.Superseded:
		return v.saying(caution, string(c))
	default:
		return v.saying(caution, "not_in_force")
	}
}

func (v voice) undetermined(r *verify.Report) saying {
	s := v.saying(open, "undetermined")
	switch {
	case r.Authenticity != verify.Authentic:
		s.Meaning = v.Say("verdict.undetermined.key")
	case r.Currency == verify.CurrencyUnknown:
		s.Meaning = v.Say("verdict.undetermined.status")
	}
	return s
}

// known tells the message of a word of the wire, and whether there is one.
func (v voice) known(area, word string) (string, bool) {
	key := area + "." + word
	if word == "" || strings.ContainsAny(word, " =") || v.Template(key) == key {
		return "", false
	}
	return v.Say(key), true
}

// wire tells a word of the wire; one that has no message is written for people.
func (v voice) wire(area, word string) string {
	if s, ok := v.known(area, word); ok {
		return s
	}
	return humble(word)
}

// statusWord puts the status of a certificate or statement in words.
func (v voice) statusWord(s string) (string, tone) {
	if _, ok := v.known("status", s); !ok {
		return v.Say("status.unknown"), open
	}
	return v.Say("status." + s), map[string]tone{"in_force": good, "withdrawn": stop, "unknown": open}[s].or(caution)
}

func (t tone) or(other tone) tone {
	if t == "" {
		return other
	}
	return t
}

// accreditationWord puts the accreditation axis in words.
func (v voice) accreditationWord(s string) (string, tone) {
	t := map[string]tone{"recognised": good, "elsewhere": plain, "none": plain, "contradicted": stop}[s]
	if t == "" {
		return v.Say("accreditation.unknown"), open
	}
	return v.Say("accreditation." + s), t
}

func (v voice) outcomeWord(s string) (string, tone) {
	t := map[string]tone{"pass": good, "fail": stop, "not_applicable": plain}[s]
	if t == "" {
		return v.Say("outcome.unknown"), open
	}
	return v.Say("outcome." + s), t
}

func (v voice) severityWord(s string) (string, tone) {
	switch s {
	case "critical", "high":
		return v.Say("severity.high"), caution
	case "medium":
		return v.Say("severity.medium"), caution
	default:
		return v.Say("severity.info"), plain
	}
}

func (v voice) roleWord(s string) string { return v.wire("role", s) }

func (v voice) kindWord(s string) string { return v.wire("kind", s) }

func (v voice) eventWord(s string) string { return v.wire("event", s) }

// successionWord says how a certificate follows another.
func (v voice) successionWord(s string) string {
	if w, ok := v.known("succession", s); ok {
		return w
	}
	return v.Say("succession.other")
}

// humble writes a word of the wire for people: "in_force" is "In force".
func humble(s string) string {
	s = strings.ReplaceAll(s, "_", " ")
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// faultWords are the title of an error and what can be done about it.
func (v voice) faultWords(status int) (title, advice string) {
	key := "other"
	switch {
	case status == http.StatusNotFound:
		key = "missing"
	case status == http.StatusTooManyRequests:
		key = "many"
	case status == http.StatusRequestEntityTooLarge:
		key = "large"
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		key = "request"
	case status >= http.StatusInternalServerError:
		key = "ours"
	}
	return v.Say("fault." + key), v.Say("fault." + key + ".do")
}
