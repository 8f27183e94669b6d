package v1

import (
	"github.com/labstack/echo/v4"
)

// Media types of a credential with an embedded proof: that of the data model
// 2.0 and the one that Open Badges 3.0 names.
const (
	mediaVC   = "application/vc"
	mediaVCLD = "application/vc+ld+json"
)

// wantsEmbedded tells whether the address itself asks for the second form, for
// those who cannot set headers.
func wantsEmbedded(c echo.Context) bool { return c.QueryParam("form") == "embedded" }

// embedded answers with the certificate's second form, the same bytes ever
// after it was first asked for.
func (a *API) embedded(c echo.Context, kind string) error {
	data, err := a.Forms.Certificate(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return read(c, cacheState, kind, data)
}
