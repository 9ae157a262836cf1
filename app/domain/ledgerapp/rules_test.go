package ledgerapp_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/ledgerapp"
	"github.com/garagesale/service/business/dbtest"
)

func TestCashSession(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	sessions := f.At("/cash-sessions")
	f.Patch(t, object{"cashSessionRequired": true})
	basket := object{"lines": []object{{"productID": f.Lamp.ID, "quantity": 1}},
		"payment": object{"tender": "CASH", "amount": 500}}
	f.Refused(t, 409, "cash_session_required", "", "POST", f.At("/sales"), f.Till.Token, basket)
	f.Sell(t, f.Till.Token, "CARD") // needs none

	f.Refused(t, 403, "forbidden", "", "POST", sessions, f.Smith.Token, object{"float": 1000})
	f.Refused(t, 422, "validation_failed", "", "POST", sessions, f.Till.Token, object{"float": -1})
	f.Refused(t, 422, "validation_failed", "body.float", "POST", sessions, f.Till.Token,
		object{"float": 1_000_000_000_001})
	f.Refused(t, 404, "market_not_found", "", "POST", "/v1/markets/"+uuid.NewString()+"/cash-sessions", f.Till.Token,
		object{"float": 1})
	var s ledgerapp.CashSession
	a := f.OK(t, 201, &s, "POST", sessions, f.Till.Token, object{"float": 1000})
	if s.Float != 1000 || s.Expected != 1000 || s.CashierID != f.Till.ID || s.ClosedAt != nil ||
		a.Header.Get("Location") != "/v1/cash-sessions/"+s.ID.String() {
		t.Errorf("opened: %s at %q, want 1000 expected of a float of 1000, open, and its own address", a.Body,
			a.Header.Get("Location"))
	}
	f.Refused(t, 409, "cash_session_open", "", "POST", sessions, f.Till.Token, object{"float": 1000})

	path := "/v1/cash-sessions/" + s.ID.String()
	tag := f.OK(t, 200, nil, "GET", path, f.Till.Token, nil).Header.Get("ETag")
	sale := f.Sell(t, f.Till.Token, "CASH")
	if got := f.OK(t, 200, &s, "GET", path, f.Till.Token, nil, "If-None-Match", tag); s.Expected != 2810 ||
		got.Header.Get("ETag") == tag {
		t.Errorf("after a sale: %s, want 2810 expected and another ETag than %s", got.Body, tag)
	}
	var m ledgerapp.Movement
	a = f.Once(t, 201, &m, path+"/movements", f.Till.Token, object{"amount": -2000, "reason": "to the bank"})
	if m.Amount != -2000 || a.Header.Get("Location") != "" {
		t.Errorf("movement: %s at %q, want −2000 and no address", a.Body, a.Header.Get("Location"))
	}
	f.Once(t, 201, nil, path+"/movements", f.Root.Token, object{"amount": 300, "reason": "coins"})
	f.Refused(t, 422, "validation_failed", "", "POST", path+"/movements", f.Till.Token,
		object{"amount": 0, "reason": "nothing"})
	f.Refused(t, 404, "cash_session_not_found", "", "POST", path+"/movements", f.Till2.Token,
		object{"amount": 1, "reason": "not mine"})
	f.Refused(t, 404, "cash_session_not_found", "", "GET", path, f.Till2.Token, nil)
	for _, amount := range []int{1_000_000_000_001, -1_000_000_000_001} {
		f.Refused(t, 422, "validation_failed", "body.amount", "POST", path+"/movements", f.Till.Token,
			object{"amount": amount, "reason": "too much"})
	}
	f.Refused(t, 409, "limit_reached", "", "POST", path+"/movements", f.Till.Token,
		object{"amount": 1_000_000_000_000, "reason": "more than a drawer holds"})
	var moved struct{ Items []ledgerapp.Movement }
	f.OK(t, 200, &moved, "GET", path+"/movements", f.Till.Token, nil)
	if len(moved.Items) != 2 || moved.Items[0] != m || moved.Items[1].Amount != 300 ||
		moved.Items[1].MovedBy != f.Root.ID {
		t.Errorf("movements: %+v, want %+v, and 300 by %s", moved.Items, m, f.Root.ID)
	}
	f.Refused(t, 409, "cash_session_required", "", "POST", "/v1/sales/"+sale.ID.String()+"/void", f.Root.Token,
		object{"reason": "no drawer"})
	f.Once(t, 200, nil, "/v1/sales/"+sale.ID.String()+"/void", f.Till.Token, object{"reason": "x"})

	f.Refused(t, 404, "cash_session_not_found", "", "POST", path+"/close", f.Till2.Token, object{"counted": 1})
	key := apptest.Key()
	a = f.OK(t, 200, &s, "POST", path+"/close", f.Till.Token, object{"counted": 650}, "Idempotency-Key", key)
	if s.Expected != -700 || *s.Counted != 650 || *s.Difference != 1350 || s.ClosedAt == nil {
		t.Errorf("closed: %s, want −700 expected, 650 counted, a difference of 1350", a.Body)
	}
	if again := f.OK(t, 200, nil, "POST", path+"/close", f.Till.Token, object{"counted": 650}, "Idempotency-Key",
		key); string(again.Body) != string(a.Body) {
		t.Errorf("closed again: %s, want %s", again.Body, a.Body)
	}
	f.Refused(t, 409, "cash_session_closed", "", "POST", path+"/close", f.Till.Token, object{"counted": 650})
	f.Refused(t, 409, "cash_session_closed", "", "POST", path+"/movements", f.Till.Token,
		object{"amount": 1, "reason": "late"})
	var figures struct{ CashIn, CashOut struct{ Count, Amount int } }
	f.OK(t, 200, &figures, "GET", f.At("/summary"), f.Till.Token, nil)
	if figures.CashIn != struct{ Count, Amount int }{1, 300} || figures.CashOut != struct{ Count, Amount int }{1, 2000} {
		t.Errorf("the summary tells of movements %+v, want one in of 300 and one out of 2000", figures)
	}
	f.WantBooks(t, map[string]int64{"cash:" + f.Till.ID.String(): 0, "cash_office": 650 - 1000 + 2000 - 300,
		"over_short": -1350})

	f.OK(t, 201, nil, "POST", sessions, f.Till.Token, object{"float": 0})
	f.OK(t, 201, nil, "POST", sessions, f.Root.Token, object{"float": 5})
	count := func(token, query string) int {
		var list struct{ Items []ledgerapp.CashSession }
		f.OK(t, 200, &list, "GET", sessions+query, token, nil)
		return len(list.Items)
	}
	if a, b, c, d := count(f.Root.Token, ""), count(f.Till.Token, ""), count(f.Till2.Token, ""),
		count(f.Till2.Token, "?cashierID="+f.Till.ID.String()); a != 3 || b != 2 || c+d != 0 {
		t.Errorf("ADMIN sees %d drawers, the cashier %d, another %d and %d, want 3, 2, 0 and 0", a, b, c, d)
	}
}

