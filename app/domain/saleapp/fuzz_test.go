package saleapp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
)

// FuzzSaleJSON rings up whatever the fuzzer makes of a basket. The service must answer it or refuse it, never fail.
// LAMP, BIKE and FAMILY in the input become the ids of this run.
func FuzzSaleJSON(f *testing.F) {
	for _, seed := range []string{
		`{"lines":[{"productID":"LAMP","quantity":2},{"code":"1-002","quantity":1,"unitPrice":500},` +
			`{"familyID":"FAMILY","name":"teapot","quantity":1,"unitPrice":300}],"payment":{"tender":"CASH","amount":2000}}`,
		`{"lines":[{"productID":"BIKE","quantity":1}],"payment":{"tender":"CARD","amount":900}}`,
		`{"lines":[{"productID":"LAMP","quantity":100000,"unitPrice":100000000}],` +
			`"payment":{"tender":"CASH","amount":9007199254740991}}`,
		`{"lines":[{"productID":null,"code":"01-0001","familyID":null,"name":null,"quantity":1e0,"unitPrice":null}],` +
			`"payment":{"tender":"CASH","amount":-0}}`,
		`{"lines":[{"familyID":"FAMILY","name":"\u0000\ud800","quantity":1,"unitPrice":0}],` +
			`"payment":{"tender":"CASH","amount":0}}`,
		`{"lines":[{"a.b":1,"a[0":{"":[]}}],"payment":[],"lines":[]}`,
		`[[[[[[`, `null`, ``, "\xff",
	} {
		f.Add([]byte(seed))
	}
	s := newStall(f, apptest.NewWorld(f, apptest.Options{}))
	ids := strings.NewReplacer("LAMP", s.lamp["id"].(string), "BIKE", s.bike["id"].(string), "FAMILY",
		s.family["id"].(string))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := s.Do(t, "POST", s.path, s.Root.Token, []byte(ids.Replace(string(body))), "Idempotency-Key", apptest.Key())
		if a.Status == 201 {
			var sale struct{ Total, Number int64 }
			if err := json.Unmarshal(a.Body, &sale); err != nil || sale.Total < 0 || sale.Number < 1 {
				t.Errorf("sold %s: %v", a.Body, err)
			}
			return
		}
		apptest.RefusedWell(t, "basket", a)
	})
}
