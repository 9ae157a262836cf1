package migrate_test

import (
	"os"
	"strings"
	"testing"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/email"
)

// TestAddresses: an account whose address was stored in another form than the one it is compared in can log in after
// the migration, whichever way the address is typed. Of two that look the same neither gets the other's.
func TestAddresses(t *testing.T) {
	t.Parallel()
	db := dbtest.Owner(t, dbtest.New(t))
	for stored, want := range map[string]string{
		"ann@x.org": "ann@x.org", "änn@x.org": "änn@x.org", // as they were
		"ﬁsh@x.org": "fish@x.org", "a\u0308pfel@x.org": "äpfel@x.org", "ｂｏｂ@x.org": "bob@x.org", "ℌ@x.org": "h@x.org",
		"c\u200bat@x.org": "cat@x.org", "\u202edog@x.org": "dog@x.org", "cow@x.org\ufeff": "cow@x.org",
		"taken@x.org": "taken@x.org", "ｔaken@x.org": "ｔaken@x.org", "\u00adtwin@x.org": "\u00adtwin@x.org",
		"ｔwin@x.org": "ｔwin@x.org",
	} {
		if _, err := db.Exec(t.Context(), `
			INSERT INTO users (user_id, name, email, roles, password_hash, enabled, created_at, updated_at)
			VALUES (gen_random_uuid(), $2, $1, '{USER}', '', true, now(), now())`, stored, want); err != nil {
			t.Fatalf("%q: %v", stored, err)
		}
	}
	file, err := os.ReadFile("sql/00007_quotas_and_addresses.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, statement, found := strings.Cut(string(file), "WITH normal")
	if !found {
		t.Fatal("the migration has no such statement")
	}
	for range 2 { // and again: nothing is left to do
		if _, err := db.Exec(t.Context(), "WITH normal"+statement); err != nil {
			t.Fatal(err)
		}
	}
	// What operations.md shows to find those that were left.
	page, err := os.ReadFile("../../../zarf/docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(string(page), "SELECT user_id, email FROM users")
	query, _, found = strings.Cut(query, ";")
	var left []string
	if err := db.Select(t.Context(), &left, "SELECT email FROM users"+query+" ORDER BY email"); err != nil || !found ||
		len(left) != 3 {
		t.Errorf("left are %q, %v, want the three that look like another one", left, err)
	}
	var rows []struct{ Name, Email string }
	if err := db.Select(t.Context(), &rows, `SELECT name, email FROM users`); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Email != r.Name {
			t.Errorf("%q became %q", r.Name, r.Email)
		}
		if typed, err := email.Parse(r.Name); err == nil && string(typed) != r.Email && !strings.Contains(r.Name, "ｔ") {
			t.Errorf("%q is looked for as %q", r.Email, typed)
		}
	}
}
