package saleapp

import (
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/foundation/metrics"
)

var (
	sold   = metrics.NewCounter("garagesale_sales_total", "Sales that were rung up.", "currency", "tender")
	amount = metrics.NewCounter("garagesale_sales_amount_total", "What the sales came to, in the minor unit of the "+
		"currency (cents).", "currency", "tender")
	undone   = metrics.NewCounter("garagesale_refunds_total", "Sales that were voided, and returns.", "currency", "kind")
	refunded = metrics.NewCounter("garagesale_refunds_amount_total",
		"What was given back, in the minor unit of the currency (cents).", "currency", "kind")
)

// The kinds of refunds.
const (
	kindVoid   = "VOID"
	kindReturn = "RETURN"
)

// count counts a sale once it is committed.
func count(s salebus.Sale) {
	currency, tender := string(s.Currency), string(s.Payment.Tender)
	sold.Add(1, currency, tender)
	amount.Add(int64(s.Total), currency, tender)
}

// countBack counts what was given back of a sale once that is committed.
func countBack(s salebus.Sale, kind string, m money.Money) {
	undone.Add(1, string(s.Currency), kind)
	refunded.Add(int64(m), string(s.Currency), kind)
}
