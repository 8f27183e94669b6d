package access

import "sync"

// verified is an access token whose signature was checked.
type verified struct {
	claims
	key string // thumbprint of the key that verified it
}

// maxSeen bounds the tokens remembered: more than are in use within the life
// of one.
const maxSeen = 10_000

// seen remembers tokens whose signature was checked, by their exact text, so
// that a client's thousand calls cost one check. Nothing else about a token is
// taken from here. Only good tokens are kept: nobody without one fills it.
type seen struct {
	mu sync.RWMutex
	by map[string]verified
}

func (s *seen) find(token string) (verified, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.by[token]
	return v, ok
}

func (s *seen) keep(token string, v verified) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= maxSeen {
		s.by = map[string]verified{}
	}
	s.by[token] = v
}
