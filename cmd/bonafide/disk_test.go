package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestFullDisk issues until the disk is full. Then whoever writes is told so
// and nothing half-written shows; whoever reads is served; and once there is
// room again the same requests are carried out, each once.
func TestFullDisk(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			disk := storetest.SmallDisk(t, engine, 48<<20)
			h := open(t, disk.DSN)
			token, operator := h.certifier(), h.operator()
			disk.Fill(t, 64<<10)
			issued, refused := map[string]bool{}, 0
			for i := 0; refused < 20; i++ {
				require.Less(t, i, 3000, "the disk never filled up")
				key := fmt.Sprint("full ", i)
				a := h.do("POST", "/v1/certificates", token, request("Ada "+key), "Idempotency-Key", key)
				if a.status == 201 {
					issued[key] = true
					continue
				}
				refused++
				require.Equal(t, 507, a.status, "%s", a.raw)
				require.Equal(t, "INSUFFICIENT_STORAGE", a.code())
				issued[key] = false
			}
			// Other writers, and all readers.
			a := h.do("POST", "/v1/schemes", operator, `{"owner":"demo-certification","name":"Other","kind":"attendance","prerequisites":["`+strings.Repeat("x", 4000)+`"]}`)
			require.Contains(t, []int{201, 507}, a.status, "%s", a.raw) // a page of that table may have room
			require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide], "", "").code())
			require.Equal(t, 200, h.do("GET", "/readyz", "", "").status, "it can be read")
			whole := h.intact(t)
			// Room again.
			disk.Free(t)
			numbers := map[any]bool{}
			for key, before := range issued {
				var a answer
				for range 200 { // a key whose release found no room waits for its lease
					if a = h.do("POST", "/v1/certificates", token, request("Ada "+key), "Idempotency-Key", key); a.status != 409 {
						break
					}
					time.Sleep(100 * time.Millisecond)
				}
				require.Equal(t, 201, a.status, "%s: %s", key, a.raw)
				if before {
					require.Equal(t, "true", a.header.Get("Idempotency-Replayed"))
				} else {
					whole.Certificates++
				}
				numbers[a.json["id"]] = true
			}
			require.Len(t, numbers, len(issued))
			require.Equal(t, whole, h.intact(t))
		})
	}
}
