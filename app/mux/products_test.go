package mux_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
)

func TestProducts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	m := w.market(t)
	f, g := w.family(t, m, "number", 12), w.family(t, m)
	products := at("markets", m) + "/products"
	first := w.product(t, f)
	if first["code"] != "12-001" || first["description"] != "" || first["sold"] != 0.0 || first["marketID"] != m["id"] {
		t.Errorf("product %v", first)
	}
	for _, want := range []string{"12-002", "12-003"} {
		p := w.product(t, f)
		if p["code"] != want {
			t.Errorf("code %v, want %s", p["code"], want)
		}
		w.OK(t, 204, nil, "DELETE", at("products", p), w.root.Token, nil) // its number is not given out again
	}
	if p := w.product(t, g); p["code"] != "1-001" {
		t.Errorf("another family's first code is %v", p["code"])
	}
	for _, ok := range [][]any{{"price", 0}, {"price", 100_000_000}, {"quantity", 0}, {"quantity", 100_000}} {
		if p := w.product(t, f, ok...); p[ok[0].(string)] != float64(ok[1].(int)) {
			t.Errorf("%v: %v", ok, p)
		}
	}
	for _, bad := range []struct {
		name  string
		value any
	}{
		{"price", -1}, {"price", 100_000_001}, {"quantity", -1}, {"quantity", 100_001}, {"name", ""}, {"familyID", m["id"]},
		{"familyID", w.family(t, w.market(t))["id"]}, // of another market
	} {
		body := object{"familyID": f["id"], "name": "Lamp", "price": 1, "quantity": 1}
		body[bad.name] = bad.value
		w.refused(t, 422, "validation_failed", "body."+bad.name, "POST", products, w.root.Token, body)
		if bad.name != "familyID" {
			w.refused(t, 422, "validation_failed", "body."+bad.name, "PATCH", at("products", first), w.root.Token,
				object{bad.name: bad.value})
		}
	}
	for _, fixed := range []string{"familyID", "code", "sold", "marketID", "version"} {
		w.refused(t, 422, "validation_failed", "body."+fixed, "PATCH", at("products", first), w.root.Token,
			object{fixed: first["id"]})
	}

	w.sale(t, first)
	w.refused(t, 409, "product_was_sold", "", "DELETE", at("products", first), w.root.Token, nil)
	if p := w.set(t, at("products", first), "quantity", 0); p["quantity"] != 0.0 || p["sold"] != 1.0 {
		t.Errorf("counted as none: %v", p)
	}
	w.refused(t, 409, "out_of_stock", "body.lines[0].quantity", "POST", at("markets", m)+"/sales", w.root.Token,
		basket(first))
}
