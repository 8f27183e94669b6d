package dataintegrity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"
)

const (
	// maxBlank bounds blank nodes. Each costs a hash at least.
	maxBlank = 2048
	// maxTwins bounds the blank nodes that look alike at first sight.
	maxTwins = 512
	// maxOrders bounds the orders in which such nodes must be tried.
	maxOrders = 5000
)

// affordable estimates, without doing it, the work that canonicalisation takes:
// the library cannot be stopped once it runs. Blank nodes that differ in their
// own statements cost one hash each. Those that do not ("twins") are told apart
// by their neighbours: for every group of twin neighbours reached in the same
// way all orders are tried, recursively (RDFC-1.0, 4.8). The product of the
// numbers of orders over a connected set of twins bounds that.
func affordable(dataset *ld.RDFDataset) error {
	g := newTwins(dataset)
	if len(g.statements) > maxBlank || len(g.twins) > maxTwins {
		return ErrCostly
	}
	seen := map[string]bool{}
	for id := range g.twins {
		if orders := g.orders(id, seen); orders > maxOrders {
			return ErrCostly
		}
	}
	return nil
}

// twins are the blank nodes of a dataset that look alike.
type twins struct {
	statements map[string][]string // of each blank node, as it sees them
	twins      map[string]bool
	neighbours map[string]map[string][]string // twin, way, neighbours that are twins
}

func newTwins(dataset *ld.RDFDataset) *twins {
	g := &twins{statements: map[string][]string{}, twins: map[string]bool{}, neighbours: map[string]map[string][]string{}}
	type edge struct{ from, way, to string }
	var edges []edge
	for graph, quads := range dataset.Graphs {
		for _, q := range quads {
			nodes := []string{value(q.Subject), value(q.Object), graph}
			for i, id := range nodes {
				if !blank(id) {
					continue
				}
				g.statements[id] = append(g.statements[id], seen(id, nodes, q))
				for j, other := range nodes {
					if blank(other) && other != id {
						edges = append(edges, edge{id, fmt.Sprint(i, j, " ", q.Predicate.GetValue()), other})
					}
				}
			}
		}
	}
	looks := map[string][]string{}
	look := map[string]string{}
	for id, s := range g.statements {
		slices.Sort(s)
		look[id] = strings.Join(slices.Compact(s), "\n")
		looks[look[id]] = append(looks[look[id]], id)
	}
	for _, ids := range looks {
		if len(ids) > 1 {
			for _, id := range ids {
				g.twins[id] = true
			}
		}
	}
	for _, e := range edges {
		if !g.twins[e.from] || !g.twins[e.to] {
			continue
		}
		if g.neighbours[e.from] == nil {
			g.neighbours[e.from] = map[string][]string{}
		}
		way := e.way + " " + look[e.to]
		if !slices.Contains(g.neighbours[e.from][way], e.to) {
			g.neighbours[e.from][way] = append(g.neighbours[e.from][way], e.to)
		}
	}
	return g
}

// orders is the product over the set of twins connected with id, and their
// number; it stops counting when there are too many.
func (g *twins) orders(id string, seen map[string]bool) int {
	orders, members := 1, 0
	queue := []string{id}
	for len(queue) > 0 {
		id, queue = queue[0], queue[1:]
		if seen[id] {
			continue
		}
		seen[id] = true
		members++
		for _, group := range g.neighbours[id] {
			for n := 2; n <= len(group) && orders <= maxOrders; n++ {
				orders *= n
			}
			queue = append(queue, group...)
		}
	}
	return orders * max(1, members/8)
}

func value(n ld.Node) string {
	if n == nil {
		return ""
	}
	return n.GetValue()
}

func blank(id string) bool { return strings.HasPrefix(id, "_:") }

// seen is a statement as the node id sees it: other blank nodes are all alike.
func seen(id string, nodes []string, q *ld.Quad) string {
	var b strings.Builder
	for _, n := range nodes {
		switch {
		case n == id:
			n = "_:a"
		case blank(n):
			n = "_:z"
		}
		fmt.Fprintf(&b, "%q ", n)
	}
	fmt.Fprintf(&b, "%q", q.Predicate.GetValue())
	if l, ok := q.Object.(*ld.Literal); ok {
		fmt.Fprintf(&b, " %q %q", l.Datatype, l.Language)
	}
	return b.String()
}
