package mux_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/ledgerapp"
	"github.com/garagesale/service/app/domain/payoutapp"
	"github.com/garagesale/service/app/domain/reportapp"
)

func TestSettlement(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	f.sell(t, f.till.Token, "CASH")
	s := f.sell(t, f.till.Token, "CARD")
	f.once(t, 201, nil, "/v1/sales/"+s.ID.String()+"/returns", f.till2.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "x"})
	statement, payouts := "/v1/families/"+f.fs.ID.String()+"/statement", "/v1/families/"+f.fs.ID.String()+"/payouts"

	var st reportapp.Statement
	a := f.OK(t, 200, &st, "GET", statement, f.smith.Token, nil)
	if st.Sold != 1820 || st.Returned != 455 || st.Gross != 1365 || st.Commission != 136 || st.Net != 1229 ||
		st.Paid != 0 || st.Balance != 1229 ||
		len(st.Lines) != 2 || st.Lines[1].Returned != 1 || st.Lines[1].CashierID != f.till.ID ||
		st.Lines[0].SaleNumber != 1 || a.Header.Get("Vary") == "" {
		t.Errorf("statement: %s", a.Body)
	}
	f.refused(t, 404, "family_not_found", "GET", statement, f.jones.Token, nil)
	f.refused(t, 404, "family_not_found", "GET", statement, f.till.Token, nil)
	f.refused(t, 401, "token_required", "GET", statement, "", nil)
	f.OK(t, 200, nil, "GET", statement, f.admin.Token, nil)

	f.refused(t, 403, "forbidden", "POST", payouts, f.smith.Token, nil)
	f.refused(t, 409, "market_not_closed", "POST", payouts, f.admin.Token, nil)
	f.refused(t, 404, "family_not_found", "POST", "/v1/families/"+uuid.NewString()+"/payouts", f.admin.Token, nil)
	f.patch(t, object{"status": "CLOSED"})
	f.patch(t, object{"status": "OPEN"})
	f.patch(t, object{"status": "CLOSED"})
	f.OK(t, 200, nil, "PATCH", "/v1/families/"+f.fj.ID.String(), f.admin.Token, object{"commission": 333})

	var p payoutapp.Payout
	key := apptest.Key()
	a = f.OK(t, 201, &p, "POST", payouts, f.admin.Token, nil, "Idempotency-Key", key)
	if p.Gross != 1365 || p.Commission != 136 || p.Net != 1229 || p.FamilyID != f.fs.ID ||
		a.Header.Get("Location") != "/v1/payouts/"+p.ID.String() {
		t.Errorf("payout: %s", a.Body)
	}
	if again := f.OK(t, 201, nil, "POST", payouts, f.admin.Token, nil, "Idempotency-Key", key); string(
		again.Body) != string(a.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %v %s", again.Header, again.Body)
	}
	f.refused(t, 409, "already_paid_out", "POST", payouts, f.admin.Token, nil)
	f.OK(t, 200, &st, "GET", statement, f.smith.Token, nil)
	if st.Paid != 1229 || st.Balance != 0 || st.Commission != 136 {
		t.Errorf("statement after the payout: %+v", st)
	}

	// From now on shares are fixed, and what Smith sold is final; Jones is not paid out yet.
	f.refused(t, 409, "market_settled", "PATCH", f.at(""), f.admin.Token, object{"status": "OPEN"})
	f.refused(t, 409, "market_settled", "PATCH", f.at(""), f.admin.Token, object{"commission": 1})
	f.refused(t, 409, "market_settled", "PATCH", "/v1/families/"+f.fj.ID.String(), f.admin.Token,
		object{"commission": nil})
	f.refused(t, 409, "market_settled", "PATCH", "/v1/families/"+f.fj.ID.String(), f.admin.Token, object{"ownerID": nil})
	f.patch(t, object{"name": "Elm Street, over"})
	f.OK(t, 200, nil, "PATCH", "/v1/families/"+f.fj.ID.String(), f.admin.Token, object{"name": "Jones & Co"})
	back := "/v1/sales/" + s.ID.String() + "/returns"
	f.refused(t, 409, "family_paid_out", "POST", back, f.admin.Token, object{"lines": []object{{"line": 1, "quantity": 1}},
		"reason": "x"})
	f.once(t, 201, nil, back, f.admin.Token, object{"lines": []object{{"line": 2, "quantity": 1}}, "reason": "x"})
	f.once(t, 201, nil, "/v1/families/"+f.fj.ID.String()+"/payouts", f.admin.Token, nil)

	// To the cent: what is there is what the organiser earned, when everyone is paid from it.
	f.wantBooks(t, map[string]int64{
		"cash:" + f.till.ID.String(): 1810, "cash:" + f.till2.ID.String(): 0, "card": 1810 - 455 - 900,
		"family:" + f.fs.ID.String(): 0, "family:" + f.fj.ID.String(): 0, "commission": -136 - 30, "payouts": -1229 - 870,
	})
	var l ledgerapp.Ledger
	f.OK(t, 200, &l, "GET", f.at("/ledger"), f.admin.Token, nil)
	if l.Sum != 0 || len(l.Accounts) != 6 && len(l.Accounts) != 7 {
		t.Errorf("ledger: %+v", l)
	}
	f.refused(t, 403, "forbidden", "GET", f.at("/ledger"), f.till.Token, nil)

	list := func(token string) int {
		var list struct{ Items []payoutapp.Payout }
		f.OK(t, 200, &list, "GET", f.at("/payouts"), token, nil)
		return len(list.Items)
	}
	if a, b, c := list(f.admin.Token), list(f.smith.Token), list(f.till.Token); a != 2 || b != 1 || c != 0 {
		t.Errorf("payouts: %d %d %d", a, b, c)
	}
	f.OK(t, 200, nil, "GET", "/v1/payouts/"+p.ID.String(), f.smith.Token, nil)
	f.refused(t, 404, "payout_not_found", "GET", "/v1/payouts/"+p.ID.String(), f.jones.Token, nil)

	f.OK(t, 201, &f.fs, "POST", f.at("/families"), f.admin.Token, object{"name": "Nobody"})
	f.refused(t, 409, "nothing_to_pay", "POST", "/v1/families/"+f.fs.ID.String()+"/payouts", f.admin.Token, nil)
}

