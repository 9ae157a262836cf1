// Package lab is what is under test and what stands beside it: Postgres with its data, the service as it is shipped,
// and the controls that the service is compared with.
//
// New brings all of it up in a folder of its own but for the service, which StartService starts; Close ends it, and the
// kernel ends it where this program is killed. Probe watches what the service sends to the database for each kind of
// request. From that the controls are made, so that they cannot drift from it: bare, a handler that does nothing but
// ask and answer, and pgbench, which runs the same statements. CompareAnswers makes sure that bare answers the same.
//
// Load has the generator, in a process of its own, do a job; Measured also tells what a request cost, from /proc, from
// the service's expvar and from pg_stat_statements. Watch looks at what the service holds meanwhile, Profile writes
// where its time goes, and a Relay stands before the database to be slow or to cut.
//
// The program that uses it is started again by it, in another role: main calls Child before anything else.
package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/postgres"
	"github.com/garagesale/service/zarf/proof/bench/layout"
)

// serviceRole is the database user of the service, of the control and of pgbench.
const serviceRole = "sales"

// Settings are the server's: durable as in production, and room for the data. What is not here is Postgres's default.
var Settings = map[string]string{
	"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
	"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "max_connections": "1000", "jit": "off",
	"random_page_cost":         "1.1",
	"shared_preload_libraries": "pg_stat_statements", "log_line_prefix": logPrefix,
}

// Config is what a lab is made of.
type Config struct {
	Root, Out            string // the repository, and the folder of the results
	Products, Deep, Page int64  // see layout.New
	Sales                int64  // that were made before
	Conns, Pool          int    // of the generator, and of the service and the control to the database
	Length               time.Duration
	TooMuch              bool // is what will be asked: the generator does not hurry
	Keep                 bool // the folder of the run
	Log                  io.Writer
}

// Say writes a line of the log.
func (c Config) Say(format string, args ...any) { fmt.Fprintf(c.Log, format+"\n", args...) }

// Lab is everything that runs.
type Lab struct {
	Config
	URL      string // of the database, as the service uses it
	Layout   layout.Layout
	Service  *Service // what is under test, once it was started
	BareAddr string
	Tracks   map[string]Track // what was seen of a request on its way to the database

	dir     string // of this run
	pg      *postgres.Server
	pgLog   *pgLog
	conn    *pgx.Conn
	pgbench string // its program
	sink    *sink
	tokens  []string
	admin   string
	cursor  string
	lengths map[string]int // of a good body, by scenario
	bareCtl *process
	gen     *process
	seed    uint64
}

// New brings everything up but the service. What it started is ended by Close, also when it fails.
func New(ctx context.Context, o Config) (l *Lab, err error) {
	l = &Lab{Config: o, pgLog: &pgLog{}, lengths: map[string]int{}, Tracks: map[string]Track{},
		seed: uint64(time.Now().UnixNano())}
	defer func() {
		if err != nil {
			l.Close()
			l = nil
		}
	}()
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return l, err
	}
	if l.dir, err = os.MkdirTemp(o.Out, "run-"); err != nil {
		return l, err
	}
	if l.dir, err = filepath.Abs(l.dir); err != nil {
		return l, err
	}
	if err := os.Chmod(l.dir, 0o755); err != nil { //nolint:gosec // Postgres may run as another user
		return l, err
	}
	if err := l.build(ctx); err != nil {
		return l, err
	}
	if l.sink, err = newSink(); err != nil {
		return l, err
	}
	// With more than one processor the generator takes no less time but disturbs the others more: bare's p99 was higher.
	role := hurriedLoadRole
	if o.TooMuch {
		role = loadRole
	}
	if l.gen, err = spawnSelf([]string{"GOMAXPROCS=1"}, role); err != nil {
		return l, err
	}
	if l.pgbench, err = postgres.Find(); err != nil {
		return l, err
	}
	if l.pg, err = postgres.Start(ctx, postgres.Config{Dir: filepath.Join(l.dir, "db"), Log: l.pgLog,
		Settings: Settings}); err != nil {
		return l, err
	}
	l.Layout = layout.New(o.Products, o.Deep, o.Page, o.Sales)
	return l, l.prepare(ctx)
}

