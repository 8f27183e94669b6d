package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
)

// config is the configuration, from the environment alone; a .env file in the
// working directory fills in what the environment lacks.
type config struct {
	Listen      string   // BONAFIDE_LISTEN: address to listen on, 127.0.0.1:8080
	PublicURL   string   // BONAFIDE_PUBLIC_URL: scheme and host of every address and DID, http://localhost:8080
	Database    string   // BONAFIDE_DATABASE: sqlite:PATH or a postgres:// address, sqlite:var/bonafide.db
	Replicas    []string // BONAFIDE_DATABASE_REPLICAS: further postgres:// addresses, comma-separated
	KEK         string   // BONAFIDE_KEY_ENCRYPTION_KEY: 32 bytes in base64
	KEKFile     string   // BONAFIDE_KEY_ENCRYPTION_KEY_FILE: a file that holds it
	KEKOld      string   // BONAFIDE_KEY_ENCRYPTION_KEY_OLD: another that opens keys too, while one follows the other
	KEKOldFile  string   // BONAFIDE_KEY_ENCRYPTION_KEY_OLD_FILE: a file that holds it
	PKCS11      pkcs11   // BONAFIDE_PKCS11_…: a token that keeps keys
	AnchorsFile string   // BONAFIDE_ANCHORS: whom to trust; empty: the built-in list
	Seed        string   // BONAFIDE_SEED: none, reference or demo
	LogLevel    slog.Level
	RateLimit   int // BONAFIDE_RATE_LIMIT: anonymous requests a minute and address, 600; 0: off
	TLSCertFile string
	TLSKeyFile  string
	Conformance bool
	Documents   string // BONAFIDE_DOCUMENTS: folder read instead of the network; the server takes it with BONAFIDE_CONFORMANCE alone
	// FetchLoopback, BONAFIDE_FETCH_LOOPBACK, lets evidence be read from this
	// machine, over http too: for development.
	FetchLoopback bool
	LogDir        string             // BONAFIDE_LOG_DIR: folder that the transparency log is also written to
	LogWitnesses  []translog.Witness // BONAFIDE_LOG_WITNESSES: who cosigns it, each "KEY ADDRESS", comma-separated
	WitnessLogs   []string           // BONAFIDE_WITNESS_LOGS: keys of the logs that this service cosigns, comma-separated
	MetricsListen string             // BONAFIDE_METRICS_LISTEN: a listener of its own for /metrics; empty: the public one serves it
	Drain         time.Duration      // BONAFIDE_DRAIN_SECONDS: between not being ready and taking nothing new, when told to stop
	Fonts         []string           // BONAFIDE_FONTS: folders of fonts for scripts that the built-in one lacks, comma-separated, /usr/share/fonts
	FlagsOff      []string           // BONAFIDE_RED_FLAGS_OFF: rules not to apply, such as RF-35, comma-separated
}

// maxDrain is more than any load balancer needs to notice.
const maxDrain = 300

