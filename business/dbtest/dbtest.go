// Package dbtest gives each test a database of its own: one Postgres a test binary, migrated once, copied per test.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/postgres"
)

const (
	template = "template_sales"
	login    = "sales_test" // and its password: the server listens on loopback, as long as the tests run
)

var (
	count  atomic.Int64
	server *postgres.Server
	admin  sqldb.DB // to make and drop databases; a new connection for each would cost as much as half the copying

	// start begins when the first test asks, so a binary whose tests need no database starts none.
	start = sync.OnceValue(func() error {
		ctx := context.Background()
		var err error
		if server, err = postgres.Start(ctx, postgres.Config{Ephemeral: true}); err != nil {
			return err
		}
		if admin, err = sqldb.Open(ctx, sqldb.Config{URL: patient(server.URL()), MaxConns: 4}); err != nil {
			return err
		}
		if err := exec("CREATE DATABASE " + template); err != nil {
			return err
		}
		db, err := sqldb.Open(ctx, sqldb.Config{URL: server.URLFor(template)})
		if err != nil {
			return err
		}
		defer db.Close() // a template must have no connections
		if _, err = migrate.Up(ctx, db); err != nil {
			return err
		}
		return migrate.CreateLogin(ctx, db, login, login)
	})
)

// Main runs the tests and stops the server. Without it the server ends too, but a moment after the tests.
func Main(m *testing.M) {
	code := m.Run()
	if server != nil {
		admin.Close()
		_ = server.Stop()
	}
	os.Exit(code)
}

// URL is the address of a new, migrated, empty database, for its owner. It is dropped when the test ends.
func URL(t testing.TB) string { return database(t, template) }

// EmptyURL is URL without the migrations.
func EmptyURL(t testing.TB) string { return database(t, "template0") }

// creating is held while a template is copied, which allows no second copy at the same time. Copying its files takes
// half as long as copying it by the log.
var creating sync.Mutex

func database(t testing.TB, from string) string {
	t.Helper()
	if err := start(); err != nil {
		t.Fatalf("test database: %v", err)
	}
	name := fmt.Sprintf("test_%d", count.Add(1))
	creating.Lock()
	err := exec("CREATE DATABASE " + name + " TEMPLATE " + from + " STRATEGY FILE_COPY")
	creating.Unlock()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(func() {
		if err := exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Logf("drop %s: %v", name, err)
		}
	})
	return patient(server.URLFor(name))
}

// patient is a server's URL with time to connect: a machine that is busy with tests may take a while.
func patient(url string) string { return url + "&connect_timeout=30" }

// New is a handle to a new, migrated, empty database, with the rights that the service has.
func New(t testing.TB) sqldb.DB {
	t.Helper()
	return Open(t, ServiceURL(t, URL(t)))
}

// ServiceURL is a URL from URL for a user with the rights that the service has.
func ServiceURL(t testing.TB, owner string) string {
	t.Helper()
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	u.User = url.UserPassword(login, login)
	return u.String()
}

// Owner is a handle to the database of db for who may do everything: to put a test's world in order, or out of it.
func Owner(t testing.TB, db sqldb.DB) sqldb.DB {
	t.Helper()
	var name string
	if err := db.Get(context.Background(), &name, `SELECT current_database()`); err != nil {
		t.Fatalf("test database: %v", err)
	}
	return Open(t, server.URLFor(name))
}

// Open is a handle to a database that URL or ServiceURL names.
func Open(t testing.TB, url string) sqldb.DB {
	t.Helper()
	tracer, err := sqldb.NewTracer()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(context.Background(), sqldb.Config{URL: url, MaxConns: 8, Tracer: tracer})
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// Business is the domains over a new, empty database, and that database.
func Business(t testing.TB) (business.Business, sqldb.DB) {
	t.Helper()
	db := New(t)
	return business.New(db, business.Config{Hasher: Hasher(t), Now: clock.Now}), db
}

// Hasher hashes at the lowest cost, which is right for tests and for nothing else.
func Hasher(t testing.TB) *passhash.Hasher {
	t.Helper()
	h, err := passhash.New(passhash.Config{Memory: 8, Iterations: 1, Concurrent: 8})
	if err != nil {
		t.Fatalf("hasher: %v", err)
	}
	return h
}

func exec(q string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := admin.Exec(ctx, q); err != nil {
		return fmt.Errorf("%s: %w", strings.Fields(q)[0], err)
	}
	return nil
}
