package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/idempotency"
)

// forgetful carries everything out and loses the answer.
type forgetful struct{ idempotency.Store }

func (f forgetful) Finish(context.Context, idempotency.Answer) error { return errCrash }

// TestALostAnswer: what was carried out and whose answer was lost is answered
// for by a repeat, and not carried out twice.
func TestALostAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		dying := *h.app
		dying.answers = forgetful{h.app.db}
		server := httptest.NewServer(dying.handler(demoConfig(""), slog.New(slog.DiscardHandler)))
		t.Cleanup(server.Close)
		crashed := &house{t: t, app: h.app, url: server.URL}
		operator := h.operator()
		for path, body := range map[string]string{
			"/v1/statements": fmt.Sprintf(`{"kind":"accreditation","issuer":"demo-accreditation","subject":%q,"number":"N-7","scope":{"activity":"certification_of_persons","standard":"ISO/IEC 17024","edition":"2012"},"valid_from":%q}`, mine, instantOf(0)),
			"/v1/schemes":    `{"owner":"demo-certification","name":"Kept Once","kind":"certification_of_persons","validity_months":36,"assessment":{"modes":["written"]}}`,
			"/v1/schemes?x":  `{"id":"kept-by-id","owner":"demo-certification","name":"Kept By Id","kind":"attendance"}`,
		} {
			lost := crashed.do("POST", path, operator, body, "Idempotency-Key", "lost "+path)
			require.Equal(t, 500, lost.status, "an answer that is not kept is not given: %s", lost.raw)
			made := h.intact(t)
			again := h.do("POST", path, operator, body, "Idempotency-Key", "lost "+path)
			require.Equal(t, 201, again.status, "%s: %s", path, again.raw)
			require.Equal(t, made, h.intact(t), "%s: nothing twice", path)
			replayed := h.do("POST", path, operator, body, "Idempotency-Key", "lost "+path)
			require.Equal(t, []any{201, "true", again.json["id"], again.header.Get("Location")},
				[]any{replayed.status, replayed.header.Get("Idempotency-Replayed"), replayed.json["id"], replayed.header.Get("Location")})
		}
		// Under another key, or without one, it is another.
		before := h.intact(t)
		body := `{"owner":"demo-certification","name":"Kept Once","kind":"certification_of_persons","validity_months":36,"assessment":{"modes":["written"]}}`
		require.NotEqual(t, "kept-once", h.must(201, "POST", "/v1/schemes", operator, body)["id"])
		require.Equal(t, before.Schemes+1, h.intact(t).Schemes)
	})
}
