package roster

import (
	"errors"
	"regexp"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// None is no column.
const None = -1

// Columns tells which column is which, from 0; None where there is none.
type Columns struct {
	Number, Name, Email, Issuer, Scheme int
	Heading                             bool // the first row is one
}

// Entry is one line to check.
type Entry struct {
	Line                        int // in the file, from 1, as far as every line was one row
	Number                      string
	Name, Email, Issuer, Scheme string
}

// synonyms are headings in the languages of the pages, folded.
func synonyms() map[string]string {
	out := map[string]string{}
	for field, words := range map[string]string{
		"number": "number|no|nr|id|certificate|certificate number|certificate no|certificate id|credential|credential id|credential number|cert|cert no|certificate url|url|link|zertifikat|zertifikatsnummer|zertifikatnummer|zertifikatsnr|zertifikat-nr|zertifikat nr|nummer|numero|numéro|numero de certificat|numéro de certificat|certificat|número|número de certificado|certificado|証明書番号|番号|認定番号|رقم|رقم الشهادة|الشهادة",
		"name":   "name|full name|holder|holder name|candidate|candidate name|employee|person|inhaber|vollständiger name|bewerber|mitarbeiter|nom|nom complet|titulaire|candidat|nombre|nombre completo|titular|candidato|氏名|名前|الاسم|اسم",
		"email":  "email|e-mail|mail|e-mail address|email address|e-mail-adresse|adresse e-mail|courriel|correo|correo electrónico|メール|メールアドレス|البريد الإلكتروني",
		"issuer": "issuer|issued by|certification body|body|zertifizierungsstelle|aussteller|herausgeber|organisme|organisme de certification|émetteur|emisor|organismo|発行者|発行機関|جهة الإصدار",
		"scheme": "scheme|scheme id|programme|program|schema|esquema|référentiel|制度",
	} {
		for w := range strings.SplitSeq(words, "|") {
			out[w] = field
		}
	}
	return out
}

func folded(heading string) string {
	h := strings.ToLower(strings.Join(strings.Fields(strings.NewReplacer("_", " ", ".", "", ":", "", "#", "").Replace(heading)), " "))
	return h
}

// Guess finds the columns by their headings and by what is in them. It is not
// sure where two columns could be the number, or none is.
func (t Table) Guess() (c Columns, sure bool) {
	c = Columns{None, None, None, None, None, false}
	width := 0
	for _, row := range t.Rows[:min(len(t.Rows), sampled)] {
		width = max(width, len(row))
	}
	if width == 1 {
		c.Number, c.Heading = 0, t.headed(map[int]string{0: synonyms()[folded(t.Rows[0][0])]})
		return c, true
	}
	headed := map[int]string{}
	for i, h := range t.Rows[0] {
		if f := synonyms()[folded(h)]; f != "" {
			headed[i] = f
		}
	}
	c.Heading = t.headed(headed)
	numbers, rivals := t.likeliest(c.Heading, width, looksLikeNumber)
	if numbers != None {
		c.Number = numbers
	}
	if c.Heading {
		for i, f := range headed {
			c.take(i, f)
		}
	}
	if c.Email == None {
		c.Email, _ = t.likeliest(c.Heading, width, func(s string) bool { return strings.Count(s, "@") == 1 && !strings.Contains(s, "/") })
	}
	if c.Number == None {
		c.Number = 0
		return c, false
	}
	return c, rivals == 0
}

// take gives a column its field, the first one of several; what the cells say
// goes before a heading.
func (c *Columns) take(i int, field string) {
	to := map[string]*int{"number": &c.Number, "name": &c.Name, "email": &c.Email, "issuer": &c.Issuer, "scheme": &c.Scheme}[field]
	if to != nil && (*to == None || field != "number" && i < *to) {
		*to = i
	}
}

// headed tells whether the first row is a heading: it has a word for one, and
// nothing that is looked for.
func (t Table) headed(known map[int]string) bool {
	some := false
	for i, cell := range t.Rows[0] {
		if looksLikeNumber(cell) {
			return false
		}
		some = some || known[i] != ""
	}
	return some
}

// sampled is how many rows are looked at.
const sampled = 200

// likeliest is the column in which most cells look like it, at least a third of
// those that say anything, and how many others come near.
func (t Table) likeliest(heading bool, width int, like func(string) bool) (best, rivals int) {
	rows := t.Rows
	if heading {
		rows = rows[1:]
	}
	hits := make([]int, width)
	said := make([]int, width)
	for _, row := range rows[:min(len(rows), sampled)] {
		for i, cell := range row {
			if cell != "" && i < width {
				said[i]++
				if like(cell) {
					hits[i]++
				}
			}
		}
	}
	best = None
	for i := range hits {
		if hits[i] > 0 && hits[i]*3 >= said[i] && (best == None || hits[i] > hits[best]) {
			best = i
		}
	}
	for i := range hits {
		if best != None && i != best && hits[i]*2 >= hits[best] {
			rivals++
		}
	}
	return best, rivals
}

// number finds one in a longer text; its check character decides.
var number = regexp.MustCompile(`(?i)\b[0-9a-z]{4}[-–— ]?[0-9a-z]{4}[-–— ]?[0-9a-z]{4}[-–— ]?[0-9a-z]\b`)

func looksLikeNumber(cell string) bool {
	if strings.HasPrefix(cell, "eyJ") || strings.Contains(cell, "/c/") || strings.HasPrefix(cell, "{") {
		return true
	}
	_, err := credential.ParseNumber(cell)
	return err == nil || errors.Is(err, credential.ErrCheckCharacter)
}

// sought is what to look up: the cell, or the number within it.
func sought(cell string) string {
	if looksLikeNumber(cell) || strings.Contains(cell, "://") {
		return cell
	}
	for _, found := range number.FindAllString(cell, 4) {
		if _, err := credential.ParseNumber(found); err == nil {
			return found
		}
	}
	return cell
}

// Entries are the lines by these columns. Rows without a number stay: to say
// that one is missing is an answer too.
func (t Table) Entries(c Columns) []Entry {
	rows, line := t.Rows, t.First
	if c.Heading {
		rows, line = rows[1:], line+1
	}
	out := make([]Entry, len(rows))
	for i, row := range rows {
		cell := func(at int) string {
			if at < 0 || at >= len(row) {
				return ""
			}
			return row[at]
		}
		out[i] = Entry{Line: line + i, Number: sought(cell(c.Number)), Name: cell(c.Name), Email: cell(c.Email), Issuer: cell(c.Issuer), Scheme: cell(c.Scheme)}
	}
	return out
}
