package verify

import "time"

// Report is the one answer every surface renders: JSON, page, badge, receipt.
// Its JSON form is the public contract; Checks always lists every check, in
// the order of CheckIDs.
type Report struct {
	Verdict       Verdict       `json:"verdict"`
	Summary       string        `json:"summary"`
	At            time.Time     `json:"at"`         // the instant judged
	CheckedAt     time.Time     `json:"checked_at"` // when it was judged
	Authenticity  Authenticity  `json:"authenticity"`
	Currency      Currency      `json:"currency"`
	Accreditation Accreditation `json:"accreditation"`
	Certificate   *Certificate  `json:"certificate"`
	Checks        []Check       `json:"checks"`
	Problems      []Problem     `json:"problems"` // every problem of every path, also beside a good verdict
	Chain         Chain         `json:"chain"`
	History       []Event       `json:"history"`
	RedFlags      []RedFlag     `json:"red_flags"`
	Coverage      []Coverage    `json:"coverage"`
	Absence       *Absence      `json:"not_found,omitempty"` // of verdict not_found alone: how much that means
	Disputes      []Dispute     `json:"disputes,omitempty"`  // open ones, about facts of this report
	Log           *LogEntry     `json:"log,omitempty"`       // where it stands in a transparency log
	Links         Links         `json:"links"`
	Policy        *PolicyAnswer `json:"policy,omitempty"`     // if the asker demanded anything
	HandedIn      *HandedIn     `json:"handed_in,omitempty"`  // what was handed in, if the report is of something else
	Understood    *Understood   `json:"understood,omitempty"` // of a claim: how it was read
	Claims        []ClaimedLink `json:"claims,omitempty"`     // of a claim: each link it asserts
	Receipt       string        `json:"receipt,omitempty"`    // this report, signed for the asker's file (package receipt)

	evidence *Evidence // what it was evaluated from; nil: a claim, or a report that was read
}

// Verdict is the answer in one word. The zero value reads "undetermined".
type Verdict string

const (
	Undetermined        Verdict = "undetermined"
	NotFound            Verdict = "not_found"
	NotAuthentic        Verdict = "not_authentic"
	Misrepresented      Verdict = "misrepresented"
	NotInForce          Verdict = "not_in_force"
	NotCertification    Verdict = "not_certification"
	BonaFide            Verdict = "bona_fide"
	AccreditationLapsed Verdict = "accreditation_lapsed"
	AccreditedElsewhere Verdict = "accredited_elsewhere"
	Unaccredited        Verdict = "unaccredited"
)

// Verdicts lists every verdict.
func Verdicts() []Verdict {
	return []Verdict{NotFound, NotAuthentic, Misrepresented, Undetermined, NotInForce, NotCertification, BonaFide, AccreditationLapsed, AccreditedElsewhere, Unaccredited}
}

// Authenticity says whether the record is the issuer's, unaltered.
type Authenticity string

const (
	Authentic           Authenticity = "authentic"
	Inauthentic         Authenticity = "not_authentic"
	AuthenticityUnknown Authenticity = "unknown"
)

// Currency is the certificate's own status at the instant judged.
type Currency string

const (
	InForce         Currency = "in_force"
	NotYetValid     Currency = "not_yet_valid"
	Expired         Currency = "expired"
	Suspended       Currency = "suspended"
	Withdrawn       Currency = "withdrawn"
	Superseded      Currency = "superseded"
	CurrencyUnknown Currency = "unknown"
)

// Accreditation is the third axis, at the decision date and at the instant
// judged: recognised, elsewhere, none, contradicted or unknown.
type Accreditation struct {
	AtDecision string `json:"at_decision"`
	Now        string `json:"now"`
}

