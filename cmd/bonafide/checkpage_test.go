package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// sendList posts the form of /check as a browser without script does.
func (h *house) sendList(file []byte, fields ...string) answer {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		require.NoError(h.t, w.WriteField(fields[i], fields[i+1]))
	}
	if file != nil {
		part, err := w.CreateFormFile("list", "list")
		require.NoError(h.t, err)
		_, err = part.Write(file)
		require.NoError(h.t, err)
	}
	require.NoError(h.t, w.Close())
	return h.do("POST", "/check", "", b.String(), "Content-Type", w.FormDataContentType(), "Accept", "text/html")
}

func TestListOnThePage(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	good, plain := h.pages[verify.BonaFide], h.pages[verify.Unaccredited]
	require.Contains(t, string(h.do("GET", "/check", "", "", "Accept", "text/html").raw), `id="list-form"`)
	lines := "name;number\n=HYPERLINK(1);" + good + "\n<script>alert(1)</script>;" + plain + "\nNobody;0000-0000-0000-0\nNobody;\n"
	a := h.sendList(nil, "lines", lines, "elsewhere", "refused", "as", "page")
	require.Equal(t, 200, a.status, "%s", a.raw)
	page := string(a.raw)
	require.Contains(t, page, "4 lines checked")
	require.NotContains(t, page, "<script>alert")
	require.Contains(t, page, "There is no number, link or credential in this line.")
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Contains(t, a.header.Get("Content-Security-Policy"), "script-src 'self'")

	a = h.sendList([]byte(lines), "lines", "", "as", "csv", "asker", "Example Screening", "elsewhere", "refused")
	require.Equal(t, 200, a.status)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(a.raw, []byte("\uFEFF")))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 5)
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	require.Equal(t, "'=HYPERLINK(1)", rows[1][at["name"]], "no formula")
	require.Equal(t, []string{"bona_fide", "unaccredited", "not_found", "problem"}, []string{rows[1][at["verdict"]], rows[2][at["verdict"]], rows[3][at["verdict"]], rows[4][at["verdict"]]})
	require.Equal(t, []string{"pass", "fail"}, []string{rows[1][at["policy"]], rows[2][at["policy"]]})
	u, err := receipt.Parse(rows[1][at["receipt"]])
	require.NoError(t, err)
	require.Equal(t, "Example Screening", u.Receipt.Asked.By)
	require.JSONEq(t, `{"elsewhere":"refused"}`, string(u.Receipt.Asked.Policy))

	book := h.sendList([]byte(lines), "as", "xlsx")
	require.Equal(t, 200, book.status)
	again := h.sendList(book.raw, "as", "json", "column_number", "1", "column_name", "2", "heading", "yes")
	var all []map[string]any
	require.NoError(t, json.Unmarshal(again.raw, &all), "%s", again.raw)
	require.Len(t, all, 4, "an export can be checked again")
	require.Equal(t, "bona_fide", all[0]["report"].(map[string]any)["verdict"])
	require.NotEmpty(t, all[0]["report"].(map[string]any)["receipt"])
	require.Nil(t, all[3]["report"])

	a = h.sendList([]byte("a,b\nc,d\n"), "as", "page")
	require.Equal(t, 200, a.status)
	require.Contains(t, string(a.raw), "Which column is which?")
	require.Equal(t, 409, h.sendList([]byte("a,b\nc,d\n"), "as", "rows").status)
	a = h.sendList([]byte("x,"+good+"\ny,d\n"), "as", "page", "column_number", "1", "column_name", "-1")
	require.Contains(t, string(a.raw), "2 lines checked")
	for name, c := range map[string]answer{
		"nothing":      h.sendList(nil, "lines", ""),
		"a bad policy": h.sendList([]byte(good), "elsewhere", "maybe"),
		"a bad flag":   h.sendList([]byte(good), "flags", "RF-999"),
		"a bad age":    h.sendList([]byte(good), "status_hours", "-1"),
		"half a zip":   h.sendList([]byte("PK\x03\x04")),
	} {
		require.Equal(t, 422, c.status, name)
		require.Contains(t, string(c.raw), `role="alert"`, name)
	}
}

