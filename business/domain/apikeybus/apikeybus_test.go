package apikeybus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type rig struct {
	business.Business
	db    sqldb.DB
	clock *dbtest.Clock
	user  userbus.User
	shop  dbtest.Shop
}

func newRig(t *testing.T) rig {
	t.Helper()
	r := rig{db: dbtest.New(t), clock: dbtest.NewClock()}
	r.Business = business.New(r.db, business.Config{Hasher: dbtest.Hasher(t), Now: r.clock.Now})
	r.shop = dbtest.NewShop(t, r.Business)
	var err error
	r.user, err = dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r rig) key(t *testing.T, market *uuid.UUID) (k apikeybus.Key, token string) {
	t.Helper()
	k, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (k apikeybus.Key, err error) {
		k, token, err = d.APIKeys.Create(ctx, apikeybus.NewKey{UserID: r.user.ID, Name: "K", MarketID: market,
			Actions: []string{"sale.read"}, ExpiresAt: r.clock.Now().Add(24 * time.Hour)})
		return k, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, token
}

// TestLastUse: it is noted at most once a minute.
func TestLastUse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	k, token := r.key(t, nil)
	first := r.clock.Now()
	for _, tt := range []struct {
		after   time.Duration
		noted   time.Time
		version int64
	}{
		{0, first, 2}, {time.Second, first, 2}, {58 * time.Second, first, 2}, {time.Second, first.Add(time.Minute), 3},
		{0, first.Add(time.Minute), 3},
	} {
		r.clock.Add(tt.after)
		if g, err := r.APIKeys.Use(t.Context(), token); err != nil || g.ID != k.ID {
			t.Fatal(g, err)
		}
		got, err := r.APIKeys.Get(t.Context(), r.user.ID, k.ID)
		if err != nil || got.LastUsedAt == nil || !got.LastUsedAt.Equal(tt.noted) || got.Version != tt.version {
			t.Errorf("%+v %v, want %v in version %d", got, err, tt.noted, tt.version)
		}
	}
}

// TestGoesWith: a key goes with its market, and with its account, of which it is no history.
func TestGoesWith(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var ids []uuid.UUID
	market, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (marketbus.Market, error) {
		m := r.shop.Market
		return d.Markets.Create(ctx, marketbus.NewMarket{Name: "M", Place: "P", StartsAt: m.StartsAt, EndsAt: m.EndsAt,
			Currency: "USD"})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, here := r.key(t, &market.ID)
	_, anywhere := r.key(t, nil)
	use := func(token string, want error) {
		t.Helper()
		if _, err := r.APIKeys.Use(t.Context(), token); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	use(here, nil)
	if err := r.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Markets.Delete(ctx, market)
	}); err != nil {
		t.Fatal(err)
	}
	use(here, apikeybus.ErrToken)
	use(anywhere, nil)
	if err := r.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Users.Delete(ctx, r.user)
	}); err != nil {
		t.Fatal(err)
	}
	use(anywhere, apikeybus.ErrToken)
	if err := r.db.Select(t.Context(), &ids, `SELECT key_id FROM api_keys`); err != nil || len(ids) > 0 {
		t.Error(ids, err)
	}
	if _, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (apikeybus.Key, error) {
		k, _, err := d.APIKeys.Create(ctx, apikeybus.NewKey{UserID: r.user.ID, ExpiresAt: r.clock.Now().Add(time.Hour)})
		return k, err
	}); !errors.Is(err, apikeybus.ErrToken) {
		t.Errorf("a key of nobody: %v", err)
	}
}

// TestClean: keys are deleted once they have expired.
func TestClean(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	k, _ := r.key(t, nil)
	for _, there := range []bool{true, false} {
		if err := r.Clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.APIKeys.Get(t.Context(), r.user.ID, k.ID); there != (err == nil) ||
			!there && !errors.Is(err, apikeybus.ErrNotFound) {
			t.Error(there, err)
		}
		r.clock.Add(24 * time.Hour)
	}
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.key(t, &r.shop.Market.ID)
	dbtest.Constraints(t, dbtest.Owner(t, r.db), []string{"api_keys"}, map[string][]string{
		"api_keys_pkey": {`INSERT INTO api_keys SELECT * FROM api_keys`},
		"api_keys_hash_key": {`INSERT INTO api_keys SELECT gen_random_uuid(), user_id, name, market_id, actions, token_hash,
			1, created_at, expires_at FROM api_keys`},
		"api_keys_user_fkey":     {`UPDATE api_keys SET user_id = gen_random_uuid()`},
		"api_keys_market_fkey":   {`UPDATE api_keys SET market_id = gen_random_uuid()`},
		"api_keys_actions_check": {`UPDATE api_keys SET actions = '{}'`},
		"api_keys_hash_check":    {`UPDATE api_keys SET token_hash = 'short'`},
		"api_keys_expires_check": {`UPDATE api_keys SET expires_at = created_at`},
	})
}
