package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// track is what one request does at the database.
type track struct {
	Statements []statement
	Trips      int64
	answer     []byte
}

// last is the text of the last statement.
func (t track) last() string { return t.Statements[len(t.Statements)-1].SQL }

func (t track) texts() []string {
	list := make([]string, len(t.Statements))
	for i, s := range t.Statements {
		list[i] = normal(s.SQL)
	}
	return list
}

// probe looks at what the service sends for each kind of request, and makes of it what the controls run. The service
// that is looked at is another process than the one that is measured, over a relay that counts round trips.
func (l *lab) probe(ctx context.Context) error {
	u, err := url.Parse(l.url)
	if err != nil {
		return err
	}
	r, err := newRelay(u.Host)
	if err != nil {
		return err
	}
	defer r.close()
	u.Host = r.addr()
	s, err := l.startService(ctx, u.String())
	if err != nil {
		return err
	}
	defer s.end()
	if err := l.logStatements(ctx, "all"); err != nil {
		return err
	}
	w := newWire(s.addr, 10*time.Second)
	w.keep = true
	defer w.close()
	if err := l.findCursor(w); err != nil {
		return err
	}
	till := "Bearer " + l.tokens[0]
	key := 0
	sell := func(lines int) func() string {
		return func() string {
			key++
			var list []string
			for i := range lines {
				list = append(list, `{"productID":"`+ident(kindProbe, int64(i*3%families))+`","quantity":1}`)
			}
			body := `{"lines":[` + strings.Join(list, ",") + `],"payment":{"tender":"CASH","amount":100000}}`
			return httpRequest("POST", "/v1/markets/"+ident(kindMarket, probeMarket)+"/sales", till, body,
				fmt.Sprintf("Idempotency-Key: probe-key-%06d", key))
		}
	}
	plain := func(text string) func() string { return func() string { return text } }
	s0 := newScript(&job{Layout: l.layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor, Scenario: scenarioLogin}, 0)
	for name, request := range map[string]func() string{
		scenarioGet:    plain(httpRequest("GET", "/v1/products/"+ident(kindProbe, 0), till, "")),
		scenarioList:   plain(string(s0.nextList())),
		scenarioDeep:   plain(string(s0.deep.bytes)),
		scenarioRingUp: sell(3),
		"ringup1":      sell(1),
		"ringup10":     sell(10),
		scenarioCreate: plain(httpRequest("POST", "/v1/markets/"+ident(kindMarket, probeMarket)+"/products",
			"Bearer "+l.admin, newProduct(fmt.Sprintf("%012x", family(probeMarket, 0))))),
		scenarioLogin: plain(string(s0.logins[0])),
	} {
		if l.tracks[name], err = l.track(ctx, w, r, request); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		l.lengths[name] = len(l.tracks[name].answer) * 3 / 4 // numbers may be shorter
	}
	l.lengths[scenarioHot], l.lengths[scenarioMix] = l.lengths[scenarioRingUp],
		min(l.lengths[scenarioGet], l.lengths[scenarioRingUp])
	if err := l.logStatements(ctx, "none"); err != nil {
		return err
	}
	return l.writeScripts(ctx, key)
}

