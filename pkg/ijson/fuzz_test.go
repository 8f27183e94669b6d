package ijson_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// FuzzCheck: what passes is JSON that says one thing, and written again it
// still passes.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"\u00e9",null,true]}`, `{"a":1,"a":2}`, `{"a":{"b":1},"\u0061":2}`, `"\ud800"`, `9007199254740993`, "\"\xff\"", `[[[[]]]]`, `{} {}`, ` 1 `, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if ijson.Check(data) != nil {
			return
		}
		require.True(t, json.Valid(data))
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var v any
		require.NoError(t, d.Decode(&v))
		again, err := json.Marshal(v)
		require.NoError(t, err)
		require.NoError(t, ijson.Check(again), "%s", again)
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, data))
		require.NoError(t, ijson.Check(compact.Bytes()))
	})
}
