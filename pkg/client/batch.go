package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// BatchOptions say how a list is to be issued.
type BatchOptions struct {
	Key         string            // idempotency key: the same for every try; empty: one is made
	CSV         bool              // else NDJSON
	Mapping     map[string]string // of a CSV's columns to members, such as holder.name
	Defaults    map[string]any    // members that hold where a line has none
	Atomic      bool              // all or nothing
	DryRun      bool              // judge every line, issue nothing
	Credentials bool              // have the signed credentials too
}

// BatchLine is the outcome of one line.
type BatchLine struct {
	Index      int      `json:"index"` // from 0
	Status     string   `json:"status,omitempty"`
	ID         string   `json:"id,omitempty"`
	URL        string   `json:"url,omitempty"`
	ExternalID string   `json:"external_id,omitempty"`
	Replayed   bool     `json:"replayed,omitempty"` // an earlier try issued it
	Credential string   `json:"credential,omitempty"`
	Problem    *Problem `json:"problem,omitempty"` // why it was not issued; the list went on
}

// maxBatchLine bounds a line of the answer.
const maxBatchLine = 4 << 20

// errCut says that an answer broke off.
var errCut = errors.New("the answer broke off")

// Batch issues a list and tells each line's outcome once, in order, as it
// arrives. list opens the list from its beginning, again where the connection was
// cut or the service restarted: what was issued by then is not issued twice. It
// returns the error of each, or of the service about the list as a whole.
func (c *Client) Batch(ctx context.Context, list func() (io.ReadCloser, error), o BatchOptions, each func(BatchLine) error) error {
	o.Key = newKey(o.Key)
	told, pause, tries := 0, c.Pause, 0
	if pause == 0 {
		pause = 250 * time.Millisecond
	}
	for wait := pause; ; wait = min(2*wait, maxPause) {
		before := told
		again, err := c.batch(ctx, list, o, func(l BatchLine) error {
			if l.Index < told {
				return nil
			}
			told++
			return each(l)
		})
		if err == nil || !again || ctx.Err() != nil {
			return err
		}
		if tries++; told > before {
			tries, wait = 0, pause
		}
		if most := max(c.Attempts, 10); tries >= most {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// batch is one try; again says that another may do better.
func (c *Client) batch(ctx context.Context, list func() (io.ReadCloser, error), o BatchOptions, each func(BatchLine) error) (again bool, err error) {
	token, err := c.bearer(ctx)
	if err != nil {
		_, again = worthRepeating(err)
		return again, err
	}
	body, err := list()
	if err != nil {
		return false, fmt.Errorf("opening the list: %w", err)
	}
	defer body.Close() //nolint:errcheck // read only
	query, err := o.query()
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.Base, "/")+"/v1/certificates/batch"+query, body)
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", strconv.Quote(o.Key))
	req.Header.Set("Content-Type", "application/x-ndjson")
	if o.CSV {
		req.Header.Set("Content-Type", "text/csv")
	}
	h := http.Client{} // a long list takes its time
	if c.HTTP != nil {
		h = *c.HTTP
		h.Timeout = 0
	}
	resp, err := h.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end or given up
	if resp.StatusCode != http.StatusOK {
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return true, err
		}
		p := problemOf(answer{resp.StatusCode, resp.Header, data})
		if resp.StatusCode == http.StatusUnauthorized {
			p.renewed = c.forget(token)
		}
		_, again := worthRepeating(p)
		return again, p
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 64<<10), maxBatchLine)
	for lines.Scan() {
		var l BatchLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return true, fmt.Errorf("%w: %w", errCut, err)
		}
		if err := each(l); err != nil {
			return false, err
		}
	}
	if err := lines.Err(); err != nil {
		return true, fmt.Errorf("%w: %w", errCut, err)
	}
	return false, nil
}

func (o BatchOptions) query() (string, error) {
	q := url.Values{}
	for name, on := range map[string]bool{"atomic": o.Atomic, "dry_run": o.DryRun, "credentials": o.Credentials} {
		if on {
			q.Set(name, "true")
		}
	}
	for name, v := range map[string]any{"mapping": o.Mapping, "defaults": o.Defaults} {
		data, err := json.Marshal(v)
		if err != nil {
			return "", fmt.Errorf("writing %s: %w", name, err)
		}
		if s := string(data); s != "null" && s != "{}" {
			q.Set(name, s)
		}
	}
	if len(q) == 0 {
		return "", nil
	}
	return "?" + q.Encode(), nil
}
