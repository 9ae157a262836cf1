package sqldb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// TestTime: what is written is what is read back, in UTC, whatever the zone of the value and of the machine.
func TestTime(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	wrote := time.Date(2026, 5, 30, 9, 0, 0, 123456000, time.FixedZone("", 2*3600))
	var got struct{ A, B time.Time }
	err := db.Get(t.Context(), &got, `SELECT $1::timestamptz AS a, '2026-01-02 03:04:05.678901+03'::timestamptz AS b`,
		wrote)
	if err != nil {
		t.Fatal(err)
	}
	if got.A != wrote.UTC() || got.A.Location() != time.UTC {
		t.Errorf("read %v, wrote %v", got.A, wrote)
	}
	if want := time.Date(2026, 1, 2, 0, 4, 5, 678901000, time.UTC); got.B != want {
		t.Errorf("read %v, want %v", got.B, want)
	}
	var text string
	if err := db.Get(t.Context(), &text, `SELECT $1::timestamptz::text`, wrote); err != nil ||
		text != "2026-05-30 07:00:00.123456+00" {
		t.Errorf("the server's text is %s: %v", text, err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	var n int
	if err := db.Get(t.Context(), &n, `SELECT n FROM t WHERE false`); !errors.Is(err, sqldb.ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
	if err := db.Get(t.Context(), &n, `SELECT 1/0`); err == nil || errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("a mistake in a query: %v", err)
	}
	if _, err := db.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`); !errors.Is(err,
		errs.ErrUnavailable) {
		t.Errorf("the backend ends: %v", err)
	}
	if err := db.Get(t.Context(), &n, `SELECT 1`); err != nil {
		t.Errorf("the pool does not recover: %v", err)
	}
	down, err := sqldb.Open(t.Context(), sqldb.Config{URL: "postgres://a:secretsecret@127.0.0.1:1/x"})
	if err != nil {
		t.Fatal(err)
	}
	defer down.Close()
	if err := down.Get(t.Context(), &n, `SELECT 1`); !errors.Is(err, errs.ErrUnavailable) ||
		strings.Contains(err.Error(), "secretsecret") {
		t.Errorf("no server: %v", err)
	}
	for _, bad := range []string{"postgres://a:secretsecret@h:port/x", "nonsense://a:secretsecret@h",
		"host=x password=secretsecret bad"} {
		if _, err := sqldb.Open(t.Context(), sqldb.Config{URL: bad}); err == nil ||
			strings.Contains(err.Error(), "secretsecret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestContains: what a person types is looked for as it stands.
func TestContains(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	rapid.Check(t, func(rt *rapid.T) {
		alphabet := rapid.SampledFrom([]rune(`ab%_\é'"?$`))
		text, s := rapid.StringOfN(alphabet, 0, 8, -1).Draw(rt, "text"), rapid.StringOfN(alphabet, 0, 3, -1).Draw(rt, "s")
		var got bool
		if err := db.Get(t.Context(), &got, `SELECT $1::text ILIKE $2`, text, sqldb.Contains(s)); err != nil {
			rt.Fatal(err)
		}
		if got != strings.Contains(text, s) {
			rt.Errorf("%q in %q: %v", s, text, got)
		}
	})
}

type item struct {
	ID uuid.UUID `db:"id"`
	A  int64     `db:"a"`
	B  string    `db:"b"`
}

// TestList walks a list whose order has many ties, page by page, in every order, and meets each row once.
func TestList(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.EmptyURL(t))
	exec(t, db,
		`CREATE TABLE items AS SELECT gen_random_uuid() AS id, (i % 3)::bigint AS a, chr(97 + i % 4) AS b
			FROM generate_series(1, 50) i`)
	cols := query.Columns[item]{
		Default: "a", ID: func(i item) uuid.UUID { return i.ID },
		By: map[string]query.Column[item]{
			"a": query.By("i.a", func(i item) int64 { return i.A }),
			"b": query.By("i.b", func(i item) string { return i.B }),
		},
	}
	for _, by := range []string{"", "a", "-a", "b", "-b"} {
		for _, limit := range []int{1, 7, 49, 50, 51} {
			var w sqldb.Where
			w.And("i.a < ?", 2)
			wantCount := 33
			var got []item
			cursor := ""
			for pages := 0; ; pages++ {
				res, err := sqldb.List(t.Context(), db, `SELECT i.id, i.a, i.b FROM items i`, "i.id", w, cols,
					query.Page{Limit: limit, OrderBy: by, Cursor: cursor, Total: true}, func(i item) item { return i })
				if err != nil || pages > wantCount || *res.Total != wantCount {
					t.Fatalf("%q by %d: page %d: %v, total %v", by, limit, pages, err, res.Total)
				}
				got = append(got, res.Items...)
				if cursor = res.NextCursor; cursor == "" {
					break
				}
			}
			key := func(i item) string {
				if strings.HasSuffix(by, "b") {
					return i.B + i.ID.String()
				}
				return fmt.Sprint(i.A) + i.ID.String()
			}
			sorted := slices.SortedFunc(slices.Values(got), func(x, y item) int {
				if strings.HasPrefix(by, "-") {
					x, y = y, x
				}
				return strings.Compare(key(x), key(y))
			})
			if len(got) != wantCount || !slices.Equal(got, sorted) || len(slices.Compact(sorted)) != wantCount {
				t.Errorf("%q by %d: %d rows, sorted and different: %v", by, limit, len(got), slices.Equal(got, sorted))
			}
		}
	}
}
