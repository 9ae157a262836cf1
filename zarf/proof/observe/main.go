// Command observe shows that what the service does can be seen: it starts the service, the Collector, Tempo, Loki and
// Prometheus for real, with the configurations in zarf, sells, and asks each tool what it knows.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	// The kernel's signal that ends the children with their parent follows the thread that started them.
	runtime.LockOSThread()
	root := flag.String("root", "../../..", "the repository")
	tools := flag.String("tools", "", "the folder of the programs that build.sh makes (default .data/tools/observe of "+
		"the repository)")
	only := flag.String("only", "", "run only the steps whose names begin so, comma between them")
	keep := flag.Bool("keep", false, "keep the folder of the run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	failed, err := run(ctx, *root, *tools, *only, *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "observe:", err)
		os.Exit(2)
	}
	if failed > 0 {
		fmt.Fprintf(os.Stdout, "\n%d checks failed\n", failed)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, "\nEverything can be seen.")
}

// lab is one run: the programs, where they listen, and what was found.
type lab struct {
	ctx    context.Context
	root   string // of the repository
	tools  string // the folder of Prometheus and the others
	dir    string // of this run
	addr   map[string]string
	dbURL  string
	relay  *relay // between the service and the Collector
	sales  *process
	client *client
	known  secrets
	failed int
}

func run(ctx context.Context, root, tools, only string, keep bool) (failed int, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return 0, err
	}
	if tools == "" {
		tools = filepath.Join(root, ".data/tools/observe")
	}
	dir, err := os.MkdirTemp("", "observe")
	if err != nil {
		return 0, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // Postgres runs as another user
		return 0, err
	}
	if keep {
		fmt.Fprintln(os.Stdout, "the run's folder:", dir)
	} else {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	l := &lab{ctx: ctx, root: root, tools: tools, dir: dir}
	defer killAll()
	began := time.Now()
	if err := l.start(); err != nil {
		return 0, err
	}
	fmt.Fprintf(os.Stdout, "everything runs after %.0f s\n", time.Since(began).Seconds())
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"rules", l.checkRules},
		{"sell", l.sell},
		{"counts", l.checkCounts},
		{"traces", l.checkTraces},
		{"logs", l.checkLogs},
		{"collector", l.checkCollectorDown},
		{"restart", l.checkRestart},
		{"panels", l.checkPanels},
		{"secrets", l.checkSecrets},
		{"cost", l.checkCost},
	} {
		if only != "" && step.name != "sell" && !hasPrefix(step.name, strings.Split(only, ",")) {
			continue
		}
		if ctx.Err() != nil {
			return l.failed, ctx.Err()
		}
		fmt.Fprintf(os.Stdout, "\n%s\n", step.name)
		if err := step.run(); err != nil {
			l.check(false, "%v", err)
		}
	}
	return l.failed, nil
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// check prints what was found and counts it if it is not as it should be.
func (l *lab) check(ok bool, format string, args ...any) {
	mark := "ok  "
	if !ok {
		mark = "FAIL"
		l.failed++
	}
	fmt.Fprintf(os.Stdout, "  %s  %s\n", mark, fmt.Sprintf(format, args...))
}

// eventually asks again until f succeeds.
func (l *lab) eventually(limit time.Duration, f func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || l.ctx.Err() != nil {
			return fmt.Errorf("after %v: %w", limit, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
