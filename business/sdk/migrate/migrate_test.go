package migrate_test

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// TestManyAtOnce: five pods start over an empty database; one migrates, the others find it done.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.EmptyURL(t)
	applied := make([][]string, 5)
	var wg sync.WaitGroup
	for i := range applied {
		db := dbtest.Open(t, url)
		wg.Go(func() {
			var err error
			if applied[i], err = migrate.Up(t.Context(), db); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	db := dbtest.Open(t, url)
	states, err := migrate.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, names := range applied {
		total += len(names)
	}
	if total != len(states) || total == 0 {
		t.Errorf("%d migrations were applied, there are %d", total, len(states))
	}
	for _, s := range states {
		if s.AppliedAt.IsZero() {
			t.Errorf("%s was not applied", s.Name)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.EmptyURL(t))
	ctx := t.Context()
	if err := migrate.Check(ctx, db); !errors.Is(err, migrate.ErrBehind) {
		t.Errorf("nothing was migrated: %v", err)
	}
	if states, err := migrate.Status(ctx, db); err != nil || len(states) == 0 || !states[0].AppliedAt.IsZero() {
		t.Errorf("status before: %v %v", states, err)
	}
	if _, err := migrate.Up(ctx, db); err != nil {
		t.Fatal(err)
	}
	if err := migrate.Check(ctx, db); err != nil {
		t.Errorf("migrated: %v", err)
	}
	for _, step := range []struct {
		q    string
		want error
	}{
		{`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, true)`, nil}, // a newer version is rolled out
		{`DELETE FROM goose_db_version WHERE version_id > 0`, migrate.ErrBehind},
	} {
		if _, err := db.Exec(ctx, step.q); err != nil {
			t.Fatal(err)
		}
		if err := migrate.Check(ctx, db); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.q, err, step.want)
		}
	}
	db.Close()
	if err := migrate.Check(ctx, db); err == nil || errors.Is(err, migrate.ErrBehind) {
		t.Errorf("no database: %v", err)
	}
}

// TestJobsTables: River's own migrations go on where a crash left them, each of them.
func TestJobsTables(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	want := versions(t, dbtest.Owner(t, dbtest.New(t)))
	if len(want) < 2 {
		t.Fatalf("%d of River's versions", len(want))
	}
	db := dbtest.Open(t, dbtest.EmptyURL(t))
	for done := range want { // a crash after so many
		if _, err := db.Exec(ctx, `DROP SCHEMA IF EXISTS river CASCADE; CREATE SCHEMA river`); err != nil {
			t.Fatal(err)
		}
		m, err := rivermigrate.New(riverpgxv5.New(db.Pool()), &rivermigrate.Config{Schema: "river",
			Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if done > 0 {
			if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{MaxSteps: done}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // and once more, for a crash before goose has noted it
			if err := work.Migrate(ctx, db); err != nil {
				t.Errorf("after %d versions: %v", done, err)
			}
		}
		if got := versions(t, db); !slices.Equal(got, want) {
			t.Errorf("after %d versions: %v, want %v", done, got, want)
		}
	}
}

func versions(t *testing.T, db sqldb.DB) (list []int64) {
	t.Helper()
	if err := db.Select(t.Context(), &list, `SELECT version FROM river.river_migration ORDER BY version`); err != nil {
		t.Fatal(err)
	}
	return list
}
