package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// raised is a report's flags by id, with their severity.
func raised(a answer) map[string]string {
	out := map[string]string{}
	flags, _ := a.json["red_flags"].([]any)
	for _, f := range flags {
		m := f.(map[string]any)
		out[m["id"].(string)] = m["severity"].(string)
	}
	return out
}

func TestClaimsOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.do("POST", "/v1/claims", "", `{"holder_name":"Max Mann","credential_name":"Certified Coach","issuer":{"name":"Prime Global Institute"},
			"accreditation":[{"body":"IAF"}],"issued_on":"2024-03-01","policy":{"block_flags":["RF-23"]}}`)
		require.Equal(t, http.StatusOK, a.status, "%s", a.raw)
		require.Equal(t, "misrepresented", a.code())
		require.Equal(t, "critical", raised(a)["RF-23"])
		policy := a.json["policy"].(map[string]any)
		require.Equal(t, "fail", policy["outcome"])
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		understood := a.json["understood"].(map[string]any)
		require.Equal(t, "2024-03-01", understood["issued_on"].(map[string]any)["day"])
		require.Len(t, a.json["checks"].([]any), len(verify.CheckIDs()))
		link := a.json["claims"].([]any)[0].(map[string]any)
		require.Equal(t, "contradicted", link["outcome"])
		require.NotEmpty(t, link["sources"].([]any)[0].(map[string]any)["url"])

		a = h.do("POST", "/v1/claims", "", `{"text":"CISSP issued by ISC2, accredited by ANAB, issued 2024-05-01","policy":{"block_severity":"low","verdicts":["bona_fide"]}}`)
		require.Equal(t, "undetermined", a.code(), "%s", a.raw)
		require.Equal(t, "unknown", a.json["policy"].(map[string]any)["outcome"], "an undetermined verdict is neither a pass nor a fail")

		for body, pointer := range map[string]string{
			`{}`: "", `{"issued_on":"soon","text":"x"}`: "/issued_on", `{"text":"x","policy":{"block_flags":["RF-99"]}}`: "/policy/block_flags/0",
			`{"text":"x","policy":{"block_severity":"grave"}}`: "/policy/block_severity", `{"text":"x","at":"monday"}`: "/at",
			`{"text":"` + strings.Repeat("x", 70<<10) + `"}`: "/text",
		} {
			a := h.do("POST", "/v1/claims", "", body)
			require.Equal(t, http.StatusUnprocessableEntity, a.status, "%.80s: %s", body, a.raw)
			require.Equal(t, pointer, a.json["errors"].([]any)[0].(map[string]any)["pointer"], "%.80s", body)
		}
		require.Equal(t, http.StatusBadRequest, h.do("POST", "/v1/claims", "", `{"texts":"x"}`).status)
	})
}

// TestClaimAboutOurOwnNumber: a number of this register is looked up, and what
// the paper says beside it is held against the record.
func TestClaimAboutOurOwnNumber(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		number := h.pages[verify.BonaFide]
		record := h.do("GET", "/v1/certificates/"+number, "", "").json["certificate"].(map[string]any)
		until := record["valid_until"].(string)[:10]
		claim := func(more string) answer {
			return h.do("POST", "/v1/claims", "", fmt.Sprintf(`{"certificate_number":%q%s}`, number, more))
		}
		for name, x := range map[string]struct{ more, verdict, flag string }{
			"number alone":             {"", "bona_fide", ""},
			"name and expiry as there": {fmt.Sprintf(`,"holder_name":"Amelie Dupont","expires_on":%q,"issuer":{"name":"Demo Certification Institute"},"credential_name":"Demo Certified Service Lead"`, until), "bona_fide", ""},
			"another person":           {`,"holder_name":"Boris Grant"`, "not_authentic", "RF-11"},
			"a later expiry":           {`,"expires_on":"2040-01-01"`, "not_authentic", ""},
			"another issuer":           {`,"issuer":{"name":"Demo Mountain Certification"}`, "not_authentic", ""},
			"accredited by IAF":        {`,"accreditation":[{"body":"IAF"}]`, "misrepresented", "RF-23"},
			"its own accreditor":       {`,"accreditation":[{"body":"Demo Accreditation Service","number":"DEMO-0001"}]`, "bona_fide", ""},
		} {
			a := claim(x.more)
			require.Equal(t, x.verdict, a.code(), "%s: %s", name, a.raw)
			if x.flag != "" {
				require.Equal(t, "critical", raised(a)[x.flag], "%s: %s", name, a.raw)
			}
			if x.verdict == "bona_fide" {
				for id, severity := range raised(a) {
					require.Equal(t, "info", severity, "%s %s", name, id)
				}
			}
		}
		slip := []byte(strings.ReplaceAll(number, "-", ""))
		if slip[0] = '2'; number[0] == '2' {
			slip[0] = '3'
		}
		a := h.do("POST", "/v1/claims", "", fmt.Sprintf(`{"certificate_number":%q,"issuer":{"name":"Demo Certification Institute"}}`, slip))
		require.Equal(t, "undetermined", a.code(), "a mistyped number proves nothing: %s", a.raw)
	})
}

