package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/zarf/proof/bench/layout"
)

// fill loads the data in bulk. Triggers and foreign keys rest meanwhile; check looks afterwards whether all is as they
// would have it.
func fill(ctx context.Context, conn *pgx.Conn, l layout.Layout, passwordHash string) error {
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	values := strings.NewReplacer(
		":users", text(layout.Tills+1), ":all_markets", text(layout.AllMarkets), ":markets", text(layout.Markets),
		":families", text(layout.Families), ":per_family", text(l.PerFamily), ":products", text(l.Products()),
		":deep_market", text(layout.DeepMarket), ":deep", text(l.Deep), ":probe_market", text(layout.ProbeMarket),
		":probe_sale", text(layout.ProbeSale), ":probe_running", text(layout.ProbeRunning),
		":probe_family", text(layout.ProbeFamily), ":sales", text(l.Sales), ":stock", text(layout.Stock),
		":now", "'"+clock.Now().Format("2006-01-02 15:04:05Z07:00")+"'::timestamptz", ":hash", "'"+passwordHash+"'",
		":K_USER", text(layout.User), ":K_MARKET", text(layout.Market), ":K_FAMILY", text(layout.Family),
		":K_PRODUCT", text(layout.Product), ":K_SALE", text(layout.Sale), ":K_DEEP", text(layout.Deep),
		":K_PROBE", text(layout.Probe),
	)
	for _, q := range fillStatements {
		if _, err := conn.Exec(ctx, values.Replace(q)); err != nil {
			return fmt.Errorf("data: %w in %.80s", err, strings.TrimSpace(q))
		}
	}
	return check(ctx, conn)
}

