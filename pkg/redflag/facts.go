package redflag

import "time"

// Facts is everything the rules look at: what the certificate says, what the
// register knows, and which words were read. The zero Facts raises no flag: a
// member that nobody filled is not known.
type Facts struct {
	Now         time.Time // the instant judged
	Decided     time.Time // the day that counts; zero: not told
	Certificate Certificate
	Issuer      Issuer
	Held        Held
	Accreditors []Accreditor
	Scheme      Scheme
	Record      Record
	Wording     Wording
	Warnings    []Warning
}

// Certificate is what the certificate says of itself.
type Certificate struct {
	Person        Answer // the holder is a person
	Certification Answer // it calls itself a certification of competence; no: attendance or study
	Accredited    bool   // it claims an accreditation
	Effective     time.Time
	Expires       time.Time
	Ends          Answer // it has an end date; no: it says, or shows whole, that it has none
	Renewal       bool   // a recertification, not a first certificate
	Examined      time.Time
	ReissuedFrom  time.Time // re-issued as accredited, with effect from then
	Whole         bool      // the whole document was read, so what is missing is missing
	Letter        bool      // a letter or card that leads to the full record
	Missing       []string
	AfterRevoked  bool   // signed with a key that was revoked before it was decided
	Standard      string // claimed standard of accreditation, without edition
	Edition       string
	CertifiedTo   string // standard that the holder is said to be certified to
	Role          bool   // … named as the subject of a role, such as auditor
	Marks         []Mark
	CheckHost     string // where it says that it can be checked
}

// Mark is a mark that the words name.
type Mark struct {
	Arrangement string // id of the arrangement whose mark it is
	Name        string
	Accreditor  string // name of the accreditation body shown with it
	NotOnPeople bool   // that accreditation body keeps it off personal certificates
}

// Issuer is the body named as issuer.
type Issuer struct {
	Said         string // as the certificate names it
	Known        bool   // the register knows it
	Complete     bool   // the register would know it: complete for the accreditor named on that day
	Like         string // the known body that its name or domain resembles
	LikeWhy      string
	LikeConflict bool // domain, country or script differ: it is not that body
	Hosts        []string
	Listed       bool // the host of the check is one that lists certificates for many issuers
	Founded      time.Time
	Published    Answer // its register of certificates is complete
}

// Held is what the register knows of the issuer's accreditation for the scheme.
type Held struct {
	Then         Answer    // held on the day of the decision
	Complete     bool      // absence on that day proves something
	On           string    // id of a statement that speaks against it, if one does
	Began        time.Time // first accreditation on record
	Ended        time.Time // accreditation on record that ended before the decision
	Suspended    time.Time // suspended on that day, since
	OtherOnly    []string  // activities it is accredited for, if persons are not among them
	OutOfScope   bool      // accredited, and this title is not in the scope
	ScopeKnown   bool      // the scope on record is the accreditor's own word, or the register is complete
	WithdrawnAt  time.Time // withdrawn after the decision
	SuspendedAt  time.Time // suspended after the decision, and still
	Transferred  string    // body that took the certificates over
	StandsByRule bool      // a dated rule lets earlier certificates stand until they expire
}

// Accreditor is a body named, or found, as the issuer's accreditor.
type Accreditor struct {
	Said          string
	Known         bool
	Sector        bool // a known accreditor outside the arrangements, or national without one
	ListComplete  bool // the list of recognised accreditors is complete for the day
	Nobody        bool // an organisation that accredits no certification body
	Signatory     bool // … named only as the arrangement of an accreditor that is named as well
	Recognised    Answer
	Ended         time.Time // its recognition for this activity was suspended or had ended since
	EndedHow      string
	OtherScope    bool   // that event concerns another scope or a membership
	Same          string // why it and the issuer look like one; empty: they do not
	SameFamily    bool   // separate bodies of one government
	Like          string
	LikeWhy       string
	LikeConflict  bool
	Number        string
	NumberOf      string // body to which the number belongs on record
	NumberWrong   bool   // the number is not on record although the register is complete, or cannot be one
	NumberMoved   bool   // that body and the issuer are one under two names, or that is not settled
	NumberChecked bool   // the register is complete enough to say so
	Chain         string // arrangement, named or reached, that is on no list of the operator
	Loop          bool
	ChainKnown    bool // issuer or accreditor is known: the arrangement is merely not on the list
}

// Scheme is what was certified, by the register's word.
type Scheme struct {
	Known            bool
	Name             string
	ForOrganisations bool // certifies organisations
	Taught           bool // attendance or academic
	Published        time.Time
	Months           int // longest validity among the rules that could hold on the day; 0: not known
	NoExpiry         Answer
	EndlessBefore    time.Time // certificates decided earlier have no end by rule
	EarlyDays        int       // renewal may begin so many days before the old end
	GraceDays        int
	OwnerTrains      bool // training by the certifier's own group is compulsory
	OpenTraining     bool // … or open to other providers, and kept apart
}

// Record is what the issuer's own record says about the certificate's number.
type Record struct {
	Asked    bool // a register was asked for the number
	Complete bool // the issuer keeps a complete register
	Found    bool
	Mistyped bool
	Holder   Answer // the name is the holder's
	Near     bool   // the name could be the holder's: changed, shortened or in another script
	Status   string // suspended or withdrawn; empty: neither
	Since    time.Time
	Logged   time.Time // when the transparency log's entry of it was written; zero: not known
	Imported bool      // … as taken over from a record of the past
	Reduced  bool      // the scope now is smaller than the one claimed
}

// Wording is what was read, word by word as it stands. Empty: not read.
type Wording struct {
	ISO          string // that ISO certified, approved or accredited, or an issuer named after ISO
	ISOSubject   bool   // the standard is what the holder knows about, or a standard for persons
	Process      string // accreditation in process, applied for, pending
	ProcessOpen  bool   // says itself that it is not accredited
	Registered   string // registered with, listed by, member of, recognised by
	Statutory    bool   // a register kept by law
	Attendance   string
	Certified    string // certified, certification, designation
	CompletionOK bool   // an accredited certificate programme, and so named
	Guaranteed   string // a pass promised, or no examination
	Denied       bool   // … and said not to be so
	MembersOnly  string
	MembersFee   bool // membership only lowers the fee
	Current      bool // presented as current
}

// Warning is a public authority's action or warning about a named body. Only
// what was read at the authority itself becomes one.
type Warning struct {
	Subject   string
	Authority string
	Date      time.Time
	Wording   string
	Source    string
	Other     bool // another legal entity of like name
}

// accreditor returns the first accreditor that fits.
func (f *Facts) accreditor(fits func(Accreditor) bool) (Accreditor, bool) {
	for _, a := range f.Accreditors {
		if fits(a) {
			return a, true
		}
	}
	return Accreditor{}, false
}
