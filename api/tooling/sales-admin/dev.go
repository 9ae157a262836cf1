package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/natsserver"
	"github.com/garagesale/service/foundation/postgres"
)

func devCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine: database, NATS, demo data, keys, the service and its metrics",
		Long: `Run everything on this machine, as one process tree that ^C ends: a Postgres of its own (unless
SALES_DB_URL names one), a NATS server (unless SALES_EVENTS_NATS_URL names one), the migrations, the demo data,
a signing key, the service, and the sidecar with its metrics. Database, streams and key stay in the data folder
between runs, mails are written there, and webhooks may be sent to this machine.
Every setting of the service may be given in the environment.`,
		Example: "  sales-admin dev\n  SALES_WEB_API_HOST=127.0.0.1:8080 sales-admin dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return dev(cmd, dir) },
	}
	cmd.Flags().StringVar(&dir, "data", ".data", "folder of the database, the streams, the keys and the mails")
	return cmd
}

func dev(cmd *cobra.Command, dir string) error {
	ctx := cmd.Context()
	s, err := settings.FromEnvironment()
	if err != nil {
		return err
	}
	own := s.DB.URL == ""
	if own {
		cmd.PrintErrln("starting Postgres in", filepath.Join(dir, "db"))
		pg, err := postgres.Start(ctx, postgres.Config{Dir: filepath.Join(dir, "db")})
		if errors.Is(err, postgres.ErrNoBinaries) {
			return fmt.Errorf("%w; or set SALES_DB_URL to a database that runs", err)
		}
		if err != nil {
			return err
		}
		defer func() {
			if err := pg.Stop(); err != nil {
				cmd.PrintErrln("stopping Postgres:", err)
			}
		}()
		s.DB.URL = pg.URL()
	}
	if s.Events.NATS.URL == "" {
		nats, err := startNATS(ctx, filepath.Join(dir, "nats"))
		if err != nil {
			return err
		}
		defer nats.Stop()
		s.Events.NATS.URL = nats.ClientURL()
		cmd.PrintErrln("NATS listens on", s.Events.NATS.URL)
	}
	if os.Getenv("SALES_AUTH_KEYS") == "" {
		s.Auth.Keys = filepath.Join(dir, "keys")
	}
	if os.Getenv("SALES_MARKETS_MAKERS") == "" {
		s.Markets.Makers = string(auth.Accounts)
	}
	if len(s.Webhooks.Allow) == 0 {
		s.Webhooks.Allow = []string{"127.0.0.0/8"}
	}
	if s.Mail.URL == "" && s.Mail.Dir == "" {
		s.Mail.Dir = filepath.Join(dir, "mail")
	}
	if os.Getenv("SALES_AUTH_VERIFY") == "" {
		s.Auth.Verify = false
	}
	if len(s.Auth.Origins) == 0 {
		s.Auth.Origins = []string{"http://localhost:3000"}
	}
	if s.DB.URL, err = prepare(ctx, s, own); err != nil {
		return err
	}
	return serve(ctx, cmd, s)
}

// startNATS starts a server on its usual port, or another one when that is taken.
func startNATS(ctx context.Context, dir string) (natsserver.Server, error) {
	port := 4222
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		port = 0
	} else if err := ln.Close(); err != nil {
		return natsserver.Server{}, err
	}
	return natsserver.Start(natsserver.Config{Dir: dir, Port: port})
}

// prepare brings schema, demo data and keys to where the service can start, and returns the service's URL of the
// database: in a database of our own that of a user with no more rights than it needs, as in production.
func prepare(ctx context.Context, s settings.Settings, own bool) (string, error) {
	db, err := sqldb.Open(ctx, sqldb.Config{URL: s.DB.URL, MaxConns: 4})
	if err != nil {
		return "", err
	}
	defer db.Close()
	if _, err := migrate.Up(ctx, db); err != nil {
		return "", err
	}
	bus, err := domains(db, s)
	if err != nil {
		return "", err
	}
	if err := demo.Seed(ctx, bus, clock.Now()); err != nil && !errors.Is(err, demo.ErrNotEmpty) {
		return "", err
	}
	_, err = keystore.Open(s.Auth.Keys)
	if errors.Is(err, keystore.ErrEmpty) {
		_, err = keystore.Generate(s.Auth.Keys, keystore.MinBits)
	}
	if err != nil || !own {
		return s.DB.URL, err
	}
	u, err := url.Parse(s.DB.URL)
	if err != nil {
		return "", err
	}
	password := rand.Text()
	u.User = url.UserPassword("sales", password)
	return u.String(), migrate.CreateLogin(ctx, db, "sales", password)
}

// serve runs the service and its metrics sidecar, which stand beside this program, until ctx is done or the service
// ends by itself.
func serve(ctx context.Context, cmd *cobra.Command, s settings.Settings) error {
	// The kernel's signal that ends the children with their parent follows the thread that started them.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child, err := start(ctx, cmd, "sales", "SALES_DB_URL="+s.DB.URL, "SALES_AUTH_KEYS="+s.Auth.Keys,
		"SALES_MAIL_DIR="+s.Mail.Dir, "SALES_MARKETS_MAKERS="+s.Markets.Makers,
		"SALES_EVENTS_NATS_URL="+s.Events.NATS.URL, "SALES_AUTH_VERIFY="+strconv.FormatBool(s.Auth.Verify),
		"SALES_AUTH_ORIGINS="+strings.Join(s.Auth.Origins, ";"),
		"SALES_WEBHOOKS_ALLOW="+strings.Join(s.Webhooks.Allow, ";"))
	if err != nil {
		return err
	}
	beside, end := context.WithCancel(ctx)
	sidecar, err := start(beside, cmd, "metrics", sourceOfMetrics()...)
	if err != nil {
		cmd.PrintErrln("no metrics:", err)
	} else {
		defer func() { _ = sidecar.Wait() }()
	}
	defer end()
	api := s.Web.APIHost
	go func() {
		if awaitReady(ctx, "http://"+api+"/v1/readiness") {
			cmd.PrintErrf("\nReady: http://%s — log in as admin@example.com, cashier@example.com or smith@example.com, "+
				"password %s.\nTry `make demo` in another terminal; ^C ends it all.\n\n", api, demo.Password)
		}
	}()
	err = child.Wait()
	if ctx.Err() != nil && child.ProcessState.Success() {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the service: %w", err)
	}
	return nil
}

// start runs a program that stands beside this one until ctx is done.
func start(ctx context.Context, cmd *cobra.Command, program string, env ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, filepath.Join(filepath.Dir(self), program))
	child.Env = append(os.Environ(), env...)
	child.Stdout, child.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	child.SysProcAttr = dieWithParent()
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = time.Minute // the service drains for 20 s at most
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w (`make build` puts it there)", program, err)
	}
	return child, nil
}

// sourceOfMetrics tells the sidecar where the service publishes, if that was moved.
func sourceOfMetrics() []string {
	host := os.Getenv("SALES_WEB_DEBUG_HOST")
	if host == "" || os.Getenv("METRICS_SOURCE_URL") != "" {
		return nil
	}
	return []string{"METRICS_SOURCE_URL=http://" + host + "/debug/vars"}
}

func awaitReady(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return true
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}
