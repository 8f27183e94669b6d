package dataintegrity

import "slices"

const (
	contextV2        = "https://www.w3.org/ns/credentials/v2"
	typePresentation = "VerifiablePresentation"
)

// separated gives each credential of a presentation the graph of its own that
// the base context asks for ("@container": "@graph"). The library looks for
// that in the context inside the term, which the base context sets to null, so
// that it would put a presentation and its credentials into one graph and sign
// other statements than every other implementation does (JSON-LD 1.1
// Processing, 5.1.2, 13.6 and 13.13: the container is the active context's).
func separated(document object) object {
	contexts := list(document["@context"])
	held, has := document["verifiableCredential"]
	if !has || len(contexts) == 0 || contexts[0] != contextV2 || !slices.Contains(list(document["type"]), any(typePresentation)) {
		return document
	}
	out := object{}
	for name, v := range document {
		out[name] = v
	}
	all := slices.Clone(list(held))
	for i, v := range all {
		if o, ok := v.(object); ok {
			all[i] = object{"@graph": o}
		}
	}
	out["verifiableCredential"] = all
	return out
}
