package redflag

import "slices"

func sellersPage() Rule {
	return Rule{
		ID: "RF-30", Title: "Can only be checked on the seller's own page", Severity: High,
		Sentence:  "The only proof is a page run by the seller or the holder, not by the issuing body.",
		Citation:  "FTC, Tested Green, 2011: a page of the seller's own as the only proof",
		Reference: "https://www.newyorkparalegalblog.com/2011/01/ftc-settlement-ends-tested-green.html",
		When:      "the address where it can be checked is neither the issuer's, nor the accreditor's, nor of a listed verifier",
		Unless:    "it is a register that works for many issuers, such as a badge platform: no flag; the issuer is known and may use other addresses than those on record: info",
		Condition: func(f *Facts) (Evidence, bool) {
			at := f.Certificate.CheckHost
			if at != "" && len(f.Issuer.Hosts) > 0 && !slices.Contains(f.Issuer.Hosts, at) {
				return Evidence{"checked_at": at, "issuer_addresses": f.Issuer.Hosts}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			if f.Issuer.Listed {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "The certificate is checked at an address that is not on record for its issuer. Ask the issuer whether the page is its own."}, f.Issuer.Known
		},
	}
}
