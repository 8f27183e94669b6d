package dataintegrity_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
)

// graph writes a document whose credentialSubject holds blank nodes joined by
// the edges given.
func graph(nodes int, edges [][2]int) string {
	out := make([]map[string]any, nodes)
	for i := range out {
		out[i] = map[string]any{"id": fmt.Sprintf("_:n%d", i), "type": "https://cb.example/ns#Node"}
	}
	for _, e := range edges {
		all, _ := out[e[0]]["https://cb.example/ns#to"].([]any)
		out[e[0]]["https://cb.example/ns#to"] = append(all, map[string]any{"id": fmt.Sprintf("_:n%d", e[1])})
	}
	data, _ := json.Marshal(map[string]any{"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "id": "urn:uuid:1",
		"type": []string{"VerifiableCredential"}, "issuer": "did:web:cb.example", "credentialSubject": out})
	return string(data)
}

func clique(n int) [][2]int {
	var out [][2]int
	for i := range n {
		for j := range n {
			if i != j {
				out = append(out, [2]int{i, j})
			}
		}
	}
	return out
}

// patience is far more than what is let through takes on a busy machine with the
// race detector, and far less than a poisoned graph: a clique of eight takes 15
// seconds on an idle one, of ten half an hour.
const patience = 30 * time.Second

// TestPoison: graphs that would take seconds and more are refused before the
// library sees them, and none that is let through takes long.
func TestPoison(t *testing.T) {
	s, _ := ed(t)
	options := dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion}
	longest := time.Duration(0)
	try := func(document string) error {
		start := time.Now()
		_, err := dataintegrity.Sign([]byte(document), options, s)
		longest = max(longest, time.Since(start))
		return err
	}
	for _, n := range []int{6, 7, 8, 20} {
		require.ErrorIs(t, try(graph(n, clique(n))), dataintegrity.ErrCostly, "clique of %d", n)
	}
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 150 {
		n := 2 + random.IntN(30)
		var edges [][2]int
		switch degree := 1 + random.IntN(4); random.IntN(3) {
		case 0: // regular: every node looks like every other
			for k := range degree {
				for i := range n {
					edges = append(edges, [2]int{i, (i + k*k + 1) % n})
				}
			}
		case 1:
			for range n * degree {
				edges = append(edges, [2]int{random.IntN(n), random.IntN(n)})
			}
		default: // trees
			for i := 1; i < n; i++ {
				edges = append(edges, [2]int{(i - 1) / degree, i})
			}
		}
		if err := try(graph(n, edges)); err != nil {
			require.ErrorIs(t, err, dataintegrity.ErrCostly)
			refused++
		}
	}
	t.Logf("refused %d of 150, the slowest other took %s", refused, longest)
	require.Less(t, longest, patience, "a graph that was let through")
	require.ErrorIs(t, try(graph(3000, nil)), dataintegrity.ErrCostly)
	require.NoError(t, try(graph(200, nil)), "many nodes that nothing joins cost little")
	require.ErrorIs(t, try(graph(1490, nil)), dataintegrity.ErrCostly, "twins")
	var named []string
	for i := range 1480 {
		named = append(named, fmt.Sprintf(`{"id":"urn:x:%d","name":"%d"}`, i, i))
	}
	require.NoError(t, try(strings.Replace(strict, `{"id":"did:example:abcdefgh","name":"Zoe"}`, "["+strings.Join(named, ",")+"]", 1)))
	require.Less(t, longest, patience, "as many objects as are let through")
	wide := strings.Replace(strict, `"name":"Zoe"`, `"name":[`+strings.Repeat(`"Zoe",`, 50000)+`"Zoe"]`, 1)
	require.ErrorIs(t, try(wide), dataintegrity.ErrCostly)
}
