package keys

import "fmt"

// State is where a key is in its life.
type State string

const (
	Next     State = "next"     // known and vouched for; does not sign yet
	Signing  State = "active"   // signs
	Retiring State = "retiring" // good for what it signed; signs nothing but what was recorded for it
	Retired  State = "retired"  // good for what it signed; its private half is gone
	Revoked  State = "revoked"
)

// MaySign tells whether it is one of those that sign, or finish what was begun.
func (k Key) MaySign() bool { return k.NextAt.IsZero() && k.RetiredAt.IsZero() && k.RevokedAt.IsZero() }

// hosted: this service can sign with it.
func (k Key) hosted() bool { return len(k.Sealed) > 0 }

// Active is the newest of a body's keys of one use that may sign; the zero Key
// if there is none.
func Active(held []Key) Key {
	for _, k := range held {
		if k.MaySign() {
			return k
		}
	}
	return Key{}
}

// States tells the state of each of the keys, as the store returns them. A body
// that has a hosted key and keeps another itself signs with the newest of each.
// If the active one is revoked, the newest of those retiring is active again.
func States(held []Key) []State {
	out := make([]State, len(held))
	seen := map[string]bool{}
	for i, k := range held {
		kind := fmt.Sprint(k.Body, " ", k.Use, " ", k.hosted())
		switch {
		case !k.RevokedAt.IsZero():
			out[i] = Revoked
		case !k.RetiredAt.IsZero():
			out[i] = Retired
		case !k.NextAt.IsZero():
			out[i] = Next
		case seen[kind]:
			out[i] = Retiring
		default:
			out[i], seen[kind] = Signing, true
		}
	}
	return out
}
