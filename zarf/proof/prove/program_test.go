package prove_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

type object = map[string]any

// host is one service with its people, which runs program after program, each at a market of its own. Its clock stands
// still until a program moves it.
type host struct {
	*apptest.Service
	handler http.Handler
	users   [actors]apptest.User
	tokens  [actors]string
	tb      testing.TB
	start   time.Time
	ahead   time.Duration
	clock   *atomic.Int64
	done    int // operations
}

func newHost(t *testing.T, o apptest.Options) *host {
	t.Helper()
	h := &host{tb: t, start: clock.Now(), clock: &atomic.Int64{}}
	o.Now = h.now
	o.Wrap = func(inner http.Handler) http.Handler { h.handler = inner; return inner }
	o.Log = io.Discard
	h.Service = apptest.NewWith(t, o)
	for i := range h.users {
		r := role.Cashier
		if i == organiser {
			r = role.Admin
		}
		h.users[i] = h.AddUser(t, fmt.Sprintf("actor%d@x.org", i), r)
	}
	h.advance(0)
	return h
}

func (h *host) now() time.Time { return h.start.Add(time.Duration(h.clock.Load())) }

func (h *host) advance(by time.Duration) {
	h.ahead += by
	h.clock.Store(int64(h.ahead))
	for i, u := range h.users {
		h.tokens[i] = h.Token(h.tb, u.User)
	}
}

// ask is a request straight to the handler: the whole of HTTP but the socket.
func (h *host) ask(method, path, token string, body any, key string) apptest.Answer {
	r := httptest.NewRequest(method, path, nil)
	if body != nil {
		r = httptest.NewRequest(method, path, strings.NewReader(encode(body)))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return apptest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
}

// program is one random program: the model, and where its things are in the API.
type program struct {
	*host
	t        *rapid.T
	m        *model
	market   string
	families []uuid.UUID
	products []uuid.UUID
	codes    []string
	sales    []string
	drawers  [actors]string
	last     struct {
		path, key string
		by        int
		body      any
		answer    string
	}
}

func newProgram(t *rapid.T, h *host) *program {
	p := &program{host: h, t: t,
		m: &model{status: "OPEN", bps: rapid.SampledFrom([]int{0, 333, 1000, 10_000}).Draw(t, "commission"),
			books: map[string]int{}, now: h.ahead}}
	var made struct {
		ID   uuid.UUID
		Code string
	}
	create := func(path string, body object) {
		a := h.ask("POST", path, h.tokens[organiser], body, "")
		if a.Status != 201 {
			t.Fatalf("POST %s: %d %s, want 201", path, a.Status, a.Body)
		}
		decode(t, a, &made)
	}
	create("/v1/markets", object{
		"name": "Elm Street", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency":   "USD",
		"commission": p.m.bps, "status": "OPEN",
	})
	p.market = "/v1/markets/" + made.ID.String()
	for i := range 3 {
		f := family{bps: rapid.SampledFrom([]int{-1, -1, 0, 1, 9999}).Draw(t, "bps")}
		body := object{"name": fmt.Sprint("Family ", i)}
		if f.bps >= 0 {
			body["commission"] = f.bps
		}
		create(p.market+"/families", body)
		p.families, p.m.families = append(p.families, made.ID), append(p.m.families, f)
	}
	for i := range 5 {
		pr := product{family: i % 3, price: rapid.IntRange(0, 30).Draw(t, "price"),
			quantity: rapid.IntRange(0, 6).Draw(t, "quantity"), fixed: i == 4}
		create(p.market+"/products", object{"familyID": p.families[pr.family], "name": fmt.Sprint("Thing ", i),
			"price": pr.price, "quantity": pr.quantity, "fixedPrice": pr.fixed})
		p.products, p.codes, p.m.products = append(p.products, made.ID), append(p.codes, made.Code), append(p.m.products, pr)
	}
	return p
}

// do asks for what moves money or changes things, and compares the outcome: refusal is "" or the problem's code.
func (p *program) do(status int, refusal, method, path string, by int, body any, out any) {
	p.t.Helper()
	p.done++
	key := uuid.NewString()
	a := p.ask(method, path, p.tokens[by], body, key)
	if refusal != "" {
		var problem struct{ Code string }
		decode(p.t, a, &problem)
		if problem.Code != refusal {
			p.t.Fatalf("%s %s %v by %d: %d %s, want %s", method, path, body, by, a.Status, a.Body, refusal)
		}
		return
	}
	if a.Status != status {
		p.t.Fatalf("%s %s %v by %d: %d %s, want %d", method, path, body, by, a.Status, a.Body, status)
	}
	if out != nil {
		decode(p.t, a, out)
	}
	if method == "POST" && !strings.HasSuffix(path, "/cash-sessions") {
		p.last.path, p.last.key, p.last.by, p.last.body, p.last.answer = path, key, by, body, string(a.Body)
	}
}

func (p *program) actor() int { return rapid.IntRange(0, actors-1).Draw(p.t, "by") }

func (p *program) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){
		"ring up": p.ringUp, "ring up more": p.ringUp, "void": p.void, "return": p.giveBack, "return more": p.giveBack,
		"drawer": p.drawer,
		"market": p.change, "product": p.restock, "pay out": p.payOut, "repeat": p.repeat, "": p.compare,
		"wait": func(t *rapid.T) {
			p.done++
			p.advance(rapid.SampledFrom([]time.Duration{time.Minute, 7 * time.Minute}).Draw(t, "wait"))
			p.m.now = p.ahead
		},
	}
	for name, f := range actions {
		actions[name] = func(t *rapid.T) { p.t = t; f(t) }
	}
	return actions
}

