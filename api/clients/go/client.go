// Package sales is a client of the sales API. It is typed, repeats what may be repeated, and keeps itself logged in:
//
//	c := sales.New("http://127.0.0.1:3000")
//	if err := c.LogIn(ctx, "cashier@example.com", "garagesale"); err != nil { … }
//	for p, err := range c.Products.List(ctx, marketID, sales.ProductFilter{}) { … }
//
// Amounts are integers in the minor unit of the market's currency: 1250 is $12.50.
package sales

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Client asks one service. It may be used by several goroutines at once.
type Client struct {
	Markets  Markets
	Families Families
	Products Products
	Sales    Sales

	base     string
	http     *http.Client
	attempts int
	pause    time.Duration
	session  session
}

// Option changes what New makes.
type Option func(*Client)

// WithHTTP makes the client use h, whose Timeout bounds one attempt. The default is 30 s.
func WithHTTP(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithRetries sets how often one request is sent at most, 8 by default, and the pause before the second attempt, 100 ms
// by default; it doubles each time up to 5 s, and a longer Retry-After is obeyed.
func WithRetries(attempts int, pause time.Duration) Option {
	return func(c *Client) { c.attempts, c.pause = max(1, attempts), pause }
}

// WithTokens begins with the tokens of an earlier login; changed is told of new ones, and may be nil.
func WithTokens(t Tokens, changed func(Tokens)) Option {
	return func(c *Client) { c.session.tokens, c.session.changed = t, changed }
}

// New makes a client of the service at the URL.
func New(base string, options ...Option) *Client {
	c := &Client{base: strings.TrimRight(base, "/"), http: &http.Client{Timeout: 30 * time.Second}, attempts: 8,
		pause: 100 * time.Millisecond}
	c.Markets, c.Families, c.Products, c.Sales = Markets{c}, Families{c}, Products{c}, Sales{c}
	for _, o := range options {
		o(c)
	}
	return c
}

// call is one request, however often it is sent.
type call struct {
	method, path string
	query        url.Values
	in           any    // nil: no body
	out          any    // nil: the body is dropped
	key          string // Idempotency-Key
	match        string // If-Match
	accept       string // "": JSON
	basic        [2]string
	public       bool // no token is sent
	safe         bool // sending it twice does no harm
}

// NewKey makes an Idempotency-Key. Requests that move money make their own unless they are given one.
func NewKey() string { return uuid.NewString() }

// repeatable tells whether a request may be sent again when nobody knows what became of it.
func (r call) repeatable() bool { return r.method == http.MethodGet || r.key != "" || r.safe }

const maxPause = 5 * time.Second

func (c *Client) do(ctx context.Context, r call) (http.Header, error) {
	var body []byte
	if r.in != nil {
		var err error
		if body, err = json.Marshal(r.in); err != nil {
			return nil, err
		}
	}
	renewed := false
	for attempt := 1; ; attempt++ {
		token, err := "", error(nil)
		if !r.public {
			if token, err = c.session.token(ctx, c); err != nil {
				return nil, err
			}
		}
		header, err := c.once(ctx, r, body, token)
		if err == nil {
			return header, nil
		}
		var refused *Error
		known := errors.As(err, &refused)
		if known && refused.Code == "bad_token" && !renewed && !r.public {
			renewed = true // it was ended before its time
			if c.session.renew(ctx, c, token) == nil {
				continue
			}
			return nil, err
		}
		if attempt >= c.attempts || ctx.Err() != nil || !again(r, refused, known) {
			return nil, err
		}
		pause := min(c.pause<<(attempt-1), maxPause)
		pause = pause/2 + rand.N(pause/2+1) //nolint:gosec // jitter is no secret
		if known {
			pause = max(pause, refused.RetryAfter)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// again tells whether to send a request once more.
func again(r call, refused *Error, known bool) bool {
	switch {
	case !known: // the answer was lost
		return r.repeatable()
	case refused.Status == http.StatusTooManyRequests, refused.Code == "idempotency_key_in_progress":
		return true
	case refused.Status == http.StatusServiceUnavailable:
		return refused.Code != "outcome_unknown" || r.repeatable()
	case refused.Status >= http.StatusInternalServerError && refused.Code == "": // a proxy's
		return r.repeatable()
	}
	return false
}

// once sends the request once. An error that is no *Error means that the answer was lost.
func (c *Client) once(ctx context.Context, r call, body []byte, token string) (http.Header, error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if r.basic[0] != "" {
		req.SetBasicAuth(r.basic[0], r.basic[1])
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if r.match != "" {
		req.Header.Set("If-Match", r.match)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return nil, refusal(res, raw)
	}
	if text, ok := r.out.(*string); ok {
		*text = string(raw)
		return res.Header, nil
	}
	if r.out != nil {
		if err := json.Unmarshal(raw, r.out); err != nil {
			return nil, fmt.Errorf("%s %s: the answer cannot be read: %w", r.method, r.path, err)
		}
	}
	return res.Header, nil
}

// Error is a refusal by the service (RFC 9457).
type Error struct {
	Status     int           `json:"status"`
	Code       string        `json:"code"` // for programs; /docs/errors/{code} explains it
	Detail     string        `json:"detail"`
	TraceID    string        `json:"traceId"`
	Fields     []Field       `json:"errors"`
	RetryAfter time.Duration `json:"-"`
}

// Field is a place in the request that is wrong.
type Field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
	Value    string `json:"value"`
}

func (e *Error) Error() string {
	s := e.Detail
	if s == "" {
		s = http.StatusText(e.Status)
	}
	for _, f := range e.Fields {
		s += "; " + f.Location + ": " + f.Message
	}
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	return s
}

// IsCode tells whether err is a refusal with that code.
func IsCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

func refusal(res *http.Response, raw []byte) error {
	e := &Error{}
	if json.Unmarshal(raw, e) != nil {
		e = &Error{} // not the service's own
	}
	e.Status = res.StatusCode
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(min(seconds, 3600)) * time.Second
	}
	return e
}