// loadConfig reads and checks the environment; all faults come at once, by name.
func loadConfig(getenv func(string) string) (config, error) {
	var faults []error
	fault := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf(name+": "+format, args...))
	}
	get := func(name, fallback string) string {
		if v := strings.TrimSpace(getenv(name)); v != "" {
			return v
		}
		return fallback
	}
	c := config{
		Listen: get("BONAFIDE_LISTEN", "127.0.0.1:8080"), PublicURL: strings.TrimRight(get("BONAFIDE_PUBLIC_URL", "http://localhost:8080"), "/"),
		Database: get("BONAFIDE_DATABASE", "sqlite:var/bonafide.db"), KEK: get("BONAFIDE_KEY_ENCRYPTION_KEY", ""),
		KEKFile: get("BONAFIDE_KEY_ENCRYPTION_KEY_FILE", ""), AnchorsFile: get("BONAFIDE_ANCHORS", ""), Seed: get("BONAFIDE_SEED", "none"),
		TLSCertFile: get("BONAFIDE_TLS_CERT_FILE", ""), TLSKeyFile: get("BONAFIDE_TLS_KEY_FILE", ""),
		Documents: get("BONAFIDE_DOCUMENTS", ""), MetricsListen: get("BONAFIDE_METRICS_LISTEN", ""),
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		fault("BONAFIDE_LISTEN", "%q is not host:port", c.Listen)
	}
	if _, _, err := net.SplitHostPort(c.MetricsListen); err != nil && c.MetricsListen != "" {
		fault("BONAFIDE_METRICS_LISTEN", "%q is not host:port", c.MetricsListen)
	}
	if n, err := strconv.Atoi(get("BONAFIDE_DRAIN_SECONDS", "0")); err != nil || n < 0 || n > maxDrain {
		fault("BONAFIDE_DRAIN_SECONDS", "must be a whole number of seconds, 0 to %d", maxDrain)
	} else {
		c.Drain = time.Duration(n) * time.Second
	}
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		fault("BONAFIDE_PUBLIC_URL", "%q is not an http or https address", c.PublicURL)
	case net.ParseIP(u.Hostname()) != nil:
		fault("BONAFIDE_PUBLIC_URL", "did:web allows no IP address; use a host name such as localhost")
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		fault("BONAFIDE_PUBLIC_URL", "%q must be scheme and host alone", c.PublicURL)
	}
	if !strings.HasPrefix(c.Database, "sqlite:") && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		fault("BONAFIDE_DATABASE", "must be sqlite:PATH or a postgres:// address")
	}
	c.Replicas = listed(get("BONAFIDE_DATABASE_REPLICAS", ""))
	if len(c.Replicas) > 0 && strings.HasPrefix(c.Database, "sqlite:") {
		fault("BONAFIDE_DATABASE_REPLICAS", "only PostgreSQL has read replicas")
	}
	if c.KEK != "" && c.KEKFile != "" {
		fault("BONAFIDE_KEY_ENCRYPTION_KEY", "set it or BONAFIDE_KEY_ENCRYPTION_KEY_FILE, not both")
	}
	if c.KEK == "" && c.KEKFile == "" && !strings.HasPrefix(c.Database, "sqlite:") {
		fault("BONAFIDE_KEY_ENCRYPTION_KEY", "is required with PostgreSQL: 32 random bytes in base64 (openssl rand -base64 32)")
	}
	if c.Seed != "none" && c.Seed != "reference" && c.Seed != "demo" {
		fault("BONAFIDE_SEED", "%q is not none, reference or demo", c.Seed)
	}
	if err := c.LogLevel.UnmarshalText([]byte(get("BONAFIDE_LOG_LEVEL", "info"))); err != nil {
		fault("BONAFIDE_LOG_LEVEL", "%q is not debug, info, warn or error", getenv("BONAFIDE_LOG_LEVEL"))
	}
	if c.RateLimit, err = strconv.Atoi(get("BONAFIDE_RATE_LIMIT", "600")); err != nil || c.RateLimit < 0 {
		fault("BONAFIDE_RATE_LIMIT", "must be a whole number of requests a minute, 0 for no limit")
	}
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		fault("BONAFIDE_TLS_CERT_FILE", "and BONAFIDE_TLS_KEY_FILE go together")
	}
	if c.Conformance, err = strconv.ParseBool(get("BONAFIDE_CONFORMANCE", "false")); err != nil {
		fault("BONAFIDE_CONFORMANCE", "must be true or false")
	}
	if c.FetchLoopback, err = strconv.ParseBool(get("BONAFIDE_FETCH_LOOPBACK", "false")); err != nil {
		fault("BONAFIDE_FETCH_LOOPBACK", "must be true or false")
	}
	c.loadLog(get, fault)
	c.loadKeys(get, fault)
	c.Fonts = listed(get("BONAFIDE_FONTS", "/usr/share/fonts"))
	c.loadFlags(get, fault)
	return c, errors.Join(faults...)
}

// loadFlags reads which red flags are off.
func (c *config) loadFlags(get func(name, fallback string) string, fault func(name, format string, args ...any)) {
	for _, id := range listed(strings.ToUpper(get("BONAFIDE_RED_FLAGS_OFF", ""))) {
		if !redflag.Known(id) {
			fault("BONAFIDE_RED_FLAGS_OFF", "%q is no rule; GET /v1/red-flags lists them", id)
		}
		c.FlagsOff = append(c.FlagsOff, id)
	}
}

// loadLog reads what concerns the transparency log.
func (c *config) loadLog(get func(name, fallback string) string, fault func(name, format string, args ...any)) {
	var err error
	c.LogDir = get("BONAFIDE_LOG_DIR", "")
	if c.LogWitnesses, err = translog.ParseWitnesses(get("BONAFIDE_LOG_WITNESSES", "")); err != nil {
		fault("BONAFIDE_LOG_WITNESSES", "%v", err)
	}
	if c.WitnessLogs, err = translog.ParseKeys(get("BONAFIDE_WITNESS_LOGS", "")); err != nil {
		fault("BONAFIDE_WITNESS_LOGS", "%v", err)
	}
}

// listed reads items that commas separate.
func listed(s string) []string {
	var out []string
	for _, item := range strings.Split(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// loadDotEnv sets variables from NAME=value lines that the environment lacks.
func loadDotEnv(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			return fmt.Errorf("%s:%d: not NAME=value", path, n)
		}
		name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"'`)
		if _, set := os.LookupEnv(name); !set {
			if err := os.Setenv(name, value); err != nil {
				return fmt.Errorf("%s:%d: %w", path, n, err)
			}
		}
	}
	return lines.Err()
}
