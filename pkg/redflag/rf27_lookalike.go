package redflag

func lookalike() Rule {
	type likeness struct {
		said, like, why string
		conflict        bool
	}
	found := func(f *Facts) (likeness, bool) {
		all := []likeness{{f.Issuer.Said, f.Issuer.Like, f.Issuer.LikeWhy, f.Issuer.LikeConflict}}
		for _, a := range f.Accreditors {
			all = append(all, likeness{a.Said, a.Like, a.LikeWhy, a.LikeConflict})
		}
		var best likeness
		for _, l := range all {
			if l.like != "" && (best.like == "" || l.conflict && !best.conflict) {
				best = l
			}
		}
		return best, best.like != ""
	}
	return Rule{
		ID: "RF-27", Title: "Name, acronym or web address nearly equal to a known body", Severity: High,
		Sentence:  "The name or web address closely resembles that of a known body but is not it.",
		Citation:  "IACET and ACICS on accreditors and addresses that resemble theirs",
		Reference: "https://iacet.org/news/iacet-blog/blog-articles/beware-of-copycat-accreditations-that-lack-integrity/",
		When:      "a name or domain is that of a known body but for a letter, a look-alike character or a word",
		Unless:    "nothing else sets it apart from that body (domain, country, script): info, it may be a slip of the pen; acronyms alone never count",
		Condition: func(f *Facts) (Evidence, bool) {
			l, ok := found(f)
			if !ok {
				return nil, false
			}
			return Evidence{"name": l.said, "like": l.like, "why": l.why}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			l, _ := found(f)
			return Relief{To: Info, Say: "The name is close to that of a known body. It may be that body, mistyped: compare it letter by letter."}, !l.conflict
		},
	}
}
