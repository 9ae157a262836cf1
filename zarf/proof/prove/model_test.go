package prove_test

import (
	"fmt"
	"slices"
	"time"
)

// model is a market as it should be, in plain Go: no database, no HTTP, nobody else. Amounts are in minor units, people
// and things are numbered; what a refusal is called is what the API calls it.
type model struct {
	status   string
	settled  bool
	required bool // cash sessions
	bps      int  // of the market
	steps    []step
	families []family
	products []product
	sales    []sale
	books    map[string]int
	drawers  [actors]*drawer // the open ones
	moves    []movement
	now      time.Duration
}

const (
	actors    = 3 // two cashiers and one ADMIN
	organiser = 2
)

type step struct {
	from time.Duration
	off  int
}

type family struct {
	bps  int // −1: the market's
	paid *payout
}

type payout struct{ gross, commission, net int }

type product struct {
	family, price, quantity, sold int
	fixed                         bool
}

type line struct {
	product, family, quantity, list, unit, returned int // product −1: without a label
}

type sale struct {
	cashier int
	tender  string
	status  string
	total   int
	lines   []line
	at      time.Duration
	voidBy  int
	returns []refund
}

type refund struct{ by, amount int }

type drawer struct{ expected int }

type movement struct{ by, amount int }

// want is a line of a basket; unit −1 leaves the price to the market.
type want struct{ product, family, quantity, unit int }

func (m *model) post(tender string, by, familyID, amount int) {
	if tender == "CASH" {
		m.books[fmt.Sprint("cash", by)] += amount
		if d := m.drawers[by]; d != nil {
			d.expected += amount
		}
	} else {
		m.books["card"] += amount
	}
	m.books[fmt.Sprint("family", familyID)] -= amount
}

// ringUp returns "" or the code of the refusal. More is what is paid beyond the total.
func (m *model) ringUp(by int, tender string, more int, basket []want) string {
	s := sale{cashier: by, tender: tender, status: "COMPLETED", at: m.now, voidBy: -1}
	wanted, repriced := make([]int, len(m.products)), false
	for _, w := range basket {
		l := line{product: w.product, family: w.family, quantity: w.quantity, list: w.unit, unit: w.unit}
		if w.product >= 0 {
			p := m.products[w.product]
			wanted[w.product] += w.quantity
			l.family, l.list = p.family, p.price
			if w.unit < 0 {
				l.unit = p.price
				if !p.fixed {
					l.unit = m.reduced(p.price)
				}
			}
			repriced = repriced || p.fixed && l.unit != p.price
		}
		s.total += l.unit * l.quantity
		s.lines = append(s.lines, l)
	}
	switch {
	case tender == "CASH" && more < 0:
		return "underpaid"
	case tender == "CARD" && more != 0:
		return "amount_mismatch"
	case repriced && by != organiser:
		return "price_is_fixed"
	case m.status != "OPEN":
		return "market_not_open"
	}
	for i, n := range wanted {
		if n > m.products[i].quantity {
			return "out_of_stock"
		}
	}
	if m.noDrawer(by, tender) {
		return "cash_session_required"
	}
	for i, n := range wanted {
		m.products[i].quantity -= n
		m.products[i].sold += n
	}
	for _, l := range s.lines {
		m.post(tender, by, l.family, l.unit*l.quantity)
	}
	m.sales = append(m.sales, s)
	return ""
}

// noDrawer tells whether cash would move without a drawer where one is required.
func (m *model) noDrawer(by int, tender string) bool {
	return m.required && tender == "CASH" && m.drawers[by] == nil
}

// reduced finds the nearest whole price by looking at every candidate.
func (m *model) reduced(price int) int {
	off := 0
	for _, s := range m.steps {
		if s.from <= m.now {
			off = s.off
		}
	}
	best := price
	for candidate := price; candidate >= 0; candidate-- {
		if abs(100*candidate-price*(100-off)) < abs(100*best-price*(100-off)) {
			best = candidate
		}
	}
	return best
}

