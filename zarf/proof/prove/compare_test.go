package prove_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/sdk/outbox"
)

// TestPrograms runs random programs against the API and the model. After each step every stock, balance, statement,
// drawer and summary must agree.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for i := range workers {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			h := newHost(t, apptest.Options{})
			rapid.Check(t, runProgram(h))
			t.Logf("%d operations agree with the model", h.done)
		})
	}
}

func runProgram(h *host) func(*rapid.T) {
	return func(t *rapid.T) {
		p := newProgram(t, h)
		t.Repeat(p.actions())
		p.t = t
		if err := p.rebuild(p.heard()); err != nil {
			t.Fatal(err)
		}
	}
}

// heard are the events of the market, in their order.
func (p *program) heard() (list []outbox.Told) {
	p.Drained(p.tb)
	market, position := uuid.MustParse(strings.TrimPrefix(p.market, "/v1/markets/")), int64(0)
	for {
		page, err := p.Business.Outbox.OfMarket(p.tb.Context(), market, position, 1000)
		if err != nil {
			p.t.Fatal(err)
		}
		if len(page) == 0 {
			return list
		}
		list, position = append(list, page...), page[len(page)-1].Position
	}
}

// rebuild makes the state of everything from what was told, and compares it with what there is.
func (p *program) rebuild(list []outbox.Told) error {
	told := map[string]int{}
	state := map[string]string{}
	for _, e := range list {
		var event struct {
			Subject string
			Data    json.RawMessage
		}
		if err := json.Unmarshal(e.Payload, &event); err != nil {
			return err
		}
		told[e.Type]++
		state[event.Subject] = string(event.Data)
	}
	for subject, data := range state {
		if strings.HasPrefix(subject, "/v1/cash-sessions/") && !strings.Contains(data, `"closedAt"`) {
			continue // what is expected in it changes with every sale
		}
		if a := p.ask("GET", subject, p.tokens[organiser], nil, ""); a.Status != 200 || string(a.Body) != data {
			return fmt.Errorf("%s was told as\n%s\nand is, %d,\n%s", subject, data, a.Status, a.Body)
		}
	}
	voids, returns := 0, 0
	for _, s := range p.m.sales {
		returns += len(s.returns)
		if s.status == "VOIDED" {
			voids++
		}
	}
	got := []int{told["garagesale.sale.completed.v1"], told["garagesale.sale.voided.v1"],
		told["garagesale.sale.returned.v1"]}
	if want := []int{len(p.sales), voids, returns}; !slices.Equal(got, want) {
		return fmt.Errorf("%v sales, voids and returns were told, want %v", got, want)
	}
	for _, path := range append([]string{p.market}, paths("/v1/products/", p.products)...) {
		if _, ok := state[path]; !ok {
			return fmt.Errorf("nothing was told of %s", path)
		}
	}
	return nil
}

func paths(prefix string, ids []uuid.UUID) (list []string) {
	for _, id := range ids {
		list = append(list, prefix+id.String())
	}
	return list
}

// TestRebuildNeedsEvents is the negative control: without the last event of any one thing, what is rebuilt differs, or
// the count.
func TestRebuildNeedsEvents(t *testing.T) {
	t.Parallel()
	h := newHost(t, apptest.Options{})
	rapid.Check(t, func(t *rapid.T) {
		p := newProgram(t, h)
		t.Repeat(map[string]func(*rapid.T){"ring up": p.actions()["ring up"], "void": p.actions()["void"]})
		p.t = t
		list := p.heard()
		if err := p.rebuild(list); err != nil {
			t.Fatal(err)
		}
		last := map[uuid.UUID]int{}
		for i, e := range list {
			last[e.KindID] = i
		}
		for _, i := range last {
			if list[i].Kind == "family" {
				continue // nothing is counted of them here, and they do not change
			}
			if p.rebuild(slices.Concat(list[:i], list[i+1:])) == nil {
				t.Fatalf("without %s of %s all seems well", list[i].Type, list[i].KindID)
			}
		}
	})
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func decode(t rapid.TB, a apptest.Answer, out any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, out); err != nil {
		t.Fatalf("answer %d is not what it should be: %v: %s", a.Status, err, a.Body)
	}
}

