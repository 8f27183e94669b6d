package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// receiptView is what a receipt that was handed in says, and whether it is to
// be believed.
type receiptView struct {
	Tone    tone
	Word    string
	Judged  receipt.Judgement
	Receipt *receipt.Receipt // nil: not to be believed
	Issued  time.Time
	Saying  saying
}

// receiptIn finds a receipt in what was handed in: the token, or a report with
// its receipt.
func receiptIn(text string) (*receipt.Unverified, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var r struct {
			Receipt string `json:"receipt"`
		}
		if json.Unmarshal([]byte(text), &r) != nil {
			return nil, false
		}
		text = r.Receipt
	}
	if !receipt.Is(text) {
		return nil, false
	}
	u, err := receipt.Parse(text)
	return u, err == nil
}

// judgedReceipt shows what a receipt attests, and what it does not.
func (s *Site) judgedReceipt(c echo.Context, u *receipt.Unverified) error {
	j, err := s.Lists.Judge(c.Request().Context(), u)
	if err != nil {
		return err
	}
	v := receiptView{Tone: open, Word: "Not known whose", Judged: j}
	switch j.Outcome {
	case trust.Pass.String():
		v.Tone, v.Word = good, "A true receipt"
		v.Receipt, v.Issued, v.Saying = &u.Receipt, time.Unix(u.Receipt.IssuedAt, 0).UTC(), s.inEnglish().sayingOf(u.Receipt.Report)
	case trust.Fail.String():
		v.Tone, v.Word = stop, "Not a true receipt"
	}
	return s.show(c, http.StatusOK, "receipt", page{Title: v.Word, Hidden: true, Private: true, Data: v})
}
