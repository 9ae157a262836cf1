package dbtest

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

// World is a market with rows in every table, among markets that are much smaller: what every list is tried on. Values
// repeat, so that an order has ties. Its database has one connection, so that plans can be looked at.
type World struct {
	business.Business
	DB      sqldb.DB
	Market  uuid.UUID
	Family  uuid.UUID // the first of the market, of Owner
	Owner   uuid.UUID // and a cashier
	Cashier uuid.UUID
	Sale    uuid.UUID // one with many returns
	Drawer  uuid.UUID // one with many movements
	Middle  time.Time // half of the sales come before

	last pgx.TraceQueryStartData // the last statement that ends in a LIMIT
}

// NewWorld makes a World with n rows of most things, as its owner.
func NewWorld(t testing.TB, n int) *World {
	t.Helper()
	w := &World{}
	var err error
	w.DB, err = sqldb.Open(context.Background(), sqldb.Config{URL: URL(t), MaxConns: 1, Tracer: w})
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(w.DB.Close)
	w.Business = business.New(w.DB, business.Config{Hasher: Hasher(t), Now: clock.Now})
	s := NewShop(t, w.Business)
	w.Market, w.Family, w.Cashier = s.Market.ID, s.Family.ID, s.Cashier.ID
	w.Owner, w.Sale, w.Drawer = uuid.New(), uuid.New(), uuid.New()
	w.Middle = clock.Now().Truncate(time.Hour)
	values := strings.NewReplacer("$market", quote(w.Market), "$owner", quote(w.Owner), "$cashier", quote(w.Cashier),
		"$sale", quote(w.Sale), "$drawer", quote(w.Drawer), "$middle", "'"+w.Middle.Format(time.RFC3339)+"'::timestamptz",
		"$name", "CASE n % 2 WHEN 0 THEN 'name ' ELSE 'Name ' END || n % 30", "$n", strconv.Itoa(n))
	for q := range strings.SplitSeq(fill, ";") {
		if _, err := w.DB.Exec(context.Background(), values.Replace(q)); err != nil {
			t.Fatalf("%v: %s", err, q)
		}
	}
	return w
}

func quote(id uuid.UUID) string { return "'" + id.String() + "'::uuid" }

