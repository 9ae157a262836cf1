package productapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/business/types/role"
)

// TestWorth: all pieces of a product together cost at most 10^10.
func TestWorth(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	item := func(price, quantity int) object {
		return object{"familyID": f.Smiths.ID, "name": "Gold", "price": price, "quantity": quantity}
	}
	f.Refused(t, 422, "validation_failed", "body.quantity", "POST", f.At("/products"), f.Smith.Token,
		item(100_000_000, 101))
	f.Refused(t, 422, "validation_failed", "body.items[1].quantity", "POST", f.At("/products:batch"), f.Smith.Token,
		object{"items": []object{item(1, 1), item(100_001, 100_000)}})
	var gold productapp.Product
	f.OK(t, 201, &gold, "POST", f.At("/products"), f.Smith.Token, item(100_000_000, 100))
	path := "/v1/products/" + gold.ID.String()
	f.Refused(t, 409, "limit_reached", "", "PATCH", path, f.Smith.Token, object{"quantity": 101})
	f.Refused(t, 422, "validation_failed", "body.quantity", "PATCH", path, f.Smith.Token,
		object{"quantity": 100_000, "price": 100_001})
	f.OK(t, 200, nil, "PATCH", path, f.Smith.Token, object{"quantity": 100_000, "price": 100_000})
	f.Refused(t, 409, "limit_reached", "", "PATCH", path, f.Smith.Token, object{"price": 100_001})
	f.OK(t, 200, nil, "PATCH", path, f.Smith.Token, object{"name": "Silver", "price": 99_999})
}

func TestProducts(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := w.Market(t)
	f, g := w.Family(t, m, "number", 12), w.Family(t, m)
	products := apptest.At("markets", m) + "/products"
	first := w.Product(t, f)
	if first["code"] != "12-001" || first["description"] != "" || first["sold"] != 0.0 || first["marketID"] != m["id"] {
		t.Errorf("product %v", first)
	}
	for _, want := range []string{"12-002", "12-003"} {
		p := w.Product(t, f)
		if p["code"] != want {
			t.Errorf("code %v, want %s", p["code"], want)
		}
		w.OK(t, 204, nil, "DELETE", apptest.At("products", p), w.Root.Token, nil) // its number is not given out again
	}
	if p := w.Product(t, g); p["code"] != "1-001" {
		t.Errorf("another family's first code is %v", p["code"])
	}
	for _, ok := range [][]any{{"price", 0}, {"price", 100_000_000}, {"quantity", 0}, {"quantity", 100_000}} {
		if p := w.Product(t, f, ok...); p[ok[0].(string)] != float64(ok[1].(int)) {
			t.Errorf("%v: %v", ok, p)
		}
	}
	for _, bad := range []struct {
		name  string
		value any
	}{
		{"price", -1}, {"price", 100_000_001}, {"quantity", -1}, {"quantity", 100_001}, {"name", ""}, {"familyID", m["id"]},
		{"familyID", w.Family(t, w.Market(t))["id"]}, // of another market
	} {
		body := object{"familyID": f["id"], "name": "Lamp", "price": 1, "quantity": 1}
		body[bad.name] = bad.value
		w.Refused(t, 422, "validation_failed", "body."+bad.name, "POST", products, w.Root.Token, body)
		if bad.name != "familyID" {
			w.Refused(t, 422, "validation_failed", "body."+bad.name, "PATCH", apptest.At("products", first), w.Root.Token,
				object{bad.name: bad.value})
		}
	}
	for _, fixed := range []string{"familyID", "code", "sold", "marketID", "version"} {
		w.Refused(t, 422, "validation_failed", "body."+fixed, "PATCH", apptest.At("products", first), w.Root.Token,
			object{fixed: first["id"]})
	}

	w.Sale(t, first)
	w.Refused(t, 409, "product_was_sold", "", "DELETE", apptest.At("products", first), w.Root.Token, nil)
	if p := w.Set(t, apptest.At("products", first), "quantity", 0); p["quantity"] != 0.0 || p["sold"] != 1.0 {
		t.Errorf("counted as none: %v", p)
	}
	w.Refused(t, 409, "out_of_stock", "body.lines[0].quantity", "POST", apptest.At("markets", m)+"/sales", w.Root.Token,
		apptest.Basket(first))
}

// TestLimit wants 20 items where nothing is said and 100 at most, and a count only where it is asked for.
func TestLimit(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	f := w.Family(t, w.Market(t))
	for range 101 {
		w.Product(t, f)
	}
	path := "/v1/markets/" + f["marketID"].(string) + "/products"
	for query, want := range map[string]int{"": 20, "limit=1": 1, "limit=100": 100, "limit=101": 100,
		"limit=9223372036854775807": 100, "limit=007": 7, "total=false": 20} {
		var p apptest.Page
		w.OK(t, 200, &p, "GET", path+"?"+query, w.Root.Token, nil)
		if len(p.Items) != want || p.Total != nil || p.NextCursor == "" {
			t.Errorf("?%s: %d items, want %d; total %v", query, len(p.Items), want, p.Total)
		}
	}
}

// TestStale: 403 comes before 412, and a sale changes the products it takes from, so a count made before it is stale.
func TestStale(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	p := w.Product(t, w.Family(t, w.Market(t), "ownerID", w.Account(t, role.User).ID))
	path := apptest.At("products", p)
	w.Refused(t, 403, "forbidden", "", "PATCH", path, w.Account(t, role.User).Token, object{"name": "x"}, "If-Match",
		`"x"`)
	tag := w.OK(t, 200, nil, "GET", path, "", nil).Header.Get("ETag")
	w.Sale(t, p)
	w.Refused(t, 412, "version_mismatch", "", "PATCH", path, w.Root.Token, object{"quantity": 3}, "If-Match", tag)
}
