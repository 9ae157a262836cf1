package prove_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/foundation/postgres"
)

// TestBackup takes a dump while tills sell, restores it on another server by the commands of zarf/docs/operations.md,
// and starts the service on it.
func TestBackup(t *testing.T) {
	t.Parallel()
	promises := 100
	if *crash {
		promises = 500
	}
	r := newRig(t, nil)
	l := startLoad(newTill(t, crashStock, r.ask))
	for l.promised() < promises {
		time.Sleep(10 * time.Millisecond)
	}
	bin, err := postgres.Find()
	r.must(err)
	env := append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "SALES_DB_URL="+r.server.URL(),
		"BACKUP="+filepath.Join(t.TempDir(), "sales.dump"))
	run(t, env, "backup")
	l.end()

	elsewhere, err := postgres.Start(context.WithoutCancel(t.Context()), postgres.Config{Ephemeral: true, Log: io.Discard})
	r.must(err)
	t.Cleanup(func() { _ = elsewhere.Stop() })
	env = append(env, "RESTORE_DB_URL="+elsewhere.URL())
	run(t, env, "restore")
	if sum := strings.TrimSpace(run(t, env, "check")); sum != "0" {
		t.Errorf("sum of the restored books: %s, want 0", sum)
	}
	r.server, elsewhere = elsewhere, r.server // both are stopped at the end
	db := r.open()
	defer db.Close()
	sales := 0
	r.must(db.Get(t.Context(), &sales, `SELECT count(*) FROM sales`))
	if sales == 0 || sales > len(l.sales) {
		t.Errorf("%d sales restored, want some, and at most the %d that were made", sales, len(l.sales))
	}
	for _, i := range invariants {
		n := -1
		r.must(db.Get(t.Context(), &n, i.query))
		if n != 0 {
			t.Errorf("restored: %s: %d, want none", i.name, n)
		}
	}
	r.env = append(r.env, "SALES_DB_URL="+r.server.URL())
	r.killService()
	if id := l.sell("after the restore"); id == "" {
		t.Log("sold out, and the restored service says so")
	}
	//nolint:forbidigo // the report of `make prove-crash`
	fmt.Printf("backup under load: %d of %d sales restored, all invariants hold\n", sales, len(l.sales))
}

// run runs the commands of the page that stand under a line "# name".
func run(t *testing.T, env []string, name string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```sh\n# "+name+"\n")
	script, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("operations.md has no commands for %s", name)
	}
	cmd := exec.Command("sh", "-e", "-c", script)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
