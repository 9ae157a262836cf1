// Command sales-load plays clients of a running service, readers and tills, and says what they saw: how many requests
// failed and how, whether a sale that was acknowledged got lost or was made twice, and whether those who listened, and
// receivers of webhooks, heard all that happened, in its order. For test systems only.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sales-load:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// options are the command's flags.
type options struct {
	url     string
	account string
	conns   int
	rate    float64
	length  time.Duration
	markets int
	streams int

	webhooks int
	hookHost string

	timeout time.Duration
	settle  time.Duration
	idle    bool
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("sales-load", flag.ContinueOnError)
	flags.StringVar(&o.url, "url", "http://127.0.0.1:3000", "the service")
	flags.StringVar(&o.account, "account", "admin@example.com:garagesale", "email:password of an ADMIN")
	flags.IntVar(&o.conns, "conns", 16, "clients at once, each with a connection")
	flags.Float64Var(&o.rate, "rate", 0, "requests a second, of all clients together; 0: as many as they can")
	flags.DurationVar(&o.length, "for", 0, "how long; 0: until the input ends")
	flags.IntVar(&o.markets, "markets", 4, "markets to sell at; the sales of one follow one another")
	flags.IntVar(&o.streams, "streams", 0, "clients that listen to the markets' events meanwhile")
	flags.IntVar(&o.webhooks, "webhooks", 0, "webhooks of the markets, whose receivers are this program")
	flags.StringVar(&o.hookHost, "hook-host", "127.0.0.1:0", "address of the receivers, which SALES_WEBHOOKS_ALLOW names")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "of a request")
	flags.DurationVar(&o.settle, "settle", 2*time.Minute, "how long at the end to repeat what failed")
	flags.BoolVar(&o.idle, "idle", false, "do nothing until killed: a pod in which the command is then run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.idle {
		<-ctx.Done()
		return nil
	}
	l, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	received, err := l.receive(ctx)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stderr, "sales-load: started"); err != nil {
		return err
	}
	heard := l.listen(ctx)
	during, end := context.WithCancel(ctx)
	defer end()
	if o.length > 0 {
		time.AfterFunc(o.length, end)
	} else {
		go func() {
			defer end()
			_, _ = io.Copy(io.Discard, in)
		}()
	}
	rep, err := l.play(ctx, during)
	if err != nil {
		return err
	}
	if err := errors.Join(heard(&rep), received(&rep)); err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(rep)
}
