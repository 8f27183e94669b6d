package lookup

import (
	"container/list"
	"sync"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// DefaultMemory is how many bytes of certificates already read a Desk keeps:
// some thousands, which is more than are asked for again and again.
const DefaultMemory = 64 << 20

// perByte is how much memory a certificate read takes for each byte of its
// token: the token, its decoded payload and its claims.
const perByte = 3

// memory keeps certificates that were read, and which key verified them, by
// their exact bytes. Only what follows from those bytes and a key is ever taken
// from it: a changed row is other bytes and so another certificate, and whether
// the key, the status, the dates and the chain hold is judged every time. The
// least recently asked for go first.
type memory struct {
	mu    sync.Mutex
	most  int
	held  int
	order list.List                // of *verify.UnverifiedCertificate, last asked for in front
	by    map[string]*list.Element // by token
}

// read is verify.ReadCertificate, once for the same bytes.
func (m *memory) read(token string) *verify.UnverifiedCertificate {
	size := perByte * len(token)
	if size > m.most {
		return verify.ReadCertificate(token)
	}
	m.mu.Lock()
	if e, ok := m.by[token]; ok {
		m.order.MoveToFront(e)
		m.mu.Unlock()
		return e.Value.(*verify.UnverifiedCertificate)
	}
	m.mu.Unlock()
	u := verify.ReadCertificate(token)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.by[token]; ok { // read twice at once
		return u
	}
	if m.by == nil {
		m.by = map[string]*list.Element{}
	}
	m.by[token] = m.order.PushFront(u)
	for m.held += size; m.held > m.most; {
		last := m.order.Back()
		old := m.order.Remove(last).(*verify.UnverifiedCertificate).Token()
		delete(m.by, old)
		m.held -= perByte * len(old)
	}
	return u
}
