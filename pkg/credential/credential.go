// Package credential is bonafide's profile of Open Badges 3.0 and the W3C
// Verifiable Credentials Data Model 2.0: it builds the payloads of
// certificates, statements and status lists and reads them back strictly. It
// neither signs nor verifies (package jws) and judges nothing (packages trust
// and verify). PROFILE.md beside this file is the normative description.
package credential

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Certificate is the signed credential record that a certification body
// issues to a holder. Times are whole seconds in UTC.
type Certificate struct {
	ID             string // credential id, an address below the public address
	Number         Number
	Issuer         Party
	Holder         Holder
	Scheme         Scheme
	DecidedAt      time.Time // awardedDate
	ValidFrom      time.Time
	ValidUntil     time.Time // zero: no end
	Evidence       []Evidence
	Claim          bool        // claims accreditation of the scheme
	RecognizedIn   string      // address of the accreditation claimed, if any
	EndorsementJWT []string    // stapled links; each outlives the certificate
	Status         StatusEntry // revocation
	Lineage        Lineage
	// ExaminerCertificate is the credential id of the certificate that whoever
	// assessed the holder had; empty if not told.
	ExaminerCertificate string
	// Form, Listings and PartialStatus are what a parsed credential holds
	// beside: how it was written, every place that tells its status, and
	// whether it names others that cannot be read here.
	Form          Form
	Listings      []Listing
	PartialStatus bool
}

// Party is an issuer as its credential names it.
type Party struct {
	DID     string
	Name    string
	Website string
}

// Holder is the certified person or organisation. SubjectID identifies the
// holder within this credential only; Name travels in clear only if HideName
// is false, Email never does.
type Holder struct {
	SubjectID string // urn:uuid:…
	Name      string
	HideName  bool
	Email     string
	Salt      string // for the hashes of Name and Email
	// NameHash and EmailHash are what a parsed credential holds instead:
	// "sha256$" and hex, empty if absent.
	NameHash  string
	EmailHash string
}

// Scheme is what was certified, as the certificate names it.
type Scheme struct {
	Address     string // achievement.id
	Name        string
	Acronym     string // humanCode
	Description string
	Criteria    string // narrative
	Kind        string // certification_of_persons, certification_of_organisations, attendance, academic
	Activity    trust.Activity
	Level       string
}

// Evidence is one item of applied evidence.
type Evidence struct {
	Kind        string // genre
	Description string
	URL         string
}

// StatusEntry points into a Bitstring Status List (W3C, 2025). The suspension
// list has the same index at SuspensionAddress(List).
type StatusEntry struct {
	List  string // address of the revocation list
	Index int
}

// SuspensionAddress is where the suspension list beside a revocation list is.
func SuspensionAddress(list string) string { return list + "/suspension" }

// Statement is a recognition or accreditation as a credential: dual-typed
// EndorsementCredential and RecognizedEntityCredential.
type Statement struct {
	trust.Statement // Issuer is the body whose word it is (recognizedBy)
	SignedBy        Party
	SubjectName     string
	SubjectKeys     []jws.JWK // the subject's public keys, vouched for by the issuer
	RecognizedIn    string
	EndorsementJWT  []string
	Status          StatusEntry
	Listings        []Listing // of a parsed statement; see Certificate
	PartialStatus   bool
}

// StatusList is a status list credential before encoding. Bits are as package
// statuslist lays them out.
type StatusList struct {
	ID         string
	Issuer     string
	Purpose    string // revocation or suspension
	Bits       []byte
	ValidFrom  time.Time
	ValidUntil time.Time
}
