package migrate_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/migrate"
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
