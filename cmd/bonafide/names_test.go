package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

func TestLikenessOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		like := `{"name":"Demo Recognitoin Arrangement","roles":["arrangement"]}`
		refused := h.do("POST", "/v1/bodies", operator, like)
		require.Equal(t, 409, refused.status, "%s", refused.raw)
		require.Equal(t, "LOOKALIKE", refused.code())
		first := refused.json["likeness"].([]any)[0].(map[string]any)
		require.Equal(t, "demo-arrangement", first["id"])
		require.Equal(t, 201, h.do("POST", "/v1/bodies?accept_likeness=true", operator, like).status)

		hits := h.do("GET", "/v1/bodies?q=demo+recogntion+arrangement", "", "").json["data"].([]any)
		require.Equal(t, "strong", hits[0].(map[string]any)["match"])
		require.Equal(t, "demo-arrangement", hits[0].(map[string]any)["id"])
		page := h.do("GET", "/registry?q=demo+recogntion+arrangement", "", "", "Accept", "text/html")
		require.Contains(t, string(page.raw), "You may mean")

		schemes := h.do("GET", "/v1/schemes?q=ethical+hacker", "", "")
		require.Equal(t, 200, schemes.status)
		scheme := `{"owner":"demo-certification","name":"Certified Ethical Hackers","kind":"certification_of_persons"}`
		got := h.do("POST", "/v1/schemes", operator, scheme)
		require.Equal(t, 409, got.status, "%s", got.raw)
		require.Equal(t, 201, h.do("POST", "/v1/schemes?accept_likeness=true", operator, scheme).status)
	})
}

func TestNotFoundOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		number, err := credential.NewNumber(bytes.NewReader(bytes.Repeat([]byte{0x5A}, 64)))
		require.NoError(t, err)
		strength := func(path string) string {
			a := h.do("GET", path, "", "")
			require.Equal(t, 404, a.status, "%s", a.raw)
			require.Equal(t, "not_found", a.code())
			absent := a.json["not_found"].(map[string]any)
			require.NotEmpty(t, absent["says"])
			require.NotEmpty(t, absent["next"])
			return absent["strength"].(string)
		}
		require.Equal(t, "strong", strength("/v1/certificates/"+string(number)))
		require.Equal(t, "says_nothing", strength("/v1/certificates/CRM-77"))
		require.Equal(t, "says_nothing", strength("/v1/certificates/CRM-77?issuer=demo-certification"))
		put := h.do("PUT", "/v1/bodies/demo-certification/coverage", operator, fmt.Sprintf(
			`{"of":"certificates","register":"complete","synchronised_at":%q,"promised_refresh_days":7,"declared":120,"published":120,"check_url":"https://demo.example/check","last_asked_at":%q}`,
			time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)))
		require.Equal(t, 200, put.status, "%s", put.raw)
		require.Contains(t, string(put.raw), `"check_url":"https://demo.example/check"`)
		require.Equal(t, "strong", strength("/v1/certificates/CRM-77?issuer=demo-certification"))
		require.Equal(t, 200, h.do("PUT", "/v1/bodies/demo-certification/coverage", operator, fmt.Sprintf(
			`{"of":"certificates","register":"complete","synchronised_at":%q,"declared":120,"published":90}`, time.Now().UTC().Add(-time.Hour).Format(time.RFC3339))).status)
		require.Equal(t, "weak", strength("/v1/certificates/CRM-77?issuer=demo-certification"))
		require.Equal(t, "says_nothing", strength("/v1/certificates/CRM-77?issuer=nobody"))
		for _, body := range []string{`{"of":"accreditations_held","register":"none","declared":1}`, `{"of":"certificates","register":"none","check_url":"http://x"}`, `{"of":"certificates","register":"none","published":-1}`} {
			require.Equal(t, 422, h.do("PUT", "/v1/bodies/demo-certification/coverage", operator, body).status, body)
		}
		page := h.do("GET", "/c/"+string(number)+"?issuer=demo-certification", "", "", "Accept", "text/html")
		require.Equal(t, 404, page.status)
		require.Contains(t, string(page.raw), "A weak no.")
	})
}

func TestDisputesOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		own := h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:read"}})
		other := h.token(access.Client{Body: "demo-elsewhere-accreditation", Scopes: []string{"registry:write"}})
		number := h.pages["bona_fide"]
		const words = "We changed our name in May."
		about := func(kind, id string) string {
			return fmt.Sprintf(`{"about":{"kind":%q,"id":%q},"fact":"name","words":%q,"contact":{"email":"office@demo.example"}}`, kind, id, words)
		}
		filed := h.do("POST", "/v1/disputes", own, about("body", "demo-certification"))
		require.Equal(t, 201, filed.status, "%s", filed.raw)
		require.Equal(t, "open", filed.json["state"])
		require.NotContains(t, string(filed.raw), "office@demo.example")
		id := filed.json["id"].(string)
		require.Equal(t, "/v1/disputes/"+id, filed.header.Get("Location"))

		// While it is open, it stands beside the fact: in JSON, on the page, in reports.
		body := h.do("GET", "/v1/bodies/demo-certification", "", "")
		require.Contains(t, string(body.raw), words)
		require.Contains(t, string(body.raw), `"code":"DISPUTED"`)
		require.Contains(t, string(h.do("GET", "/bodies/demo-certification", "", "", "Accept", "text/html").raw), words)
		report := h.do("GET", "/v1/certificates/"+number, "", "")
		require.Equal(t, "bona_fide", report.code(), "a dispute changes no verdict")
		require.Len(t, report.json["disputes"], 1)
		require.Contains(t, string(h.do("GET", "/c/"+number, "", "", "Accept", "text/html").raw), words)

		// Of strangers nothing is shown before the operator has read it.
		for _, token := range []string{"", other} {
			unread := h.do("POST", "/v1/disputes", token, about("certificate", strings.ToLower(number)))
			require.Equal(t, 201, unread.status, "%s", unread.raw)
			require.Equal(t, "received", unread.json["state"])
			require.Equal(t, 404, h.do("GET", "/v1/disputes/"+unread.json["id"].(string), "", "").status)
			require.Equal(t, 200, h.do("GET", "/v1/disputes/"+unread.json["id"].(string), operator, "").status)
		}
		require.Len(t, h.do("GET", "/v1/certificates/"+number, "", "").json["disputes"], 1)
		require.Len(t, h.do("GET", "/v1/disputes", "", "").json["data"], 1)
		waiting := h.do("GET", "/v1/disputes?state=received", operator, "")
		require.Len(t, waiting.json["data"], 2)
		require.Contains(t, string(waiting.raw), "office@demo.example")
		require.Len(t, h.do("GET", "/v1/disputes", other, "").json["data"], 1, "a body sees its own")

		// The operator settles.
		require.Equal(t, 403, h.do("POST", "/v1/disputes/"+id+"/resolution", own, `{"outcome":"upheld","note":""}`).status)
		require.Equal(t, 401, h.do("POST", "/v1/disputes/"+id+"/resolution", "", `{"outcome":"upheld","note":""}`).status)
		require.Equal(t, 422, h.do("POST", "/v1/disputes/"+id+"/resolution", operator, `{"outcome":"maybe","note":""}`).status)
		require.Equal(t, 404, h.do("POST", "/v1/disputes/none/resolution", operator, `{"outcome":"upheld","note":""}`).status)
		settled := h.do("POST", "/v1/disputes/"+id+"/resolution", operator, `{"outcome":"upheld","note":"The new name is entered."}`)
		require.Equal(t, 200, settled.status, "%s", settled.raw)
		require.Equal(t, "ALREADY_SETTLED", h.do("POST", "/v1/disputes/"+id+"/resolution", operator, `{"outcome":"rejected","note":""}`).code())
		require.NotContains(t, string(h.do("GET", "/v1/bodies/demo-certification", "", "").raw), words)
		require.Nil(t, h.do("GET", "/v1/certificates/"+number, "", "").json["disputes"])
		require.NotContains(t, string(h.do("GET", "/v1/disputes/"+id, operator, "").raw), "office@demo.example")

		// Concerns are never published.
		concern := h.do("POST", "/v1/concerns", "", `{"about":{"kind":"elsewhere","id":"Certificate 17"},"words":"It names an accreditor nobody knows."}`)
		require.Equal(t, 201, concern.status, "%s", concern.raw)
		at := "/v1/concerns/" + concern.json["id"].(string)
		require.Equal(t, 401, h.do("GET", at, "", "").status)
		require.Equal(t, 401, h.do("GET", "/v1/concerns", "", "").status)
		require.Equal(t, 403, h.do("GET", "/v1/concerns", own, "").status)
		require.Len(t, h.do("GET", "/v1/concerns", operator, "").json["data"], 1)
		require.Equal(t, 404, h.do("GET", "/v1/disputes/"+concern.json["id"].(string), operator, "").status)
		require.Equal(t, 200, h.do("POST", at+"/resolution", operator, `{"outcome":"closed","note":"Asked the body named."}`).status)

		for body, pointer := range map[string]string{
			`{"about":{"kind":"body","id":"nobody"},"words":"x"}`: "/about/id", `{"about":{"kind":"body","id":"demo-certification"}}`: "/words",
			`{"about":{"kind":"sun","id":"x"},"words":"x"}`: "/about/kind",
		} {
			a := h.do("POST", "/v1/disputes", own, body)
			require.Equal(t, 422, a.status)
			require.Contains(t, string(a.raw), pointer)
		}
		require.Equal(t, http.StatusBadRequest, h.do("POST", "/v1/disputes", own, `{"surprise":1}`).status)
	})
}