// The sales that were made before: each at one market, three lines of three of its families. What was sold went off the
// table.
var fillStatements = []string{
	`SET session_replication_role = replica`,
	`SET maintenance_work_mem = '512MB'`,
	// Indexes that are no constraint's are made anew when the rows are there, which is quicker.
	`CREATE TEMPORARY TABLE resting AS
		SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
		WHERE NOT indisunique AND indrelid IN
			('products'::regclass, 'sales'::regclass, 'sale_lines'::regclass, 'ledger_entries'::regclass)`,
	`DO $$ DECLARE i text; BEGIN FOR i IN SELECT name FROM resting LOOP EXECUTE 'DROP INDEX ' || i; END LOOP; END $$`,
	`CREATE FUNCTION pg_temp.id(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
		$$ SELECT ('01900000-0000-7' || lpad(to_hex(kind), 3, '0') || '-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$`,
	`INSERT INTO users (user_id, name, email, roles, password_hash, enabled, created_at, updated_at)
		SELECT pg_temp.id(:K_USER, n), 'Till ' || n, 'till' || lpad(n::text, 6, '0') || '@example.com',
			CASE WHEN n = :users - 1 THEN ARRAY['ADMIN'] ELSE ARRAY['CASHIER'] END,
			:hash, true, :now, :now
		FROM generate_series(0, :users - 1) n`,
	`INSERT INTO markets (market_id, name, place, starts_at, ends_at, currency, commission, status, created_at, updated_at)
		SELECT pg_temp.id(:K_MARKET, m), 'Elm Street Garage Sale ' || m, 'Elm Street ' || m,
			:now, :now + interval '8 hours', 'USD', 1000, 'OPEN', :now, :now
		FROM generate_series(0, :all_markets - 1) m`,
	`INSERT INTO families (market_id, family_id, number, name, created_at, updated_at)
		SELECT pg_temp.id(:K_MARKET, m), pg_temp.id(:K_FAMILY, m * :families + f),
			CASE m WHEN :probe_market THEN :probe_family ELSE 1 END + f, 'Family ' || f, :now, :now
		FROM generate_series(0, :all_markets - 1) m, generate_series(0, :families - 1) f`,
	`INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price,
			quantity, created_at, updated_at)
		SELECT pg_temp.id(:K_MARKET, n % :markets), pg_temp.id(:K_PRODUCT, n),
			pg_temp.id(:K_FAMILY, n % :markets * :families + f), f + 1, 'USD', (f + 1) * 1000000 + k + 1,
			(ARRAY['Table lamp', 'Teapot', 'Board game', 'Wool scarf', 'Picture frame', 'Garden chair', 'Vinyl record'])
				[n % 7 + 1] || ' ' || n,
			'In good order, was hardly used', 50 + n * 37 % 5000, :stock, :now, :now
		FROM generate_series(0::bigint, :products - 1) n,
			LATERAL (SELECT n / :markets / :per_family AS f, n / :markets % :per_family AS k) x`,
	`INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price,
			quantity, created_at, updated_at)
		SELECT pg_temp.id(:K_MARKET, :deep_market), pg_temp.id(:K_DEEP, n),
			pg_temp.id(:K_FAMILY, :deep_market * :families), 1, 'USD', 1000000 + n + 1,
			'Paperback ' || n, 'In good order, was hardly used', 50 + n * 37 % 5000, :stock, :now, :now
		FROM generate_series(0::bigint, :deep - 1) n`,
	`INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price,
			quantity, created_at, updated_at)
		SELECT pg_temp.id(:K_MARKET, :probe_market), pg_temp.id(:K_PROBE, f),
			pg_temp.id(:K_FAMILY, :probe_market * :families + f), :probe_family + f, 'USD',
			(:probe_family + f) * 1000000::bigint + 1,
			'Teapot', 'To look at', 500, :stock, :now, :now
		FROM generate_series(0, :families - 1) f`,
	`CREATE TEMPORARY TABLE made AS
		SELECT s AS n, s % :markets AS m, row_number() OVER (PARTITION BY s % :markets ORDER BY s) AS number, l AS line,
			CASE l WHEN 1 THEN s % 3 WHEN 2 THEN 3 + s % 3 ELSE 6 + s % 4 END AS f, (s * 7919 + l) % :per_family AS k
		FROM generate_series(0::bigint, :sales - 1) s, generate_series(1, 3) l`,
	`UPDATE made SET number = (number + 2) / 3`,
	`ALTER TABLE made ADD COLUMN p uuid, ADD COLUMN price bigint`,
	`UPDATE made SET p = product_id, price = products.price FROM products
		WHERE products.market_id = pg_temp.id(:K_MARKET, m) AND code = (f + 1) * 1000000 + k + 1`,
	`INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change, created_at)
		SELECT pg_temp.id(:K_MARKET, m), pg_temp.id(:K_SALE, n), number, pg_temp.id(:K_USER, n % (:users - 1)),
			'COMPLETED', 'USD', sum(price), 'CARD', sum(price), 0, :now
		FROM made GROUP BY n, m, number ORDER BY n`,
	`INSERT INTO sale_lines (market_id, sale_id, line, product_id, family_id, name, quantity, list_price, unit_price,
			amount)
		SELECT pg_temp.id(:K_MARKET, m), pg_temp.id(:K_SALE, n), line, p,
			pg_temp.id(:K_FAMILY, m * :families + f), 'Something', 1, price, price, price
		FROM made ORDER BY n, line`,
	`INSERT INTO ledger_entries (market_id, source_id, event, entry, account, family_id, amount, created_at)
		SELECT pg_temp.id(:K_MARKET, m), pg_temp.id(:K_SALE, n), 'SALE', line + 1, 'family',
			pg_temp.id(:K_FAMILY, m * :families + f), -price, :now
		FROM made ORDER BY n, line`,
	`INSERT INTO ledger_entries (market_id, source_id, event, entry, account, amount, created_at)
		SELECT market_id, sale_id, 'SALE', 1, 'card', total, created_at FROM sales ORDER BY sale_id`,
	`UPDATE products p SET quantity = p.quantity - x.n, sold = x.n
		FROM (SELECT p, count(*) AS n FROM made GROUP BY p) x WHERE p.product_id = x.p`,
	`INSERT INTO market_counters (market_id, next_sale, open)
		SELECT pg_temp.id(:K_MARKET, m), CASE m WHEN :probe_market THEN :probe_sale
			ELSE 1 + coalesce((SELECT max(number) FROM made WHERE made.m = x.m), 0) END, true
		FROM generate_series(0, :all_markets - 1) x (m)`,
	`INSERT INTO product_counters (market_id, family_id, last)
		SELECT market_id, family_id, CASE market_id WHEN pg_temp.id(:K_MARKET, :probe_market) THEN :probe_running - 1
			ELSE (SELECT coalesce(max(code % 1000000), 0) FROM products p
				WHERE p.market_id = f.market_id AND p.family_id = f.family_id) END
		FROM families f`,
	`DROP TABLE made`,
	`DO $$ DECLARE d text; BEGIN FOR d IN SELECT definition FROM resting LOOP EXECUTE d; END LOOP; END $$`,
	`DROP TABLE resting`,
	`RESET session_replication_role`,
	`VACUUM (ANALYZE)`,
	`CHECKPOINT`,
}

// check finds what the resting triggers and keys would have refused.
func check(ctx context.Context, conn *pgx.Conn) error {
	for what, q := range map[string]string{
		"postings that do not add up": `SELECT count(*) FROM (SELECT 1 FROM ledger_entries
			GROUP BY market_id, source_id, event HAVING sum(amount) <> 0) x`,
		"lines without a product": `SELECT count(*) FROM sale_lines l LEFT JOIN products p USING (market_id, product_id)
			WHERE p.product_id IS NULL`,
		"products without their family": `SELECT count(*) FROM products p LEFT JOIN families f
			ON f.market_id = p.market_id AND f.family_id = p.family_id AND f.number = p.family_number
			WHERE f.family_id IS NULL`,
		"markets with gaps": `SELECT count(*) FROM (SELECT 1 FROM sales
			GROUP BY market_id HAVING max(number) <> count(*)) x`,
		"sales that are not their lines": `SELECT count(*) FROM sales s WHERE total <> (SELECT sum(amount)
			FROM sale_lines l WHERE l.market_id = s.market_id AND l.sale_id = s.sale_id)`,
	} {
		var n int64
		if err := conn.QueryRow(ctx, q).Scan(&n); err != nil {
			return fmt.Errorf("check of the data: %w", err)
		}
		if n > 0 {
			return fmt.Errorf("the data is wrong: %d %s", n, what)
		}
	}
	return nil
}
