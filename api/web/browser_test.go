package web_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// browserPatience bounds one browser test, start of the browser included.
const browserPatience = 60 * time.Second

// browser opens a tab without JavaScript. Whatever the page writes to the
// console (a breach of the content policy, say) and every host it asks for is
// collected.
func browser(t *testing.T) (context.Context, *observed) {
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
		t.Skip("NO CHROMIUM FOUND: THE BROWSER TESTS OF THE PAGES DID NOT RUN")
	}
	ctx, cancel := context.WithTimeout(context.Background(), browserPatience) // t.Context ends before the browser can be closed
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // ends the browser and removes its profile
			t.Errorf("closing the browser: %v", err)
		}
		cancel()
	})
	o := &observed{}
	chromedp.ListenTarget(ctx, o.note)
	require.NoError(t, chromedp.Run(ctx, network.Enable(), log.Enable(), emulation.SetScriptExecutionDisabled(true)))
	return ctx, o
}

// observed is what a tab did beside showing the page.
type observed struct {
	mu       sync.Mutex // guards the rest
	console  []string
	requests []string
}

func (o *observed) note(event any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		o.console = append(o.console, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		o.requests = append(o.requests, e.Request.URL)
	}
}

func (o *observed) home(t *testing.T, base string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	require.Empty(t, o.console, "the page complains on the console")
	require.NotEmpty(t, o.requests)
	for _, r := range o.requests {
		if strings.HasPrefix(r, "data:") {
			continue // the browser's own picture inside a date field
		}
		require.True(t, strings.HasPrefix(r, base), "the page asked %s", r)
	}
}

// fits tells whether nothing on the page is wider than the window.
const fits = `document.documentElement.scrollWidth <= window.innerWidth`

// barriers lists what keeps people out: the basics that every automatic
// accessibility checker looks for.
const barriers = `(() => {
  const out = [];
  const named = e => (e.getAttribute('aria-label') || e.textContent || '').trim() || e.querySelector('img[alt]:not([alt=""])');
  document.querySelectorAll('input:not([type=hidden])').forEach(e => { if (!e.labels || !e.labels.length) out.push('input without label: ' + e.name) });
  document.querySelectorAll('img').forEach(e => { if (!e.alt) out.push('image without alt: ' + e.src); if (!e.complete || !e.naturalWidth) out.push('image not shown: ' + e.src) });
  document.querySelectorAll('a[href], button').forEach(e => { if (!named(e)) out.push('no name: ' + e.outerHTML) });
  document.querySelectorAll('button, input, .button').forEach(e => { if (e.getBoundingClientRect().height < 24) out.push('too small to touch: ' + e.outerHTML) });
  if (document.querySelectorAll('h1').length !== 1) out.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) out.push('not one main');
  if (!document.documentElement.lang) out.push('no language');
  if (!document.title) out.push('no title');
  if (!document.styleSheets.length || !document.styleSheets[0].cssRules.length) out.push('no style');
  return out;
})()`

// apart tells what in the chain's picture has no room, or lies on another part.
const apart = `(() => {
  const out = [], parts = [...document.querySelectorAll('.strip > *, .conclusion')].map(e => [e.className, e.getBoundingClientRect()]);
  parts.forEach(([name, a], i) => {
    if (a.width < 70) out.push(name + ' is ' + a.width + ' wide');
    parts.slice(i + 1).forEach(([other, b]) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 12 && down > 12) out.push(name + ' lies on ' + other);
    });
  });
  return out;
})()`

func TestPagesInABrowser(t *testing.T) {
	ctx, seen := browser(t)
	n := string(number(t))
	all := reports(t)
	all["long_name"] = bonaFide(number(t))
	all["long_name"].Certificate.Holder.Name = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 6)
	all["long_name"].Certificate.Issuer.Name = strings.Repeat("مدقق معتمد ", 12)
	for name, r := range all {
		_, e := serve(t, r)
		server := httptest.NewServer(e)
		t.Cleanup(server.Close) // not sooner: the browser fetches the icon when it likes
		t.Run(name, func(t *testing.T) {
			var verdict, word, headline string
			var narrow, wide bool
			var faults, crowded, crowdedWide []string
			require.NoError(t, chromedp.Run(ctx,
				chromedp.EmulateViewport(360, 740),
				chromedp.Navigate(server.URL+"/c/"+n),
				chromedp.AttributeValue("main", "data-verdict", &verdict, nil),
				chromedp.Text(".badge", &word), chromedp.Text("h1", &headline),
				chromedp.WaitVisible(".badge svg"),
				chromedp.Evaluate(fits, &narrow), chromedp.Evaluate(barriers, &faults),
				chromedp.Evaluate(apart, &crowded),
				chromedp.EmulateViewport(1280, 900), chromedp.Evaluate(fits, &wide), chromedp.Evaluate(apart, &crowdedWide)))
			require.Empty(t, crowded)
			require.Empty(t, crowdedWide)
			require.Equal(t, string(r.Verdict), verdict)
			require.NotEmpty(t, strings.TrimSpace(word))
			require.NotEmpty(t, strings.TrimSpace(headline))
			require.True(t, narrow, "scrolls sideways at 360 px")
			require.True(t, wide, "scrolls sideways at 1280 px")
			require.Empty(t, faults)
			seen.home(t, "http://127.0.0.1:")
		})
	}
}

func TestFormInABrowser(t *testing.T) {
	ctx, seen := browser(t)
	r := reports(t)["not_in_force"]
	_, e := serve(t, r)
	server := httptest.NewServer(e)
	defer server.Close()
	n := string(number(t))
	var address, verdict, focused string
	var faults []string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(360, 740),
		chromedp.Navigate(server.URL+"/"),
		chromedp.Evaluate(barriers, &faults),
		chromedp.SendKeys("#q", strings.ToLower(strings.ReplaceAll(n, "-", " "))),
		chromedp.Click("form.check button"),
		chromedp.WaitVisible("main[data-verdict]"),
		chromedp.Location(&address),
		chromedp.AttributeValue("main", "data-verdict", &verdict, nil)))
	require.Empty(t, faults)
	require.Equal(t, server.URL+"/c/"+n, address)
	require.Equal(t, string(verify.NotInForce), verdict)

	// The keyboard's first stop is the way past the header.
	require.NoError(t, chromedp.Run(ctx, chromedp.KeyEvent("\t"), chromedp.Evaluate(`document.activeElement.className`, &focused)))
	require.Equal(t, "skip", focused)
	seen.home(t, server.URL)
}

func TestMistakeInABrowser(t *testing.T) {
	ctx, _ := browser(t)
	_, e := serve(t, nil)
	server := httptest.NewServer(e)
	defer server.Close()
	var headline, kept string
	var fit bool
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(360, 740),
		chromedp.Navigate(server.URL+"/"),
		chromedp.SendKeys("#q", "not a number"),
		chromedp.Click("form.check button"),
		chromedp.WaitVisible(".verdict"),
		chromedp.Text("h1", &headline), chromedp.Value("#q", &kept), chromedp.Evaluate(fits, &fit)))
	require.Contains(t, headline, "does not look like a certificate number")
	require.Equal(t, "not a number", kept)
	require.True(t, fit)
}