func TestStrangersFilingsAreLimited(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "b.db"))
	server := httptest.NewServer(h.app.handler(config{PublicURL: "http://localhost:8080", Seed: "demo", RateLimit: 600}, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	h.url = server.URL
	last := answer{}
	for range filingsPerHour + 1 {
		last = h.do("POST", "/v1/concerns", "", `{"about":{"kind":"elsewhere","id":"x"},"words":"x"}`)
	}
	require.Equal(t, 429, last.status)
	require.NotEmpty(t, last.header.Get("Retry-After"))
	own := h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:read"}})
	require.Equal(t, 201, h.do("POST", "/v1/disputes", own, `{"about":{"kind":"body","id":"demo-certification"},"words":"x"}`).status, "a body is heard all the same")
}

func TestBodyProfileOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.do("GET", "/v1/bodies/demo-certification", "", "")
		require.Equal(t, 200, b.status)
		require.NotEmpty(t, b.json["timeline"])
		offers := b.json["offers"].([]any)
		require.NotEmpty(t, offers)
		for _, o := range offers {
			questions := o.(map[string]any)["questions"].([]any)
			require.Len(t, questions, 4)
			for _, q := range questions {
				require.Contains(t, []string{"yes", "no", "not_known"}, q.(map[string]any)["answer"])
				require.NotEmpty(t, q.(map[string]any)["because"])
			}
		}
		require.Contains(t, string(h.do("GET", "/bodies/demo-certification", "", "", "Accept", "text/html").raw), "Is applied competence assessed?")
		scheme := offers[0].(map[string]any)["id"].(string)
		require.Len(t, h.do("GET", "/v1/schemes/"+scheme, "", "").json["questions"], 4)
		require.Equal(t, 404, h.do("GET", "/v1/bodies/nobody", "", "").status)
	})
}