func (p *program) ringUp(t *rapid.T) {
	by, tender := p.actor(), rapid.SampledFrom([]string{"CASH", "CARD"}).Draw(t, "tender")
	basket := make([]want, rapid.IntRange(1, 4).Draw(t, "lines"))
	lines := make([]object, len(basket))
	for i := range basket {
		w := want{product: rapid.IntRange(-1, len(p.products)-1).Draw(t, "product"),
			quantity: rapid.IntRange(1, 3).Draw(t, "quantity"), unit: rapid.IntRange(-1, 20).Draw(t, "unit")}
		lines[i] = object{"quantity": w.quantity}
		switch {
		case w.product < 0:
			w.family, w.unit = rapid.IntRange(0, 2).Draw(t, "family"), max(w.unit, 0)
			lines[i]["familyID"], lines[i]["name"] = p.families[w.family], "cup"
		case i%2 == 0:
			lines[i]["productID"] = p.products[w.product]
		default:
			lines[i]["code"] = p.codes[w.product]
		}
		if w.unit >= 0 {
			lines[i]["unitPrice"] = w.unit
		}
		basket[i] = w
	}
	total := 0
	for _, w := range basket {
		switch {
		case w.unit >= 0:
			total += w.unit * w.quantity
		case p.m.products[w.product].fixed:
			total += p.m.products[w.product].price * w.quantity
		default:
			total += p.m.reduced(p.m.products[w.product].price) * w.quantity
		}
	}
	more := rapid.SampledFrom([]int{0, 0, 0, 5, -1}).Draw(t, "more")
	if total+more < 0 {
		more = 0
	}
	var got struct {
		ID     string
		Number int
		Total  int
	}
	refusal := p.m.ringUp(by, tender, more, basket)
	p.do(201, refusal, "POST", p.market+"/sales", by,
		object{"lines": lines, "payment": object{"tender": tender, "amount": total + more}}, &got)
	if refusal == "" {
		p.sales = append(p.sales, got.ID)
		if got.Number != len(p.sales) || got.Total != total {
			t.Fatalf("sale %d of %d, want %d of %d", got.Number, got.Total, len(p.sales), total)
		}
	}
}

func (p *program) pick(t *rapid.T) int {
	if len(p.sales) == 0 {
		t.Skip("no sale yet")
	}
	return rapid.IntRange(0, len(p.sales)-1).Draw(t, "sale")
}

func (p *program) void(t *rapid.T) {
	n, by := p.pick(t), p.actor()
	p.do(200, p.m.void(by, n), "POST", "/v1/sales/"+p.sales[n]+"/void", by, object{"reason": "x"}, nil)
}

func (p *program) giveBack(t *rapid.T) {
	n, by := p.pick(t), p.actor()
	count := len(p.m.sales[n].lines)
	var pieces [][2]int
	var lines []object
	for i := range count {
		if q := rapid.IntRange(0, 3).Draw(t, "pieces"); q > 0 {
			pieces, lines = append(pieces, [2]int{i, q}), append(lines, object{"line": i + 1, "quantity": q})
		}
	}
	if pieces == nil {
		t.Skip("nothing to return")
	}
	var got struct{ Amount int }
	refusal := p.m.giveBack(by, n, pieces)
	p.do(201, refusal, "POST", "/v1/sales/"+p.sales[n]+"/returns", by, object{"lines": lines, "reason": "x"}, &got)
	if returns := p.m.sales[n].returns; refusal == "" && got.Amount != returns[len(returns)-1].amount {
		t.Fatalf("returned for %d, want %d", got.Amount, returns[len(returns)-1].amount)
	}
}

