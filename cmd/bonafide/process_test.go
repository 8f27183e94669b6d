package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is the real program, serving.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	log  *lines
	done chan error
}

// lines is what a process says, safe to read while it speaks.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serving starts the program with the variables, in a folder of its own.
func serving(t *testing.T, variables ...string) *process {
	path, err := binary()
	require.NoError(t, err)
	return servingAs(t, path, variables...)
}

func servingAs(t *testing.T, path string, variables ...string) *process {
	p := &process{t: t, log: &lines{}, done: make(chan error, 1)}
	p.cmd = exec.Command(path, "serve")
	p.cmd.Dir, p.cmd.Stderr = t.TempDir(), p.log
	p.cmd.Env = append([]string{"HOME=/nonexistent", "BONAFIDE_LISTEN=127.0.0.1:0", "BONAFIDE_SEED=demo"}, variables...)
	p.cmd.Stdout = p.log
	require.NoError(t, p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // gone already: nothing to kill
	})
	require.Eventually(t, func() bool { p.url = p.said("serving", "address"); return p.url != "" }, 30*time.Second, 10*time.Millisecond, p.log)
	p.url = "http://" + p.url
	return p
}

// said is a member of the first line of the log with the message.
func (p *process) said(message, member string) string {
	s := bufio.NewScanner(strings.NewReader(p.log.String()))
	for s.Scan() {
		var line map[string]any
		if json.Unmarshal(s.Bytes(), &line) == nil && line["msg"] == message {
			v, _ := line[member].(string)
			return v
		}
	}
	return ""
}

func answers(url string) int {
	r, err := http.Get(url) //nolint:noctx // of the test's own server
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	return r.StatusCode
}

// TestStopFinishesWhatItBegan: told to stop, the program says that it is not
// ready, still answers for the drain, and finishes a request whose body arrives
// meanwhile.
func TestStopFinishesWhatItBegan(t *testing.T) {
	p := serving(t, "BONAFIDE_DRAIN_SECONDS=1", "BONAFIDE_METRICS_LISTEN=127.0.0.1:0")
	require.Equal(t, 200, answers(p.url+"/readyz"))
	require.Equal(t, 404, answers(p.url+"/metrics"), "it has a listener of its own")
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.NoError(t, err)
	body := `{"credential":"not one"}`
	_, err = io.WriteString(c, "POST /v1/verifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"+body[:10])
	require.NoError(t, err)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return answers(p.url+"/readyz") == 503 }, time.Second, 5*time.Millisecond)
	require.Equal(t, 200, answers(p.url+"/healthz"), "it lives and answers")
	require.Eventually(t, func() bool { return answers(p.url+"/healthz") == 0 }, 5*time.Second, 10*time.Millisecond, "nothing new is taken")
	_, err = io.WriteString(c, body[10:])
	require.NoError(t, err)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err, "what was begun is finished")
	defer r.Body.Close()
	require.Equal(t, 422, r.StatusCode)
	require.NoError(t, <-p.done)
}

// TestAnchorsAreReadAgain on SIGHUP; a broken file keeps the list in force and
// says why.
func TestAnchorsAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "anchors.json")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write(`{"anchors":[],"registrars":[],"logs":[]}`)
	p := serving(t, "BONAFIDE_SEED=none", "BONAFIDE_ANCHORS="+file)
	hangup := func(message string) {
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		require.Eventually(t, func() bool { return strings.Contains(p.log.String(), message) }, 5*time.Second, 10*time.Millisecond, p.log)
	}
	write(`{"anchors":`)
	hangup("the list in force stays")
	require.Equal(t, 200, answers(p.url+"/readyz"))
	write(`{"anchors":[{"body":"iaf","did":"did:web:example.org","name":"IAF","scopes":[{"activity":"certification_of_persons","standard":"ISO/IEC 17024"}]}],"registrars":[],"logs":[]}`)
	hangup("anchors reloaded")
}

// TestLogsTellNoSecrets: neither keys nor tokens nor people nor numbers get
// into the log of a server that says all it can.
func TestLogsTellNoSecrets(t *testing.T) {
	p := serving(t, "BONAFIDE_LOG_LEVEL=debug")
	guide := p.log.String()
	field := func(name string) string {
		_, rest, ok := strings.Cut(guide, name)
		require.True(t, ok, name)
		return strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \"',:=\n", r) })[0]
	}
	id, secret := field("client id"), field("client secret")
	r, err := http.NewRequest("POST", p.url+"/oauth2/token", strings.NewReader("grant_type=client_credentials")) //nolint:noctx // of the test's own server
	require.NoError(t, err)
	r.SetBasicAuth(id, secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer a.Body.Close()
	require.Equal(t, 200, a.StatusCode)
	var token struct {
		Access string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(a.Body).Decode(&token))
	issued, err := http.NewRequest("POST", p.url+"/v1/certificates", strings.NewReader(request("Zebediah Logless"))) //nolint:noctx // of the test's own server
	require.NoError(t, err)
	issued.Header.Set("Authorization", "Bearer "+token.Access)
	issued.Header.Set("Content-Type", "application/json")
	b, err := http.DefaultClient.Do(issued)
	require.NoError(t, err)
	defer b.Body.Close()
	require.Equal(t, 201, b.StatusCode)
	var made map[string]any
	require.NoError(t, json.NewDecoder(b.Body).Decode(&made))
	number := made["id"].(string)
	for _, path := range []string{"/v1/certificates/" + number + "?name=Zebediah", "/c/" + number, "/v1/certificates/nonsense", "/v1/verifications"} {
		answers(p.url + path)
	}
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, <-p.done)
	logged := strings.TrimPrefix(p.log.String(), guide)
	require.Contains(t, logged, "/v1/certificates/:id")
	for what, text := range map[string]string{"the token": token.Access, "the secret": secret, "the holder": "Zebediah", "the number": number, "the asker": "127.0.0.1"} {
		require.NotContains(t, logged, text, what)
	}
}
