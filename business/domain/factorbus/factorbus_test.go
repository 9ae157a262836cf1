package factorbus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// begun is an account with the secret of RFC 6238, appendix B, which is not in force yet.
func begun(t *testing.T, now func() time.Time) (business.Business, sqldb.DB, uuid.UUID) {
	t.Helper()
	db := dbtest.New(t)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: now})
	u, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
		if err == nil {
			_, err = d.Factors.Begin(ctx, u.ID)
		}
		return u, err
	})
	if err == nil {
		_, err = db.Exec(t.Context(), `UPDATE second_factors SET secret = '12345678901234567890'`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b, db, u.ID
}

// TestVectors: the codes are those of RFC 6238, appendix B, whose last six digits an app shows.
func TestVectors(t *testing.T) {
	t.Parallel()
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924",
		2000000000: "279037", 20000000000: "353130"} {
		b, _, id := begun(t, func() time.Time { return time.Unix(at, 0).UTC() })
		if _, err := dbtest.In(b, func(ctx context.Context, d business.Domains) ([]string, error) {
			return d.Factors.Confirm(ctx, id, code)
		}); err != nil {
			t.Errorf("at %d %s: %v", at, code, err)
		}
	}
}

// TestGoesWithTheAccount: a second factor is no history, so an account with one can be deleted.
func TestGoesWithTheAccount(t *testing.T) {
	t.Parallel()
	b, db, id := begun(t, func() time.Time { return time.Unix(59, 0).UTC() })
	if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		if _, err := d.Factors.Confirm(ctx, id, "287082"); err != nil {
			return err
		}
		u, err := d.Users.Lock(ctx, id)
		if err != nil {
			return err
		}
		return d.Users.Delete(ctx, u)
	}); err != nil {
		t.Fatal(err)
	}
	left, err := sqldb.One[int](t.Context(), db, `SELECT (SELECT count(*) FROM second_factors) +
		(SELECT count(*) FROM recovery_codes)`)
	if err != nil || left != 0 {
		t.Errorf("%d rows are left: %v", left, err)
	}
	if _, err := b.Factors.Begin(t.Context(), id); !errors.Is(err, userbus.ErrNotFound) {
		t.Errorf("nobody begins: %v", err)
	}
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db, id := begun(t, func() time.Time { return time.Unix(59, 0).UTC() })
	if _, err := dbtest.In(b, func(ctx context.Context, d business.Domains) ([]string, error) {
		return d.Factors.Confirm(ctx, id, "287082")
	}); err != nil {
		t.Fatal(err)
	}
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"second_factors", "recovery_codes"}, map[string][]string{
		"second_factors_secret_check": {`UPDATE second_factors SET secret = 'short'`},
		"recovery_codes_hash_check":   {`UPDATE recovery_codes SET code_hash = 'short'`},
		"second_factors_pkey":         {`INSERT INTO second_factors SELECT * FROM second_factors`},
		"recovery_codes_pkey":         {`INSERT INTO recovery_codes SELECT * FROM recovery_codes`},
		"second_factors_user_fkey":    {`INSERT INTO second_factors SELECT gen_random_uuid(), secret, 0 FROM second_factors`},
		"recovery_codes_factor_fkey":  {`UPDATE recovery_codes SET user_id = gen_random_uuid()`},
	})
	if has, err := b.Factors.Has(t.Context(), uuid.New()); has || err != nil {
		t.Errorf("nobody has one: %t %v", has, err)
	}
	if err := b.Factors.Use(t.Context(), id, ""); !errors.Is(err, factorbus.ErrRequired) {
		t.Error(err)
	}
}
