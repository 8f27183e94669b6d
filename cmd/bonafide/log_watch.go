package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// watched is the file of --state: every log of the register that was seen.
type watched struct {
	Logs []watchedLog `json:"logs"`
}

type watchedLog struct {
	URL  string         `json:"url"`
	Key  string         `json:"key"`
	Seen *translog.Seen `json:"seen,omitempty"`
}

// once checks every log of the address, and keeps what was seen.
func (c watching) once(e *environment) error {
	state, err := c.load()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	logs, err := c.logs(e.ctx, state)
	if err != nil {
		return &exitError{exitUndetermined, err}
	}
	for i := range logs {
		if err := c.check(e, &logs[i]); err != nil {
			return err
		}
	}
	if c.State == "" {
		return nil
	}
	data, err := json.MarshalIndent(watched{logs}, "", "  ")
	if err != nil {
		return err
	}
	return replace(c.State, data)
}

func (c watching) load() (watched, error) {
	var w watched
	if c.State == "" {
		return w, nil
	}
	data, err := os.ReadFile(c.State)
	if errors.Is(err, os.ErrNotExist) {
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &w)
	}
	if err != nil {
		return w, fmt.Errorf("reading %s: %w", c.State, err)
	}
	return w, nil
}

// logs are those seen before, which must still be there, and those that are new.
func (c watching) logs(ctx context.Context, state watched) ([]watchedLog, error) {
	base := strings.TrimSuffix(strings.TrimRight(c.URL, "/"), "/log")
	if strings.Contains(base, "/log/") { // one of them
		own := watchedLog{URL: base}
		for _, l := range state.Logs {
			if l.URL == own.URL {
				own = l
			}
		}
		return []watchedLog{own}, nil
	}
	data, err := readLog(ctx, base+"/v1/log")
	if err != nil {
		return nil, err
	}
	var list struct {
		Data []struct {
			Origin string `json:"origin"`
		} `json:"data"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("reading the list of logs: %w", err)
	}
	for _, x := range list.Data {
		address := base + "/log/" + translog.Shard(x.Origin)
		known := false
		for _, l := range state.Logs {
			known = known || l.URL == address
		}
		if !known {
			state.Logs = append(state.Logs, watchedLog{URL: address})
		}
	}
	return state.Logs, nil
}

// check checks one log.
func (c watching) check(e *environment, l *watchedLog) error {
	read := func(ctx context.Context, path string) ([]byte, error) { return readLog(ctx, l.URL+"/"+path) }
	if c.Key != "" {
		l.Key = c.Key
	}
	if l.Key == "" {
		key, err := read(e.ctx, "key")
		if err != nil {
			return &exitError{exitUndetermined, err}
		}
		l.Key = strings.TrimSpace(string(key))
		fmt.Fprintf(e.errOut, "key taken from the log itself: %s\n", l.Key)
	}
	known := inclusion.Log{Origin: inclusion.KeyName(l.Key), Key: l.Key}
	if err := known.Valid(); err != nil {
		return &exitError{exitUsage, err}
	}
	before := l.Seen
	if c.From != "" {
		signed, err := os.ReadFile(c.From)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		if at, err := inclusion.Peek(signed); err != nil || at.Origin == known.Origin {
			before = &translog.Seen{Checkpoint: signed}
		}
	}
	began, told := int64(0), 0
	if before != nil {
		at, err := inclusion.Peek(before.Checkpoint)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		began = at.Size
	}
	m := translog.Monitor{Fetch: read, Log: known, Each: func(index int64, x inclusion.Entry) {
		if index >= began && c.tells(x) {
			told++
			c.tell(e.out, known.Origin, index, x)
		}
	}}
	seen, err := m.Check(e.ctx, before)
	switch {
	case errors.Is(err, translog.ErrTampered):
		return c.contradicts(e, l, before, seen, err)
	case err != nil:
		return &exitError{exitUndetermined, fmt.Errorf("%s: %w", known.Origin, err)}
	}
	l.Seen = seen
	at, err := inclusion.Peek(seen.Checkpoint)
	if err != nil {
		return err
	}
	if at.Size > began || before == nil {
		fmt.Fprintf(e.errOut, "%s: %d entries, %d of them new, %d told; consistent\n", known.Origin, at.Size, at.Size-began, told)
	}
	return nil
}

func (c watching) tells(x inclusion.Entry) bool { return c.Body != "" && translog.Concerns(x, c.Body) }

// tell writes one entry.
func (c watching) tell(out io.Writer, origin string, index int64, x inclusion.Entry) {
	if c.JSON {
		_ = json.NewEncoder(out).Encode(map[string]any{"log": origin, "index": index, "entry": x}) // a closed pipe ends the program anyway
		return
	}
	fmt.Fprintf(out, "%s  %s %d  %s", x.At.Format(time.RFC3339), origin, index, x.Kind)
	for _, p := range [][2]string{{"by", x.Body}, {"about", x.Subject}, {"scheme", x.Scheme}, {"id", x.ID}, {"token", x.Token}} {
		if p[1] != "" {
			fmt.Fprintf(out, "  %s %s", p[0], p[1])
		}
	}
	if !x.Decided.IsZero() {
		fmt.Fprintf(out, "  decided %s", x.Decided.Format(time.DateOnly))
	}
	if x.Imported {
		fmt.Fprint(out, "  imported")
	}
	fmt.Fprintln(out)
}

// contradicts keeps both checkpoints beside the state: together they are the
// proof, whoever is asked.
func (c watching) contradicts(e *environment, l *watchedLog, before, now *translog.Seen, why error) error {
	fmt.Fprintf(e.errOut, "%s\n", why)
	if c.State == "" {
		fmt.Fprintf(e.errOut, "now:\n%s\n", now.Checkpoint)
		if before != nil {
			fmt.Fprintf(e.errOut, "before:\n%s\n", before.Checkpoint)
		}
		return &exitError{1, fmt.Errorf("%s is not consistent", l.URL)}
	}
	proof := now.Checkpoint
	if before != nil {
		proof = []byte(string(before.Checkpoint) + "\n" + string(now.Checkpoint))
	}
	path := c.State + ".contradiction"
	if err := replace(path, proof); err != nil {
		return err
	}
	return &exitError{1, fmt.Errorf("%s is not consistent; the checkpoints that show it are in %s", l.URL, path)}
}

// Limits of reading a log.
const (
	logFetchTimeout = 30 * time.Second
	logFetchBytes   = 32 << 20        // a full tile of the longest entries
	logFetchWait    = 2 * time.Minute // the longest that a server may ask to wait
)

// readLog reads one address, and waits where it is told to.
func readLog(ctx context.Context, address string) ([]byte, error) {
	for {
		data, wait, err := readOnce(ctx, address)
		if wait == 0 {
			return data, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// readOnce answers with how long to wait before trying again, if it is told.
func readOnce(ctx context.Context, address string) (data []byte, wait time.Duration, err error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, 0, fmt.Errorf("%q is not an address", address)
	}
	ctx, cancel := context.WithTimeout(ctx, logFetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("User-Agent", "bonafide/"+version)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close() //nolint:errcheck // read only
	if after, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && res.StatusCode == http.StatusTooManyRequests {
		return nil, min(max(time.Duration(after)*time.Second, time.Second), logFetchWait), nil
	}
	data, err = io.ReadAll(io.LimitReader(res.Body, logFetchBytes+1))
	if err != nil {
		return nil, 0, err
	}
	if res.StatusCode != http.StatusOK || len(data) > logFetchBytes {
		return nil, 0, fmt.Errorf("%s answered with status %d and %d bytes", address, res.StatusCode, len(data))
	}
	return data, 0, nil
}

// replace writes a file whole.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
