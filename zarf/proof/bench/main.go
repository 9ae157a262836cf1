// Command bench measures how fast the service is and how steady, and prints each figure as a ratio to a control that
// was measured in the same minute: an absolute number says more about the machine than about the service.
//
// Without an argument it compares the service with its controls in each scenario; growth does so with more data, more
// connections and more processors; events measures what telling costs and how fast it is; overload offers more than the
// service can do and then a database in trouble; soak plays the mix for long and looks whether anything grows. Each
// prints its targets as met or missed and writes drawings and JSON to -out. Only a soak in which something grows fails.
//
// The parts are packages: lab is what runs, load the generator, layout what is in the database, report what is read in
// the end. None of them imports this one; lab and report do not know each other.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/lab"
)

// options are the command's flags.
type options struct {
	lab.Config
	rounds, clients      int
	only                 string
	profile              bool
	manyConns            int
	overloadFor, soakFor time.Duration
	sizes                string
	siegeRate            float64
	siegeDear            int
	before               string
	streams              int
	old                  int64
}

// wants tells whether a part of the run was asked for.
func (o options) wants(name string) bool {
	return o.only == "" || strings.Contains(","+o.only+",", ","+name+",")
}

func main() {
	// The kernel's signal that ends the children with their parent follows the thread that started them.
	runtime.LockOSThread()
	child, err := lab.Child(os.Args[1:], os.Stdin, os.Stdout)
	if !child {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, os.Args[1:])
		stop()
	}
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
	o := options{Config: lab.Config{Log: os.Stdout}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.Root, "root", ".", "the repository")
	flags.StringVar(&o.Out, "out", ".data/bench", "folder of the results")
	flags.Int64Var(&o.Products, "products", 100_000, "products, spread over 200 markets")
	flags.Int64Var(&o.Deep, "deep", 220_000, "products of one more market, whose pages go deep")
	flags.Int64Var(&o.Page, "page", 10_000, "the deep page")
	flags.Int64Var(&o.Sales, "sales", 20_000, "sales that were made before")
	flags.IntVar(&o.Conns, "conns", 32, "connections")
	flags.IntVar(&o.Pool, "pool", 16, "connections to the database, of the service and of the control")
	flags.IntVar(&o.clients, "clients", 32, "clients of pgbench")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds")
	flags.DurationVar(&o.Length, "for", 3*time.Second, "how long a side has in a round")
	flags.StringVar(&o.only, "only", "", "only these scenarios, comma between them")
	flags.IntVar(&o.manyConns, "many", 1024, "connections in overload")
	flags.DurationVar(&o.overloadFor, "overload", time.Minute, "how long three times the highest rate is offered")
	flags.DurationVar(&o.soakFor, "soak", 30*time.Minute, "how long to soak")
	flags.StringVar(&o.sizes, "sizes", "10000,100000,1000000", "products and sales, for growth")
	flags.Float64Var(&o.siegeRate, "address-rate", 50, "requests of nobody a second in a siege; 0: any")
	flags.IntVar(&o.siegeDear, "dear", 2, "dear requests at once in a siege; 0: any")
	flags.StringVar(&o.before, "before", "", "the revision with which events compare ring-ups")
	flags.IntVar(&o.streams, "streams", idleStreams, "streams at once, for events")
	flags.Int64Var(&o.old, "old", 1_000_000, "events over which a client catches up")
	flags.BoolVar(&o.profile, "profile", false, "also write profiles of the service in each scenario")
	flags.BoolVar(&o.Keep, "keep", false, "keep the folder of the run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch what {
	case "compare":
		return compare(ctx, o)
	case "events":
		return events(ctx, o)
	case "growth":
		return growth(ctx, o)
	case "overload":
		return overload(ctx, o)
	case "siege":
		return siege(ctx, o)
	case "soak":
		return soak(ctx, o)
	}
	return fmt.Errorf("there is no %q", what)
}
