package client

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is an error of the service, a problem document (RFC 9457). Code is
// stable; Detail is for people.
type Problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Code      string  `json:"code"`
	RequestID string  `json:"request_id"`
	Fields    []Field `json:"errors"`

	// Members are all members of the document, also those that a code brings.
	Members    map[string]any `json:"-"`
	RetryAfter time.Duration  `json:"-"` // zero: not told

	renewed bool // a new token may help
}

// Field names one faulty field of the request.
type Field struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(p.Status))
	if p.Code != "" {
		b.WriteString(" " + p.Code)
	}
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	for _, f := range p.Fields {
		b.WriteString("; " + f.Pointer + " " + f.Detail)
	}
	return b.String()
}

// problemOf reads a problem document; what is none is told by its status.
func problemOf(a answer) *Problem {
	p := &Problem{}
	if json.Unmarshal(a.data, p) != nil || json.Unmarshal(a.data, &p.Members) != nil {
		p = &Problem{}
	}
	p.Status = a.status
	if p.Title == "" {
		p.Title = http.StatusText(a.status)
	}
	if s, err := strconv.Atoi(a.header.Get("Retry-After")); err == nil && s > 0 {
		p.RetryAfter = time.Duration(s) * time.Second
	}
	return p
}
