package reportdb

import (
	"context"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
)

// The figures of a market, once for each tender and account that has any.
const selectFigures = `
	SELECT what, tender, account_id, count(*) AS count, coalesce(sum(amount), 0)::bigint AS amount FROM (
		SELECT 'sale' AS what, tender, cashier_id AS account_id, total AS amount FROM sales WHERE market_id = $1
		UNION ALL
		SELECT 'void', s.tender, v.voided_by, s.total
		FROM sale_voids v JOIN sales s ON s.market_id = v.market_id AND s.sale_id = v.sale_id WHERE v.market_id = $1
		UNION ALL
		SELECT 'return', s.tender, r.returned_by, r.amount
		FROM sale_returns r JOIN sales s ON s.market_id = r.market_id AND s.sale_id = r.sale_id WHERE r.market_id = $1
		UNION ALL
		SELECT 'reduction', s.tender, s.cashier_id, (l.list_price - l.unit_price) * l.quantity
		FROM sale_lines l JOIN sales s ON s.market_id = l.market_id AND s.sale_id = l.sale_id
		WHERE l.market_id = $1 AND l.unit_price < l.list_price
		UNION ALL
		SELECT CASE WHEN amount > 0 THEN 'in' ELSE 'out' END, 'CASH', moved_by, abs(amount)
		FROM cash_movements WHERE market_id = $1
		UNION ALL
		SELECT 'unlabelled', s.tender, s.cashier_id, l.amount
		FROM sale_lines l JOIN sales s ON s.market_id = l.market_id AND s.sale_id = l.sale_id
		WHERE l.market_id = $1 AND l.product_id IS NULL
		UNION ALL
		SELECT 'own', s.tender, s.cashier_id, l.amount
		FROM families f JOIN sale_lines l ON l.market_id = f.market_id AND l.family_id = f.family_id
			JOIN sales s ON s.market_id = l.market_id AND s.sale_id = l.sale_id AND s.cashier_id = f.owner_id
		WHERE f.market_id = $1
		UNION ALL
		SELECT 'others', s.tender, v.voided_by, s.total
		FROM sale_voids v JOIN sales s ON s.market_id = v.market_id AND s.sale_id = v.sale_id
		WHERE v.market_id = $1 AND v.voided_by <> s.cashier_id
		UNION ALL
		SELECT 'others', s.tender, r.returned_by, r.amount
		FROM sale_returns r JOIN sales s ON s.market_id = r.market_id AND s.sale_id = r.sale_id
		WHERE r.market_id = $1 AND r.returned_by <> s.cashier_id
	) x GROUP BY what, tender, account_id ORDER BY tender, account_id`

// Summary implements reportbus.Storer.
func (s Store) Summary(ctx context.Context, marketID uuid.UUID) (reportbus.Summary, error) {
	var figures []figure
	var families []struct {
		FamilyID uuid.UUID   `db:"family_id"`
		Number   int         `db:"number"`
		Name     name.Name   `db:"name"`
		Sold     money.Money `db:"sold"`
		Returned money.Money `db:"returned"`
	}
	var unsold struct {
		Products int64       `db:"products"`
		Pieces   int64       `db:"pieces"`
		Amount   money.Money `db:"amount"`
	}
	err := s.db.Snapshot(ctx, func(tx sqldb.DB) error {
		if err := tx.Select(ctx, &figures, selectFigures, marketID); err != nil {
			return err
		}
		err := tx.Select(ctx, &families, `
			SELECT f.family_id, f.number, f.name, coalesce(sum(l.quantity * l.unit_price), 0)::bigint AS sold,
				coalesce(sum(l.returned * l.unit_price), 0)::bigint AS returned
			FROM families f LEFT JOIN sale_lines l ON l.market_id = f.market_id AND l.family_id = f.family_id
			WHERE f.market_id = $1 GROUP BY f.family_id, f.number, f.name ORDER BY f.number`, marketID)
		if err != nil {
			return err
		}
		return tx.Get(ctx, &unsold, `
			SELECT count(*) AS products, coalesce(sum(quantity), 0) AS pieces,
				coalesce(sum(quantity * price), 0)::bigint AS amount
			FROM products WHERE market_id = $1 AND quantity > 0`, marketID)
	})
	if err != nil {
		return reportbus.Summary{}, failed("summary", err)
	}
	sum := reportbus.Summary{Unsold: reportbus.Unsold(unsold)}
	for _, f := range families {
		sum.ByFamily = append(sum.ByFamily, reportbus.FamilyFigures(f))
	}
	if !addUp(&sum, figures) {
		return reportbus.Summary{}, reportbus.ErrTooGreat
	}
	return sum, nil
}

// figure is what was sold, voided, returned, reduced or moved by one account in one tender.
type figure struct {
	What      string      `db:"what"`
	Tender    string      `db:"tender"`
	AccountID uuid.UUID   `db:"account_id"`
	Count     int64       `db:"count"`
	Amount    money.Money `db:"amount"`
}

// addUp adds the figures to the whole, to their tender and to their cashier, and tells whether all sums fit.
func addUp(sum *reportbus.Summary, figures []figure) (ok bool) {
	tenders, cashiers := map[string]int{}, map[uuid.UUID]int{}
	for _, f := range figures {
		t, ok := tenders[f.Tender]
		if !ok {
			t, tenders[f.Tender] = len(sum.ByTender), len(sum.ByTender)
			sum.ByTender = append(sum.ByTender, reportbus.TenderFigures{Tender: f.Tender})
		}
		c, ok := cashiers[f.AccountID]
		if !ok {
			c, cashiers[f.AccountID] = len(sum.ByCashier), len(sum.ByCashier)
			sum.ByCashier = append(sum.ByCashier, reportbus.CashierFigures{CashierID: f.AccountID})
		}
		for _, to := range []*reportbus.Figures{&sum.Figures, &sum.ByTender[t].Figures, &sum.ByCashier[c].Figures} {
			count := map[string]*reportbus.Count{"sale": &to.Sales, "void": &to.Voids, "return": &to.Returns,
				"reduction": &to.Reductions, "in": &to.CashIn, "out": &to.CashOut,
				"unlabelled": &to.Unlabelled, "own": &to.OwnFamily, "others": &to.OthersRefunds}[f.What]
			count.Count += f.Count
			if count.Amount, ok = count.Amount.Plus(f.Amount); !ok {
				return false
			}
		}
	}
	return true
}