func (p *program) get(path string, out any) {
	p.t.Helper()
	a := p.ask("GET", path, p.tokens[organiser], nil, "")
	if a.Status != 200 {
		p.t.Fatalf("GET %s: %d %s, want 200", path, a.Status, a.Body)
	}
	decode(p.t, a, out)
}

func (p *program) equal(what string, got, want any) {
	p.t.Helper()
	if g, w := encode(got), encode(want); g != w {
		p.t.Fatalf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// compare asks for everything there is to know and compares it with the model.
func (p *program) compare(t *rapid.T) {
	p.compareStock()
	p.compareBooks()
	p.compareSummary()
	for f := range p.families {
		p.compareStatement(f)
	}
	for by, d := range p.m.drawers {
		if d != nil {
			var got struct{ Expected int }
			p.get("/v1/cash-sessions/"+p.drawers[by], &got)
			p.equal(fmt.Sprint("drawer ", by), got.Expected, d.expected)
		}
	}
}

func (p *program) compareStock() {
	var got struct {
		Items []struct {
			ID             string
			Quantity, Sold int
		}
	}
	p.get(p.market+"/products?orderBy=createdAt&limit=100", &got)
	have, want := map[string][2]int{}, map[string][2]int{}
	for _, i := range got.Items {
		have[i.ID] = [2]int{i.Quantity, i.Sold}
	}
	for i, pr := range p.m.products {
		want[p.products[i].String()] = [2]int{pr.quantity, pr.sold}
	}
	p.equal("stock", have, want)
}

func (p *program) compareBooks() {
	var got struct {
		Accounts []struct {
			Account string
			Balance int
		}
		Sum int
	}
	p.get(p.market+"/ledger", &got)
	names := map[string]string{}
	for i, u := range p.users {
		names["cash:"+u.ID.String()] = fmt.Sprint("cash", i)
	}
	for i, id := range p.families {
		names["family:"+id.String()] = fmt.Sprint("family", i)
	}
	have, want := map[string]int{}, maps.Clone(p.m.books)
	for _, a := range got.Accounts {
		name, ok := names[a.Account]
		if !ok {
			name = a.Account
		}
		have[name] = a.Balance
	}
	for _, books := range []map[string]int{have, want} {
		maps.DeleteFunc(books, func(_ string, balance int) bool { return balance == 0 })
	}
	p.equal("books", have, want)
	p.equal("sum of the books", got.Sum, 0)
}

func (p *program) compareStatement(f int) {
	var got struct {
		Sold, Returned, Gross, Commission, Net, Paid, Balance int
		Lines                                                 []struct {
			SaleNumber, Quantity, Returned, ListPrice, UnitPrice,
			Amount int
		}
		NextCursor string
	}
	path := "/v1/families/" + p.families[f].String() + "/statement?limit=3"
	p.get(path, &got)
	for next := got; next.NextCursor != ""; {
		cursor := next.NextCursor
		next.NextCursor, next.Lines = "", nil
		p.get(path+"&cursor="+cursor, &next)
		got.Lines = append(got.Lines, next.Lines...)
	}
	sold, returned, commission, paid, balance := p.m.statement(f)
	p.equal("statement", []int{got.Sold, got.Returned, got.Gross, got.Commission, got.Net, got.Paid, got.Balance},
		[]int{sold, returned, sold - returned, commission, sold - returned - commission, paid, balance})
	var have, want [][6]int
	for _, l := range got.Lines {
		have = append(have, [6]int{l.SaleNumber, l.Quantity, l.Returned, l.ListPrice, l.UnitPrice, l.Amount})
	}
	for i, s := range p.m.sales {
		for _, l := range s.lines {
			if l.family == f {
				want = append(want, [6]int{i + 1, l.quantity, l.returned, l.list, l.unit, l.unit * l.quantity})
			}
		}
	}
	p.equal("statement lines", have, want)
}

type figures struct {
	Sales, Voids, Returns, Reductions, CashIn, CashOut, Unlabelled, OwnFamily, OthersRefunds struct{ Count, Amount int }
}

func (p *program) compareSummary() {
	var got struct {
		figures
		Net      int
		ByTender []struct {
			Tender string
			figures
		}
		ByCashier []struct {
			CashierID string
			figures
		}
		ByFamily []struct{ Number, Sold, Returned, Gross int }
		Unsold   struct{ Products, Pieces, Amount int }
	}
	p.get(p.market+"/summary", &got)
	want, wantNet := p.wantFigures()
	have := map[string]*figures{}
	if got.figures != (figures{}) {
		have["all"] = &got.figures
	}
	for i := range got.ByTender {
		have[got.ByTender[i].Tender] = &got.ByTender[i].figures
	}
	for i := range got.ByCashier {
		have[got.ByCashier[i].CashierID] = &got.ByCashier[i].figures
	}
	p.equal("summary", have, want)
	p.equal("net", got.Net, wantNet)
	unsold := [3]int{}
	for _, pr := range p.m.products {
		if pr.quantity > 0 {
			unsold = [3]int{unsold[0] + 1, unsold[1] + pr.quantity, unsold[2] + pr.quantity*pr.price}
		}
	}
	p.equal("unsold", [3]int{got.Unsold.Products, got.Unsold.Pieces, got.Unsold.Amount}, unsold)
	for i, f := range got.ByFamily {
		sold, returned, _, _, _ := p.m.statement(i)
		p.equal("family in the summary", [4]int{f.Number, f.Sold, f.Returned, f.Gross},
			[4]int{i + 1, sold, returned, sold - returned})
	}
}

// wantFigures are those of the model: of all, by tender and by cashier; net is what remains of the sales.
func (p *program) wantFigures() (want map[string]*figures, net int) {
	want = map[string]*figures{}
	add := func(who int, tender string, count func(*figures) *struct{ Count, Amount int }, amount int) {
		for _, key := range []string{"all", tender, p.users[who].ID.String()} {
			if want[key] == nil {
				want[key] = &figures{}
			}
			c := count(want[key])
			c.Count++
			c.Amount += amount
		}
	}
	for _, s := range p.m.sales {
		add(s.cashier, s.tender, func(f *figures) *struct{ Count, Amount int } { return &f.Sales }, s.total)
		net += s.total
		if s.voidBy >= 0 {
			add(s.voidBy, s.tender, func(f *figures) *struct{ Count, Amount int } { return &f.Voids }, s.total)
			net -= s.total
			if s.voidBy != s.cashier {
				add(s.voidBy, s.tender, othersRefunds, s.total)
			}
		}
		for _, r := range s.returns {
			add(r.by, s.tender, func(f *figures) *struct{ Count, Amount int } { return &f.Returns }, r.amount)
			net -= r.amount
			if r.by != s.cashier {
				add(r.by, s.tender, othersRefunds, r.amount)
			}
		}
		for _, l := range s.lines {
			if l.product < 0 {
				add(s.cashier, s.tender, func(f *figures) *struct{ Count, Amount int } { return &f.Unlabelled },
					l.unit*l.quantity)
			}
			if l.unit < l.list {
				add(s.cashier, s.tender, func(f *figures) *struct{ Count, Amount int } { return &f.Reductions },
					(l.list-l.unit)*l.quantity)
			}
		}
	}
	for _, mv := range p.m.moves {
		add(mv.by, "CASH", func(f *figures) *struct{ Count, Amount int } {
			if mv.amount > 0 {
				return &f.CashIn
			}
			return &f.CashOut
		}, abs(mv.amount))
	}
	return want, net
}

func othersRefunds(f *figures) *struct{ Count, Amount int } { return &f.OthersRefunds }

// verdict is a rapid.TB that notes a failure instead of failing the test.
type verdict struct {
	*testing.T
	log    strings.Builder
	failed bool
}

func (v *verdict) Helper()                   {}
func (v *verdict) Logf(f string, a ...any)   { fmt.Fprintf(&v.log, f+"\n", a...) }
func (v *verdict) Errorf(f string, a ...any) { v.Logf(f, a...); v.failed = true }
func (v *verdict) Fatalf(f string, a ...any) { v.Errorf(f, a...); panic(v) }
func (v *verdict) FailNow()                  { v.failed = true; panic(v) }
func (v *verdict) Fail()                     { v.failed = true }
func (v *verdict) Failed() bool              { return v.failed }

// fails tells whether a proof that uses t fails, and what it says.
func fails(t *testing.T, proof func(rapid.TB)) (bool, string) {
	v := &verdict{T: t}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(v) {
				panic(r)
			}
		}()
		proof(v)
	}()
	return v.failed, v.log.String()
}
