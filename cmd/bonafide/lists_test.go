package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// listed posts a list and reads the lines of the answer.
func (h *house) listed(body io.Reader, kind, query string, header ...string) (int, []map[string]any) {
	r, err := http.NewRequestWithContext(h.t.Context(), "POST", h.url+"/v1/verifications/batch"+query, body)
	require.NoError(h.t, err)
	r.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(h.t, err)
	defer resp.Body.Close()
	var out []map[string]any
	for dec := json.NewDecoder(resp.Body); ; {
		var x map[string]any
		if err := dec.Decode(&x); err != nil {
			require.ErrorIs(h.t, err, io.EOF)
			return resp.StatusCode, out
		}
		out = append(out, x)
	}
}

const ndjsonType = "application/x-ndjson"

// said is the verdict or the problem code of each line.
func saidOf(out []map[string]any) []string {
	var all []string
	for _, x := range out {
		if r, ok := x["report"].(map[string]any); ok {
			all = append(all, r["verdict"].(string))
		} else {
			all = append(all, x["problem"].(map[string]any)["code"].(string))
		}
	}
	return all
}

func TestListIsJudgedInOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good, plain := h.pages[verify.BonaFide], h.pages[verify.Unaccredited]
		token := string(h.do("GET", "/v1/certificates/"+good+"/credential", "", "").raw)
		list := strings.Join([]string{
			fmt.Sprintf("%q", good),
			fmt.Sprintf(`{"id":%q,"expect":{"name":"Nobody At All"},"policy":{"verdicts":["bona_fide"]}}`, plain),
			`{"number":`,
			"",
			fmt.Sprintf(`{"credential":%q,"receipt":true,"asker":"Example Screening"}`, token),
			strings.ToLower(strings.ReplaceAll(good, "-", " ")),
			token,
			`{"nonsense":1}`,
			fmt.Sprintf(`{"number":%q,"credential":%q}`, good, token),
			good[:len(good)-1] + map[bool]string{true: "1", false: "0"}[good[len(good)-1] == '0'],
			"0000-0000-0000-0",
			"CERT-4711",
			"x" + strings.Repeat("y", 2<<20),
			token[:len(token)-8] + "AAAAAAAA",
			fmt.Sprintf(`{"number":%q,"at":"yesterday"}`, good),
			fmt.Sprintf("%q", good),
		}, "\n")
		status, out := h.listed(strings.NewReader(list), ndjsonType, "")
		require.Equal(t, 200, status)
		require.Equal(t, []string{"bona_fide", "unaccredited", "INVALID_INPUT", "bona_fide", "bona_fide", "bona_fide", "MALFORMED_JSON", "INVALID_INPUT", "CHECK_CHARACTER",
			"not_found", "not_found", "INVALID_INPUT", "not_authentic", "INVALID_INPUT", "bona_fide"}, saidOf(out))
		for i, x := range out {
			require.InDelta(t, i, x["index"], 0)
		}
		require.Equal(t, "fail", out[1]["report"].(map[string]any)["policy"].(map[string]any)["outcome"])
		u, err := receipt.Parse(out[3]["report"].(map[string]any)["receipt"].(string))
		require.NoError(t, err)
		require.Equal(t, "Example Screening", u.Receipt.Asked.By)
		require.NotContains(t, out[0]["report"], "receipt")

		csv := "number,name,email\n" + good + ",Somebody Else,\n\"" + token + "\",,\n\"broken\"x,,\n"
		status, out = h.listed(strings.NewReader(csv), "text/csv", "?receipt=true&policy="+`%7B%22elsewhere%22%3A%22refused%22%7D`)
		require.Equal(t, 200, status)
		require.Equal(t, []string{"bona_fide", "bona_fide", "INVALID_INPUT"}, saidOf(out))
		for _, x := range out[:2] {
			require.NotEmpty(t, x["report"].(map[string]any)["receipt"])
			require.Equal(t, "pass", x["report"].(map[string]any)["policy"].(map[string]any)["outcome"])
		}
		before := h.statements.Load()
		status, out = h.listed(strings.NewReader(strings.Repeat(good+"\n", 500)), ndjsonType, "")
		require.Equal(t, 200, status)
		require.Len(t, out, 500)
		require.Less(t, h.statements.Load()-before, int64(20), "read in bulk")
	})
}

// TestListIsAnsweredWhileItComes: who sends a line and waits has its answer.
func TestListIsAnsweredWhileItComes(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/v1/verifications/batch", in)
	require.NoError(t, err)
	r.Header.Set("Content-Type", ndjsonType)
	go func() { _, _ = fmt.Fprintln(out, h.pages[verify.BonaFide]) }()
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	answers := bufio.NewReader(resp.Body)
	for i := range 3 {
		line, err := answers.ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, fmt.Sprintf(`{"index":%d,"report"`, i))
		if i < 2 {
			_, err = fmt.Fprintln(out, h.pages[verify.BonaFide])
			require.NoError(t, err)
		}
	}
	require.NoError(t, out.Close())
	rest, err := io.ReadAll(answers)
	require.NoError(t, err)
	require.Empty(t, rest)
}

