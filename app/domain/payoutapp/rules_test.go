package payoutapp_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/ledgerapp"
	"github.com/garagesale/service/app/domain/payoutapp"
	"github.com/garagesale/service/app/domain/reportapp"
)

func TestSettlement(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	f.Sell(t, f.Till.Token, "CASH")
	s := f.Sell(t, f.Till.Token, "CARD")
	f.Once(t, 201, nil, "/v1/sales/"+s.ID.String()+"/returns", f.Till2.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "x"})
	family := "/v1/families/" + f.Smiths.ID.String()
	statement, payouts := family+"/statement", family+"/payouts"

	var st reportapp.Statement
	a := f.OK(t, 200, &st, "GET", statement, f.Smith.Token, nil)
	if st.Sold != 1820 || st.Returned != 455 || st.Gross != 1365 || st.Commission != 136 || st.Net != 1229 ||
		st.Paid != 0 || st.Balance != 1229 ||
		len(st.Lines) != 2 || st.Lines[1].Returned != 1 || st.Lines[1].CashierID != f.Till.ID ||
		st.Lines[0].SaleNumber != 1 || a.Header.Get("Vary") == "" {
		t.Errorf("statement: %s, Vary %q\nwant 1820 sold, 455 returned, gross 1365, commission 136, net 1229, none "+
			"of it paid, in two lines", a.Body, a.Header.Get("Vary"))
	}
	f.Refused(t, 404, "family_not_found", "", "GET", statement, f.Jones.Token, nil)
	f.Refused(t, 404, "family_not_found", "", "GET", statement, f.Till.Token, nil)
	f.Refused(t, 401, "token_required", "", "GET", statement, "", nil)
	f.OK(t, 200, nil, "GET", statement, f.Root.Token, nil)

	f.Refused(t, 403, "forbidden", "", "POST", payouts, f.Smith.Token, nil)
	f.Refused(t, 409, "market_not_closed", "", "POST", payouts, f.Root.Token, nil)
	f.Refused(t, 404, "family_not_found", "", "POST", "/v1/families/"+uuid.NewString()+"/payouts", f.Root.Token, nil)
	f.Patch(t, object{"status": "CLOSED"})
	f.Patch(t, object{"status": "OPEN"})
	f.Patch(t, object{"status": "CLOSED"})
	f.OK(t, 200, nil, "PATCH", "/v1/families/"+f.Joneses.ID.String(), f.Root.Token, object{"commission": 333})

	var p payoutapp.Payout
	key := apptest.Key()
	a = f.OK(t, 201, &p, "POST", payouts, f.Root.Token, nil, "Idempotency-Key", key)
	if p.Gross != 1365 || p.Commission != 136 || p.Net != 1229 || p.FamilyID != f.Smiths.ID ||
		a.Header.Get("Location") != "/v1/payouts/"+p.ID.String() {
		t.Errorf("payout: %s at %q, want gross 1365, commission 136, net 1229, and its own address", a.Body,
			a.Header.Get("Location"))
	}
	if again := f.OK(t, 201, nil, "POST", payouts, f.Root.Token, nil, "Idempotency-Key", key); string(
		again.Body) != string(a.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %s, replayed %q, want %s, replayed", again.Body, again.Header.Get("Idempotency-Replayed"), a.Body)
	}
	f.Refused(t, 409, "already_paid_out", "", "POST", payouts, f.Root.Token, nil)
	f.OK(t, 200, &st, "GET", statement, f.Smith.Token, nil)
	if st.Paid != 1229 || st.Balance != 0 || st.Commission != 136 {
		t.Errorf("statement after the payout: %+v, want 1229 paid, a balance of 0, commission 136", st)
	}

	// From now on shares are fixed, and what Smith sold is final; Jones is not paid out yet.
	f.Refused(t, 409, "market_settled", "", "PATCH", f.At(""), f.Root.Token, object{"status": "OPEN"})
	f.Refused(t, 409, "market_settled", "", "PATCH", f.At(""), f.Root.Token, object{"commission": 1})
	f.Refused(t, 409, "market_settled", "", "PATCH", "/v1/families/"+f.Joneses.ID.String(), f.Root.Token,
		object{"commission": nil})
	f.Refused(t, 409, "market_settled", "", "PATCH", "/v1/families/"+f.Joneses.ID.String(), f.Root.Token,
		object{"ownerID": nil})
	f.Patch(t, object{"name": "Elm Street, over"})
	f.OK(t, 200, nil, "PATCH", "/v1/families/"+f.Joneses.ID.String(), f.Root.Token, object{"name": "Jones & Co"})
	back := "/v1/sales/" + s.ID.String() + "/returns"
	f.Refused(t, 409, "family_paid_out", "", "POST", back, f.Root.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "x"})
	f.Once(t, 201, nil, back, f.Root.Token, object{"lines": []object{{"line": 2, "quantity": 1}}, "reason": "x"})
	f.Once(t, 201, nil, "/v1/families/"+f.Joneses.ID.String()+"/payouts", f.Root.Token, nil)

	// To the cent: what is there is what the organiser earned, when everyone is paid from it.
	f.WantBooks(t, map[string]int64{
		"cash:" + f.Till.ID.String(): 1810, "cash:" + f.Till2.ID.String(): 0, "card": 1810 - 455 - 900,
		"family:" + f.Smiths.ID.String(): 0, "family:" + f.Joneses.ID.String(): 0, "commission": -136 - 30,
		"payouts": -1229 - 870,
	})
	var l ledgerapp.Ledger
	f.OK(t, 200, &l, "GET", f.At("/ledger"), f.Root.Token, nil)
	if l.Sum != 0 || len(l.Accounts) != 6 && len(l.Accounts) != 7 {
		t.Errorf("ledger: %+v, want 6 or 7 accounts whose sum is 0", l)
	}
	f.Refused(t, 403, "forbidden", "", "GET", f.At("/ledger"), f.Till.Token, nil)

	list := func(token string) int {
		var list struct{ Items []payoutapp.Payout }
		f.OK(t, 200, &list, "GET", f.At("/payouts"), token, nil)
		return len(list.Items)
	}
	if a, b, c := list(f.Root.Token), list(f.Smith.Token), list(f.Till.Token); a != 2 || b != 1 || c != 0 {
		t.Errorf("ADMIN sees %d payouts, the owner %d, a cashier %d, want 2, 1 and 0", a, b, c)
	}
	f.OK(t, 200, nil, "GET", "/v1/payouts/"+p.ID.String(), f.Smith.Token, nil)
	f.Refused(t, 404, "payout_not_found", "", "GET", "/v1/payouts/"+p.ID.String(), f.Jones.Token, nil)

	f.OK(t, 201, &f.Smiths, "POST", f.At("/families"), f.Root.Token, object{"name": "Nobody"})
	f.Refused(t, 409, "nothing_to_pay", "", "POST", "/v1/families/"+f.Smiths.ID.String()+"/payouts", f.Root.Token, nil)
}

