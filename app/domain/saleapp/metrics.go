package saleapp

import (
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/foundation/metrics"
)

var (
	sold   = metrics.NewCounter("garagesale_sales_total", "Sales that were rung up.", "currency", "tender")
	amount = metrics.NewCounter("garagesale_sales_amount_total", "What the sales came to, in the minor unit of the currency (cents).", "currency", "tender")
)

// count counts a sale once it is committed.
func count(s salebus.Sale) {
	currency, tender := string(s.Currency), string(s.Payment.Tender)
	sold.Add(1, currency, tender)
	amount.Add(int64(s.Total), currency, tender)
}
