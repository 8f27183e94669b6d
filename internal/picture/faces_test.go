package picture_test

import (
	"strings"

	"github.com/bonafide-dev/bonafide/internal/picture"
)

func face(holder string) picture.Face {
	return picture.Face{Tone: picture.Good, Word: "Bona fide", Headline: "This certificate is bona fide.", Holder: holder,
		Scheme: "Certified Customer Experience Lead, practitioner", Issuer: "Example Certification Ltd", Domain: "certification.example",
		Term: "Issued for 1 March 2026 to 1 March 2029", Number: "7K3M-9QXA-4TZ8-H", Address: "https://bonafide.example/c/7K3M-9QXA-4TZ8-H", Host: "bonafide.example",
		AsOf:  "25 November 2026, 06:40 UTC",
		Facts: []picture.Fact{{Label: "Decided", Text: "1 March 2026"}, {Label: "Valid from", Text: "1 March 2026"}, {Label: "Valid until", Text: "1 March 2029"}, {Label: "Kind", Text: "Certification of persons"}},
		Chain: []picture.Fact{{Label: "Certification body", Text: "Example Certification Ltd"}, {Label: "Accreditation body", Text: "Example Accreditation Service"}, {Label: "Recognition arrangement", Text: "Example Arrangement"}}}
}

// faces are pictures worth looking at: every tone, many scripts, hostile names.
func faces() map[string]picture.Face {
	out := map[string]picture.Face{
		"latin": face("Ada Łovelace-Ångström"), "arabic": face("محمد بن عبد الله الخوارزمي"), "japanese": face("山田 太郎"), "hindi": face("अनुराधा श्रीवास्तव"),
		"greek": face("Ελένη Παπαδοπούλου"), "cyrillic": face("Екатерина Щукина"), "hebrew": face("שרה כהן (Sarah) 1984"), "thai": face("สมชาย ใจดี"),
		"long": face(strings.TrimSpace(strings.Repeat("Wolfeschlegel ", 22))[:300]), "nospace": face(strings.Repeat("Wm", 150)),
		"script": face(`<script>alert(1)</script>"'&`), "override": face("Ada \u202Eecalevol\u202C \u200B\u2066x\u2069"), "emoji": face("Ada 👩‍💻 🎉 Lovelace"),
		"hidden": face(""),
	}
	for tone, word := range map[picture.Tone]string{picture.Stop: "Withdrawn", picture.Caution: "Suspended", picture.Open: "Not established", picture.Plain: "Recognition not confirmed"} {
		f := face("Ada Lovelace")
		f.Tone, f.Word, f.Headline, f.Demo = tone, word, "This certificate is authentic, but …", true
		out["tone-"+string(tone)] = f
	}
	return out
}
