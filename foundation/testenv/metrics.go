package testenv

import (
	"encoding/json"
	"expvar"
	"testing"

	"github.com/garagesale/service/foundation/metrics"
)

// Published is what /debug/vars shows of a metric. All tests of a program share it.
func Published(t testing.TB, name string) (f metrics.Family) {
	t.Helper()
	if err := json.Unmarshal([]byte(expvar.Get(name).String()), &f); err != nil {
		t.Fatal(err)
	}
	return f
}