// TestCashSessionRace closes a drawer while it sells: what was counted as expected is all that ever went in.
func TestCashSessionRace(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	f.Patch(t, object{"cashSessionRequired": true})
	var s ledgerapp.CashSession
	f.OK(t, 201, &s, "POST", f.At("/cash-sessions"), f.Till.Token, object{"float": 0})
	const tills = 20
	done := make(chan int, tills)
	for range tills {
		go func() {
			sold := 0
			for {
				a, err := f.Try("POST", f.At("/sales"), f.Till.Token, object{
					"lines":   []object{{"familyID": f.Smiths.ID, "name": "cup", "quantity": 1, "unitPrice": 7}},
					"payment": object{"tender": "CASH", "amount": 7},
				}, "Idempotency-Key", apptest.Key())
				if err != nil || a.Status != 201 {
					done <- sold
					return
				}
				sold++
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	f.Once(t, 200, &s, "/v1/cash-sessions/"+s.ID.String()+"/close", f.Till.Token, object{"counted": 0})
	sold := 0
	for range tills {
		sold += <-done
	}
	if sold == 0 || int(s.Expected) != 7*sold {
		t.Errorf("%d sold, expected %d", sold, s.Expected)
	}
	f.WantBooks(t, map[string]int64{"cash:" + f.Till.ID.String(): 0, "over_short": int64(7 * sold),
		"family:" + f.Smiths.ID.String(): -int64(7 * sold)})
}

// TestLedgerGuards asks the database itself for what the service never does.
func TestLedgerGuards(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	s := f.Sell(t, f.Till.Token, "CASH")
	const add = `INSERT INTO ledger_entries (market_id, source_id, event, entry, account, amount, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, now())`
	entry := func(want string, source uuid.UUID, n int, account string, amount int) guard {
		return guard{want, add, []any{f.Market.ID, source, "SALE", n, account, amount}}
	}
	for name, tt := range map[string]guard{
		"a posting of one entry":      entry("ledger_entries_balanced", uuid.New(), 1, "card", 5),
		"an entry on an old posting":  entry("ledger_entries_balanced", s.ID, 9, "card", 5),
		"a sale posted twice":         entry("ledger_entries_pkey", s.ID, 1, "card", 5),
		"an amount of zero":           entry("ledger_entries_amount_check", uuid.New(), 1, "card", 0),
		"a family account of nobody":  entry("ledger_entries_party_check", uuid.New(), 1, "family", 5),
		"a change":                    {"42501", `UPDATE ledger_entries SET amount = amount + 1`, nil},
		"a deletion":                  {"42501", `DELETE FROM ledger_entries`, nil},
		"more returned than sold":     {"sale_lines_check1", `UPDATE sale_lines SET returned = quantity + 1`, nil},
		"a settled market that sells": {"markets_settled_check", `UPDATE markets SET settled = true`, nil},
		"a return of another's line": {"sale_return_lines_return_fkey",
			`INSERT INTO sale_return_lines SELECT market_id, $1, sale_id, line, 1 FROM sale_lines`, []any{uuid.New()}},
		"two open drawers of a cashier": {"cash_sessions_open_key", `
			INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at)
			SELECT $1, gen_random_uuid(), $2, 0, now() FROM generate_series(1, 2)`, []any{f.Market.ID, f.Till.ID}},
	} {
		_, err := f.DB.Exec(t.Context(), tt.q, tt.args...)
		if by := dbtest.RefusedBy(err); by != tt.want {
			t.Errorf("%s: refused by %q, %v, want it refused by %s", name, by, err, tt.want)
		}
	}
	f.Books(t)
}

// guard is a statement as the service could send it, and the constraint or the SQLSTATE that refuses it.
type guard struct {
	want, q string
	args    []any
}
