package main

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

// TestStatusListInEachForm: JSON with an embedded proof for whoever asks for
// nothing else, the token on demand, the past by timestamp; an event shows in
// all of them.
func TestStatusListInEachForm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		writer := h.certifier()
		made := h.do("POST", "/v1/certificates", writer, request("Ada"))
		n := made.json["id"].(string)
		part := strings.Split(made.json["credential"].(string), ".")[1]
		payload, err := base64.RawURLEncoding.DecodeString(part)
		require.NoError(t, err)
		var c struct {
			Status struct {
				List  string `json:"statusListCredential"`
				Index int    `json:"statusListIndex,string"`
			} `json:"credentialStatus"`
		}
		require.NoError(t, json.Unmarshal(payload, &c))
		path := strings.TrimPrefix(c.Status.List, "http://localhost:8080")

		set := func(path, accept string) bool {
			a := h.do("GET", path, "", "", "Accept", accept)
			require.Equal(t, 200, a.status, "%s: %s", path, a.raw)
			raw := a.raw
			if strings.Contains(accept, "jwt") {
				require.Equal(t, accept, a.header.Get("Content-Type"))
				raw, err = base64.RawURLEncoding.DecodeString(strings.Split(string(raw), ".")[1])
				require.NoError(t, err)
			} else {
				require.Contains(t, a.header.Get("Content-Type"), "json")
				u, err := dataintegrity.Parse(raw)
				require.NoError(t, err)
				require.Equal(t, dataintegrity.EdDSARDFC, u.Proofs[0].Suite)
				require.Equal(t, 200, h.do("POST", "/credentials/verify", "", `{"verifiableCredential":`+string(raw)+`}`).status)
			}
			var l struct {
				Context []string `json:"@context"`
				ID      string   `json:"id"`
				Type    []string `json:"type"`
				Issuer  string   `json:"issuer"` // a text, not an object
				Subject struct {
					Type    string `json:"type"`
					Purpose string `json:"statusPurpose"`
					Encoded string `json:"encodedList"`
				} `json:"credentialSubject"`
			}
			require.NoError(t, json.Unmarshal(raw, &l), "%s", raw)
			require.Contains(t, l.Type, "BitstringStatusListCredential")
			require.Equal(t, h.app.addresses.Body("demo-certification"), l.Issuer)
			require.Equal(t, "BitstringStatusList", l.Subject.Type)
			bits, err := statuslist.Decode(l.Subject.Encoded)
			require.NoError(t, err)
			is, err := bits.Has(c.Status.Index)
			require.NoError(t, err)
			return is
		}
		forms := []string{"", "*/*", "application/json", "application/vc+ld+json", "application/ld+json, application/json", "application/vc+jwt"}
		for _, accept := range forms {
			require.False(t, set(path, accept), accept)
		}
		before := url.QueryEscape(time.Now().UTC().Format(time.RFC3339))
		time.Sleep(1100 * time.Millisecond) // the history of a list is told by the second
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+n+"/events", writer, `{"event":"suspended"}`).status)
		for _, accept := range forms {
			require.False(t, set(path, accept), accept)
			require.True(t, set(path+"/suspension", accept), accept)
		}
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+n+"/events", writer, `{"event":"withdrawn"}`).status)
		for _, accept := range forms {
			require.True(t, set(path, accept), accept)
			require.False(t, set(path+"?timestamp="+before, accept), accept)
			require.False(t, set(path+"/suspension?timestamp="+before, accept), accept)
		}
		tag := h.do("GET", path, "", "").header.Get("ETag")
		require.Equal(t, 304, h.do("GET", path, "", "", "If-None-Match", tag).status, "the same list is the same bytes")
		require.Equal(t, 422, h.do("GET", path+"?timestamp=yesterday", "", "").status)
		require.Equal(t, 404, h.do("GET", "/status/nothing", "", "").status)
		require.Equal(t, 404, h.do("GET", "/status/nothing/suspension", "", "", "Accept", "application/vc+jwt").status)
	})
}