func TestReceiptOnThePage(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	a := h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"?receipt=true", "", "")
	token := a.json["receipt"].(string)
	hand := func(text string) string {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("file", "receipt.jwt")
		require.NoError(t, err)
		_, err = part.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		x := h.do("POST", "/check", "", b.String(), "Content-Type", w.FormDataContentType(), "Accept", "text/html")
		require.Equal(t, 200, x.status, "%s", x.raw)
		return string(x.raw)
	}
	require.Contains(t, hand(token), "A true receipt")
	require.Contains(t, hand(string(a.raw)), "A true receipt", "a report with its receipt")
	forged := hand(token[:len(token)-10] + "AAAAAAAAAA")
	require.Contains(t, forged, "Not a true receipt")
	require.NotContains(t, forged, "What it attests")
}

// TestGreatLists: 100000 lines are answered, and 200 MB are refused with a page
// that says so.
func TestGreatLists(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	good := h.pages[verify.BonaFide]
	many := []byte(strings.Repeat(good+"\n", 100_000))
	if testing.Short() {
		many = many[:len(many)/100]
	}
	a := h.sendList(many, "as", "page")
	require.Equal(t, 200, a.status)
	require.Contains(t, string(a.raw), fmt.Sprintf("%d lines checked", bytes.Count(many, []byte("\n"))))
	require.Less(t, len(a.raw), 4<<20)
	require.Equal(t, 422, h.sendList([]byte(strings.Repeat(good+"\n", 100_002)), "as", "page").status)
	r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/check", &endless{200 << 20})
	require.NoError(t, err)
	r.ContentLength = 200 << 20
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Accept", "text/html")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 413, resp.StatusCode)
	var page bytes.Buffer
	_, err = page.ReadFrom(resp.Body)
	require.NoError(t, err)
	require.Contains(t, page.String(), "too large")
}

// endless is so many bytes of nothing.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	e.left -= n
	return n, nil
}

// TestListInABrowser checks 500 lines in a real browser: with the script, as
// they come, and without it, as one page.
func TestListInABrowser(t *testing.T) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium found: browser tests must run under CI")
		}
		t.Skip("NO CHROMIUM FOUND: THE BROWSER TEST OF LISTS DID NOT RUN")
	}
	h := open(t, demo(t, "sqlite"))
	file := filepath.Join(t.TempDir(), "list.csv")
	list := "name,number\n" + strings.Repeat("Somebody,"+h.pages[verify.BonaFide]+"\n", 499) + "Nobody,0000-0000-0000-0\n"
	require.NoError(t, os.WriteFile(file, []byte(list), 0o600))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-background-networking", true))...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var complaints []string
	chromedp.ListenTarget(ctx, func(ev any) {
		switch e := ev.(type) {
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Error())
		}
	})
	var says, done, wordless, page string
	var rows, shown int
	require.NoError(t, chromedp.Run(ctx, log.Enable(), chromedp.Navigate(h.url+"/check"),
		chromedp.SetUploadFiles("#list", []string{file}), chromedp.Click(`#list-form button[type="submit"]`),
		chromedp.WaitVisible(`#live[data-done="true"]`),
		chromedp.Text("#live-says", &says), chromedp.Evaluate(`document.querySelectorAll("#live-rows tr").length`, &rows),
		chromedp.Evaluate(`String(document.getElementById("live-bar").value)`, &done),
		chromedp.SetValue("#live-show", "attention"), chromedp.Evaluate(`document.getElementById("live-show").dispatchEvent(new Event("change")); document.querySelectorAll("#live-rows tr:not([hidden])").length`, &shown)))
	require.Equal(t, "500 of 500 lines checked.", says)
	require.Equal(t, 500, rows)
	require.Equal(t, "500", done)
	require.Positive(t, shown)
	require.NoError(t, chromedp.Run(ctx, emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(h.url+"/check"),
		chromedp.SetUploadFiles("#list", []string{file}), chromedp.Click(`#list-form button[type="submit"]`),
		chromedp.WaitVisible("#rows"), chromedp.Sleep(200*time.Millisecond), chromedp.Text("#answer", &wordless), chromedp.OuterHTML("#counts", &page)))
	require.Equal(t, "500 lines checked", wordless)
	require.Contains(t, page, "<b>1</b>")
	require.Empty(t, complaints, "nothing breaks the content policy")
}
