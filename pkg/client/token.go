package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// TokenError is a refusal of the token endpoint (RFC 6749, 5.2).
type TokenError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (e *TokenError) Error() string { return e.Code + ": " + e.Description }

// bearer returns an access token that lasts a while yet, from the token
// endpoint if need be. Callers at the same time wait for one request.
func (c *Client) bearer(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != "" && time.Until(c.expires) > tokenReserve {
		return c.token, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if c.Scope != "" {
		form.Set("scope", c.Scope)
	}
	req, err := c.request(ctx, call{method: http.MethodPost, path: "/oauth2/token", form: form})
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret)) // RFC 6749, 2.3.1
	asked := time.Now()
	a, err := c.send(req)
	if err != nil {
		return "", fmt.Errorf("getting an access token: %w", err)
	}
	if a.status != http.StatusOK {
		var refused TokenError
		if json.Unmarshal(a.data, &refused) == nil && refused.Code != "" {
			return "", fmt.Errorf("getting an access token: %w", &refused)
		}
		return "", fmt.Errorf("getting an access token: %w", problemOf(a))
	}
	var t struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.Unmarshal(a.data, &t); err != nil || t.AccessToken == "" {
		return "", fmt.Errorf("getting an access token: the answer has none")
	}
	c.token, c.expires = t.AccessToken, asked.Add(time.Duration(t.ExpiresIn)*time.Second)
	return c.token, nil
}

// forget drops a token that was refused and reports whether it was the one in
// use: only then is another worth a try.
func (c *Client) forget(token string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != token {
		return c.token != ""
	}
	c.token = ""
	return true
}
