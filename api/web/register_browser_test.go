package web_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestRegisterPagesInABrowser opens the pages of the register on a phone and on
// a desk, without script, and walks from a search to a body and to the form.
func TestRegisterPagesInABrowser(t *testing.T) {
	ctx, seen := browser(t)
	_, e := serve(t, nil)
	server := httptest.NewServer(e)
	defer server.Close()
	for _, address := range []string{"/registry", "/registry?q=Nordlys", "/registry?q=Nordlis+certification", "/bodies/nordlys", "/report"} {
		var narrow, wide bool
		var faults []string
		require.NoError(t, chromedp.Run(ctx,
			chromedp.EmulateViewport(360, 740), chromedp.Navigate(server.URL+address),
			chromedp.Evaluate(fits, &narrow), chromedp.Evaluate(barriers, &faults),
			chromedp.EmulateViewport(1280, 900), chromedp.Evaluate(fits, &wide)), address)
		require.True(t, narrow, "%s scrolls sideways at 360 px", address)
		require.True(t, wide, "%s scrolls sideways at 1280 px", address)
		require.Empty(t, faults, address)
	}
	var headline, name, thanks string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Navigate(server.URL+"/registry"),
		chromedp.SendKeys("#find", "Nordlis certification"), chromedp.Click("form.check button"),
		chromedp.WaitVisible("#found"), chromedp.Text("#found", &headline),
		chromedp.Click(".hits a"), chromedp.WaitVisible(".questions"), chromedp.Text("h1", &name),
		chromedp.Click("footer p a"), chromedp.WaitVisible("form.filing"),
		chromedp.SendKeys("#about", "Certificate 17"), chromedp.SendKeys("#words", "It names an accreditor nobody knows."),
		chromedp.Click("form.filing button"), chromedp.WaitVisible(".verdict"), chromedp.Text("h1", &thanks)))
	require.Equal(t, "You may mean", headline)
	require.Contains(t, name, "Nordlys Certification AS")
	require.Contains(t, thanks, "A person will read it")
	seen.home(t, server.URL)
}
