package ijson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// cases are texts with the pointer and the beginning of what is wrong.
func cases() map[string][2]string {
	return map[string][2]string{
		`{"a":{"b":[1,{"c":null}]}}`:               {},
		" [ ] ":                                    {},
		`"\ud83d\ude00\u00e9 \/ \" \\ \n"`:         {},
		`[0,-0,-1.5e+10,2E7,0.1,9007199254740991]`: {},
		`{"a":1,"a":2}`:                            {"/a", "stands twice"},
		`{"a":1,"\u0061":2}`:                       {"/a", "stands twice"},
		`{"x":[{},{"b":1,"b":1}]}`:                 {"/x/1/b", "stands twice"},
		`{"n":[9007199254740992]}`:                 {"/n/0", "is an integer beyond"},
		`{"n":-9007199254740993}`:                  {"/n", "is an integer beyond"},
		`{"n":99999999999999999999}`:               {"/n", "is an integer beyond"},
		`"\ud83d"`:                                 {"", "holds half a surrogate pair"},
		`{"a":"\ude00"}`:                           {"/a", "holds half a surrogate pair"},
		`{"a":{"\ud83dx":1}}`:                      {"/a", "holds half a surrogate pair"},
		`"\ud83d\u0041"`:                           {"", "holds half a surrogate pair"},
		"\"\xff\"":                                 {"", "is not valid UTF-8"},
		"":                                         {"", "is not JSON"},
		"{} {}":                                    {"", "is not JSON"},
		`{"a":1,}`:                                 {"", "is not JSON"},
		`[1,]`:                                     {"", "is not JSON"},
		`[,1]`:                                     {"", "is not JSON"},
		`{"a" 1}`:                                  {"", "is not JSON"},
		`{"a":1 "b":2}`:                            {"", "is not JSON"},
		`{a:1}`:                                    {"", "is not JSON"},
		`01`:                                       {"", "is not JSON"},
		`-`:                                        {"", "is not JSON"},
		`1.`:                                       {"", "is not JSON"},
		`.5`:                                       {"", "is not JSON"},
		`1e`:                                       {"", "is not JSON"},
		`+1`:                                       {"", "is not JSON"},
		`NaN`:                                      {"", "is not JSON"},
		`nul`:                                      {"", "is not JSON"},
		"\"a\tb\"":                                 {"", "is not JSON"},
		`"\x"`:                                     {"", "is not JSON"},
		`"\u12g4"`:                                 {"", "is not JSON"},
		`"abc`:                                     {"", "is not JSON"},
		"\ufeff{}":                                 {"", "is not JSON"},
		"[1]\x00":                                  {"", "is not JSON"},
		strings.Repeat("[", 70) + strings.Repeat("]", 70):                           {strings.Repeat("/0", 65), "is nested deeper"},
		`{"` + strings.Repeat("k", 40) + `":1,"` + strings.Repeat("k", 40) + `":1}`: {"/" + strings.Repeat("k", 40), "stands twice"},
	}
}

func TestWhatIsRefusedAndWhere(t *testing.T) {
	for text, want := range cases() {
		for name, read := range map[string]func() error{
			"check":  func() error { return ijson.Check([]byte(text)) },
			"value":  func() error { _, err := ijson.Value([]byte(text)); return err },
			"decode": func() error { var v json.RawMessage; return ijson.Decode([]byte(text), &v) },
		} {
			err := read()
			if want[1] == "" {
				require.NoError(t, err, "%s %s", name, text)
				continue
			}
			var at *ijson.Error
			require.ErrorAs(t, err, &at, "%s %s", name, text)
			require.Equal(t, want[0], at.Pointer, "%s %s", name, text)
			require.Contains(t, at.Detail, want[1], "%s %s", name, text)
		}
	}
}

func TestManyNamesAreToldApart(t *testing.T) {
	var b strings.Builder
	b.WriteString("{")
	for i := range 100 {
		b.WriteString(`"` + strings.Repeat("n", i+1) + `":0,`)
	}
	require.NoError(t, ijson.Check([]byte(b.String()+`"z":0}`)))
	require.ErrorContains(t, ijson.Check([]byte(b.String()+`"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn":0}`)), "stands twice")
}

