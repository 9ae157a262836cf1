package main

import "fmt"

// The kinds of things that have ids of ours, so that whoever makes a request can compute the id of any of them.
const (
	kindUser = iota + 1
	kindMarket
	kindFamily
	kindProduct
	kindSale
	kindDeep  // products of the deep market
	kindProbe // products of the market whose statements are looked at
	kindNew   // from here on: what pgbench makes
)

// ident is the id of the nth thing of a kind. Ids grow with n, as the service's grow with time, and end in twelve
// digits that a prepared request can be given in place.
func ident(kind int, n int64) string { return identPrefix(kind) + fmt.Sprintf("%012x", n) }

func identPrefix(kind int) string { return fmt.Sprintf("01900000-0000-7%03x-8000-", kind) }

// Families per market, and the markets among which most products are spread.
const (
	families = 10
	markets  = 200
	pageSize = 20
	tills    = 512 // cashiers; a till is a connection with an account of its own
	logins   = 200 // of them log in
	stock    = 100_000
)

// layout says what is in the database.
type layout struct {
	PerFamily int64 // products of each family of the ordinary markets
	Deep      int64 // products of the deep market, which has one family
	Page      int64 // the deep page
	Sales     int64 // that were made before
}

func newLayout(products, deep, page, sales int64) layout {
	per := max(3, products/(markets*families)) // more than a page in each market
	deep = max(deep, 3*pageSize)
	// There is much behind the deep page: the last one would also be cheap for a plan that reads all that is left.
	return layout{PerFamily: per, Deep: deep, Page: max(2, min(page, deep/pageSize*9/10)), Sales: sales}
}

// The markets after the ordinary ones.
const (
	deepMarket  = markets
	probeMarket = markets + 1
	allMarkets  = markets + 2
)

func family(market, f int64) int64 { return market*families + f }

// product is the number of a family's kth product. Neighbours in this order belong to different markets, as when many
// markets are prepared at the same time.
func (l layout) product(market, f, k int64) int64 { return (f*l.PerFamily+k)*markets + market }

func (l layout) products() int64 { return markets * families * l.PerFamily }

// A basket has one line each of three families, taken from these ranges of them.
var lineFamilies = [3][2]int64{{0, 2}, {3, 5}, {6, 9}}

// What the probed market counts from, so that the numbers can be told from any other in a statement's values.
const (
	probeSale    = 7_654_321
	probeRunning = 654_321
	probeFamily  = 77_001 // the number of its first family
)
