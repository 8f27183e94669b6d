package dataintegrity

import (
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// relabel gives the blank nodes of canonical N-Quads the names that they have
// with SHA-384 instead of SHA-256, which is what ecdsa-rdfc-2019 canonicalises
// with for keys on P-384 (Data Integrity ECDSA Cryptosuites 1.0, 3.2.3); the
// library knows the shorter hash alone. Nodes that differ in their own statements
// are named in the order of those statements' hashes (RDFC-1.0, 4.6 and 4.4.3,
// step 4); graphs with others are ErrUnsupported.
func relabel(nquads []byte) ([]byte, error) {
	lines := strings.SplitAfter(string(nquads), "\n")
	parsed := make([][]string, 0, len(lines))
	mentions := map[string][][]string{}
	for _, line := range lines {
		if line == "" {
			continue
		}
		parts := cutBlank(line)
		parsed = append(parsed, parts)
		seen := map[string]bool{}
		for i := 1; i < len(parts); i += 2 {
			if !seen[parts[i]] {
				seen[parts[i]] = true
				mentions[parts[i]] = append(mentions[parts[i]], parts)
			}
		}
	}
	byHash := map[string]string{}
	for node, all := range mentions {
		var own []string
		for _, parts := range all {
			own = append(own, joined(parts, func(n string) string {
				if n == node {
					return "_:a"
				}
				return "_:z"
			}))
		}
		slices.Sort(own)
		sum := sha512.Sum384([]byte(strings.Join(own, "")))
		h := hex.EncodeToString(sum[:])
		if _, twin := byHash[h]; twin {
			return nil, fmt.Errorf("%w: blank nodes that look alike, with a key on P-384", ErrUnsupported)
		}
		byHash[h] = node
	}
	names := map[string]string{}
	hashes := make([]string, 0, len(byHash))
	for h := range byHash {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	for i, h := range hashes {
		names[byHash[h]] = fmt.Sprintf("_:c14n%d", i)
	}
	out := make([]string, 0, len(parsed))
	for _, parts := range parsed {
		out = append(out, joined(parts, func(n string) string { return names[n] }))
	}
	slices.Sort(out)
	return []byte(strings.Join(out, "")), nil
}

// cutBlank cuts a canonical N-Quad into text and, at odd places, blank nodes.
// Literals and addresses may hold anything, "_:" too.
func cutBlank(line string) []string {
	var out []string
	start, inside := 0, byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inside == '"' && c == '\\':
			i++
		case inside == '"' && c == '"', inside == '<' && c == '>':
			inside = 0
		case inside == 0 && (c == '"' || c == '<'):
			inside = c
		case inside == 0 && strings.HasPrefix(line[i:], "_:"):
			end := i + strings.IndexByte(line[i:], ' ')
			out = append(out, line[start:i], line[i:end])
			start, i = end, end
		}
	}
	return append(out, line[start:])
}

func joined(parts []string, name func(string) string) string {
	var b strings.Builder
	for i, p := range parts {
		if i%2 == 1 {
			p = name(p)
		}
		b.WriteString(p)
	}
	return b.String()
}