func (p *program) drawer(t *rapid.T) {
	by := p.actor()
	path := "/v1/cash-sessions/" + p.drawers[by]
	what := rapid.IntRange(0, 3).Draw(t, "open, move, move, close")
	switch {
	case p.drawers[by] == "" || what == 0:
		float := rapid.IntRange(0, 50).Draw(t, "float")
		var got struct{ ID string }
		p.do(201, p.m.openDrawer(by, float), "POST", p.market+"/cash-sessions", by, object{"float": float}, &got)
		if got.ID != "" {
			p.drawers[by] = got.ID
		}
	case what < 3:
		amount := rapid.SampledFrom([]int{-40, -1, 1, 25}).Draw(t, "amount")
		mover := rapid.SampledFrom([]int{by, organiser}).Draw(t, "moved by")
		p.m.moveCash(by, amount)
		p.m.moves = append(p.m.moves, movement{mover, amount})
		p.do(201, "", "POST", path+"/movements", mover, object{"amount": amount, "reason": "x"}, nil)
	default:
		counted := max(0, p.m.drawers[by].expected+rapid.IntRange(-5, 5).Draw(t, "difference"))
		expected := p.m.closeDrawer(by, counted)
		p.drawers[by] = ""
		var got struct{ Expected, Counted, Difference int }
		p.do(200, "", "POST", path+"/close", by, object{"counted": counted}, &got)
		if got.Expected != expected || got.Difference != counted-expected {
			t.Fatalf("drawer closed with %+v, want %d", got, expected)
		}
	}
}

func (p *program) change(t *rapid.T) {
	switch rapid.IntRange(0, 4).Draw(t, "status, status, steps, session, commission") {
	case 0, 1:
		to := map[string]string{"OPEN": "CLOSED", "CLOSED": "OPEN"}[p.m.status]
		p.do(200, p.m.setStatus(to), "PATCH", p.market, organiser, object{"status": to}, nil)
	case 2:
		start := p.m.now
		p.m.steps = nil
		list := []object{}
		for range rapid.IntRange(0, 3).Draw(t, "steps") {
			s := step{start, rapid.IntRange(1, 100).Draw(t, "percentOff")}
			start += 5 * time.Minute
			p.m.steps, list = append(p.m.steps, s), append(list, object{"from": p.start.Add(s.from), "percentOff": s.off})
		}
		p.do(200, "", "PATCH", p.market, organiser, object{"priceSteps": list}, nil)
	case 3:
		p.m.required = !p.m.required
		p.do(200, "", "PATCH", p.market, organiser, object{"cashSessionRequired": p.m.required}, nil)
	case 4:
		bps, refusal := rapid.IntRange(0, 10_000).Draw(t, "commission"), ""
		if p.m.settled && bps != p.m.bps {
			refusal = "market_settled"
		} else {
			p.m.bps = bps
		}
		p.do(200, refusal, "PATCH", p.market, organiser, object{"commission": bps}, nil)
	}
}

func (p *program) restock(t *rapid.T) {
	i, quantity, price := rapid.IntRange(0, len(p.products)-1).Draw(t, "product"),
		rapid.IntRange(0, 9).Draw(t, "quantity"), rapid.IntRange(0, 30).Draw(t, "price")
	p.m.products[i].quantity, p.m.products[i].price = quantity, price
	p.do(200, "", "PATCH", "/v1/products/"+p.products[i].String(), organiser, object{"quantity": quantity, "price": price},
		nil)
}

func (p *program) payOut(t *rapid.T) {
	f := rapid.IntRange(0, 2).Draw(t, "family")
	refusal := p.m.payOut(f)
	var wire struct{ Gross, Commission, Net int }
	p.do(201, refusal, "POST", "/v1/families/"+p.families[f].String()+"/payouts", organiser, nil, &wire)
	if got := (payout{wire.Gross, wire.Commission, wire.Net}); refusal == "" && got != *p.m.families[f].paid {
		t.Fatalf("payout %+v, want %+v", got, *p.m.families[f].paid)
	}
}

// repeat sends the last request that moved money again, with its key: the same answer, and nothing happens.
func (p *program) repeat(t *rapid.T) {
	if p.last.key == "" {
		t.Skip("nothing to repeat")
	}
	p.done++
	a := p.ask("POST", p.last.path, p.tokens[p.last.by], p.last.body, p.last.key)
	if string(a.Body) != p.last.answer || a.Header.Get("Idempotency-Replayed") != "true" {
		t.Fatalf("repeated %s: %d %s, want %s", p.last.path, a.Status, a.Body, p.last.answer)
	}
}
