package sales

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Event is something that happened at a market.
type Event struct {
	Position string // after which Events goes on
	Type     string // "garagesale.sale.completed.v1"
	Data     []byte // the whole event, as CloudEvents 1.0 in JSON
}

// silence is how long a stream may say nothing before it is taken for dead; a sign of life comes every 15 s.
const silence = 45 * time.Second

// maxEvent is how long an event may be, in bytes.
const maxEvent = 4 << 20

// Events gives what happens at a market while it happens, of these types; none: of all. It begins after a position, or
// with what happens next if that is "". When the stream is cut it goes on where it was; it ends with ctx, or with the
// error of a stream that the service refuses.
func (m Markets) Events(ctx context.Context, marketID, after string, types ...string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s := &stream{c: m.c, path: "/v1/markets/" + url.PathEscape(marketID) + "/events", types: types, last: after}
		for failures := 0; ctx.Err() == nil; failures++ {
			before := s.last
			more, err := s.follow(ctx, yield)
			if !more || ctx.Err() != nil {
				return
			}
			if refused, ok := err.(*Error); ok && refused.Status < http.StatusInternalServerError && //nolint:errorlint // ours
				refused.Status != http.StatusTooManyRequests && refused.Code != "bad_token" {
				yield(Event{}, err)
				return
			}
			if s.last != before {
				failures = 0
			}
			pause := min(m.c.pause<<min(failures, 10), maxPause)
			pause = pause/2 + rand.N(pause/2+1) //nolint:gosec // jitter is no secret
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}
}

// stream is where a reader of events is.
type stream struct {
	c     *Client
	path  string
	types []string
	last  string // id
}

// follow reads until the stream ends; more: the reader wants more.
func (s *stream) follow(ctx context.Context, yield func(Event, error) bool) (more bool, err error) {
	token, err := s.c.session.token(ctx, s.c)
	if err != nil {
		return true, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	alive := time.AfterFunc(silence, cancel)
	defer alive.Stop()
	res, err := s.open(ctx, token)
	if err != nil {
		return true, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		err := refusal(res, raw)
		if IsCode(err, "bad_token") {
			_ = s.c.session.renew(ctx, s.c, token) // the next attempt tells
		}
		return true, err
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxEvent)
	var e Event
	for lines.Scan() {
		alive.Reset(silence)
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			e.Position = value
		case "event":
			e.Type = value
		case "data":
			e.Data = []byte(value)
		case "":
			if e.Data != nil && !yield(e, nil) {
				return false, nil
			}
			if e.Position != "" {
				s.last = e.Position
			}
			e = Event{}
		}
	}
	return true, lines.Err()
}

func (s *stream) open(ctx context.Context, token string) (*http.Response, error) {
	target := s.c.base + s.path
	if len(s.types) > 0 {
		target += "?type=" + url.QueryEscape(strings.Join(s.types, ","))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if s.last != "" {
		req.Header.Set("Last-Event-ID", s.last)
	}
	endless := *s.c.http
	endless.Timeout = 0
	res, err := endless.Do(req)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", s.path, err)
	}
	return res, nil
}
