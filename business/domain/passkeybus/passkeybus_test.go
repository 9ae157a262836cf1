package passkeybus_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/userbus"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestParty(t *testing.T) {
	t.Parallel()
	for _, bad := range [][]string{{"sales.example.com"}, {"https://sales.example.com/"}, {"https://sales.example.com/me"},
		{"http://sales.example.com"}, {"https://"}, {"https://192.0.2.1"}, {"https://[::1]"}, {"https://u@sales.example.com"},
		{"https://sales.example.com", "https://example.com"}, {"https://a.example", "https://evila.example"}, {""},
		{"ftp://sales.example.com"}, {"https://sales.example.com?x=1"}} {
		if p, err := passkeybus.NewParty(bad); err == nil {
			t.Errorf("%q: %+v", bad, p.Config)
		}
	}
	for id, good := range map[string][]string{
		"sales.example.com": {"https://sales.example.com:8443"},
		"example.com":       {"https://example.com", "https://sales.example.com"},
		"localhost":         {"http://localhost:3000"},
	} {
		if p, err := passkeybus.NewParty(good); err != nil || p.Config.RPID != id {
			t.Errorf("%q: %v", good, err)
		}
	}
}

// asked is an account with a passkey and a challenge, over a service that has none of both otherwise.
func asked(t *testing.T, c *dbtest.Clock) (business.Business, uuid.UUID) {
	t.Helper()
	party, err := passkeybus.NewParty([]string{"https://sales.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	db := dbtest.New(t)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: c.Now, Passkeys: party})
	u, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
		if err == nil {
			_, err = d.Passkeys.BeginRegister(ctx, u.ID)
		}
		if err == nil {
			_, err = d.Passkeys.BeginLogIn(ctx)
		}
		return u, err
	})
	if err == nil {
		_, err = db.Exec(t.Context(), `
			INSERT INTO passkeys SELECT gen_random_uuid(), $1, 'P', 'id', 'key', 0, '{}', false, false, gen_random_uuid(), 1,
				now(), now()`, u.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	owner := dbtest.Owner(t, db)
	dbtest.Constraints(t, owner, []string{"passkeys", "passkey_challenges"}, map[string][]string{
		"passkeys_credential_check": {`UPDATE passkeys SET credential_id = ''`},
		"passkeys_key_check":        {`UPDATE passkeys SET public_key = ''`},
		"passkeys_count_check":      {`UPDATE passkeys SET sign_count = -1`, `UPDATE passkeys SET sign_count = 4294967296`},
		"passkeys_user_fkey":        {`UPDATE passkeys SET user_id = gen_random_uuid()`},
		"passkeys_credential_key": {`INSERT INTO passkeys SELECT gen_random_uuid(), user_id, name, credential_id,
			public_key, 0, '{}', false, false, aaguid, 1, now(), now() FROM passkeys`},
		"passkeys_pkey":                    {`INSERT INTO passkeys SELECT * FROM passkeys`},
		"passkey_challenges_hash_check":    {`UPDATE passkey_challenges SET challenge_hash = 'short'`},
		"passkey_challenges_purpose_check": {`UPDATE passkey_challenges SET purpose = 'X' WHERE purpose <> 'LOGIN'`},
		"passkey_challenges_user_check":    {`UPDATE passkey_challenges SET purpose = 'LOGIN' WHERE purpose <> 'LOGIN'`},
		"passkey_challenges_user_fkey": {`UPDATE passkey_challenges SET user_id = gen_random_uuid()
			WHERE purpose <> 'LOGIN'`},
		"passkey_challenges_user_key": {`INSERT INTO passkey_challenges SELECT sha256('x'), purpose, user_id, now()
			FROM passkey_challenges WHERE purpose <> 'LOGIN'`},
		"passkey_challenges_pkey": {`INSERT INTO passkey_challenges SELECT * FROM passkey_challenges
			WHERE purpose = 'LOGIN'`},
	})
	return b, u.ID
}

// TestRows: a passkey and what is asked of it are no history: they go with the account; and what nobody has answered in
// time is cleaned.
func TestRows(t *testing.T) {
	t.Parallel()
	c := dbtest.NewClock()
	b, id := asked(t, c)
	c.Add(5*time.Minute - time.Second)
	clean := func(want int64) {
		t.Helper()
		if n, err := b.Passkeys.Clean(t.Context()); n != want || err != nil {
			t.Errorf("%d are cleaned, want %d: %v", n, want, err)
		}
	}
	clean(0)
	c.Add(2 * time.Second)
	clean(2)
	if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		u, err := d.Users.Lock(ctx, id)
		if err != nil {
			return err
		}
		return d.Users.Delete(ctx, u)
	}); err != nil {
		t.Fatal(err)
	}
	if has, err := b.Passkeys.Has(t.Context(), id); has || err != nil {
		t.Errorf("%t %v", has, err)
	}
}