// Close ends what runs and removes the folder of the run, unless that is to be kept.
func (l *Lab) Close() {
	l.Service.End()
	l.bareCtl.end()
	l.gen.end()
	if l.conn != nil {
		_ = l.conn.Close(context.Background())
	}
	if l.pg != nil {
		_ = l.pg.Stop()
	}
	if l.sink != nil {
		l.sink.close()
	}
	if l.dir != "" && !l.Keep {
		_ = os.RemoveAll(l.dir)
	}
}

// build makes the service's program as it is shipped.
func (l *Lab) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", l.Binary(), "./api/services/sales")
	cmd.Dir = l.Root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Binary is the service's program, built as it is shipped.
func (l *Lab) Binary() string { return filepath.Join(l.dir, "sales") }

func (l *Lab) keys() string { return filepath.Join(l.dir, "keys") }

// prepare makes the schema, the data, the keys and the tokens.
func (l *Lab) prepare(ctx context.Context) (err error) {
	db, err := sqldb.Open(ctx, sqldb.Config{URL: l.pg.URL(), MaxConns: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := migrate.Up(ctx, db); err != nil {
		return err
	}
	u, err := url.Parse(l.pg.URL())
	if err != nil {
		return err
	}
	u.User = url.UserPassword(serviceRole, uuid.NewString())
	secret, _ := u.User.Password()
	l.URL = u.String()
	if err := migrate.CreateLogin(ctx, db, serviceRole, secret); err != nil {
		return err
	}
	if l.conn, err = pgx.Connect(ctx, l.pg.URL()); err != nil {
		return err
	}
	if _, err := l.conn.Exec(ctx, `CREATE EXTENSION pg_stat_statements`); err != nil {
		return err
	}
	hasher, err := passhash.New(passhash.Config{Memory: 19456, Iterations: 2, Concurrent: 1}) // the service's defaults
	if err != nil {
		return err
	}
	hash, err := hasher.Hash(ctx, password.Given(layout.Password))
	if err != nil {
		return err
	}
	began := time.Now()
	if err := fill(ctx, l.conn, l.Layout, hash); err != nil {
		return err
	}
	l.Say("%d products and %d sales in %.0f s", l.Layout.Products()+l.Layout.Deep, l.Layout.Sales,
		time.Since(began).Seconds())
	return l.makeTokens()
}

// tokenLife is longer than any measurement.
const tokenLife = 48 * time.Hour

// makeTokens makes a token for every till and one for the organiser.
func (l *Lab) makeTokens() error {
	if _, err := keystore.Generate(l.keys(), keystore.MinBits); err != nil {
		return err
	}
	store, err := keystore.Open(l.keys())
	if err != nil {
		return err
	}
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: "garagesale", Audience: "sales-api", Life: tokenLife},
		store, clock.Now)
	if err != nil {
		return err
	}
	for n := range int64(layout.Tills + 1) {
		r := role.Cashier
		if n == layout.Tills {
			r = role.Admin
		}
		token, _, err := tokens.Issue(request.Actor{ID: uuid.MustParse(layout.ID(layout.User, n)), Roles: role.NewSet(r)}, 1)
		if err != nil {
			return err
		}
		l.tokens = append(l.tokens, token)
	}
	l.admin, l.tokens = l.tokens[layout.Tills], l.tokens[:layout.Tills]
	return nil
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// PostgresVersion is what the server says of itself.
func (l *Lab) PostgresVersion(ctx context.Context) (version string, err error) {
	err = l.conn.QueryRow(ctx, `SELECT version()`).Scan(&version)
	return version, err
}

// Exec runs a statement as the owner of the tables.
func (l *Lab) Exec(ctx context.Context, q string, args ...any) error {
	_, err := l.conn.Exec(ctx, q, args...)
	return err
}

// Get reads one value as the owner of the tables.
func (l *Lab) Get(ctx context.Context, dest any, q string, args ...any) error {
	return l.conn.QueryRow(ctx, q, args...).Scan(dest)
}

// Admin is a token of an ADMIN.
func (l *Lab) Admin() string { return l.admin }
