package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// hook is a webhook of one market, and what came to its receiver.
type hook struct {
	market string
	before int // events of the market that it is not told of
	verify *standardwebhooks.Webhook

	mu      sync.Mutex
	ids     []string // of the events, as they came first
	repeats int
	wrong   string // what came and should not have
}

// receive makes the webhooks, spread over the markets, whose receivers are this program. The function that it returns
// says what came to them.
func (l *load) receive(ctx context.Context) (func(*report) error, error) {
	if l.webhooks == 0 {
		return func(*report) error { return nil }, nil
	}
	ln, err := net.Listen("tcp", l.hookHost)
	if err != nil {
		return nil, err
	}
	routes, hooks := http.NewServeMux(), make([]*hook, l.webhooks)
	truth, err := l.whole(ctx) // nothing happens yet: they are told of all that comes after this
	for i := range hooks {
		if err == nil {
			hooks[i], err = l.makeHook(ctx, truth, l.stalls[i%len(l.stalls)].market, fmt.Sprint("http://", ln.Addr(), "/", i))
			routes.Handle(fmt.Sprint("POST /", i), hooks[i])
		}
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	srv := &http.Server{Handler: routes, ReadHeaderTimeout: l.timeout}
	go func() { _ = srv.Serve(ln) }()
	return func(rep *report) error {
		defer srv.Close()
		rep.Webhooks = len(hooks)
		truth, err := l.whole(ctx)
		if err != nil {
			return err
		}
		for _, h := range hooks {
			h.report(rep, truth[h.market].ids[h.before:], l.settle)
		}
		return nil
	}, nil
}

func (l *load) makeHook(ctx context.Context, truth map[string]*listener, market, url string) (*hook, error) {
	var made struct{ Secret string }
	if err := l.must(ctx, request{method: http.MethodPost, path: "/v1/markets/" + market + "/webhooks",
		body: map[string]any{"url": url}}, &made); err != nil {
		return nil, err
	}
	verify, err := standardwebhooks.NewWebhook(made.Secret)
	return &hook{market: market, before: len(truth[market].ids), verify: verify}, err
}

// ServeHTTP takes a delivery. One that comes again must have come before.
func (h *hook) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		err = h.verify.Verify(body, r.Header)
	}
	var e struct{ ID string }
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	switch {
	case err != nil:
		h.wrong = err.Error()
	case slices.Contains(h.ids, e.ID):
		h.repeats++
	default:
		h.ids = append(h.ids, e.ID)
	}
}

// report waits until all has come, and says whether it came in order.
func (h *hook) report(rep *report, want []string, within time.Duration) {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		h.mu.Lock()
		n := len(h.ids)
		h.mu.Unlock()
		if n >= len(want) {
			break
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	rep.Delivered += len(h.ids)
	rep.Redelivered += h.repeats
	if !slices.Equal(h.ids, want) || h.wrong != "" {
		rep.Undelivered++
		rep.Texts = append(rep.Texts, strings.TrimSpace(fmt.Sprintf("webhook: %d of %d events %s", len(h.ids), len(want),
			h.wrong)))
	}
}
