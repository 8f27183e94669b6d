package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/issue"
)

type erasureRequest struct {
	Issuer string `json:"issuer"`
	Reason string `json:"reason"` // on what grounds, without naming the person; its hash is noted
}

type erasureResponse struct {
	Certificates []string `json:"certificates"`   // numbers of the lineage
	Withdrawn    []string `json:"withdrawn"`      // of them those that had not ended
	Ledger       int      `json:"ledger_entries"` // of continuing education
	Forms        int      `json:"forms"`          // of credentials with embedded proofs
	Answers      int      `json:"kept_answers"`   // to repeated requests
}

// erase serves the call below.
//
// @Summary Forget a holder
// @Description Erases the name, the signed credential, the ledger and the reasons of the certificate's whole lineage, and withdraws what of it had not ended, so that copies elsewhere count no more. Number, dates and the bare history stay for the status lists; the transparency log held hashes alone and stays as it is. It cannot be undone. Backups forget when they are renewed.
// @Tags certificates
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param erasure body erasureRequest true "The grounds"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 200 {object} erasureResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/erasure [post]
func (a *API) erase(c echo.Context) error {
	var r erasureRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.own(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	done, err := a.Privacy.Erase(c.Request().Context(), body, c.Param("id"), r.Reason)
	if err != nil {
		return err
	}
	out := erasureResponse{Certificates: done.Certificates, Withdrawn: done.Withdrawn, Ledger: done.Ledger, Forms: done.Forms, Answers: done.Answers}
	if out.Withdrawn == nil {
		out.Withdrawn = []string{}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

type heldResponse struct {
	Certificates []heldCertificate `json:"certificates"`
	Ledger       []heldEntry       `json:"ledger"`
	Written      []heldNote        `json:"written"` // when what was written, in order
	Watches      []heldWatch       `json:"watches"` // who is told of changes, by the reference to the holder's consent
}

type heldCertificate struct {
	Number     string       `json:"number"`
	Credential string       `json:"credential"` // as it was signed
	Request    issueRequest `json:"request"`    // as it was asked for
	IssuedAt   time.Time    `json:"issued_at"`
	Events     []heldEvent  `json:"events"`
}

type heldEvent struct {
	Event       string    `json:"event"`
	EffectiveAt time.Time `json:"effective_at"`
	LearntAt    time.Time `json:"learnt_at"`
	Reason      string    `json:"public_reason,omitempty"`
	Successor   string    `json:"successor,omitempty"`
}

type heldEntry struct {
	Category    string    `json:"category"`
	Units       float64   `json:"units"`
	EarnedOn    time.Time `json:"earned_on"`
	Description string    `json:"description,omitempty"`
	Evidence    string    `json:"evidence_url,omitempty"`
	EnteredAt   time.Time `json:"entered_at"`
}

type heldWatch struct {
	Certificate string    `json:"certificate"`
	Consent     string    `json:"consent_reference"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"until"`
}

type heldNote struct {
	Kind        string    `json:"kind"`
	Certificate string    `json:"certificate"`
	At          time.Time `json:"at"`
}

// requestOf is the body of the call that asked for the certificate.
func requestOf(body string, r issue.Request) issueRequest {
	out := issueRequest{Issuer: body, Scheme: r.Scheme, ExternalID: r.ExternalID, Holder: holderRequest(r.Holder), DecidedAt: told(r.DecidedAt), ValidFrom: told(r.ValidFrom),
		ValidUntil: told(r.ValidUntil), Level: r.Level, Examiner: r.Examiner, Centre: r.Centre, Batch: r.Batch, ExaminerCertificate: r.Competence.ExaminerCertificate,
		Claim: r.Claim, Publication: r.Publication, Imported: r.Imported}
	for _, e := range r.Evidence {
		out.Evidence = append(out.Evidence, evidenceRequest(e))
	}
	for _, p := range r.Competence.Prerequisites {
		out.Prerequisites = append(out.Prerequisites, prerequisite(p))
	}
	for _, t := range r.Competence.Training {
		out.Training = append(out.Training, training{t.Trainer, told(t.EndedOn)})
	}
	return out
}

func told(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// holderData serves the call below.
//
// @Summary All that is kept about a holder
// @Description For the body to hand to the person who asks: every certificate of the lineage with its request and history, the ledger, and when something was written. Who wrote it is in the audit trail.
// @Tags certificates
// @Produce json
// @Param id path string true "Certificate number"
// @Param issuer query string false "Body id; operators only"
// @Security OAuth2[certificates:read]
// @Success 200 {object} heldResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/holder-data [get]
func (a *API) holderData(c echo.Context) error {
	body, err := a.own(c, "certificates:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	held, err := a.Privacy.Held(c.Request().Context(), body, c.Param("id"))
	if err != nil {
		return err
	}
	out := heldResponse{Ledger: []heldEntry{}, Written: []heldNote{}, Watches: []heldWatch{}}
	for _, r := range held.Certificates {
		seen, err := a.Notify.Watches.WatchedBy(c.Request().Context(), r.Number, a.Now())
		if err != nil {
			return err
		}
		for _, s := range seen {
			out.Watches = append(out.Watches, heldWatch{r.Number, s.Consent, s.Since, s.Until})
		}
		x := heldCertificate{Number: r.Number, Credential: r.Token, Request: requestOf(r.Body, r.Request), IssuedAt: r.SealedAt, Events: []heldEvent{}}
		for _, e := range r.Events {
			x.Events = append(x.Events, heldEvent{string(e.Kind), e.EffectiveAt, e.LearntAt, e.Reason, e.Successor})
		}
		out.Certificates = append(out.Certificates, x)
	}
	for _, e := range held.Ledger {
		out.Ledger = append(out.Ledger, heldEntry{e.Category, e.Units, e.EarnedOn, e.Description, e.EvidenceURL, e.LearntAt})
	}
	for _, n := range held.Notes {
		out.Written = append(out.Written, heldNote{n.Kind, n.Thing[len("certificate "):], n.At})
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, out)
}
