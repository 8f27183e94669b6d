package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// stamp is the machine's form of day: the day alone, so that a page changes
// when what it tells does.
func stamp(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func minute(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }

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

// sayingOf puts the report's verdict in words. It accuses nobody: it says what
// was found, and what that does not mean.
func sayingOf(r *verify.Report) saying {
	switch r.Verdict {
	case verify.BonaFide:
		s := saying{good, "Bona fide", "This certificate is bona fide.",
			"The record is its issuer’s own and unaltered, and it is in force. An accreditation body that is itself internationally recognised has examined the issuer for exactly this scheme: it was so on the day of the decision, and is so still.",
			"Make sure that the person in front of you is the holder named."}
		if r.Accreditation.Now != "recognised" {
			s.Meaning = "The record is its issuer’s own and unaltered, and it is in force. Its issuer was accredited by a recognised accreditation body on the day of the decision. That accreditation does not hold on the day judged, but by the rules named below certificates decided before stand."
		}
		return s
	case verify.NotInForce:
		return notInForce(r.Currency)
	case verify.Unaccredited:
		return saying{plain, "Not accredited", "This certificate is authentic and in force; its issuer is not accredited for it.",
			"The record is its issuer’s own and unaltered. No accreditation body had examined the issuer for this scheme when the certificate was decided, and the certificate does not say otherwise.",
			"Accreditation is voluntary in most fields, and its absence says nothing against holder or issuer. It means that you rely on the issuer alone: ask how candidates are examined, and by whom."}
	case verify.AccreditedElsewhere:
		return saying{plain, "Recognition not confirmed", "This certificate is authentic and in force; recognition of the accreditor is not confirmed.",
			"The record is its issuer’s own and unaltered, and its issuer was accredited for this scheme. But no arrangement on this service’s list is confirmed to recognise that accreditation body for this kind of certification.",
			"Look at who the accreditation body is and who stands behind it. It may be well regarded in its own field or country."}
	case verify.AccreditationLapsed:
		return saying{caution, "Accreditation ended", "This certificate is authentic and in force, but its issuer’s accreditation has ended.",
			"The issuer was accredited for this scheme by a recognised accreditation body on the day of the decision. On the day judged that accreditation or its recognition no longer holds, and no rule known to this service lets earlier certificates stand.",
			"The holder was examined under accreditation. Ask the issuer, or the accreditation body, what applies to certificates decided earlier."}
	case verify.NotCertification:
		return saying{plain, "Not a certification", "This record is authentic and in force, but it is not a certification of competence.",
			"It attests attendance or study. Nobody tested, by a certification scheme, whether the holder can do the work.",
			"Take it for what it says: that the holder took part or studied."}
	case verify.Misrepresented:
		return saying{stop, "Claim not supported", "This certificate claims an accreditation that was not held.",
			"The certificate says that its issuer was accredited for this scheme. On the day of the decision the supposed source of that accreditation does not support it.",
			"Do not rely on the accreditation claimed. The holder may know nothing of this; ask the issuer to explain."}
	case verify.NotAuthentic:
		return saying{stop, "Not authentic", "This record is not what its issuer has on record.",
			"Its signature, key, number or content contradicts the issuer named in it. The record may have been altered, damaged, or made by somebody else.",
			"Do not rely on it. Ask the issuer named, by an address you found yourself."}
	default:
		return undetermined(r)
	}
}

func notInForce(c verify.Currency) saying {
	s := saying{Tone: caution, Advice: "It may have been good earlier: you can judge it as of another day below."}
	switch c {
	case verify.Expired:
		s.Word, s.Headline = "Expired", "This certificate is authentic, but it has expired."
		s.Meaning = "The record is its issuer’s own and unaltered. Its time ran out and was not renewed in this record."
	case verify.NotYetValid:
		s.Word, s.Headline = "Not yet valid", "This certificate is authentic, but not yet valid."
		s.Meaning, s.Advice = "The record is its issuer’s own and unaltered. It comes into force on the date given below.", "Look again on or after that day."
	case verify.Suspended:
		s.Word, s.Headline = "Suspended", "This certificate is authentic, but it is suspended."
		s.Meaning = "The record is its issuer’s own and unaltered. The issuer has put it out of force for a time; it may be restored."
	case verify.Withdrawn:
		s.Tone, s.Word, s.Headline = stop, "Withdrawn", "This certificate is authentic, but it was withdrawn."
		s.Meaning = "The record is its issuer’s own and unaltered. The issuer has put it out of force for good."
	case verify.Superseded:
		s.Word, s.Headline = "Replaced", "This certificate is authentic, but a newer one has replaced it."
		s.Meaning, s.Advice = "The record is its issuer’s own and unaltered. The issuer gave the holder another certificate in its place.", "Ask for the newer certificate; the history below names it if the issuer did."
	default:
		s.Word, s.Headline = "Not in force", "This certificate is authentic, but not in force."
		s.Meaning = "The record is its issuer’s own and unaltered, but it does not hold on the day judged."
	}
	return s
}

func undetermined(r *verify.Report) saying {
	s := saying{Tone: open, Word: "Not established", Headline: "Whether this certificate is bona fide could not be established.",
		Advice: "This is not a “no”. What is known stands below, and beside it what could not be checked; the issuer can tell you more."}
	switch {
	case r.Authenticity != verify.Authentic:
		s.Meaning = "Nobody this service trusts vouches for the key that signed the record, so it cannot be told whether the issuer named made it."
	case r.Currency == verify.CurrencyUnknown:
		s.Meaning = "The record is its issuer’s own and unaltered, but whether it has been suspended or withdrawn could not be learnt."
	default:
		s.Meaning = "The record is its issuer’s own and unaltered, and it is in force. Whether its issuer was accredited for this scheme is not confirmed: the register is not complete enough to say yes or no."
	}
	return s
}

func currencyWord(c verify.Currency) (string, tone) { return statusWord(string(c)) }

// statusWord puts the status of a certificate or statement in words.
func statusWord(s string) (string, tone) {
	switch s {
	case "in_force":
		return "in force", good
	case "not_yet_valid":
		return "not yet valid", caution
	case "expired":
		return "expired", caution
	case "suspended":
		return "suspended", caution
	case "withdrawn":
		return "withdrawn", stop
	case "superseded":
		return "replaced", caution
	default:
		return "not established", open
	}
}

// accreditationWord puts the accreditation axis in words.
func accreditationWord(s string) (string, tone) {
	switch s {
	case "recognised":
		return "issuer accredited, accreditor recognised", good
	case "elsewhere":
		return "issuer accredited, recognition not confirmed", plain
	case "none":
		return "issuer not accredited for this scheme", plain
	case "contradicted":
		return "accreditation claimed, but not held", stop
	default:
		return "accreditation not confirmed", open
	}
}

func outcomeWord(s string) (string, tone) {
	switch s {
	case "pass":
		return "In order", good
	case "fail":
		return "Not in order", stop
	case "not_applicable":
		return "Does not apply", plain
	default:
		return "Not established", open
	}
}

func severityWord(s string) (string, tone) {
	switch s {
	case "critical", "high":
		return "Important", caution
	case "medium":
		return "Worth asking about", caution
	default:
		return "For information", plain
	}
}

func roleWord(s string) string {
	switch s {
	case "arrangement":
		return "Recognition arrangement"
	case "accreditation_body":
		return "Accreditation body"
	case "certification_body":
		return "Certification body"
	case "scheme_owner":
		return "Scheme owner"
	case "training_provider":
		return "Training provider"
	case "registrar":
		return "Registrar"
	default:
		return humble(s)
	}
}

func kindWord(s string) string {
	switch s {
	case "certification_of_persons":
		return "Certification of persons"
	case "certification_of_organisations", "certification_of_management_systems":
		return "Certification of organisations"
	case "certification_of_products":
		return "Certification of products"
	case "attendance":
		return "Certificate of attendance"
	case "academic":
		return "Academic certificate"
	case "education":
		return "Education"
	default:
		return humble(s)
	}
}

func eventWord(s string) string {
	switch s {
	case "superseded":
		return "Replaced"
	case "name_corrected":
		return "Name corrected"
	default:
		return humble(s)
	}
}

// successionWord says how a certificate follows another.
func successionWord(s string) string {
	switch s {
	case "renewed":
		return "Renewed from"
	case "late":
		return "Renewed late from"
	case "reinstated":
		return "Reinstated from"
	case "corrected":
		return "Name corrected from"
	default:
		return "Follows"
	}
}

// humble writes a word of the wire for people: "in_force" is "In force".
func humble(s string) string {
	s = strings.ReplaceAll(s, "_", " ")
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func faultTitle(status int) string {
	switch status {
	case http.StatusNotFound:
		return "There is no page at this address."
	case http.StatusTooManyRequests:
		return "Too many requests just now."
	case http.StatusRequestEntityTooLarge:
		return "That file is too large."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "The request could not be understood."
	}
	if status >= 500 {
		return "Something went wrong on our side."
	}
	return "This cannot be shown."
}

func faultAdvice(status int) string {
	switch status {
	case http.StatusNotFound:
		return "It may have been mistyped or cut off. This says nothing about any certificate: check its number here."
	case http.StatusTooManyRequests:
		return "Please wait a minute and try again."
	case http.StatusRequestEntityTooLarge:
		return "A single file may have 4 MiB, a list 16 MiB and 100,000 lines. Leave out columns that are not needed, or cut the list in parts. Nothing of it was read or kept."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "A part of the address is not in the expected form. Days are written like 2026-03-01."
	}
	if status >= 500 {
		return "Nothing was decided about any certificate. Please try again in a moment."
	}
	return "You can still check a certificate by its number."
}
