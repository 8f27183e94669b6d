package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"github.com/bonafide-dev/bonafide/openapi"
)

// describe serves the description of the interface, for programs and people;
// everything the page needs comes from the binary.
func describe(e *echo.Echo) {
	e.GET("/openapi.json", func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=300")
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, openapi.JSON)
	})
	e.GET("/openapi.yaml", func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=300")
		return c.Blob(http.StatusOK, "application/yaml", openapi.YAML)
	})
	page := v5emb.NewHandlerWithConfig(swgui.Config{Title: "bonafide", SwaggerJSON: "/openapi.json", BasePath: "/docs", SettingsUI: map[string]string{"validatorUrl": "null"}})
	e.GET("/docs", echo.WrapHandler(page))
	e.GET("/docs/*", echo.WrapHandler(page))
}
