package lab

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/layout"
	"github.com/garagesale/service/zarf/proof/bench/load"
)

// Track is what one request does at the database.
type Track struct {
	Statements []statement
	Trips      int64
	answer     []byte
}

// last is the text of the last statement.
func (t Track) last() string { return t.Statements[len(t.Statements)-1].SQL }

func (t Track) texts() []string {
	list := make([]string, len(t.Statements))
	for i, s := range t.Statements {
		list[i] = normal(s.SQL)
	}
	return list
}

// Probe looks at what the service sends for each kind of request, and makes of it what the controls run. The service
// that is looked at is another process than the one that is measured, over a relay that counts round trips.
func (l *Lab) Probe(ctx context.Context) error {
	u, err := url.Parse(l.URL)
	if err != nil {
		return err
	}
	r, err := NewRelay(u.Host)
	if err != nil {
		return err
	}
	defer r.Close()
	u.Host = r.Addr()
	s, err := l.startService(ctx, u.String(), nil)
	if err != nil {
		return err
	}
	defer s.End()
	if err := l.logStatements(ctx, "all"); err != nil {
		return err
	}
	w := load.NewWire(s.Addr, 10*time.Second)
	w.Keep = true
	defer w.Close()
	if err := l.findCursor(w); err != nil {
		return err
	}
	requests, keys := l.probes()
	for name, request := range requests {
		if l.Tracks[name], err = l.track(ctx, w, r, request); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		l.lengths[name] = len(l.Tracks[name].answer) * 3 / 4 // numbers may be shorter
	}
	l.lengths[load.Hot] = l.lengths[load.RingUp]
	l.lengths[load.Mix] = min(l.lengths[load.Get], l.lengths[load.RingUp])
	if err := l.logStatements(ctx, "none"); err != nil {
		return err
	}
	return l.writeScripts(ctx, *keys)
}

// probes are the requests to look at, by scenario; ring-ups of one line and of ten are beside them. Keys counts those
// that had an Idempotency-Key, see probeKey.
func (l *Lab) probes() (requests map[string]func() string, keys *int) {
	till, keys := "Bearer "+l.tokens[0], new(int)
	market := "/v1/markets/" + layout.ID(layout.Market, layout.ProbeMarket)
	sell := func(lines int) func() string {
		return func() string {
			*keys++
			var list []string
			for i := range lines {
				id := layout.ID(layout.Probe, int64(i*3%layout.Families))
				list = append(list, `{"productID":"`+id+`","quantity":1}`)
			}
			body := `{"lines":[` + strings.Join(list, ",") + `],"payment":{"tender":"CASH","amount":100000}}`
			return load.Request("POST", market+"/sales", till, body, "Idempotency-Key: "+probeKey(*keys))
		}
	}
	plain := func(text string) func() string { return func() string { return text } }
	s := load.NewScript(&load.Job{Layout: l.Layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor,
		Scenario: load.Login}, 0)
	return map[string]func() string{
		load.Get:    plain(load.Request("GET", "/v1/products/"+layout.ID(layout.Probe, 0), till, "")),
		load.List:   plain(string(s.List())),
		load.Deep:   plain(string(s.Deep())),
		load.RingUp: sell(3),
		"ringup1":   sell(1),
		"ringup10":  sell(10),
		load.Create: plain(load.Request("POST", market+"/products", "Bearer "+l.admin,
			load.NewProduct(layout.Tail(layout.FamilyOf(layout.ProbeMarket, 0))))),
		load.Login: plain(string(s.Login())),
	}, keys
}

// probeKey is the nth Idempotency-Key of the probes, from one on.
func probeKey(n int) string { return fmt.Sprintf("probe-key-%06d", n) }

func (l *Lab) logStatements(ctx context.Context, which string) error {
	if _, err := l.conn.Exec(ctx, `ALTER SYSTEM SET log_statement = '`+which+`'`); err != nil {
		return err
	}
	if _, err := l.conn.Exec(ctx, `SELECT pg_reload_conf()`); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond) // for all processes of the server to hear of it
	return nil
}

// track asks until the same statements were seen twice running: something else that the service does now and then may
// have come between.
func (l *Lab) track(ctx context.Context, w *load.Wire, r *Relay, request func() string) (Track, error) {
	var before Track
	for range 10 {
		var t Track
		list, err := l.pgLog.during(ctx, l.mark, func() error {
			trips := r.trips.Load()
			status, _, err := w.Ask([]byte(request()))
			t.Trips = r.trips.Load() - trips
			t.answer = slices.Clone(w.Body)
			if err == nil && (status < 200 || status > 299) {
				err = fmt.Errorf("status %d: %s", status, w.Body)
			}
			return err
		})
		if err != nil {
			return t, err
		}
		t.Statements = list
		if len(list) > 0 && slices.Equal(t.texts(), before.texts()) && t.Trips == before.Trips {
			return t, nil
		}
		before = t
	}
	return before, fmt.Errorf("the service sends other statements each time: %q", before.texts())
}

func (l *Lab) mark(ctx context.Context, name string) error {
	_, err := l.conn.Exec(ctx, `SELECT '`+name+`'`)
	return err
}

// findCursor makes the cursor of the deep page from that of the first, instead of turning ten thousand pages, and looks
// whether it leads there.
func (l *Lab) findCursor(w *load.Wire) error {
	path := fmt.Sprint("/v1/markets/", layout.ID(layout.Market, layout.DeepMarket), "/products?limit=", layout.PageSize)
	var page struct {
		Items []struct{ ID, Code string }
		Next  string `json:"nextCursor"`
	}
	ask := func(query string) error {
		status, _, err := w.Ask([]byte(load.Request("GET", path+query, "Bearer "+l.tokens[0], "")))
		if err == nil && status != 200 {
			err = fmt.Errorf("status %d: %s", status, w.Body)
		}
		return errors.Join(err, json.Unmarshal(w.Body, &page))
	}
	if err := ask(""); err != nil {
		return err
	}
	raw, err := base64.RawURLEncoding.DecodeString(page.Next)
	if err != nil {
		return err
	}
	// The cursor is opaque to clients; here it is known to hold the code and the id of the page's last product.
	last := l.Layout.Page*layout.PageSize - layout.PageSize - 1 // the last product of the page before
	place := func(n int64) string { return fmt.Sprintf(`"v":%d,"i":"%s"`, 1_000_001+n, layout.ID(layout.Deep, n)) }
	text := strings.Replace(string(raw), place(layout.PageSize-1), place(last), 1)
	l.cursor = base64.RawURLEncoding.EncodeToString([]byte(text))
	if err := ask("&cursor=" + l.cursor); err != nil {
		return err
	}
	if len(page.Items) != layout.PageSize || page.Items[0].ID != layout.ID(layout.Deep, last+1) {
		return fmt.Errorf("the cursor of page %d leads to %d products from %v", l.Layout.Page, len(page.Items),
			page.Items[:min(1, len(page.Items))])
	}
	return nil
}