// TestPayoutRace pays one family from many hands while lines of it are given back: it is paid once, exactly what it
// then has, and nothing is given back after.
func TestPayoutRace(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	s := f.sell(t, f.till.Token, "CARD")
	f.patch(t, object{"status": "CLOSED"})
	const tries = 24
	done := make(chan string, tries)
	for i := range tries {
		go func() {
			path, body := "/v1/families/"+f.fs.ID.String()+"/payouts", any(nil)
			if i%3 == 0 {
				path, body = "/v1/sales/"+s.ID.String()+"/returns", object{"lines": []object{{"line": 1, "quantity": 1}},
					"reason": "x"}
			}
			a, err := f.Try("POST", path, f.admin.Token, body, "Idempotency-Key", apptest.Key())
			done <- fmt.Sprint(i%3 == 0, a.Status, err)
		}()
	}
	count := map[string]int{}
	for range tries {
		count[<-done]++
	}
	returned := count["true 201 <nil>"]
	paid := count["false 201 <nil>"]
	if paid > 1 || paid == 0 && returned != 2 || paid+returned+count["true 409 <nil>"]+count["false 409 <nil>"] != tries {
		t.Errorf("outcomes: %v", count)
	}
	var st reportapp.Statement
	f.OK(t, 200, &st, "GET", "/v1/families/"+f.fs.ID.String()+"/statement", f.admin.Token, nil)
	if st.Balance != 0 || int(st.Gross) != 910-455*returned {
		t.Errorf("%v: %+v", count, st)
	}
	f.wantBooks(t, map[string]int64{"family:" + f.fs.ID.String(): 0})
}

