package verify

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Claim is a certificate as somebody claims it, seen on paper alone, with
// every name in it already looked up in the register. Paper proves nothing of
// authenticity; what is judged is whether the links it asserts are so.
type Claim struct {
	Understood Understood
	Issuer     string            // DID; empty: the register knows no such issuer
	Scheme     *RegisteredScheme // nil: the register knows no such scheme
	Activity   trust.Activity
	Decided    time.Time // zero: not told; then the instant judged stands in
	Expires    time.Time // zero: not told, or none
	Links      []AccreditationClaim
	// Facts is what reading alone tells the red flags: words, marks, likeness.
	Facts redflag.Facts
}

// AccreditationClaim is one accreditation that a claim asserts.
type AccreditationClaim struct {
	Said     string // accreditor, as written; empty: none is named
	Body     string // its DID; empty: the register does not know it
	Sector   bool   // a known accreditor outside the arrangements
	Number   string
	NumberOf string // DID of the body for which the number is on record
	Standard string // without edition
	Edition  string
	// Complete: the accreditor's register of accreditations is complete for
	// the day, so that absence from it proves something.
	Complete bool
	// Excluded is where a source says that this very title is not accredited.
	Excluded *Citation
	// Nobody is set if the organisation named accredits no certification body.
	Nobody      *Organisation
	Signatory   bool // Nobody is named beside an accreditor, as its arrangement
	Arrangement *ArrangementClaim
	// What the name or the wording tells the red flags.
	Facts redflag.Accreditor
}

// Organisation is one of which the register holds a general fact with its source.
type Organisation struct {
	Name   string
	Why    string // one sentence
	Source Citation
}

// ArrangementClaim is an arrangement said to recognise the accreditor.
type ArrangementClaim struct {
	Said     string
	Body     string    // DID; empty: not known
	From     time.Time // it did not exist before; zero: not known
	Listed   bool      // on the operator's list
	Complete bool      // its list of signatories is complete for the day
	// Never is set if by its own word it covers no certification of persons.
	Never *Organisation
}

// ClaimEvidence is every input of a claim's report.
type ClaimEvidence struct {
	Claim      Claim
	Statements []trust.Statement // above issuer and accreditors, vouched for by the register
	Register   Register
	// LastSeen names recorded statements whose end is only the day of their
	// source: what followed was not found.
	LastSeen   map[string]bool
	Record     *Report // the register's own report on the number, if it holds it
	Numbered   bool    // the register was asked for the number
	Registered bool    // … and its list of the issuer's certificates is complete
}

// Understood is a claim as it was read, for the asker to correct.
type Understood struct {
	HolderName        string                    `json:"holder_name"`
	CredentialName    string                    `json:"credential_name"`
	CertificateNumber string                    `json:"certificate_number"`
	Scheme            *Scheme                   `json:"scheme"`
	Issuer            UnderstoodBody            `json:"issuer"`
	Accreditation     []UnderstoodAccreditation `json:"accreditation"`
	IssuedOn          *UnderstoodDate           `json:"issued_on"`
	ExpiresOn         *UnderstoodDate           `json:"expires_on"`
	Standards         []string                  `json:"standards"`
	Wording           []UnderstoodWording       `json:"wording"`
	Source            string                    `json:"source"` // fields, text or pdf
}

// UnderstoodBody is a name with what the register makes of it.
type UnderstoodBody struct {
	Name    string `json:"name"`
	Website string `json:"website,omitempty"`
	Body    *Body  `json:"body"`            // as the register knows it
	Match   string `json:"match,omitempty"` // exact or strong
	MayMean []Body `json:"you_may_mean"`
}

// UnderstoodAccreditation is one accreditation as it was read.
type UnderstoodAccreditation struct {
	Body        UnderstoodBody `json:"body"`
	Number      string         `json:"number,omitempty"`
	Standard    string         `json:"standard,omitempty"`
	Arrangement string         `json:"arrangement,omitempty"`
}

// UnderstoodDate is a date as written and as read.
type UnderstoodDate struct {
	Day      string   `json:"day"`
	Written  string   `json:"written"`
	Readings []string `json:"readings,omitempty"` // if it can be read in more than one way
}

// UnderstoodWording is a phrase that says something about the claim.
type UnderstoodWording struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Outcomes of a claimed link.
const (
	Confirmed    = "confirmed"
	NotConfirmed = "not_confirmed"
	Contradicted = "contradicted"
)

// ClaimedLink is one link that a claim asserts, compared with the register.
type ClaimedLink struct {
	Kind        string     `json:"kind"` // accreditation or recognition
	Issuer      Body       `json:"issuer"`
	Subject     Body       `json:"subject"`
	Number      string     `json:"number,omitempty"`
	Standard    string     `json:"standard,omitempty"`
	Arrangement string     `json:"arrangement,omitempty"`
	At          *time.Time `json:"at"`
	Outcome     string     `json:"outcome"`
	Detail      string     `json:"detail"`
	Problem     *string    `json:"problem"`
	Sources     []Citation `json:"sources"`
}

// EvaluateClaim judges a claim. Like Evaluate it is pure and cannot fail. An
// honest claim is undetermined, with what is known beside it; one that its
// supposed source contradicts is misrepresented.
func EvaluateClaim(ev ClaimEvidence, p Policy) *Report {
	s := newClaimSheet(&ev, p)
	// 1. Each link it asserts, on the day of the decision.
	for _, a := range ev.Claim.Links {
		s.judgeLink(a)
	}
	// 2. What the register knows beside that: then, and now.
	s.judgeStanding()
	// 3. The checks, each with its outcome.
	s.judgePaper()
	// 4. If the register holds the certificate, its own report counts.
	if ev.Record != nil {
		return s.againstRecord()
	}
	return s.report()
}
