package verify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// answers is a source that says one thing to every question.
type answers struct {
	list, registrar string
	statement       *verify.UnverifiedStatement
	err             error
}

func (a answers) Statements(context.Context, string) ([]*verify.UnverifiedStatement, error) {
	if a.statement == nil {
		return nil, a.err
	}
	return []*verify.UnverifiedStatement{a.statement}, a.err
}

func (a answers) Controller(context.Context, string) ([]verify.PublishedKey, error) {
	return make([]verify.PublishedKey, len(a.list)), a.err
}

func (a answers) StatusList(context.Context, string, time.Time) (string, error) { return a.list, a.err }

func (a answers) Register(context.Context, verify.RegisterQuery) (verify.Register, error) {
	return verify.Register{Registrar: a.registrar}, nil
}

func TestSources(t *testing.T) {
	ctx, broken := t.Context(), errors.New("the database is gone")
	lacks := answers{err: verify.ErrUnobtainable}
	all := verify.Sources{lacks, answers{list: "b", registrar: "did:web:b.example"}, answers{list: "cc", registrar: "did:web:c.example"}}
	list, err := all.StatusList(ctx, "", time.Time{})
	require.NoError(t, err)
	require.Equal(t, "b", list)
	keys, err := all.Controller(ctx, "")
	require.NoError(t, err)
	require.Len(t, keys, 1)
	register, err := all.Register(ctx, verify.RegisterQuery{})
	require.NoError(t, err)
	require.Equal(t, "did:web:b.example", register.Registrar, "the first that speaks is believed alone")
	c := newChain(t)
	same, other := signedStatement(t, c.ga, c.recognition), signedStatement(t, c.ab, c.accredited)
	mixed := verify.Sources{answers{statement: same}, answers{statement: same, err: verify.ErrUnobtainable}, answers{statement: other}}
	statements, err := mixed.Statements(ctx, "")
	require.ErrorIs(t, err, verify.ErrUnobtainable, "what one lacks is told")
	require.Equal(t, []*verify.UnverifiedStatement{same, other}, statements, "each once")
	for _, none := range []verify.Sources{nil, {lacks}, {lacks, lacks}} {
		_, err = none.StatusList(ctx, "", time.Time{})
		require.ErrorIs(t, err, verify.ErrUnobtainable)
		_, err = none.Controller(ctx, "")
		require.ErrorIs(t, err, verify.ErrUnobtainable)
	}
	for _, failing := range []verify.Sources{{answers{err: broken}, all[1]}, {lacks, answers{err: broken}}} {
		_, err = failing.StatusList(ctx, "", time.Time{})
		require.ErrorIs(t, err, broken, "a failure is not an absence")
		_, err = failing.Controller(ctx, "")
		require.ErrorIs(t, err, broken)
		_, err = failing.Statements(ctx, "")
		require.ErrorIs(t, err, broken)
	}
}

func signedStatement(t *testing.T, by party, o members) *verify.UnverifiedStatement {
	s, err := verify.ParseStatement(by.token(t, o))
	require.NoError(t, err)
	return s
}