// Certificate is what the report is about, as far as it may be shown.
type Certificate struct {
	ID         string     `json:"id"`
	Number     string     `json:"number"`
	Credential string     `json:"credential_id,omitempty"` // the credential's own id
	Form       Form       `json:"form"`
	Holder     Holder     `json:"holder"`
	Issuer     Body       `json:"issuer"`
	Scheme     Scheme     `json:"scheme"`
	DecidedAt  *time.Time `json:"decided_at"`
	ValidFrom  *time.Time `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until"`
	// Where it stands among the holder's certificates of this scheme; a first
	// one, and one that tells nothing of it, has none of these.
	OriginalDecidedAt *time.Time `json:"original_decided_at,omitempty"`
	Cycle             int        `json:"cycle,omitempty"`
	Succession        string     `json:"succession,omitempty"` // renewed, late, reinstated or corrected
	Previous          string     `json:"previous,omitempty"`
	Successor         string     `json:"successor,omitempty"`
	Gap               *Gap       `json:"gap,omitempty"`
	// ExaminerCertificate is the certificate that whoever assessed the holder had
	// on the day of the decision.
	ExaminerCertificate string `json:"examiner_certificate,omitempty"`
	// Evidence is what the issuer named and the holder lets be shown; nobody here
	// has examined it.
	Evidence []ShownEvidence `json:"evidence,omitempty"`
}

// ShownEvidence is one item of applied evidence.
type ShownEvidence struct {
	Kind        string `json:"kind"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
}

// Gap is a time between two certificates in which none was in force.
type Gap struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Form is how the credential was written: its type, the version of the W3C's
// data model (1.1 is an older form), and how it is secured (JWT, a suite of Data
// Integrity, or none).
type Form struct {
	Type      string `json:"type"`
	DataModel string `json:"data_model"`
	Proof     string `json:"proof"`
}

// Holder is the certified person or organisation. Name is empty where the
// publication level withholds it.
type Holder struct {
	Name string `json:"name,omitempty"`
}

// Body names an organisation by the register's word, never by the
// credential's own.
type Body struct {
	ID      string   `json:"id"` // register id; empty if the register does not know it
	DID     string   `json:"did,omitempty"`
	Name    string   `json:"name"`
	Domain  string   `json:"domain,omitempty"`
	Country string   `json:"country,omitempty"`
	Roles   []string `json:"roles,omitempty"`
}

// Scheme is what was certified.
type Scheme struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Kind  string `json:"kind,omitempty"`
	Level string `json:"level,omitempty"` // in the issuer's words
	// ServiceLevel is the register's word beside it: learner, practitioner or leader.
	ServiceLevel string `json:"service_level,omitempty"`
}

// CheckID names a check.
type CheckID string

const (
	CheckFormat               CheckID = "format"
	CheckSignature            CheckID = "signature"
	CheckIssuerKey            CheckID = "issuer_key"
	CheckClaimsMatch          CheckID = "claims_match"
	CheckValidity             CheckID = "validity"
	CheckStatus               CheckID = "status"
	CheckSupersession         CheckID = "supersession"
	CheckHolderMatch          CheckID = "holder_match"
	CheckAccreditedAtDecision CheckID = "accredited_at_decision"
	CheckAccreditedNow        CheckID = "accredited_now"
	CheckRecognisedAtDecision CheckID = "recognised_at_decision"
	CheckRecognisedNow        CheckID = "recognised_now"
	CheckScope                CheckID = "scope"
	CheckAccreditationClaim   CheckID = "accreditation_claim"
	CheckTransparency         CheckID = "transparency"
)

// CheckIDs lists every check in the order of Report.Checks.
func CheckIDs() []CheckID {
	return []CheckID{CheckFormat, CheckSignature, CheckIssuerKey, CheckClaimsMatch, CheckValidity, CheckStatus,
		CheckSupersession, CheckHolderMatch, CheckAccreditedAtDecision, CheckAccreditedNow, CheckRecognisedAtDecision,
		CheckRecognisedNow, CheckScope, CheckAccreditationClaim, CheckTransparency}
}

// Check is one question and its outcome: pass, fail, unknown, not_applicable.
type Check struct {
	ID      CheckID `json:"id"`
	Outcome string  `json:"outcome"`
	Title   string  `json:"title"`
	Detail  string  `json:"detail"`
	Problem *string `json:"problem"` // a problem code, or null
	Said    Said    `json:"-"`       // the detail, for other languages
}

// Problem codes beside those of package trust.
const (
	Malformed           = "MALFORMED"
	InvalidSignature    = "INVALID_SIGNATURE"
	UnknownKey          = "UNKNOWN_KEY"
	ClaimMismatch       = "CLAIM_MISMATCH"
	CodeExpired         = "EXPIRED"
	CodeNotYetValid     = "NOT_YET_VALID"
	CodeWithdrawn       = "WITHDRAWN"
	CodeSuspended       = "SUSPENDED"
	CodeSuperseded      = "SUPERSEDED"
	StatusUnavailable   = "STATUS_UNAVAILABLE"
	HolderMismatch      = "HOLDER_MISMATCH"
	AccreditationUnheld = "ACCREDITATION_NOT_HELD"
	IssuerUnknown       = "ISSUER_UNKNOWN"
	Lookalike           = "LOOKALIKE"
	LogProofInvalid     = "LOG_PROOF_INVALID"
	NotInLog            = "NOT_IN_LOG"
	CouldNotFetch       = "COULD_NOT_FETCH"
)

// Problem is one reason, with the statement or credential it is about.
type Problem struct {
	Code   string     `json:"code"`
	About  string     `json:"about,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	Detail string     `json:"detail"`
}

