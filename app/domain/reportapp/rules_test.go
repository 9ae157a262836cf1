package reportapp_test

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/reportapp"
)

func TestStatementCSV(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	f.Sell(t, f.Till.Token, "CARD")
	f.Once(t, 201, nil, f.At("/sales"), f.Till.Token,
		object{"lines": []object{{"familyID": f.Joneses.ID, "name": `@SUM(A1), "quoted";=1`, "quantity": 3, "unitPrice": 5}},
			"payment": object{"tender": "CARD", "amount": 15}})
	path := "/v1/families/" + f.Joneses.ID.String() + "/statement"
	var st reportapp.Statement
	f.OK(t, 200, &st, "GET", path, f.Jones.Token, nil, "Accept", "text/csv;q=0.5, application/json")
	a := f.OK(t, 200, nil, "GET", path, f.Jones.Token, nil, "Accept", "text/csv, application/json;q=0.5")
	if ct := a.Header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q, want CSV in UTF-8", ct)
	}
	table, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
	if err != nil || len(table) != 1+2+7 || table[1][3] != "'=Bike" || table[1][4] != "2-001" ||
		table[2][3] != `'@SUM(A1), "quoted";'=1` || table[2][4] != "" || table[2][9] != "15" {
		t.Fatalf("table (%v): %q, want a heading, the bike and the quoted line for 15, and seven totals", err, table)
	}
	if !strings.Contains(string(a.Body), `,"'=Bike","2-001",1,`) {
		t.Errorf("got %s, want texts quoted and numbers not", a.Body)
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
	f := apptest.NewFair(t)
	f.Sell(t, f.Till.Token, "CASH")
	voided := f.Sell(t, f.Till2.Token, "CARD")
	f.Once(t, 200, nil, "/v1/sales/"+voided.ID.String()+"/void", f.Root.Token, object{"reason": "x"})
	f.Once(t, 201, nil, f.At("/sales"), f.Till2.Token,
		object{"lines": []object{{"productID": f.Bike.ID, "quantity": 1, "unitPrice": 100}},
			"payment": object{"tender": "CARD", "amount": 100}})
	var s reportapp.Summary
	a := f.OK(t, 200, &s, "GET", f.At("/summary"), f.Root.Token, nil)
	want := reportapp.Figures{Sales: reportapp.Count{Count: 3, Amount: 3720},
		Voids: reportapp.Count{Count: 1, Amount: 1810}, Reductions: reportapp.Count{Count: 1, Amount: 800},
		OthersRefunds: reportapp.Count{Count: 1, Amount: 1810}}
	if s.Figures != want || s.Net != 1910 || len(s.ByTender) != 2 || len(s.ByFamily) != 2 || len(s.ByCashier) != 3 {
		t.Errorf("summary: %s\nwant %+v, net 1910, of 2 tenders, 2 families and 3 cashiers", a.Body, want)
	}
	if s.ByFamily[0].Gross != 910 || s.ByFamily[1].Gross != 1000 ||
		s.Unsold != (reportapp.Unsold{Products: 1, Pieces: 3, Amount: 1365}) {
		t.Errorf("summary: %s\nwant gross 910 and 1000, and of one product 3 pieces for 1365 unsold", a.Body)
	}
	for _, c := range s.ByCashier {
		if c.CashierID == f.Root.ID && (c.Voids.Count != 1 || c.Sales.Count != 0) || c.CashierID == f.Till2.ID &&
			(c.Reductions.Amount != 800 || c.Sales.Count != 2) {
			t.Errorf("cashier: %+v, want ADMIN with one void and no sale, the second till with 2 sales, reduced by 800", c)
		}
	}
	f.OK(t, 200, nil, "GET", f.At("/summary"), f.Till.Token, nil)
	f.Refused(t, 403, "forbidden", "", "GET", f.At("/summary"), f.Smith.Token, nil)

	top := func(query string) (names []string) {
		var list struct{ Items []reportapp.TopSeller }
		f.OK(t, 200, &list, "GET", f.At("/top-sellers")+query, f.Till.Token, nil)
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
	f.Refused(t, 422, "validation_failed", "", "GET", f.At("/top-sellers?by=luck"), f.Till.Token, nil)
	f.Refused(t, 422, "validation_failed", "", "GET", f.At("/top-sellers?limit=0"), f.Till.Token, nil)
}

// TestLongStatement reads a statement of SALES_TEST_LINES lines, and wants the process not to grow with them. It stands
// alone, so that nobody else's memory is measured.
func TestLongStatement(t *testing.T) { //nolint:paralleltest // as it says
	n, err := strconv.Atoi(cmp.Or(os.Getenv("SALES_TEST_LINES"), "0"))
	if err != nil || n == 0 {
		t.Skip("SALES_TEST_LINES says how many lines; 1000000 take some minutes")
	}
	f := apptest.NewFair(t)
	for _, q := range []string{`
		INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change, created_at)
			SELECT $1, gen_random_uuid(), n, $2, 'COMPLETED', 'USD', 200, 'CARD', 200, 0, now()
			FROM generate_series(1, $3::int / 200) n`, `
		INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
			SELECT market_id, sale_id, l, $2, 'thing', 1, 1, 1, 1 FROM sales, generate_series(1, least($3::int, 200)) l
			WHERE market_id = $1`} {
		who := f.Till.ID
		if strings.Contains(q, "sale_lines") {
			who = f.Smiths.ID
		}
		if _, err := f.DB.Exec(t.Context(), q, f.Market.ID, who, n); err != nil {
			t.Fatal(err)
		}
	}
	path := "/v1/families/" + f.Smiths.ID.String() + "/statement"
	before := rss(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.Smith.Token)
	req.Header.Set("Accept", "text/csv")
	start := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	count, most := 0, int64(0)
	for lines.Scan() {
		if count++; count%1000 == 0 {
			most = max(most, rss(t)-before)
		}
	}
	if lines.Err() != nil || count != n+8 {
		t.Errorf("%d lines, %v, want %d", count, lines.Err(), n+8)
	}
	t.Logf("%d lines in %s; %d MiB more than before, which had %d MiB", count, time.Since(start), most>>20, before>>20)
	if most > 64<<20 {
		t.Errorf("the statement took %d MiB", most>>20)
	}
}

// rss is the memory of the process that is in RAM.
func rss(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