func (m *model) void(by, number int) string {
	s := &m.sales[number]
	switch {
	case by != organiser && (s.cashier != by || m.status == "CLOSED"):
		return "forbidden"
	case s.status != "COMPLETED":
		return "sale_not_voidable"
	case by != organiser && m.now-s.at > 15*time.Minute:
		return "void_window_over"
	}
	all := make([][2]int, len(s.lines))
	for i, l := range s.lines {
		all[i] = [2]int{i, l.quantity}
	}
	if m.paidOut(s, all) {
		return "family_paid_out"
	}
	if m.noDrawer(by, s.tender) {
		return "cash_session_required"
	}
	m.takeBack(by, s, all)
	s.status, s.voidBy = "VOIDED", by
	return ""
}

// giveBack returns pieces: pairs of a line's index and how many.
func (m *model) giveBack(by, number int, pieces [][2]int) string {
	s := &m.sales[number]
	switch {
	case by != organiser && m.status == "CLOSED":
		return "forbidden"
	case s.status == "VOIDED":
		return "sale_voided"
	}
	for _, p := range pieces {
		if l := s.lines[p[0]]; p[1] > l.quantity-l.returned {
			return "return_exceeds_sale"
		}
	}
	if m.paidOut(s, pieces) {
		return "family_paid_out"
	}
	if m.noDrawer(by, s.tender) {
		return "cash_session_required"
	}
	s.returns = append(s.returns, refund{by, m.takeBack(by, s, pieces)})
	s.status = "RETURNED"
	if slices.ContainsFunc(s.lines, func(l line) bool { return l.returned < l.quantity }) {
		s.status = "PARTLY_RETURNED"
	}
	return ""
}

func (m *model) paidOut(s *sale, pieces [][2]int) bool {
	return slices.ContainsFunc(pieces, func(p [2]int) bool { return m.families[s.lines[p[0]].family].paid != nil })
}

func (m *model) takeBack(by int, s *sale, pieces [][2]int) (amount int) {
	for _, p := range pieces {
		l := &s.lines[p[0]]
		l.returned += p[1]
		if l.product >= 0 {
			m.products[l.product].quantity = min(m.products[l.product].quantity+p[1], 100_000)
			m.products[l.product].sold -= p[1]
		}
		m.post(s.tender, by, l.family, -l.unit*p[1])
		amount += l.unit * p[1]
	}
	return amount
}

// statement returns what the family sold, what came back, the commission and what is still to be paid.
func (m *model) statement(f int) (sold, returned, commission, paid, balance int) {
	for _, s := range m.sales {
		for _, l := range s.lines {
			if l.family == f {
				sold += l.quantity * l.unit
				returned += l.returned * l.unit
			}
		}
	}
	bps := m.families[f].bps
	if bps < 0 {
		bps = m.bps
	}
	// The nearest cent, a tie for the family.
	exact := (sold - returned) * bps
	if commission = exact / 10_000; exact%10_000 > 5_000 {
		commission++
	}
	if p := m.families[f].paid; p != nil {
		commission, paid = p.commission, p.net
	}
	return sold, returned, commission, paid, sold - returned - commission - paid
}

func (m *model) payOut(f int) string {
	sold, returned, commission, _, balance := m.statement(f)
	switch {
	case m.status != "CLOSED":
		return "market_not_closed"
	case m.families[f].paid != nil:
		return "already_paid_out"
	case sold == returned:
		return "nothing_to_pay"
	}
	m.families[f].paid = &payout{sold - returned, commission, balance}
	m.settled = true
	m.books[fmt.Sprint("family", f)] += sold - returned
	m.books["commission"] -= commission
	m.books["payouts"] -= balance
	return ""
}

func (m *model) openDrawer(by, float int) string {
	if m.drawers[by] != nil {
		return "cash_session_open"
	}
	m.drawers[by] = &drawer{}
	m.moveCash(by, float)
	return ""
}

func (m *model) moveCash(by, amount int) {
	m.drawers[by].expected += amount
	m.books[fmt.Sprint("cash", by)] += amount
	m.books["cash_office"] -= amount
}

func (m *model) closeDrawer(by, counted int) (expected int) {
	expected = m.drawers[by].expected
	m.books[fmt.Sprint("cash", by)] -= expected
	m.books["cash_office"] += counted
	m.books["over_short"] += expected - counted
	m.drawers[by] = nil
	return expected
}

// setStatus opens and closes the market.
func (m *model) setStatus(to string) string {
	if m.settled && to != m.status {
		return "market_settled"
	}
	m.status = to
	return ""
}

func abs(n int) int { return max(n, -n) }
