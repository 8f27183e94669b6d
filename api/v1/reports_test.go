package v1

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/report"
)

// TestHalfAReportIsNoReport: where the database fails in the middle, whoever
// reads learns it from the connection; before the first piece it is an error
// like any other.
func TestHalfAReportIsNoReport(t *testing.T) {
	for rows, cut := range map[int]bool{0: false, 20_000: true} {
		r := &report.Report{Name: "r", Body: "b", AsOf: time.Now(), Tables: []report.Table{{Name: "t", Columns: []string{"a"}, Each: func(_ context.Context, row func(...any) error) error {
			for range rows {
				if err := row(strings.Repeat("x", 20)); err != nil {
					return err
				}
			}
			return errors.New("the database is away")
		}}}}
		e := echo.New()
		e.GET("/", func(c echo.Context) error { return answerReport(c, r) })
		server := httptest.NewServer(e)
		for _, format := range []string{"csv", "json", "xlsx"} {
			req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/?format="+format, nil)
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			_, err = io.ReadAll(resp.Body)
			require.NoError(t, resp.Body.Close())
			if cut && format != "xlsx" { // a workbook begins when all rows are read
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, format)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, 500, resp.StatusCode, format)
			require.Empty(t, resp.Header.Get("Content-Disposition"))
		}
		server.Close()
	}
}