func TestStatementCSV(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	f.sell(t, f.till.Token, "CARD")
	f.once(t, 201, nil, f.at("/sales"), f.till.Token,
		object{"lines": []object{{"familyID": f.fj.ID, "name": `@SUM(A1), "quoted"`, "quantity": 3, "unitPrice": 5}},
			"payment": object{"tender": "CARD", "amount": 15}})
	path := "/v1/families/" + f.fj.ID.String() + "/statement"
	var st reportapp.Statement
	f.OK(t, 200, &st, "GET", path, f.jones.Token, nil, "Accept", "text/csv;q=0.5, application/json")
	a := f.OK(t, 200, nil, "GET", path, f.jones.Token, nil, "Accept", "text/csv, application/json;q=0.5")
	if ct := a.Header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	table, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
	if err != nil || len(table) != 1+2+7 || table[1][3] != "'=Bike" || table[1][4] != "2-001" ||
		table[2][3] != `'@SUM(A1), "quoted"` || table[2][4] != "" || table[2][9] != "15" {
		t.Fatalf("table (%v): %q", err, table)
	}
	for i, want := range []int64{int64(st.Sold), int64(st.Returned), int64(st.Gross), int64(st.Commission), int64(st.Net),
		int64(st.Paid), int64(st.Balance)} {
		if table[3+i][9] != fmt.Sprint(want) {
			t.Errorf("total %s, want %d", table[3+i], want)
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	f.sell(t, f.till.Token, "CASH")
	voided := f.sell(t, f.till2.Token, "CARD")
	f.once(t, 200, nil, "/v1/sales/"+voided.ID.String()+"/void", f.admin.Token, object{"reason": "x"})
	f.once(t, 201, nil, f.at("/sales"), f.till2.Token,
		object{"lines": []object{{"productID": f.bike.ID, "quantity": 1, "unitPrice": 100}},
			"payment": object{"tender": "CARD", "amount": 100}})
	var s reportapp.Summary
	a := f.OK(t, 200, &s, "GET", f.at("/summary"), f.admin.Token, nil)
	want := reportapp.Figures{Sales: reportapp.Count{Count: 3, Amount: 3720},
		Voids: reportapp.Count{Count: 1, Amount: 1810}, Reductions: reportapp.Count{Count: 1, Amount: 800}}
	if s.Figures != want || s.Net != 1910 || len(s.ByTender) != 2 || len(s.ByFamily) != 2 || len(s.ByCashier) != 3 {
		t.Errorf("summary: %s", a.Body)
	}
	if s.ByFamily[0].Gross != 910 || s.ByFamily[1].Gross != 1000 ||
		s.Unsold != (reportapp.Unsold{Products: 1, Pieces: 3, Amount: 1365}) {
		t.Errorf("families, unsold: %s", a.Body)
	}
	for _, c := range s.ByCashier {
		if c.CashierID == f.admin.ID && (c.Voids.Count != 1 || c.Sales.Count != 0) || c.CashierID == f.till2.ID &&
			(c.Reductions.Amount != 800 || c.Sales.Count != 2) {
			t.Errorf("cashier: %+v", c)
		}
	}
	f.OK(t, 200, nil, "GET", f.at("/summary"), f.till.Token, nil)
	f.refused(t, 403, "forbidden", "GET", f.at("/summary"), f.smith.Token, nil)

	top := func(query string) (names []string) {
		var list struct{ Items []reportapp.TopSeller }
		f.OK(t, 200, &list, "GET", f.at("/top-sellers")+query, f.till.Token, nil)
		for _, i := range list.Items {
			names = append(names, fmt.Sprint(i.Name, i.Listed, i.Sold, i.Revenue))
		}
		return names
	}
	smith, jones := "Smith5 2 910", "Jones2 2 1000"
	for query, want := range map[string]string{
		"": jones + " " + smith, "?by=listed": smith + " " + jones, "?by=sold": jones + " " + smith, /* a tie: listed later */
		"?by=sold&limit=1": jones,
	} {
		if got := strings.Join(top(query), " "); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("top sellers %s: %s, want %s", query, got, want)
		}
	}
	f.refused(t, 422, "validation_failed", "GET", f.at("/top-sellers?by=luck"), f.till.Token, nil)
	f.refused(t, 422, "validation_failed", "GET", f.at("/top-sellers?limit=0"), f.till.Token, nil)
}
