package v1

import (
	"errors"
	"io"
	"os"
	"sync"
)

// spool lets a body be read faster than it is used. Many clients send all of a
// list before they read any of the answer; would the service wait with reading
// until they do, both would wait for ever. What is ahead rests in a file that has
// no name any more and ends with the request.
type spool struct {
	file *os.File

	mu      sync.Mutex
	more    *sync.Cond
	written int64
	err     error // after written bytes; nil: more may come
	read    int64 // by its one reader
}

// newSpool begins to read the body. Where no file can be made, it is nil.
func newSpool(body io.Reader) *spool {
	f, err := os.CreateTemp("", "list-*")
	if err != nil {
		return nil
	}
	if err := os.Remove(f.Name()); err != nil { // a system that keeps open files
		return nil
	}
	s := &spool{file: f}
	s.more = sync.NewCond(&s.mu)
	go s.fill(body)
	return s
}

func (s *spool) fill(body io.Reader) {
	part := make([]byte, 64<<10)
	for {
		n, err := body.Read(part)
		if n > 0 {
			if _, failed := s.file.Write(part[:n]); failed != nil {
				n, err = 0, failed
			}
		}
		s.mu.Lock()
		s.written += int64(n)
		s.err = err
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Read waits for what was not read yet.
func (s *spool) Read(p []byte) (int, error) {
	s.mu.Lock()
	for s.read == s.written && s.err == nil {
		s.more.Wait()
	}
	ready, err := s.written-s.read, s.err
	s.mu.Unlock()
	if ready == 0 {
		return 0, err
	}
	n, err := s.file.ReadAt(p[:min(int64(len(p)), ready)], s.read)
	s.read += int64(n)
	if errors.Is(err, io.EOF) { // the file grows on
		err = nil
	}
	return n, err
}

// Close waits for the end of the body, which the deadline of reading bounds, and
// gives the room back.
func (s *spool) Close() error {
	s.mu.Lock()
	for s.err == nil {
		s.more.Wait()
	}
	s.mu.Unlock()
	return s.file.Close()
}