type inner struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

type target struct {
	inner
	Name   string           `json:"name"`
	Number int              `json:"number,omitempty"`
	Share  *float64         `json:"share"`
	List   []inner          `json:"list"`
	By     map[string]inner `json:"by"`
	Raw    json.RawMessage  `json:"raw"`
	Bytes  []byte           `json:"bytes"`
	Any    any              `json:"any"`
	On     bool             `json:"on"`
	Next   *target          `json:"next"`
	Hidden string           `json:"-"`
	Plain  string
}

func TestDecodeIsUnmarshal(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"name":"a\u00e9\n","number":7,"share":0.5,"on":true,"Plain":"p"}`, `{"text":"embedded","at":"2026-03-01T09:00:00Z"}`,
		`{"list":[{"text":"x"},{"at":"2026-03-01T09:00:00Z"}],"by":{"a":{"text":"y"}}}`, `{"list":[],"by":{},"any":{"a":[1,null,"x"]}}`,
		`{"raw": {"a" : [1]} ,"bytes":"AQI=","any":null}`, `{"raw":null,"share":null,"next":null,"name":null,"list":null,"at":null}`, `{"next":{"next":{"name":"deep"}}}`,
	} {
		var want, got target
		require.NoError(t, json.Unmarshal([]byte(text), &want), text)
		require.NoError(t, ijson.Decode([]byte(text), &got), text)
		require.Equal(t, want, got, text)
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"NAME":"a"}`:             {"/NAME", "is not a member this call knows"},
		`{"next":{"nme":1}}`:       {"/next/nme", "is not a member this call knows"},
		`{"list":[{},{"x":1}]}`:    {"/list/1/x", "is not a member this call knows"},
		`{"by":{"k":{"x":1}}}`:     {"/by/k/x", "is not a member this call knows"},
		`{"Hidden":"a"}`:           {"/Hidden", "is not a member this call knows"},
		`{"-":"a"}`:                {"/-", "is not a member this call knows"},
		`{"name":1}`:               {"/name", "must not be a number"},
		`{"name":{}}`:              {"/name", "must not be a object"},
		`{"number":"1"}`:           {"/number", "must not be a string"},
		`{"number":1.5}`:           {"/number", "must not be a number 1.5"},
		`{"list":{}}`:              {"/list", "must not be a object"},
		`{"next":[]}`:              {"/next", "must not be a array"},
		`{"list":[{"text":true}]}`: {"/list/0/text", "must not be a bool"},
		`{"at":"yesterday"}`:       {"/at", "parsing time"},
		`{"raw":{"a":1,"a":2}}`:    {"/raw/a", "stands twice"},
		`[]`:                       {"", "must not be a array"},
		`{} x`:                     {"", "is not JSON"},
	} {
		var v target
		var at *ijson.Error
		require.ErrorAs(t, ijson.Decode([]byte(text), &v), &at, text)
		require.Equal(t, want[0], at.Pointer, text)
		require.Contains(t, at.Detail, want[1], text)
	}
}

// FuzzValue: what is taken means to this package what it means to encoding/json,
// and what encoding/json refuses is refused.
func FuzzValue(f *testing.F) {
	for text := range cases() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ijson.Value(data)
		require.Equal(t, err == nil, ijson.Check(data) == nil)
		if err != nil {
			return
		}
		var want any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&want))
		require.True(t, json.Valid(data))
		require.Equal(t, want, got)
	})
}

// FuzzRefused: only for one of the reasons of I-JSON is refused what
// encoding/json takes.
func FuzzRefused(f *testing.F) {
	for text := range cases() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := ijson.Check(data)
		if err == nil || !json.Valid(data) {
			return
		}
		for _, reason := range []string{"UTF-8", "stands twice", "surrogate", "beyond", "deeper"} {
			if strings.Contains(err.Error(), reason) {
				return
			}
		}
		t.Fatalf("%q: %v", data, err)
	})
}