func TestImportDirectoryCommand(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("BONAFIDE_DATABASE", "sqlite:"+filepath.Join(dir, "b.db"))
	t.Setenv("BONAFIDE_KEY_ENCRYPTION_KEY", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	samples := "../../internal/registry/testdata/directory/"
	bodies := filepath.Join(dir, "bodies.json")
	require.NoError(t, os.WriteFile(bodies, []byte(`{"format":"bonafide-registry","version":1,"bodies":[{"id":"ab-a","name":"Akkreditierung A","roles":["accreditation_body"]}]}`), 0o600))
	command := func(args ...string) (int, string, string) {
		var out, errOut bytes.Buffer
		code := run(args, strings.NewReader(""), &out, &errOut)
		return code, out.String(), errOut.String()
	}
	code, _, errOut := command("import", "registry", bodies)
	require.Zero(t, code, errOut)
	directory := []string{"import", "directory", samples + "accreditor-a.csv", "--mapping", samples + "accreditor-a.mapping.json", "--as-of", "2026-06-01"}
	code, out, errOut := command(append(directory, "--dry-run")...)
	require.Zero(t, code, errOut)
	require.Contains(t, out, "8 new, 0 changed, 0 vanished, 0 held back, 0 unchanged; register complete as of 2026-06-01; nothing written: dry run")
	code, out, _ = command(directory...)
	require.Zero(t, code)
	require.Contains(t, out, "8 new, 0 changed")
	code, out, _ = command(directory...)
	require.Zero(t, code)
	require.Contains(t, out, "0 new, 0 changed, 0 vanished, 0 held back, 4 unchanged")
	directory[2] = samples + "accreditor-a-later.csv"
	code, out, _ = command(append(directory[:len(directory)-1], "2026-11-20", "--json")...)
	require.Zero(t, code)
	require.Contains(t, out, `"kind":"vanished"`)
	code, _, errOut = command("import", "directory", "missing.csv", "--mapping", samples+"accreditor-a.mapping.json")
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "missing.csv")
}

// TestIssuersThatCouldBeTakenForOthers: a record of an issuer unknown here says
// so beside its verdict if the issuer's domain is like a registered body's.
func TestIssuersThatCouldBeTakenForOthers(t *testing.T) {
	h := open(t, storetest.DSN(t, "sqlite"))
	h.reach(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "none", http.StatusNotFound) })
	operator := h.token(access.Client{Operator: true})
	body := `{"name":"Polaris Personnel Examiners","roles":["certification_body"],"domains":["polaris-cert.org"]}`
	require.Equal(t, 201, h.do("POST", "/v1/bodies", operator, body).status)
	key, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	for issuer, like := range map[string]bool{
		"did:web:polaris-certs.org": true, "did:web:polaris-cert.com:bodies:x": true, "did:web:polaris-cert.org.check.example": true,
		"did:web:example.com": false, "did:web:polaroid.example": false, "did:web:polaris-cert.org": false,
	} {
		token, err := json.Marshal(map[string]string{"credential": foreign(t, issuer, "", jws.Signer{KeyID: issuer + "#k1", Key: key})})
		require.NoError(t, err)
		a := h.do("POST", "/v1/verifications", "", string(token))
		require.Equal(t, 200, a.status, "%s: %s", issuer, a.raw)
		require.Equal(t, like, strings.Contains(string(a.raw), `"code":"LOOKALIKE"`), "%s: %s", issuer, a.raw)
		require.Equal(t, "undetermined", a.code(), "a likeness is no finding")
	}
}

// TestThePageForVisitors files through the form what the API then lists.
func TestThePageForVisitors(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		number := h.pages["bona_fide"]
		require.Equal(t, 200, h.do("GET", "/report", "", "", "Accept", "text/html").status)
		form := "kind=concern&about=" + number + "&words=The+photo+differs.&email="
		a := h.do("POST", "/report", "", form, "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
		require.Equal(t, 200, a.status, "%s", a.raw)
		listed := h.do("GET", "/v1/concerns?state=received", operator, "")
		require.Contains(t, string(listed.raw), "The photo differs.")
		require.Contains(t, string(listed.raw), number)
		require.NotContains(t, string(h.do("GET", "/v1/certificates/"+number, "", "").raw), "The photo differs.")
		missing := "kind=dispute&about=/bodies/nobody&words=x"
		require.Equal(t, 422, h.do("POST", "/report", "", missing, "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html").status)
	})
}
