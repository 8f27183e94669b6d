package v1

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// receiptRequest is what any question may ask for beside its answer.
type receiptRequest struct {
	Receipt bool   `json:"receipt"` // the report comes with a member receipt: itself, signed for your file
	Asker   string `json:"asker"`   // who asks, for the receipt alone: it is kept nowhere and checked by nobody
}

func (r receiptRequest) faults(f *fault.Invalid) {
	if len(r.Asker) > receipt.MaxAsker {
		f.Add("/asker", fmt.Sprintf("is longer than %d bytes", receipt.MaxAsker))
	}
}

// signed adds the receipt, if one is wanted.
func (a *API) signed(ctx context.Context, r *verify.Report, want receiptRequest, asked receipt.Asked) error {
	if !want.Receipt {
		return nil
	}
	n, err := a.Lookup.Notary(ctx)
	if err != nil {
		return err
	}
	if err := a.Lookup.Prove(ctx, r); err != nil {
		return err
	}
	asked.By = want.Asker
	return n.Sign(r, asked)
}

// wording is a part of a question as a receipt repeats it; nil if it asks nothing.
func wording[T comparable](v T) json.RawMessage {
	var zero T
	if v == zero {
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil { // structs of strings do not fail
		return nil
	}
	return data
}

type judgeReceiptRequest struct {
	Receipt     string `json:"receipt"`
	Certificate string `json:"certificate"` // the number it is shown for
	Credential  string `json:"credential"`  // or the exact text it is shown for
}

type judgedReceiptResponse struct {
	Outcome      string           `json:"outcome" enums:"pass,fail,unknown"`
	Detail       string           `json:"detail"`
	Attests      []string         `json:"attests"`
	DoesNot      []string         `json:"does_not_attest"`
	Receipt      *receipt.Receipt `json:"receipt"` // as it says of itself; believe it only if outcome is pass
	CheckedAt    string           `json:"checked_at"`
	SignedByThis bool             `json:"own"` // it names this service as its signer
}

// judgeReceipt serves the call below.
//
// @Summary Verify a receipt
// @Description Is this what a register trusted here signed, and about what it is shown for? A receipt says what was answered on its day; it does not say what holds today. The same is done offline by: bonafide verify RECEIPT.
// @Tags lookup
// @Accept json
// @Produce json
// @Param receipt body judgeReceiptRequest true "The receipt, and what it is shown for"
// @Success 200 {object} judgedReceiptResponse
// @Failure 400 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/receipts/verifications [post]
func (a *API) judgeReceipt(c echo.Context) error {
	var r judgeReceiptRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	u, err := receipt.Parse(strings.TrimSpace(r.Receipt))
	if err != nil {
		return fault.Invalid{{Pointer: "/receipt", Detail: receipt.Refusal(err)}}
	}
	j, err := a.Lookup.JudgeReceipt(c.Request().Context(), u, receipt.About{Number: r.Certificate, Text: []byte(r.Credential)})
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	out := judgedReceiptResponse{Outcome: j.Outcome, Detail: j.Detail, Attests: j.Attests, DoesNot: j.Leaves, Receipt: &u.Receipt,
		CheckedAt: a.Now().UTC().Format("2006-01-02T15:04:05Z"), SignedByThis: u.Receipt.Issuer == a.Addresses.Service()}
	if out.Attests == nil {
		out.Attests = []string{}
	}
	return c.JSON(http.StatusOK, out)
}