func TestClaimFromAFile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		send := func(name string, data []byte) answer {
			var b bytes.Buffer
			w := multipart.NewWriter(&b)
			part, err := w.CreateFormFile("file", name)
			require.NoError(t, err)
			_, err = part.Write(data)
			require.NoError(t, err)
			require.NoError(t, w.Close())
			return h.do("POST", "/v1/claims", "", b.String(), "Content-Type", w.FormDataContentType())
		}
		a := send("cv.txt", []byte("ISO certified coach, accredited by ILAC"))
		require.Equal(t, "misrepresented", a.code(), "%s", a.raw)
		require.Equal(t, "text", a.json["understood"].(map[string]any)["source"])
		a = send("broken.pdf", []byte("%PDF-1.7\nnothing"))
		require.Equal(t, http.StatusUnprocessableEntity, a.status, "%s", a.raw)
		require.Equal(t, http.StatusUnprocessableEntity, send("picture.png", []byte{0x89, 'P', 'N', 'G', 0, 1}).status)
	})
}

func TestRedFlagsOfCertificates(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for verdict, number := range h.pages {
			a := h.do("GET", "/v1/certificates/"+number, "", "")
			above := map[string]string{}
			for id, severity := range raised(a) {
				if severity != "info" {
					above[id] = severity
				}
			}
			switch verdict {
			case verify.BonaFide, verify.Unaccredited, verify.NotCertification, verify.AccreditedElsewhere, verify.Undetermined, verify.AccreditationLapsed:
				require.Empty(t, above, "%s: %s", verdict, a.raw)
			case verify.Misrepresented:
				require.Equal(t, map[string]string{"RF-05": "high"}, above)
			case verify.NotInForce:
				require.Equal(t, map[string]string{"RF-16": "critical"}, above, "%s", a.raw)
			case verify.NotAuthentic:
				require.NotContains(t, above, "RF-10")
			}
		}
		a := h.do("GET", "/v1/red-flags?limit=200", "", "")
		all := a.json["data"].([]any)
		require.GreaterOrEqual(t, len(all), 30)
		for _, r := range all {
			require.Equal(t, true, r.(map[string]any)["enabled"])
		}
		// A policy judges certificates handed in as well.
		token := h.do("GET", "/v1/certificates/"+h.pages[verify.Misrepresented]+"/credential", "", "").raw
		body, err := json.Marshal(map[string]any{"credential": string(token), "policy": map[string]any{"block_severity": "high"}})
		require.NoError(t, err)
		a = h.do("POST", "/v1/verifications", "", string(body))
		require.Equal(t, "fail", a.json["policy"].(map[string]any)["outcome"], "%s", a.raw)
		body, err = json.Marshal(map[string]any{"credential": string(token), "policy": map[string]any{"block_flags": []string{"RF-23"}}})
		require.NoError(t, err)
		a = h.do("POST", "/v1/verifications", "", string(body))
		require.Equal(t, "pass", a.json["policy"].(map[string]any)["outcome"])
		require.Equal(t, "misrepresented", a.code(), "a policy changes no verdict")
	})
}

// TestOperatorSwitchesRulesOff: what is off is not applied, and the catalogue says so.
func TestOperatorSwitchesRulesOff(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	require.NoError(t, h.app.openClaims(config{FlagsOff: []string{"RF-16"}}))
	server := httptest.NewServer(h.app.handler(config{PublicURL: "http://localhost:8080"}, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	h.url = server.URL
	require.NotContains(t, raised(h.do("GET", "/v1/certificates/"+h.pages[verify.NotInForce], "", "")), "RF-16")
	for _, r := range h.do("GET", "/v1/red-flags?limit=200", "", "").json["data"].([]any) {
		m := r.(map[string]any)
		require.Equal(t, m["id"] != "RF-16", m["enabled"])
	}
	_, err := loadConfig(func(name string) string {
		return map[string]string{"BONAFIDE_RED_FLAGS_OFF": "rf-35, RF-77"}[name]
	})
	require.ErrorContains(t, err, "BONAFIDE_RED_FLAGS_OFF")
	require.ErrorContains(t, err, "RF-77")
	c, err := loadConfig(func(name string) string { return map[string]string{"BONAFIDE_RED_FLAGS_OFF": "rf-35"}[name] })
	require.NoError(t, err)
	require.Equal(t, []string{"RF-35"}, c.FlagsOff)
}
