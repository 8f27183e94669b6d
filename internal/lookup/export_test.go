package lookup

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Registrars are the register's own keys as a verification begun now has them.
func (d *Desk) Registrars(t *testing.T) []jws.JWK {
	p := d.policy(d.Now())
	_, err := d.ownSource(t.Context(), nil, &p, nil)
	require.NoError(t, err)
	for _, r := range p.Registrars {
		if r.DID == d.Addresses.Service() {
			return r.Keys
		}
	}
	return nil
}
