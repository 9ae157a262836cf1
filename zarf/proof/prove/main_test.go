package prove_test

import (
	"flag"
	"strconv"
	"testing"

	"github.com/garagesale/service/business/dbtest"
)

// How much to prove; the defaults are for every `go test`.
var (
	operations = flag.Int("operations", 400, "operations of the random programs")
	history    = flag.Int("history", 1000, "operations of the concurrent histories")
	crash      = flag.Bool("crash", false, "kill the service and Postgres, too")
)

const (
	workers = 2  // that run programs side by side
	steps   = 40 // of a program, on average
)

func TestMain(m *testing.M) {
	flag.Parse()
	for name, value := range map[string]string{
		"rapid.checks":     strconv.Itoa(max(1, *operations/workers/steps)),
		"rapid.steps":      strconv.Itoa(steps),
		"rapid.shrinktime": "5s",
		"rapid.nofailfile": "true", // the seed and the shrunk program are in the output
	} {
		_ = flag.Set(name, value) // the flags are rapid's own
	}
	dbtest.Main(m)
}
