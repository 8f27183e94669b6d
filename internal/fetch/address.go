package fetch

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// admit reads an address that may be fetched, without its fragment.
func (c *Client) admit(address string) (*url.URL, error) {
	if len(address) > maxAddress {
		return nil, errAddress
	}
	u, err := url.Parse(address)
	if err != nil || !c.mayFetch(u) {
		return nil, errAddress
	}
	u.Fragment, u.RawFragment = "", ""
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

// mayFetch judges an address by its form; dial judges where it leads.
func (c *Client) mayFetch(u *url.URL) bool {
	switch {
	case u.Opaque != "" || u.User != nil || u.Host == "":
		return false
	case loopback(u.Hostname()):
		return c.options.Loopback && (u.Scheme == "https" || u.Scheme == "http")
	}
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") && named(u.Hostname())
}

// IsLoopback tells whether an address says by itself that it is on this machine.
func IsLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && loopback(u.Hostname())
}

// loopback tells whether a host name says by itself that it is this machine.
func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == "" && a.Unmap().IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// named tells whether a host is a name of the public tree: ASCII labels, at
// least two, the last of them no number (127.1 and 0x7f.1 are addresses to
// some resolvers).
func named(host string) bool {
	labels := strings.Split(strings.ToLower(host), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(host) <= 253 && last[0] >= 'a' && last[0] <= 'z'
}

// redirect follows at most maxRedirects steps, each checked as the first
// address was, and tells the next host nothing about the one before. Another
// host's share counts for it too.
func (c *Client) redirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects || len(r.URL.String()) > maxAddress || !c.mayFetch(r.URL) {
		return errAddress
	}
	if r.URL.Host != via[len(via)-1].URL.Host && !c.hosts.take(r.URL.Host, c.options.Now()) {
		return ErrBudget
	}
	r.Header.Del("Referer")
	return nil
}

// dial resolves the host once, and connects to an address it has checked: a
// second look at the name is never taken, so rebinding it changes nothing. A
// name with one address that is not public is refused with all the others.
func (c *Client) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, errAddress
	}
	may, addresses := public, []netip.Addr{}
	if loopback(host) {
		if !c.options.Loopback {
			return nil, errAddress
		}
		may = netip.Addr.IsLoopback
		if a, err := netip.ParseAddr(host); err == nil {
			addresses = append(addresses, a)
		} else {
			addresses = append(addresses, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
		}
	} else if addresses, err = c.options.Resolve(ctx, host); err != nil {
		return nil, errReach
	}
	for i, a := range addresses {
		if addresses[i] = a.Unmap(); !may(addresses[i]) {
			return nil, errReach // not another word: who asks shall not learn what a name means in here
		}
	}
	for _, a := range addresses[:min(len(addresses), 4)] {
		conn, err := c.options.Dial(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
	}
	return nil, errReach
}

// public tells whether an address belongs to the public internet: by the IANA
// special-purpose registries (RFC 6890 and its updates) it is neither private,
// shared, local, loopback, link-local (cloud metadata), multicast, reserved,
// for documentation, nor one that hides an IPv4 address (NAT64, 6to4, Teredo).
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is6() && !netip.MustParsePrefix("2000::/3").Contains(a) { // all that is global unicast today
		return false
	}
	for _, p := range special() {
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	return true
}

func special() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
	}
}