// TestPayoutRace pays one family from many hands while lines of it are given back: it is paid once, exactly what it
// then has, and nothing is given back after.
func TestPayoutRace(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	s := f.Sell(t, f.Till.Token, "CARD")
	f.Patch(t, object{"status": "CLOSED"})
	const tries = 24
	done := make(chan string, tries)
	for i := range tries {
		go func() {
			path, body := "/v1/families/"+f.Smiths.ID.String()+"/payouts", any(nil)
			if i%3 == 0 {
				path, body = "/v1/sales/"+s.ID.String()+"/returns", object{"lines": []object{{"line": 1, "quantity": 1}},
					"reason": "x"}
			}
			a, err := f.Try("POST", path, f.Root.Token, body, "Idempotency-Key", apptest.Key())
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
		t.Errorf("outcomes: %v, want %d answers of 201 or 409: one payout at most, and none only if both pieces came back",
			count, tries)
	}
	var st reportapp.Statement
	f.OK(t, 200, &st, "GET", "/v1/families/"+f.Smiths.ID.String()+"/statement", f.Root.Token, nil)
	if st.Balance != 0 || int(st.Gross) != 910-455*returned {
		t.Errorf("%v: %+v, want a balance of 0 and gross %d", count, st, 910-455*returned)
	}
	f.WantBooks(t, map[string]int64{"family:" + f.Smiths.ID.String(): 0})
}
