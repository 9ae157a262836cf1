package mux_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/otel"
)

// BenchmarkGetProduct is the whole way of one request, without the network, beside a handler that only asks the
// database.
func BenchmarkGetProduct(b *testing.B) {
	unsampled, err := otel.Start(b.Context(), otel.Config{Service: "bench"}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	s := apptest.NewWith(b, apptest.Options{Tracing: unsampled, Mux: func(c *mux.Config) {
		c.Log = logger.New(io.Discard, nil, "bench")
		c.Account = mid.Limit{PerSecond: 1e9, Burst: 1e9}
	}})
	admin := s.AddUser(b, "admin@x.org", role.Admin)
	var m, f struct{ ID string }
	s.OK(b, 201, &m, "POST", "/v1/markets", admin.Token, object{
		"name": "Elm Street", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "EUR", "commission": 1000, "status": "OPEN",
	})
	s.OK(b, 201, &f, "POST", "/v1/markets/"+m.ID+"/families", admin.Token, object{"name": "Smith"})
	var p productapp.Product
	s.OK(b, 201, &p, "POST", "/v1/markets/"+m.ID+"/products", admin.Token,
		object{"familyID": f.ID, "name": "Lamp", "price": 450, "quantity": 5})
	req := httptest.NewRequest("GET", "/v1/products/"+p.ID.String(), nil)
	req.Header.Set("Authorization", "Bearer "+admin.Token)
	run := func(h http.Handler) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, req)
				if w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
			}
		}
	}
	b.Run("service", run(s.Handler))
	pool := s.DB.Pool()
	b.Run("bare", run(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var out productapp.Product
		err := pool.QueryRow(r.Context(),
			`SELECT product_id, market_id, family_id, code, name, description, price, quantity, sold, created_at, updated_at
			FROM products p WHERE product_id = $1`, p.ID).
			Scan(&out.ID, &out.MarketID, &out.FamilyID, &out.Code, &out.Name, &out.Description, &out.Price, &out.Quantity,
				&out.Sold, &out.CreatedAt, &out.UpdatedAt)
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		_ = json.NewEncoder(w).Encode(out)
	})))
}
