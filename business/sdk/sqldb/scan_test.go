package sqldb_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/sqldb"
)

// TestScanAfterChange: a connection that has read a statement reads it rightly after its columns changed.
func TestScanAfterChange(t *testing.T) {
	t.Parallel()
	_, dbURL := setup(t)
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbURL, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec(t, db, `CREATE TABLE v (id uuid, parent uuid, n int)`)
	id := uuid.New()
	if _, err := db.Exec(t.Context(), `INSERT INTO v VALUES ($1, NULL, 1), ($1, $1, 2)`, id); err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID     uuid.UUID  `db:"id"`
		Parent *uuid.UUID `db:"parent"`
		N      int64      `db:"n"`
	}
	read := func() (list []row) {
		t.Helper()
		for range 2 { // with the server's statement that it prepared, after it found that the old one is void
			list = nil
			if err = db.Select(t.Context(), &list, `SELECT * FROM v ORDER BY n`); err == nil {
				return list
			}
		}
		t.Fatal(err)
		return nil
	}
	check := func() {
		t.Helper()
		list := read()
		if len(list) != 2 || list[0].ID != id || list[0].Parent != nil || *list[1].Parent != id || list[1].N != 2 {
			t.Errorf("%+v", list)
		}
	}
	check()
	exec(t, db, `ALTER TABLE v ALTER n TYPE bigint`)
	check()
	exec(t, db, `ALTER TABLE v ADD x int`)
	if err := db.Select(t.Context(), new([]row), `SELECT * FROM v`); err == nil ||
		!strings.Contains(err.Error(), "column x has no field") {
		t.Error(err)
	}
}

func TestScanOneValue(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	var n int
	if err := db.Get(t.Context(), &n, `SELECT 1, 2`); err == nil || !strings.Contains(err.Error(), "2 columns") {
		t.Error(err)
	}
	if err := db.Get(t.Context(), &n, `SELECT NULL::int`); err == nil || !strings.Contains(err.Error(), "NULL") {
		t.Error(err)
	}
	var id *uuid.UUID
	if err := db.Get(t.Context(), &id, `SELECT NULL::uuid`); err != nil || id != nil {
		t.Error(id, err)
	}
	if err := db.Get(t.Context(), new(uuid.UUID), `SELECT NULL::uuid`); err == nil {
		t.Error("NULL is no id")
	}
}