func (l *lab) logStatements(ctx context.Context, which string) error {
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
func (l *lab) track(ctx context.Context, w *wire, r *relay, request func() string) (track, error) {
	var before track
	for range 10 {
		var t track
		list, err := l.pgLog.during(ctx, l.mark, func() error {
			trips := r.trips.Load()
			status, _, err := w.ask([]byte(request()))
			t.Trips = r.trips.Load() - trips
			t.answer = slices.Clone(w.body)
			if err == nil && (status < 200 || status > 299) {
				err = fmt.Errorf("status %d: %s", status, w.body)
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

func (l *lab) mark(ctx context.Context, name string) error {
	_, err := l.conn.Exec(ctx, `SELECT '`+name+`'`)
	return err
}

// findCursor makes the cursor of the deep page from that of the first, instead of turning ten thousand pages, and looks
// whether it leads there.
func (l *lab) findCursor(w *wire) error {
	path := fmt.Sprint("/v1/markets/", ident(kindMarket, deepMarket), "/products?limit=", pageSize)
	var page struct {
		Items []struct{ ID, Code string }
		Next  string `json:"nextCursor"`
	}
	ask := func(query string) error {
		status, _, err := w.ask([]byte(httpRequest("GET", path+query, "Bearer "+l.tokens[0], "")))
		if err == nil && status != 200 {
			err = fmt.Errorf("status %d: %s", status, w.body)
		}
		return errors.Join(err, json.Unmarshal(w.body, &page))
	}
	if err := ask(""); err != nil {
		return err
	}
	raw, err := base64.RawURLEncoding.DecodeString(page.Next)
	if err != nil {
		return err
	}
	// The cursor is opaque to clients; here it is known to hold the code and the id of the page's last product.
	last := l.layout.Page*pageSize - pageSize - 1 // the last product of the page before
	old := fmt.Sprintf(`"v":%d,"i":"%s"`, 1_000_000+pageSize, ident(kindDeep, pageSize-1))
	text := strings.Replace(string(raw), old, fmt.Sprintf(`"v":%d,"i":"%s"`, 1_000_001+last, ident(kindDeep, last)), 1)
	l.cursor = base64.RawURLEncoding.EncodeToString([]byte(text))
	if err := ask("&cursor=" + l.cursor); err != nil {
		return err
	}
	if len(page.Items) != pageSize || page.Items[0].ID != ident(kindDeep, last+1) {
		return fmt.Errorf("the cursor of page %d leads to %d products from %v", l.layout.Page, len(page.Items),
			page.Items[:min(1, len(page.Items))])
	}
	return nil
}

// writeScripts writes pgbench's.
func (l *lab) writeScripts(ctx context.Context, key int) error {
	if _, err := l.conn.Exec(ctx, `SET timezone = 'UTC'`); err != nil {
		return err
	}
	at := time.Now()
	market := map[string]string{ident(kindMarket, probeMarket): known(kindMarket, ":m")}
	anyMarket := fmt.Sprintf("\\set m random(0, %d)\n", markets-1)
	var sale struct{ Number int64 }
	if err := json.Unmarshal(l.tracks[scenarioRingUp].answer, &sale); err != nil {
		return err
	}
	var lines strings.Builder
	ids := map[string]string{ident(kindUser, 0): known(kindUser, ":client_id")}
	for i, r := range lineFamilies {
		fmt.Fprintf(&lines, "\\set f%[1]d random(%[2]d, %[3]d)\n\\set p%[1]d (:f%[1]d * %[4]d + random(0, %[4]d - 1)) * "+
			"%[5]d + :m\n", i, r[0], r[1], l.layout.PerFamily, markets)
		ids[ident(kindProbe, int64(i)*3)] = known(kindProduct, fmt.Sprint(":p", i))
		ids[ident(kindFamily, family(probeMarket, int64(i)*3))] = known(kindFamily,
			fmt.Sprintf(":m * %d + :f%d", families, i))
	}
	maps.Copy(ids, market)
	// The key of the last ring-up is in its values, the probes of other numbers of lines came before or after it.
	texts := map[string]string{}
	for n := range key {
		texts[fmt.Sprintf("probe-key-%06d", n+1)] = ":now::text || '-' || " + tail(freshNumber)
	}
	ringUp := translator{conn: l.conn, set: anyMarket + lines.String(), ids: ids, texts: texts, returned: sale.Number,
		uses: map[string]string{fmt.Sprint(sale.Number): "%s"}, at: at}
	hot := ringUp
	hot.set = fmt.Sprintf("\\set m %d\n", hotMarket) + lines.String()

	var product struct{ Code string }
	if err := json.Unmarshal(l.tracks[scenarioCreate].answer, &product); err != nil {
		return err
	}
	var number, running int64
	if _, err := fmt.Sscanf(product.Code, "%d-%d", &number, &running); err != nil {
		return fmt.Errorf("code %q: %w", product.Code, err)
	}
	create := translator{
		conn: l.conn, set: anyMarket + fmt.Sprintf("\\set f random(0, %d)\n", families-1), at: at, returned: running,
		ids: map[string]string{
			ident(kindMarket, probeMarket):            market[ident(kindMarket, probeMarket)],
			ident(kindFamily, family(probeMarket, 0)): known(kindFamily, fmt.Sprintf(":m * %d + :f", families)),
			ident(kindUser, tills):                    quote(ident(kindUser, tills)),
		},
		uses: map[string]string{
			fmt.Sprint(number): "(:f + 1)", fmt.Sprint(running): "%s",
			fmt.Sprint(number*1_000_000 + running): "(:f + 1) * 1000000::bigint + %s",
		},
	}
	get := translator{conn: l.conn, set: fmt.Sprintf("\\set p random(0, %d)\n", l.layout.products()-1), at: at,
		ids: map[string]string{ident(kindProbe, 0): known(kindProduct, ":p")}}
	list := translator{conn: l.conn, set: anyMarket, at: at, ids: map[string]string{}}
	for m := range int64(markets) {
		list.ids[ident(kindMarket, m)] = known(kindMarket, ":m")
	}
	for name, t := range map[string]*translator{scenarioGet: &get, scenarioList: &list, scenarioRingUp: &ringUp,
		scenarioHot: &hot, scenarioCreate: &create} {
		of := name
		if name == scenarioHot {
			of = scenarioRingUp
		}
		text, err := t.script(ctx, l.tracks[of].Statements)
		if err != nil {
			return fmt.Errorf("pgbench's script for %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(l.dir, name+".sql"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
