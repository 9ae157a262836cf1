package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// client asks the service as one till would.
type client struct {
	http  *http.Client
	url   string
	token string
}

func newClient(o options) *client {
	return &client{url: strings.TrimSuffix(o.url, "/"), http: &http.Client{
		Timeout: o.timeout,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: o.conns,
			DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		},
	}}
}

// request is what to ask. A key makes it a POST that may be repeated.
type request struct {
	method, path string
	body         any
	key          string
	basic        string // email:password instead of the token
	fresh        bool   // on a new connection
}

// do returns the answer's status and fills in out; status 0 means that no whole answer came, and err says why.
func (c *client) do(ctx context.Context, q request, out any) (status int, err error) {
	var body io.Reader
	if q.body != nil {
		raw, err := json.Marshal(q.body)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, c.url+q.path, body)
	if err != nil {
		return 0, err
	}
	// The library would repeat a request with a key when its connection was closed: here that has to show.
	req.GetBody = nil
	req.Close = q.fresh
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.key != "" {
		req.Header.Set("Idempotency-Key", q.key)
	}
	switch {
	case q.basic != "":
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(q.basic)))
	case c.token != "":
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
			return res.StatusCode, errors.New("503 without Retry-After")
		}
		return res.StatusCode, errors.New(strings.TrimSpace(string(raw[:min(len(raw), 200)])))
	}
	if out == nil {
		return res.StatusCode, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

// must is do for what has to succeed, such as the preparations; it repeats what may be repeated for a while.
func (c *client) must(ctx context.Context, q request, out any) error {
	var err error
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		var status int
		status, err = c.do(ctx, q, out)
		switch {
		case status == 0 && q.method == http.MethodPost && q.key == "" && q.basic == "":
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		case status >= 200 && status < 300:
			return nil
		case status > 0 && status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests &&
			status != http.StatusConflict:
			return fmt.Errorf("%s %s: %d: %w", q.method, q.path, status, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s %s: %w", q.method, q.path, errors.Join(ctx.Err(), err))
		case <-time.After(wait):
		}
	}
}

// kind says shortly how a request failed.
func kind(status int, err error) string {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case status > 0:
		return fmt.Sprint("status ", status)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server closed idle connection"):
		return "connection closed"
	case errors.As(err, &dns):
		return "no such name"
	case errors.As(err, &netErr) && netErr.Timeout():
		return "timeout"
	}
	return "other: " + err.Error()
}
