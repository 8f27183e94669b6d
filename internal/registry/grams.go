package registry

import (
	"cmp"
	"slices"
)

// grams is an index of strings by their groups of three letters. Each edit of a
// string spoils at most three of its groups, a swap of neighbours four; so
// whatever is within d edits shares one of any 4d+1 of them, and the rarest
// 4d+1 name all candidates.
type grams struct {
	postings map[uint32][]int32
}

// budget bounds the postings that one question reads: what remains after it
// shares only groups that thousands of names share.
const budget = 8_000

func newGrams() *grams { return &grams{postings: map[uint32][]int32{}} }

// add indexes s under id; ids come in rising order.
func (g *grams) add(id int32, s string) {
	each(s, func(key uint32) {
		p := g.postings[key]
		if len(p) == 0 || p[len(p)-1] != id {
			g.postings[key] = append(p, id)
		}
	})
}

// within visits at least every id whose string is within d edits of s, as far
// as the budget reaches, perhaps more than once. It returns the postings read.
func (g *grams) within(s string, d int, visit func(id int32)) int {
	var lists [][]int32
	keys := map[uint32]bool{}
	each(s, func(key uint32) {
		if !keys[key] {
			keys[key] = true
			lists = append(lists, g.postings[key])
		}
	})
	slices.SortFunc(lists, func(a, b []int32) int { return cmp.Compare(len(a), len(b)) })
	read := 0
	for _, list := range lists[:min(len(lists), 4*d+1)] {
		if read > 0 && read+len(list) > budget {
			break
		}
		for _, id := range list[:min(len(list), budget)] {
			visit(id)
		}
		read += min(len(list), budget)
	}
	return read
}

// each calls f with every group of three letters of s, framed by spaces.
func each(s string, f func(key uint32)) {
	a, b := ' ', ' '
	first := true
	for _, c := range s + " " {
		if !first || c != ' ' {
			f(uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA6B ^ uint32(c)*0xC2B2AE35)
		}
		first = false
		a, b = b, c
	}
}
