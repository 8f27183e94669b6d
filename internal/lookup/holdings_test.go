package lookup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestTheRegistersWordIsSharedOnlyForTheSameQuestion: a bundle that brings
// statements and bodies of its own asks another, and its answer is nobody
// else's; another list of anchors asks another too.
func TestTheRegistersWordIsSharedOnlyForTheSameQuestion(t *testing.T) {
	at := credential.Addresses{Public: "https://example.org"}
	h := &holdings{
		view:      registry.NewView(registry.Snapshot{Version: 1, Bodies: []registry.Body{{ID: "cb", DID: at.Body("cb")}}}, at),
		bodies:    map[string]verify.Body{at.Body("cb"): {ID: "cb"}, "did:web:ab": {ID: "ab"}},
		schemes:   map[string]verify.RegisteredScheme{at.Scheme("s"): {ID: "s", Activity: string(trust.CertificationOfPersons)}},
		histories: map[string]verify.History{"st-1": {RecordedAt: time.Unix(1, 0)}, "st-2": {RecordedAt: time.Unix(2, 0)}},
	}
	own := verify.RegisterQuery{Scheme: at.Scheme("s"), Bodies: []string{at.Body("cb")}, Statements: []string{"st-1"}}
	mixed := verify.RegisterQuery{Scheme: at.Scheme("s"), Bodies: []string{at.Body("cb"), "did:web:ab"}, Statements: []string{"st-1", "st-2", "foreign"}}
	anchors := []verify.Anchor{{}}
	for range 2 {
		require.Len(t, h.register(own, anchors, "r").Histories, 1)
		r := h.register(mixed, anchors, "r")
		require.Len(t, r.Histories, 2)
		require.Len(t, r.Bodies, 2)
		require.Equal(t, "r", r.Registrar)
	}
	require.Len(t, h.about, 1)
	h.register(own, []verify.Anchor{{}}, "r")
	require.Len(t, h.about, 1, "of an older list of anchors nothing is kept")
	h.register(verify.RegisterQuery{Scheme: "https://elsewhere.example/s", Bodies: []string{"did:web:unknown"}}, anchors, "r")
	h.register(verify.RegisterQuery{}, nil, "r")
	require.NotContains(t, h.about, topic{"did:web:unknown", "https://elsewhere.example/s"}, "strangers fill no memory")
}