// TestAListIsSentBeforeItsAnswerIsRead: many clients send all of it first.
func TestAListIsSentBeforeItsAnswerIsRead(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	line := fmt.Sprintf(`{"number":%q,"bundle":%q}`+"\n", h.pages[verify.BonaFide], strings.Repeat("x", 4<<10)) // the bundle is in vain
	body := strings.Repeat(line, 6000)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(h.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = fmt.Fprintf(conn, "POST /v1/verifications/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
	require.NoError(t, err, "all is taken")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	answers, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 6000, bytes.Count(answers, []byte("\n")))
}

func TestListsThatAreRefused(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	pack := func(data []byte, times int) *bytes.Buffer {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		for range times {
			_, err := w.Write(data)
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return &b
	}
	good := h.pages[verify.BonaFide]
	status, out := h.listed(pack([]byte(good+"\n"+good), 1), ndjsonType, "", "Content-Encoding", "gzip")
	require.Equal(t, 200, status)
	require.Equal(t, []string{"bona_fide", "bona_fide"}, saidOf(out))

	_, out = h.listed(pack(bytes.Repeat([]byte(" \n"), 1<<20), 130), ndjsonType, "", "Content-Encoding", "gzip")
	require.Equal(t, []string{"TOO_LARGE"}, saidOf(out), "a bomb of gzip")
	whole := pack(bytes.Repeat([]byte(good+"\n"), 600), 1).Bytes()
	_, out = h.listed(bytes.NewReader(whole[:len(whole)-12]), ndjsonType, "", "Content-Encoding", "gzip")
	require.Equal(t, "MALFORMED", saidOf(out)[len(out)-1], "gzip that breaks off")

	for name, c := range map[string]struct {
		kind, body, query string
		header            []string
		status            int
	}{
		"no gzip":         {ndjsonType, "x", "", []string{"Content-Encoding", "gzip"}, 400},
		"another packing": {ndjsonType, "x", "", []string{"Content-Encoding", "br"}, 415},
		"another form":    {"application/xml", "x", "", nil, 415},
		"no heading":      {"text/csv", "", "", nil, 422},
		"unknown column":  {"text/csv", "number,shoe size\n", "", nil, 422},
		"no number":       {"text/csv", "name,email\n", "", nil, 422},
		"a bad policy":    {ndjsonType, "x", "?policy=%7B%22elsewhere%22%3A1%7D", nil, 422},
		"policy unknown":  {ndjsonType, "x", "?policy=%7B%22elsewhere%22%3A%22maybe%22%7D", nil, 422},
	} {
		status, _ := h.listed(strings.NewReader(c.body), c.kind, c.query, c.header...)
		require.Equal(t, c.status, status, name)
	}
	_, out = h.listed(strings.NewReader("number\n\"open"+strings.Repeat("x\n", 1<<20)), "text/csv", "")
	require.Equal(t, []string{"MALFORMED"}, saidOf(out), "a quotation mark that is never closed")

	r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/v1/verifications/batch", http.NoBody)
	require.NoError(t, err)
	r.ContentLength, r.Body = 300<<20, io.NopCloser(notAsked{t})
	r.Header.Set("Content-Type", ndjsonType)
	r.Header.Set("Expect", "100-continue")
	resp, err := (&http.Client{Transport: &http.Transport{ExpectContinueTimeout: 5 * time.Second}}).Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 413, resp.StatusCode, "what is too large is refused before it is sent")
}

// notAsked fails where a body is sent that should be refused beforehand.
type notAsked struct{ t *testing.T }

func (n notAsked) Read([]byte) (int, error) {
	n.t.Error("the body was asked for")
	return 0, io.EOF
}

// TestGuessingWhoTheHolderIs: a name may be tried ten times, in whichever way
// it is asked, whether the certificate is shown, hidden or not there at all.
func TestGuessingWhoTheHolderIs(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	hidden := h.do("POST", "/v1/certificates", h.certifier(), strings.Replace(request("Ada Hidden"), `"public"`, `"hidden"`, 1))
	require.Equal(t, 201, hidden.status, "%s", hidden.raw)
	for _, number := range []string{h.pages[verify.BonaFide], hidden.json["id"].(string), "0000-0000-0000-0"} {
		for i := range 5 {
			first := h.do("GET", fmt.Sprintf("/v1/certificates/%s?name=Guess+%d", number, i), "", "")
			again := h.do("GET", fmt.Sprintf("/v1/certificates/%s?name=guess++%d", number, i), "", "")
			require.Less(t, first.status, 429)
			require.Equal(t, first.status, again.status, "the same question is no other guess")
		}
		var list strings.Builder
		for i := range 7 {
			fmt.Fprintf(&list, `{"number":%q,"expect":{"email":"guess%d@example.org"}}`+"\n", number, i)
		}
		_, out := h.listed(strings.NewReader(list.String()), ndjsonType, "")
		refused := 0
		for _, s := range saidOf(out) {
			if s == "TOO_MANY_ATTEMPTS" {
				refused++
			}
		}
		require.Equal(t, 2, refused, "lines of a list are guesses too")
		a := h.do("GET", "/v1/certificates/"+number+"?name=One+More", "", "")
		require.Equal(t, 429, a.status)
		require.Equal(t, "TOO_MANY_ATTEMPTS", a.code())
		require.NotEmpty(t, a.header.Get("Retry-After"))
		require.Less(t, h.do("GET", "/v1/certificates/"+number, "", "").status, 429, "nothing about a holder is asked")
	}
	token := h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw
	require.Equal(t, 429, h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q,"expect":{"name":"Yet Another"}}`, token)).status)
	other := h.do("GET", "/v1/certificates/"+h.pages[verify.Unaccredited]+"/credential", "", "").raw
	a := h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q,"expect":{"birth_date":"1990-01-01"}}`, other))
	for _, c := range a.json["checks"].([]any) {
		if c := c.(map[string]any); c["id"] == "holder_match" {
			require.Equal(t, "unknown", c["outcome"])
			require.Contains(t, c["detail"], "Dates of birth are not on record")
		}
	}
}
