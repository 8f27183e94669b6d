package registry

import (
	"strings"
	"unicode/utf8"
)

// latin writes a folded name in Latin letters as far as its script has an
// alphabet: Cyrillic, Greek, Hebrew, Arabic, kana and Hangul. Han stays. It
// serves comparison alone and is never shown: romanisations differ by country.
func latin(folded string) string {
	plain := true
	for _, r := range folded {
		if r > 0x24F {
			plain = false
			break
		}
	}
	if plain {
		return folded
	}
	var b strings.Builder
	for _, r := range folded {
		if r <= 0x24F {
			b.WriteRune(r)
		} else {
			b.WriteString(romanised(r))
		}
	}
	return b.String()
}

// romanised writes one folded letter; a letter of no known alphabet is itself.
// Accents are gone (й is и, ё is е), and NFKD has taken Hangul syllables apart.
func romanised(r rune) string {
	for _, a := range []struct {
		first   rune
		letters string
		width   int
	}{
		{'а', cyrillic, 4}, {'α', greek, 2}, {'א', hebrew, 2}, {'ا', arabic, 2}, {'ف', arabicRest, 1}, {'ぁ', kana, 3}, {'ァ', kana, 3},
		{0x1100, jamoInitials, 2}, {0x1161, jamoVowels, 3}, {0x11A8, jamoFinals, 2}, // Revised Romanization of Korean
	} {
		if at := int(r-a.first) * a.width; r >= a.first && at < len(a.letters) {
			return strings.TrimRight(a.letters[at:at+a.width], " ")
		}
	}
	if r == 'ґ' {
		return "g"
	}
	return string(r)
}

// Letters of the alphabets in order, each in a field of its width, so that
// finding one takes no table.
const (
	cyrillic     = "a   b   v   g   d   e   zh  z   i   i   k   l   m   n   o   p   r   s   t   u   f   kh  ts  ch  sh  shch    y       e   yu  ya  e   e   dj  g   ye  dz  i   i   j   lj  nj  c   k   i   u   dz  "
	greek        = "a v g d e z i thi k l m n x o p r s s t y f chpso "
	hebrew       = "a b g d h v z h t y k k l m m n n s a p p tstsk r sht "
	arabic       = "a b a t thj h khd dhr z s shs d t z a gh"
	arabicRest   = "fqklmnhway"
	kana         = "a  a  i  i  u  u  e  e  o  o  ka ga ki gi ku gu ke ge ko go sa za shiji su zu se ze so zo ta da chiji tsutsuzu te de to do na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po ma mi mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa i  e  o  n  vu "
	jamoInitials = "g kkn d ttr m b pps ss  j jjchk t p h "
	jamoVowels   = "a  ae ya yaeeo e  yeoye o  wa waeoe yo u  wo we wi yu eu ui i  "
	jamoFinals   = "k k ksn njnht l lklmlblsltlplhm p pst t ngt t k t p t "
)

// romanise spells a Latin word so that the common romanisations of one name
// agree: "akkreditatsiya" and "akreditacija" become one.
func romanise(word string) string {
	spellings := [...][2]string{
		{"shch", "s"}, {"sch", "s"}, {"sh", "s"}, {"tch", "q"}, {"tsi", "qi"}, {"ts", "q"}, {"tz", "q"}, {"ch", "q"}, {"kh", "h"}, {"zh", "z"},
		{"ph", "f"}, {"ck", "k"}, {"qu", "kv"}, {"x", "ks"}, {"w", "v"}, {"cc", "k"}, {"ci", "qi"}, {"ce", "qe"}, {"cy", "qi"}, {"c", "k"}, {"iya", "ia"},
		{"ija", "ia"}, {"iia", "ia"}, {"yu", "u"}, {"ju", "u"}, {"iu", "u"}, {"ya", "a"}, {"ja", "a"}, {"ye", "e"}, {"je", "e"}, {"ie", "e"}, {"yo", "o"},
		{"io", "o"}, {"y", "i"}, {"j", "i"},
	}
	var b strings.Builder
	var last rune
next:
	for i := 0; i < len(word); {
		for _, s := range spellings {
			if strings.HasPrefix(word[i:], s[0]) {
				b.WriteString(s[1])
				last, i = 0, i+len(s[0])
				continue next
			}
		}
		r, n := utf8.DecodeRuneInString(word[i:])
		if r != last { // doubled letters are one
			b.WriteRune(r)
		}
		last, i = r, i+n
	}
	return b.String()
}

// otherScript reports letters outside the Latin script.
func otherScript(folded string) bool {
	return strings.IndexFunc(folded, func(r rune) bool { return r > 0x24F }) >= 0
}