// TraceQueryStart implements pgx.QueryTracer.
func (w *World) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if strings.Contains(data.SQL, " LIMIT ") {
		w.last = data
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (*World) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// explain is the plan of the last list, with what does not scale forbidden where there is any other way, as the planner
// would decide for tables of a real size.
func (w *World) explain(t testing.TB) string {
	t.Helper()
	q := w.last
	var lines []string
	err := w.DB.InTx(t.Context(), func(tx sqldb.DB) error {
		for _, setting := range []string{"enable_seqscan", "enable_sort", "enable_hashjoin", "enable_mergejoin",
			"enable_bitmapscan"} {
			if setting == "enable_bitmapscan" && strings.Contains(q.SQL, "ILIKE") {
				continue // the trigram index gives bitmaps
			}
			if _, err := tx.Exec(t.Context(), "SET LOCAL "+setting+" = off"); err != nil {
				return err
			}
		}
		lines = nil
		return tx.Select(t.Context(), &lines, "EXPLAIN (COSTS OFF) "+strings.TrimSpace(q.SQL), q.Args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// fill makes n rows of most things.
const fill = `
	INSERT INTO users (user_id, name, email, roles, password_hash, enabled, created_at, updated_at)
		SELECT CASE n WHEN 1 THEN $owner ELSE gen_random_uuid() END, $name,
			'user' || n || '@x.org', CASE n % 3 WHEN 0 THEN '{CASHIER,USER}' ELSE '{USER}' END::text[], '', n % 4 > 0,
			$middle + n % 10 * interval '1 minute', now()
		FROM generate_series(1, $n) n;
	INSERT INTO markets (market_id, name, place, starts_at, ends_at, currency, commission, status, created_at, updated_at)
		SELECT gen_random_uuid(), $name, 'place',
			$middle + n % 10 * interval '1 hour', $middle + interval '1 day', 'USD', 0,
			(ARRAY['DRAFT', 'OPEN', 'CLOSED'])[1 + n % 3], $middle + n % 7 * interval '1 minute', now()
		FROM generate_series(1, $n) n;
	UPDATE families SET owner_id = $owner;
	INSERT INTO families (market_id, family_id, number, name, created_at, updated_at)
		SELECT $market, gen_random_uuid(), 1 + n, $name, now(), now()
		FROM generate_series(1, $n) n;
	INSERT INTO families (market_id, family_id, owner_id, number, name, created_at, updated_at)
		SELECT market_id, gen_random_uuid(), $owner, 1, 'Jones', now(), now() FROM markets WHERE market_id <> $market;
	INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price,
			quantity, created_at, updated_at)
		SELECT $market, gen_random_uuid(), f.family_id, f.number, 'USD', f.number * 1000000 + n,
			$name, '', n % 20, n % 7,
			$middle + n % 10 * interval '1 minute', now()
		FROM generate_series(1, $n) n JOIN families f ON f.market_id = $market AND f.number = 1 + (n % 5 / 4);
	INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price,
			quantity, created_at, updated_at)
		SELECT market_id, gen_random_uuid(), family_id, 1, 'USD', 1000001, 'Lamp', '', 100, 1, now(), now()
		FROM families WHERE market_id <> $market;
	INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change,
			created_at)
		SELECT $market, CASE n WHEN 1 THEN $sale ELSE gen_random_uuid() END, n,
			CASE n % 2 WHEN 0 THEN $owner ELSE $cashier END,
			(ARRAY['COMPLETED', 'PARTLY_RETURNED', 'RETURNED', 'VOIDED'])[1 + n % 4], 'USD', n % 10,
			CASE n % 3 WHEN 0 THEN 'CARD' ELSE 'CASH' END, n % 10, 0,
			$middle + (n - $n / 2) * interval '1 second'
		FROM generate_series(1, $n) n;
	INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change,
			created_at)
		SELECT market_id, gen_random_uuid(), 1, $cashier, 'COMPLETED', 'USD', 100, 'CASH', 100, 0, $middle
		FROM markets WHERE market_id <> $market;
	INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
		SELECT s.market_id, s.sale_id, 1, f.family_id, 'thing', 1, s.total, s.total, s.total
		FROM sales s JOIN families f ON f.market_id = s.market_id
			AND f.number = CASE WHEN s.number % 5 = 0 AND s.market_id = $market THEN 2 ELSE 1 END;
	INSERT INTO sale_returns (market_id, return_id, sale_id, amount, reason, returned_by, created_at)
		SELECT $market, gen_random_uuid(), CASE n % 5 WHEN 0 THEN s.sale_id ELSE $sale END, 0, '', $cashier,
			$middle + n % 10 * interval '1 minute'
		FROM generate_series(1, $n) n JOIN sales s ON s.market_id = $market AND s.number = n;
	INSERT INTO sale_return_lines (market_id, return_id, sale_id, line, quantity)
		SELECT market_id, return_id, sale_id, 1, 1 FROM sale_returns;
	INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at, closed_at, expected,
			counted)
		SELECT $market, CASE n WHEN 1 THEN $drawer ELSE gen_random_uuid() END,
			CASE n % 3 WHEN 0 THEN $owner ELSE $cashier END, 0,
			$middle + n % 10 * interval '1 minute', now(), 0, 0 FROM generate_series(1, $n) n;
	INSERT INTO cash_movements (market_id, movement_id, cash_session_id, amount, reason, moved_by, created_at)
		SELECT $market, gen_random_uuid(), s.cash_session_id, n, 'change', $cashier,
			$middle + n % 10 * interval '1 minute'
		FROM cash_sessions s, generate_series(1, $n) n WHERE s.market_id = $market
			AND (s.cash_session_id = $drawer OR n = 1);
	INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at)
		SELECT market_id, gen_random_uuid(), $cashier, 0, $middle FROM markets;
	ALTER TABLE cash_sessions DISABLE TRIGGER cash_sessions_closed;
	INSERT INTO ledger_entries (market_id, source_id, event, entry, account, cashier_id, cash_session_id, amount,
			created_at)
		SELECT s.market_id, s.cash_session_id, 'CASH_OPENED', e.n, e.account, CASE e.n WHEN 1 THEN s.cashier_id END,
			CASE e.n WHEN 1 THEN s.cash_session_id END, e.amount, now()
		FROM cash_sessions s, (VALUES (1, 'cash', 100), (2, 'cash_office', -100)) e (n, account, amount);
	ALTER TABLE cash_sessions ENABLE TRIGGER cash_sessions_closed;
	INSERT INTO payouts (market_id, payout_id, family_id, gross, commission, net, paid_by, created_at)
		SELECT market_id, gen_random_uuid(), family_id, 100, 10, 90, $cashier, $middle + number % 10 * interval '1 minute'
		FROM families;
	ANALYZE`
