package trust

// Activity is what a body is accredited or recognised for.
type Activity string

const (
	CertificationOfPersons           Activity = "certification_of_persons"
	CertificationOfManagementSystems Activity = "certification_of_management_systems"
	CertificationOfProducts          Activity = "certification_of_products"
	Education                        Activity = "education"
)

// Scope bounds a statement, or says what a certificate needs. An empty member
// restricts nothing in a parent; in a need it asks for nothing.
type Scope struct {
	Activity  Activity
	Standard  string   // without edition: "ISO/IEC 17024"
	Edition   string   // "2012"
	SubScopes []string // level 4 and 5 of the IAF MLA structure
	Schemes   []string // scheme addresses
	Countries []string // ISO 3166-1 alpha-2, upper case
}
