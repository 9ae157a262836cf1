package sales_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/api/clients/go"
	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// TestModels holds the client's types against the OpenAPI document: the same names, and nothing is missing.
func TestModels(t *testing.T) {
	t.Parallel()
	c, err := apptest.TheContract()
	if err != nil {
		t.Fatal(err)
	}
	schemas := c.Doc["components"].(map[string]any)["schemas"].(map[string]any)
	for _, v := range []any{
		sales.Market{}, sales.NewMarket{}, sales.Step{}, sales.Family{}, sales.Product{}, sales.Sale{}, sales.Line{},
		sales.Payment{}, sales.NewSale{},
		sales.NewLine{}, sales.NewPayment{}, sales.Statement{}, sales.StatementLine{},
	} {
		typ := reflect.TypeOf(v)
		s, ok := schemas[typ.Name()].(map[string]any)
		if !ok {
			t.Errorf("%s is not in the document", typ.Name())
			continue
		}
		var want, got []string
		for name := range s["properties"].(map[string]any) {
			want = append(want, name)
		}
		for f := range typ.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
				got = append(got, name)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, the document has %v", typ.Name(), got, want)
		}
	}
}

// fake is a service that answers what the test says.
func fake(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func newServer(h http.HandlerFunc) *httptest.Server { return httptest.NewServer(h) }

func answer(w http.ResponseWriter, status int, body any, header ...string) {
	for i := 0; i < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

type object = map[string]any

func TestRetries(t *testing.T) {
	t.Parallel()
	busy := func(w http.ResponseWriter) {
		answer(w, 503, object{"code": "unavailable", "detail": "later"}, "Retry-After", "0")
	}
	lost := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	unknown := func(w http.ResponseWriter) { answer(w, 503, object{"code": "outcome_unknown"}, "Retry-After", "0") }
	limited := func(w http.ResponseWriter) { answer(w, 429, object{"code": "rate_limited"}, "Retry-After", "0") }
	read := func(c *sales.Client) error { _, err := c.Products.Get(t.Context(), "p"); return err }
	sell := func(c *sales.Client) error { _, err := c.Sales.Create(t.Context(), "m", sales.NewSale{}); return err }
	add := func(c *sales.Client) error {
		_, err := c.Products.Create(t.Context(), "m", sales.NewProduct{})
		return err
	}
	tests := map[string]struct {
		ask  func(*sales.Client) error
		fail func(http.ResponseWriter)
		want int32 // attempts, of which the third would succeed
	}{
		"read busy": {read, busy, 3}, "read lost": {read, lost, 3}, "sell lost": {sell, lost, 3},
		"sell unknown": {sell, unknown, 3},
		"add lost":     {add, lost, 1}, "add unknown": {add, unknown, 1}, "add busy": {add, busy, 3},
		"add limited": {add, limited, 3},
		"refused":     {sell, func(w http.ResponseWriter) { answer(w, 409, object{"code": "out_of_stock"}) }, 1},
	}
	for name, test := range tests {
		var attempts atomic.Int32
		var mu sync.Mutex
		keys := map[string]bool{}
		url := fake(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			keys[r.Header.Get("Idempotency-Key")] = true
			mu.Unlock()
			if attempts.Add(1) < 3 {
				test.fail(w)
				return
			}
			answer(w, 200, object{"id": "x"})
		})
		// A transport of its own, because Go's repeats by itself what was lost on a reused connection.
		err := test.ask(sales.New(url, sales.WithRetries(5, time.Millisecond),
			sales.WithHTTP(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})))
		if (err == nil) != (test.want == 3) || attempts.Load() != test.want || len(keys) != 1 {
			t.Errorf("%s: %d attempts with %d keys, want %d: %v", name, attempts.Load(), len(keys), test.want, err)
		}
	}
}

