package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// chrome opens a tab of a real browser.
func chrome(t *testing.T) context.Context {
	t.Helper()
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
		t.Skip("NO CHROMIUM FOUND: THE EMBEDDED PAGE WAS NOT TRIED IN A BROWSER")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second) // t.Context ends before the browser can be closed
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
		cancel()
	})
	require.NoError(t, chromedp.Run(ctx))
	return ctx
}

// framed returns what the frames of the service say, by their address: they are
// of another origin and sandboxed, so each is a target of its own.
func framed(t *testing.T, ctx context.Context, base string, most int) map[string]string {
	t.Helper()
	out := map[string]string{}
	inside := map[target.ID]context.Context{}
	require.Eventually(t, func() bool {
		all, err := chromedp.Targets(ctx)
		require.NoError(t, err)
		for _, x := range all {
			if x.Type != "iframe" || !strings.HasPrefix(x.URL, base) || out[x.URL] != "" {
				continue
			}
			if inside[x.TargetID] == nil {
				frame, cancel := chromedp.NewContext(ctx, chromedp.WithTargetID(x.TargetID))
				t.Cleanup(cancel) // leaving a frame closes it
				inside[x.TargetID] = frame
			}
			var text, verdict string
			var drawn bool
			err := chromedp.Run(inside[x.TargetID], chromedp.Evaluate(`document.body.innerText`, &text), chromedp.Evaluate(`document.querySelector('main')?.dataset.verdict ?? ''`, &verdict),
				chromedp.Evaluate(`document.querySelector('img')?.naturalWidth > 0`, &drawn))
			if err == nil && text != "" && drawn {
				out[x.URL] = verdict + ": " + text
			}
		}
		return len(out) >= most
	}, 30*time.Second, 200*time.Millisecond, "%v", out)
	return out
}

// TestEmbeddedInAForeignPage: a page of another origin shows the live state,
// by the script in either form and by a plain frame, and cannot frame any other
// page of the service.
func TestEmbeddedInAForeignPage(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	good, suspended := h.pages[verify.BonaFide], h.pages[verify.NotInForce]
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/page" {
			_, _ = w.Write([]byte(`<!doctype html><iframe src="` + h.url + `/c/` + good + `"></iframe>`))
			return
		}
		_, _ = w.Write([]byte(`<!doctype html><script src="` + h.url + `/embed.js"></script><script>window.evil = 1</script>
<div data-bonafide-id="` + good + `"></div><div data-share-badge-id="` + suspended + `" data-share-badge-host="https://evil.example" data-iframe-width="300"></div>
<div data-bonafide-id="javascript:alert(1)"></div><div data-bonafide-id="../../evil"></div>`))
	}))
	t.Cleanup(foreign.Close)
	ctx := chrome(t)
	require.NoError(t, chromedp.Run(ctx, chromedp.Navigate(strings.Replace(foreign.URL, "127.0.0.1", "localhost", 1))))
	said := framed(t, ctx, h.url+"/embed/", 2)
	require.Contains(t, said[h.url+"/embed/"+good], "bona_fide: Bona fide as of")
	require.Contains(t, said[h.url+"/embed/"+suspended], "not_in_force: Suspended as of")
	var frames []string
	var width string
	require.NoError(t, chromedp.Run(ctx, chromedp.Evaluate(`[...document.querySelectorAll('iframe')].map(f => f.src)`, &frames),
		chromedp.Evaluate(`document.querySelectorAll('iframe')[1].width`, &width)))
	require.Equal(t, []string{h.url + "/embed/" + good, h.url + "/embed/" + suspended}, frames, "its own host, whatever the page says, and numbers alone")
	require.Equal(t, "300", width)

	// The state changes while the page is open: asked again, it is the new one.
	require.Equal(t, 201, h.do("POST", "/v1/certificates/"+good+"/events", h.certifier(), `{"event":"withdrawn"}`).status)
	require.NoError(t, chromedp.Run(ctx, chromedp.Reload()))
	require.Contains(t, framed(t, ctx, h.url+"/embed/"+good, 1)[h.url+"/embed/"+good], "not_in_force: Withdrawn as of")

	require.NoError(t, chromedp.Run(ctx, chromedp.Navigate(foreign.URL+"/page"), chromedp.Sleep(time.Second)))
	all, err := chromedp.Targets(ctx)
	require.NoError(t, err)
	for _, x := range all {
		require.NotContains(t, x.URL, h.url+"/c/", "the page of a certificate is not framed")
	}
}
