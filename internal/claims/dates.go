package claims

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// date is a day that was read, with every reading it allows.
type date struct {
	at       int // where in the text
	written  string
	readings []time.Time // the likelier first; a month or year stands for its last day
}

// dateReader finds days in the forms people write them.
type dateReader struct {
	iso, words, wordsUS, numbers, monthYear, cjk *regexp.Regexp
	months                                       map[string]time.Month
}

func newDateReader() *dateReader {
	months := map[string]time.Month{}
	var names []string
	for _, list := range []string{
		"january february march april may june july august september october november december",
		"jan feb mar apr may jun jul aug sep oct nov dec", "sept",
		"januar februar märz april mai juni juli august september oktober november dezember", "jänner feber mrz mai okt dez",
		"janvier février mars avril mai juin juillet août septembre octobre novembre décembre", "janv févr avr juil",
		"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "ene abr ago dic",
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
		"januari februari maart april mei juni juli augustus september oktober november december",
	} {
		for i, name := range strings.Fields(list) {
			month := time.Month(i + 1)
			switch name {
			case "sept":
				month = time.September
			case "jänner":
				month = time.January
			case "feber", "févr":
				month = time.February
			case "mrz":
				month = time.March
			case "okt":
				month = time.October
			case "dez", "dic":
				month = time.December
			case "janv", "ene":
				month = time.January
			case "avr", "abr":
				month = time.April
			case "juil":
				month = time.July
			case "ago":
				month = time.August
			}
			if list == "jänner feber mrz mai okt dez" && name == "mai" {
				month = time.May
			}
			if _, ok := months[name]; !ok {
				names = append(names, regexp.QuoteMeta(name))
			}
			months[name] = month
		}
	}
	name := `(` + strings.Join(names, "|") + `)`
	return &dateReader{
		months:    months,
		iso:       regexp.MustCompile(`\b((?:19|20)\d\d)[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?\b`),
		words:     regexp.MustCompile(`(?i)\b(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|º|ª|\.)?[\s-]*(?:of |de |di |d[’'])?` + name + `\.?,?[\s-]*(?:of |de |del )?((?:19|20)\d\d)\b`),
		wordsUS:   regexp.MustCompile(`(?i)\b` + name + `\.?\s+(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b`),
		numbers:   regexp.MustCompile(`\b(\d{1,2})([./-])\s?(\d{1,2})[./-]\s?((?:19|20)?\d\d)\b`),
		monthYear: regexp.MustCompile(`(?i)(?:\b` + name + `\.?,?\s+(?:of |de |del )?|\b(0?[1-9]|1[0-2])/)((?:19|20)\d\d)\b`),
		cjk:       regexp.MustCompile(`((?:19|20)\d\d)\s*[年년]\s*(1[0-2]|0?[1-9])\s*[月월]\s*([12]\d|3[01]|0?[1-9])\s*[日일]`),
	}
}

// all finds every date, in order, each stretch of text once.
func (r *dateReader) all(text string) []date {
	var out []date
	taken := make([]bool, len(text)+1)
	keep := func(span []int, readings ...time.Time) {
		for i := span[0]; i < span[1]; i++ {
			if taken[i] {
				return
			}
		}
		var good []time.Time
		for _, t := range readings {
			if !t.IsZero() && (len(good) == 0 || !good[0].Equal(t)) {
				good = append(good, t)
			}
		}
		if len(good) == 0 {
			return
		}
		for i := span[0]; i < span[1]; i++ {
			taken[i] = true
		}
		out = append(out, date{span[0], strings.TrimSpace(text[span[0]:span[1]]), good})
	}
	part := func(m []int, i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]:m[2*i+1]]
	}
	for _, m := range r.iso.FindAllStringSubmatchIndex(text, -1) {
		keep(m, calendar(part(m, 1), part(m, 2), part(m, 3)))
	}
	for _, m := range r.cjk.FindAllStringSubmatchIndex(text, -1) {
		keep(m, calendar(part(m, 1), part(m, 2), part(m, 3)))
	}
	for _, m := range r.words.FindAllStringSubmatchIndex(text, -1) {
		keep(m, calendar(part(m, 3), strconv.Itoa(int(r.months[strings.ToLower(part(m, 2))])), part(m, 1)))
	}
	for _, m := range r.wordsUS.FindAllStringSubmatchIndex(text, -1) {
		keep(m, calendar(part(m, 3), strconv.Itoa(int(r.months[strings.ToLower(part(m, 1))])), part(m, 2)))
	}
	for _, m := range r.numbers.FindAllStringSubmatchIndex(text, -1) {
		day, month, year := part(m, 1), part(m, 3), part(m, 4)
		if len(year) == 2 {
			year = "20" + year
		}
		readings := []time.Time{calendar(year, month, day)}
		if part(m, 2) != "." { // with points the day comes first; with strokes nobody knows
			readings = append(readings, calendar(year, day, month))
		}
		keep(m, readings...)
	}
	for _, m := range r.monthYear.FindAllStringSubmatchIndex(text, -1) {
		month := part(m, 2)
		if name := part(m, 1); name != "" {
			month = strconv.Itoa(int(r.months[strings.ToLower(name)]))
		}
		if first := calendar(part(m, 3), month, "1"); !first.IsZero() {
			keep(m, first.AddDate(0, 1, -1))
		}
	}
	sortDates(out)
	return out
}

func sortDates(all []date) {
	for i := 1; i < len(all); i++ {
		for j := i; j > 0 && all[j].at < all[j-1].at; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
}

// one reads a whole string as a date: a year alone too.
func (r *dateReader) one(s string) (date, bool) {
	s = strings.TrimSpace(s)
	if found := r.all(s); len(found) == 1 && len(found[0].written) == len(s) {
		return found[0], true
	}
	if len(s) == 4 {
		if t := calendar(s, "12", "31"); !t.IsZero() && t.Year() >= 1900 {
			return date{0, s, []time.Time{t}}, true
		}
	}
	return date{}, false
}

// calendar is the day, or the zero time if there is no such day.
func calendar(year, month, day string) time.Time {
	y, err1 := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	d, err3 := strconv.Atoi(day)
	if err1 != nil || err2 != nil || err3 != nil || m < 1 || m > 12 {
		return time.Time{}
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || t.Month() != time.Month(m) {
		return time.Time{}
	}
	return t
}

// understood tells the day taken and, if there are several, all readings.
func (d date) understood(taken time.Time) *verify.UnderstoodDate {
	u := &verify.UnderstoodDate{Day: taken.Format(time.DateOnly), Written: d.written}
	if len(d.readings) > 1 {
		for _, t := range d.readings {
			u.Readings = append(u.Readings, t.Format(time.DateOnly))
		}
	}
	return u
}

// issued picks the reading of a date of issue: one that is not yet to come, if
// there is one, else the likelier.
func (d date) issued(now time.Time) time.Time {
	for _, t := range d.readings {
		if !t.After(now) {
			return t
		}
	}
	return d.readings[0]
}

// expiry picks the later reading: what is not certain does not expire.
func (d date) expiry() time.Time {
	last := d.readings[0]
	for _, t := range d.readings {
		if t.After(last) {
			last = t
		}
	}
	return last
}