// TestRetryAfter: the client waits as long as the service says, though its own pauses are shorter.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"unavailable": 503, "rate_limited": 429} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var refused time.Time
			url := fake(t, func(w http.ResponseWriter, _ *http.Request) {
				if refused.IsZero() {
					refused = time.Now()
					answer(w, status, object{"code": name}, "Retry-After", "1")
					return
				}
				if waited := time.Since(refused); waited < time.Second {
					t.Errorf("it came again after %s", waited)
				}
				answer(w, 200, object{"id": "x"})
			})
			if _, err := sales.New(url, sales.WithRetries(2, time.Millisecond)).Products.Get(t.Context(), "p"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRefresh lets tokens run out: many goroutines renew them once, and what was refused is asked again.
func TestRefresh(t *testing.T) {
	t.Parallel()
	var logins, refreshes atomic.Int32
	var good atomic.Value
	good.Store("")
	url := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/auth/token":
			if name, pass, _ := r.BasicAuth(); name != "a@x.org" || pass != "secret" {
				answer(w, 401, object{"code": "bad_credentials"})
				return
			}
			good.Store(fmt.Sprint("access", logins.Add(1)))
			answer(w, 200, object{"accessToken": good.Load(), "refreshToken": "r0", "expiresIn": 900})
		case "/v1/auth/refresh":
			n := refreshes.Add(1)
			var in struct{ RefreshToken string }
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.RefreshToken != fmt.Sprint("r", n-1) {
				answer(w, 401, object{"code": "bad_refresh_token"})
				return
			}
			good.Store(fmt.Sprint("fresh", n))
			answer(w, 200, object{"accessToken": good.Load(), "refreshToken": fmt.Sprint("r", n), "expiresIn": 900})
		default:
			if r.Header.Get("Authorization") != "Bearer "+good.Load().(string) {
				answer(w, 401, object{"code": "bad_token"})
				return
			}
			answer(w, 200, object{"id": "x"})
		}
	})
	var kept sales.Tokens
	c := sales.New(url, sales.WithTokens(sales.Tokens{}, func(t sales.Tokens) { kept = t }))
	if err := c.LogIn(t.Context(), "a@x.org", "wrong"); !sales.IsCode(err, "bad_credentials") {
		t.Errorf("wrong password: %v", err)
	}
	if err := c.LogIn(t.Context(), "a@x.org", "secret"); err != nil {
		t.Fatal(err)
	}
	good.Store("ended")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Products.Get(t.Context(), "p"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if refreshes.Load() != 1 || kept.Refresh != "r1" || c.Tokens() != kept {
		t.Errorf("%d refreshes, kept %+v", refreshes.Load(), kept)
	}
	// An access token that is about to expire is renewed before it is used.
	kept.Expires = time.Now()
	c = sales.New(url, sales.WithTokens(kept, nil))
	if _, err := c.Products.Get(t.Context(), "p"); err != nil || refreshes.Load() != 2 {
		t.Errorf("%d refreshes: %v", refreshes.Load(), err)
	}
}

// TestAgainstTheService walks through the demo market with the client.
func TestAgainstTheService(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	if err := demo.Seed(t.Context(), s.Business, clock.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, c := t.Context(), sales.New(s.URL)
	if err := c.LogIn(ctx, "cashier@example.com", demo.Password); err != nil {
		t.Fatal(err)
	}
	var market sales.Market
	for m, err := range c.Markets.List(ctx, sales.MarketFilter{Name: "elm", Status: "OPEN"}) {
		if err != nil {
			t.Fatal(err)
		}
		market = m
	}
	var codes []string
	for p, err := range c.Products.List(ctx, market.ID, sales.ProductFilter{OrderBy: "-price", MinPrice: new(int64(1000)),
		Available: new(true)}) {
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, p.Code)
	}
	if !slices.Equal(codes, []string{"2-001", "3-002", "1-002"}) {
		t.Errorf("codes %v", codes)
	}
	sale, err := c.Sales.Create(ctx, market.ID, sales.NewSale{
		Lines: []sales.NewLine{{Code: "1-002", Quantity: 1}}, Payment: sales.NewPayment{Tender: "CASH", Amount: 2000},
	})
	if err != nil || sale.Total != 1200 || sale.Payment.Change != 800 {
		t.Errorf("sale %+v: %v", sale, err)
	}
	if read, err := c.Sales.Get(ctx, sale.ID); err != nil || !reflect.DeepEqual(read, sale) {
		t.Errorf("read back %+v: %v", read, err)
	}
	_, err = c.Sales.Create(ctx, market.ID, sales.NewSale{Lines: []sales.NewLine{{Code: "1-002", Quantity: 1}},
		Payment: sales.NewPayment{Tender: "CARD", Amount: 1200}})
	if !sales.IsCode(err, "out_of_stock") || !strings.Contains(err.Error(), "body.lines[0].quantity") {
		t.Errorf("sold out: %v", err)
	}

	changeGame(t, c, s.URL, market)
	for _, err := range c.Markets.List(ctx, sales.MarketFilter{}) {
		if err != nil {
			t.Error(err)
		}
		break // a caller may stop at any time
	}
}

// changeGame has the owner change a price, but a till, c, sold one meanwhile.
func changeGame(t *testing.T, c *sales.Client, url string, market sales.Market) {
	t.Helper()
	ctx := t.Context()
	owner := sales.New(url)
	if err := owner.LogIn(ctx, "smith@example.com", demo.Password); err != nil {
		t.Fatal(err)
	}
	games := c.Products.List(ctx, market.ID, sales.ProductFilter{Code: "1-001"})
	for game, err := range games {
		if err != nil {
			t.Fatal(err)
		}
		_, tag, err := owner.Products.GetTagged(ctx, game.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sales.Create(ctx, market.ID, sales.NewSale{Lines: []sales.NewLine{{ProductID: game.ID, Quantity: 1}},
			Payment: sales.NewPayment{Tender: "CARD", Amount: 450}}); err != nil {
			t.Fatal(err)
		}
		if _, err := owner.Products.Update(ctx, game.ID, sales.ProductChanges{Quantity: new(3)}, tag); !sales.IsCode(err,
			"version_mismatch") {
			t.Errorf("a stale change: %v", err)
		}
		made, err := owner.Products.CreateAll(ctx, market.ID,
			[]sales.NewProduct{{FamilyID: game.FamilyID, Name: "Mug", Price: 100, Quantity: 2}})
		if err != nil || len(made) != 1 || made[0].Code != "1-005" {
			t.Errorf("batch: %+v %v", made, err)
		}
		if err := owner.Products.Delete(ctx, made[0].ID); err != nil {
			t.Error(err)
		}
	}
}
