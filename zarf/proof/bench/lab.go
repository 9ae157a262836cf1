package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
)

// serviceRole is the database user of the service, of the control and of pgbench.
const serviceRole = "sales"

// settings are the server's: durable as in production, and room for the data. What is not here is Postgres's default.
var settings = map[string]string{
	"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
	"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "max_connections": "1000", "jit": "off",
	"random_page_cost":         "1.1",
	"shared_preload_libraries": "pg_stat_statements", "log_line_prefix": logPrefix,
}

// lab is everything that runs.
type lab struct {
	options
	dir      string // of this run
	pg       *postgres.Server
	pgLog    *pgLog
	url      string // of the database, as the service uses it
	conn     *pgx.Conn
	pgbench  pgbench
	sink     *sink
	layout   layout
	tokens   []string
	admin    string
	cursor   string
	lengths  map[string]int // of a good body, by scenario
	service  *service
	bareCtl  *process
	bareAddr string
	gen      *process
	tracks   map[string]track // what was seen of a request on its way to the database
	seed     uint64
}

// newLab brings everything up but the service. What it started is ended by close, also when it fails.
func newLab(ctx context.Context, o options) (l *lab, err error) {
	l = &lab{options: o, pgLog: &pgLog{}, lengths: map[string]int{}, tracks: map[string]track{},
		seed: uint64(time.Now().UnixNano())}
	defer func() {
		if err != nil {
			l.close()
			l = nil
		}
	}()
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return l, err
	}
	if l.dir, err = os.MkdirTemp(o.out, "run-"); err != nil {
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
	role := []string{"load", hurried}
	if o.tooMuch {
		role = role[:1]
	}
	if l.gen, err = spawnSelf([]string{"GOMAXPROCS=1"}, role...); err != nil {
		return l, err
	}
	if l.pgbench.bin, err = postgres.Find(); err != nil {
		return l, err
	}
	if l.pg, err = postgres.Start(ctx, postgres.Config{Dir: filepath.Join(l.dir, "db"), Log: l.pgLog,
		Settings: settings}); err != nil {
		return l, err
	}
	l.layout = newLayout(o.products, o.deep, o.page, o.sales)
	return l, l.prepare(ctx)
}

func (l *lab) close() {
	l.service.end()
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
	if l.dir != "" && !l.keep {
		_ = os.RemoveAll(l.dir)
	}
}

// build makes the service's program as it is shipped.
func (l *lab) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", l.binary(), "./api/services/sales")
	cmd.Dir = l.root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

func (l *lab) binary() string { return filepath.Join(l.dir, "sales") }

func (l *lab) keys() string { return filepath.Join(l.dir, "keys") }

// prepare makes the schema, the data, the keys and the tokens.
func (l *lab) prepare(ctx context.Context) (err error) {
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
	l.url = u.String()
	if err := migrate.CreateLogin(ctx, db, serviceRole, secret); err != nil {
		return err
	}
	l.pgbench.url, l.pgbench.dir = l.url, l.dir
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
	hash, err := hasher.Hash(ctx, password.Given(loginPassword))
	if err != nil {
		return err
	}
	began := time.Now()
	if err := fill(ctx, l.conn, l.layout, hash); err != nil {
		return err
	}
	l.say("%d products and %d sales in %.0f s", l.layout.products()+l.layout.Deep, l.layout.Sales,
		time.Since(began).Seconds())
	return l.makeTokens()
}

// makeTokens makes a token for every till and one for the organiser.
func (l *lab) makeTokens() error {
	if _, err := keystore.Generate(l.keys(), keystore.MinBits); err != nil {
		return err
	}
	store, err := keystore.Open(l.keys())
	if err != nil {
		return err
	}
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: "garagesale", Audience: "sales-api", Life: 48 * time.Hour},
		store, clock.Now)
	if err != nil {
		return err
	}
	for n := range int64(tills + 1) {
		r := role.Cashier
		if n == tills {
			r = role.Admin
		}
		token, _, err := tokens.Issue(request.Actor{ID: uuid.MustParse(ident(kindUser, n)), Roles: role.NewSet(r)}, 1)
		if err != nil {
			return err
		}
		l.tokens = append(l.tokens, token)
	}
	l.admin, l.tokens = l.tokens[tills], l.tokens[:tills]
	return nil
}

// startBare starts the control, on the statements that the service sends.
func (l *lab) startBare(ctx context.Context) (err error) {
	cfg := bareConfig{URL: l.url, MaxConns: int32(l.pool)} //nolint:gosec // a setting
	cfg.Get, cfg.List, cfg.Deep = l.tracks[scenarioGet].last(), l.tracks[scenarioList].last(),
		l.tracks[scenarioDeep].last()
	for _, q := range []string{cfg.Get, cfg.List, cfg.Deep} {
		d, err := l.conn.Prepare(ctx, "", q)
		if err != nil {
			return fmt.Errorf("bare: %w", err)
		}
		var names []string
		for _, f := range d.Fields {
			names = append(names, f.Name)
		}
		if got, want := strings.Join(names, " "), strings.Join(bareColumns[:max(len(names), len(bareColumns)-1)],
			" "); got != want {
			return fmt.Errorf("bare: the service's statement has other columns now; bring bare.go in line:\n%s\nwas\n%s", got,
				want)
		}
	}
	if l.bareCtl, err = spawnSelf(nil, "bare"); err != nil {
		return err
	}
	return l.bareCtl.ask(cfg, &l.bareAddr)
}

// job is what all jobs of the generator have in common.
func (l *lab) job(scenario, addr string) job {
	l.seed++
	conns := l.conns
	if scenario == scenarioLogin { // as many as hash at once, and as many that wait; who waits for 2 s is refused
		conns = min(conns, 8)
	}
	return job{
		Addr: addr, Scenario: scenario, Conns: conns, Warm: 300 * time.Millisecond, For: l.length, Wait: 30 * time.Second,
		Seed:   l.seed,
		Layout: l.layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor, Least: l.lengths[scenario],
	}
}

// load has the generator do a job; anything but good answers is an error.
func (l *lab) load(ctx context.Context, j job) (outcome, error) {
	o, err := l.loadAnyway(ctx, j)
	if err == nil && len(o.Errors) > 0 {
		err = fmt.Errorf("%s: not every answer was good, so this is no result: %v", j.Scenario, o.Errors)
	}
	return o, err
}

func (l *lab) loadAnyway(ctx context.Context, j job) (o outcome, err error) {
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	// The generator only answers when it is done: a ^C ends it.
	stop := context.AfterFunc(ctx, func() { _ = l.gen.cmd.Process.Kill() })
	defer stop()
	if err := l.gen.ask(j, &o); err != nil {
		return o, errors.Join(ctx.Err(), err)
	}
	if o.Error != "" {
		return o, errors.New(o.Error)
	}
	return o, nil
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
