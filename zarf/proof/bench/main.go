// Command bench measures how fast the service is and how steady: it starts Postgres, the service and what they are
// compared with, plays the clients, and prints each figure as a ratio to a control that was measured in the same
// minute.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command's flags.
type options struct {
	root, out            string
	products, deep, page int64
	sales                int64
	conns, pool, rounds  int
	length               time.Duration
	only                 string
	keep, profile        bool
	tooMuch              bool // is what will be asked
	log                  io.Writer
	clients              int
	manyConns            int
	overloadFor, soakFor time.Duration
	sizes                string
}

func (o options) say(format string, args ...any) { fmt.Fprintf(o.log, format+"\n", args...) }

// wants tells whether a part of the run was asked for.
func (o options) wants(name string) bool {
	return o.only == "" || strings.Contains(","+o.only+",", ","+name+",")
}

func main() {
	// The kernel's signal that ends the children with their parent follows the thread that started them.
	runtime.LockOSThread()
	// The generator and the control are children of this program and end when it tells them.
	ctx, stop := context.Background(), func() {}
	if len(os.Args) < 2 || os.Args[1] != "bare" && os.Args[1] != "load" {
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	}
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	what := "compare"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		what, args = args[0], args[1:]
	}
	o := options{log: os.Stdout}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.root, "root", ".", "the repository")
	flags.StringVar(&o.out, "out", ".data/bench", "folder of the results")
	flags.Int64Var(&o.products, "products", 100_000, "products, spread over 200 markets")
	flags.Int64Var(&o.deep, "deep", 220_000, "products of one more market, whose pages go deep")
	flags.Int64Var(&o.page, "page", 10_000, "the deep page")
	flags.Int64Var(&o.sales, "sales", 20_000, "sales that were made before")
	flags.IntVar(&o.conns, "conns", 32, "connections")
	flags.IntVar(&o.pool, "pool", 16, "connections to the database, of the service and of the control")
	flags.IntVar(&o.clients, "clients", 32, "clients of pgbench")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds")
	flags.DurationVar(&o.length, "for", 3*time.Second, "how long a side has in a round")
	flags.StringVar(&o.only, "only", "", "only these scenarios, comma between them")
	flags.IntVar(&o.manyConns, "many", 1024, "connections in overload")
	flags.DurationVar(&o.overloadFor, "overload", time.Minute, "how long three times the highest rate is offered")
	flags.DurationVar(&o.soakFor, "soak", 30*time.Minute, "how long to soak")
	flags.StringVar(&o.sizes, "sizes", "10000,100000,1000000", "products and sales, for growth")
	flags.BoolVar(&o.profile, "profile", false, "also write profiles of the service in each scenario")
	flags.BoolVar(&o.keep, "keep", false, "keep the folder of the run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch what {
	case "compare":
		return compare(ctx, o)
	case "growth":
		return growth(ctx, o)
	case "overload":
		return overload(ctx, o)
	case "soak":
		return soak(ctx, o)
	case "bare":
		return runBare(ctx, os.Stdin, os.Stdout)
	case "load":
		if slices.Contains(args, hurried) {
			hurry()
		}
		return runLoad(os.Stdin, os.Stdout)
	}
	return fmt.Errorf("there is no %q", what)
}
