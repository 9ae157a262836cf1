// Package layout says what is in the database that is measured: how many markets, families, products and sales, and
// which id each of them has.
//
// It is the agreement between who fills the database and who asks about it. Both sides compute an id from a kind and a
// number, ID(Product, 17), so nobody has to read ids back, and a request is ready before it is sent: the twelve digits
// at the end of an id are all that changes in it.
//
// There are Markets ordinary ones, over which a Layout spreads most products; one deep market, whose pages go far; and
// one probed market, whose numbers are unlike all others, so that they are found again among a statement's values.
package layout

import "fmt"

// The kinds of things that have ids of ours.
const (
	User = iota + 1
	Market
	Family
	Product
	Sale
	Deep  // products of the deep market
	Probe // products of the market whose statements are looked at
	Fresh // from here on: what pgbench makes
)

// ID is that of the nth thing of a kind. Ids grow with n, as the service's grow with time, and end in twelve digits
// that a prepared request can be given in place.
func ID(kind int, n int64) string { return Prefix(kind) + Tail(n) }

// Prefix is how the ids of a kind begin.
func Prefix(kind int) string { return fmt.Sprintf("01900000-0000-7%03x-8000-", kind) }

// Tail is how the id of the nth thing ends, whatever its kind: twelve hexadecimal digits.
func Tail(n int64) string { return fmt.Sprintf("%012x", n) }

// Families per market, and the markets among which most products are spread.
const (
	Families = 10
	Markets  = 200
	PageSize = 20
	Tills    = 512 // cashiers; a till is a connection with an account of its own
	Logins   = 200 // of them log in
	Stock    = 100_000
)

// Layout says how much there is.
type Layout struct {
	PerFamily int64 // products of each family of the ordinary markets
	Deep      int64 // products of the deep market, which has one family
	Page      int64 // the deep page
	Sales     int64 // that were made before
}

// New spreads about so many products over the ordinary markets; deep are those of the deep one, page is the page there
// to ask for. What would be too little for the scenarios is raised.
func New(products, deep, page, sales int64) Layout {
	per := max(3, products/(Markets*Families)) // more than a page in each market
	deep = max(deep, 3*PageSize)
	// There is much behind the deep page: the last one would also be cheap for a plan that reads all that is left.
	return Layout{PerFamily: per, Deep: deep, Page: max(2, min(page, deep/PageSize*9/10)), Sales: sales}
}

// The markets after the ordinary ones, and that of the ordinary ones where all sell in the scenario hot.
const (
	DeepMarket  = Markets
	ProbeMarket = Markets + 1
	AllMarkets  = Markets + 2
	HotMarket   = 17
)

// FamilyOf is the number of a market's fth family.
func FamilyOf(market, f int64) int64 { return market*Families + f }

// Product is the number of a family's kth product. Neighbours in this order belong to different markets, as when many
// markets are prepared at the same time.
func (l Layout) Product(market, f, k int64) int64 { return (f*l.PerFamily+k)*Markets + market }

// Products is how many the ordinary markets have together.
func (l Layout) Products() int64 { return Markets * Families * l.PerFamily }

// LineFamilies are the ranges of families from which a basket has one line each.
var LineFamilies = [3][2]int64{{0, 2}, {3, 5}, {6, 9}}

// What the probed market counts from, so that the numbers can be told from any other in a statement's values.
const (
	ProbeSale    = 7_654_321
	ProbeRunning = 654_321
	ProbeFamily  = 77_001 // the number of its first family
)

// Password is that of every account here.
const Password = "correct horse battery"

// Email is the address of the nth account.
func Email(n int) string { return fmt.Sprintf("till%06d@example.com", n) }
