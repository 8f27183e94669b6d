package interoptest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// live is a service in a process of its own.
type live struct {
	base    string // https://localhost:PORT
	certPEM string // file with the self-signed certificate
	pages   map[string]string
	client  string
	secret  string
	http    *http.Client
}

// serve builds the program and serves the demo world in conformance mode.
func serve(t *testing.T) *live {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "bonafide")
	out, err := exec.Command("go", "build", "-o", binary, "../../cmd/bonafide").CombinedOutput()
	require.NoError(t, err, "%s", out)
	l := &live{pages: map[string]string{}}
	key := l.certify(t, dir)
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	l.base = "https://localhost:" + port

	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "serve")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BONAFIDE_LISTEN="+address, "BONAFIDE_PUBLIC_URL="+l.base, "BONAFIDE_DATABASE=sqlite:"+filepath.Join(dir, "live.db"),
		"BONAFIDE_SEED=demo", "BONAFIDE_CONFORMANCE=true", "BONAFIDE_RATE_LIMIT=0", "BONAFIDE_FETCH_LOOPBACK=true", "BONAFIDE_TLS_CERT_FILE="+l.certPEM, "BONAFIDE_TLS_KEY_FILE="+key)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	guide, err := os.Create(filepath.Join(dir, "guide")) // a file of its own: read while the service writes on
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, guide.Close()) })
	errOut, err := os.Create(filepath.Join(dir, "errors"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, errOut.Close()) })
	cmd.Stdout, cmd.Stderr = guide, errOut
	said := func(f *os.File) string {
		data, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		return string(data)
	}
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cancel(); <-ended })
	for range 300 {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the service ended: %v\n%s", err, said(errOut))
		default:
		}
		if resp, err := l.http.Get(l.base + "/readyz"); err == nil {
			resp.Body.Close()
			l.read(t, said(guide))
			return l
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the service did not come up:\n%s", said(errOut))
	return nil
}

// read takes demo pages and the client from what the service printed.
func (l *live) read(t *testing.T, guide string) {
	t.Helper()
	for _, line := range strings.Split(guide, "\n") {
		f := strings.Fields(line)
		if len(f) > 1 && strings.Contains(f[1], "/c/") && l.pages[f[0]] == "" {
			l.pages[f[0]] = f[1][strings.LastIndex(f[1], "/")+1:]
		}
	}
	for name, to := range map[string]*string{"id": &l.client, "secret": &l.secret} {
		m := regexp.MustCompile(`client ` + name + ` +(\S+)`).FindStringSubmatch(guide)
		require.NotNil(t, m, "the guide names no client %s", name)
		*to = m[1]
	}
	require.NotEmpty(t, l.pages["bona_fide"])
}

// certify makes a self-signed certificate for localhost and a client that
// trusts it alone.
func (l *live) certify(t *testing.T, dir string) (keyFile string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	l.certPEM, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(l.certPEM, certificate, 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate))
	l.http = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	return keyFile
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// judge runs one of the scripts against the service. A script prints one line
// for each thing that it found true and ends with 0 only if all were.
func (l *live) judge(t *testing.T, script string, more ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	given, err := json.Marshal(map[string]any{"base": l.base, "pages": l.pages, "client": l.client, "secret": l.secret})
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, more...)...)
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+l.certPEM, "LIVE="+string(given), "NODE_NO_WARNINGS=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	found := strings.Count(string(out), "ok ")
	require.NotZero(t, found, "%s", out)
	fmt.Fprintf(t.Output(), "%s", out)
}

// needsNode skips, loudly, where the libraries are not installed, and fails
// where CI is set.
func needsNode(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("node_modules/jose")
	}
	if err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("the independent implementations are not installed (make judges): %v", err)
	}
	t.Skipf("the independent implementations are not installed, NOTHING IS TESTED (make judges): %v", err)
}

func TestIndependentImplementations(t *testing.T) {
	needsNode(t)
	l := serve(t)
	for _, script := range []string{"jose.mjs", "federation.mjs", "vcapi.mjs", "embedded.mjs", "pictures.mjs", "webhooks.mjs"} {
		t.Run(script, func(t *testing.T) { l.judge(t, script) })
	}
}