// Chain is the way from the issuer up to an arrangement, lowest link first.
type Chain struct {
	AtDecision []Link `json:"at_decision"`
	Now        []Link `json:"now"`
}

// Link is one statement of the chain as it stood then.
type Link struct {
	Kind       string     `json:"kind"`
	Statement  string     `json:"statement"`
	Issuer     Body       `json:"issuer"`
	Subject    Body       `json:"subject"`
	Number     string     `json:"number,omitempty"`
	Scope      Scope      `json:"scope"`
	ValidFrom  *time.Time `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until"`
	Status     string     `json:"status"`
	Since      *time.Time `json:"since,omitempty"`
	Assurance  string     `json:"assurance"`
	Sources    []Citation `json:"sources"`
}

// Scope is a statement's scope.
type Scope struct {
	Activity  string   `json:"activity,omitempty"`
	Standard  string   `json:"standard,omitempty"`
	Edition   string   `json:"edition,omitempty"`
	SubScopes []string `json:"sub_scopes,omitempty"`
	Schemes   []string `json:"schemes,omitempty"`
	Countries []string `json:"countries,omitempty"`
}

// Citation is where a recorded fact was read.
type Citation struct {
	URL         string     `json:"url,omitempty"`
	Locator     string     `json:"locator,omitempty"`
	SourceDate  string     `json:"source_date,omitempty"`
	RetrievedAt *time.Time `json:"retrieved_at,omitempty"`
	Says        string     `json:"says,omitempty"`
}

// Event is one entry of the certificate's history.
type Event struct {
	Event       string    `json:"event"`
	EffectiveAt time.Time `json:"effective_at"`
	LearntAt    time.Time `json:"learnt_at"`
	Reason      string    `json:"reason,omitempty"`
	Successor   string    `json:"successor,omitempty"`
}

// RedFlag states evidence, not a conclusion.
type RedFlag struct {
	ID          string         `json:"id"`
	Severity    string         `json:"severity"`
	Title       string         `json:"title"`
	Explanation string         `json:"explanation"`
	Evidence    map[string]any `json:"evidence"`
	Reference   string         `json:"reference"`
	Key         string         `json:"-"` // which of its sentences the rule tells, for other languages
}

// Coverage says how complete the register is for a body.
type Coverage struct {
	Body           string     `json:"body"`
	Of             string     `json:"of"`
	Register       string     `json:"register"` // complete, partial or none
	SynchronisedAt *time.Time `json:"synchronised_at"`
	// Of certificates alone: what the body says it issued, and of how many the
	// register knows.
	Declared            *int       `json:"declared,omitempty"`
	Published           *int       `json:"published,omitempty"`
	PromisedRefreshDays int        `json:"promised_refresh_days,omitempty"`
	CheckURL            string     `json:"check_url,omitempty"`     // where the body itself answers
	LastAskedAt         *time.Time `json:"last_asked_at,omitempty"` // when the register last asked there
}

// Dispute is a fact that somebody it concerns contests, in that party's words.
type Dispute struct {
	ID    string    `json:"id"`
	About string    `json:"about"` // body, scheme, statement or certificate
	Of    string    `json:"of"`    // its id
	Fact  string    `json:"fact,omitempty"`
	By    string    `json:"by,omitempty"` // the body that speaks; empty: another party, whom the operator knows
	Words string    `json:"words"`
	Since time.Time `json:"since"`
}

// Links are addresses that belong to the report.
type Links struct {
	Bundle     string `json:"bundle,omitempty"`
	Credential string `json:"credential,omitempty"`
	Page       string `json:"page,omitempty"`
	LogProof   string `json:"log_proof,omitempty"`
}
