package sales

import "time"

// Market is one multi-family garage sale.
type Market struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Place      string    `json:"place"`
	PlaceID    string    `json:"placeID,omitempty"` // "": none of the list
	StartsAt   time.Time `json:"startsAt"`
	EndsAt     time.Time `json:"endsAt"`
	Currency   string    `json:"currency"`   // ISO 4217
	Commission int       `json:"commission"` // basis points
	Status     string    `json:"status"`     // DRAFT, OPEN or CLOSED
	// Cash is taken only from a cashier with an open drawer.
	CashSessionRequired bool      `json:"cashSessionRequired"`
	PriceSteps          []Step    `json:"priceSteps,omitempty"` // in order of time
	CreatedAt           time.Time `json:"createdAt"`
	UpdatedAt           time.Time `json:"updatedAt"`
}

// Step is a reduction of every price that is not fixed, from a time of the day on.
type Step struct {
	From       time.Time `json:"from"`
	PercentOff int       `json:"percentOff"`
}

// NewMarket is a market to make.
type NewMarket struct {
	Name       string    `json:"name"`
	Place      string    `json:"place"`
	PlaceID    string    `json:"placeID,omitempty"`
	StartsAt   time.Time `json:"startsAt"`
	EndsAt     time.Time `json:"endsAt"`
	Currency   string    `json:"currency"`
	Commission int       `json:"commission"`
	Status     string    `json:"status,omitempty"` // "": DRAFT

	CashSessionRequired bool   `json:"cashSessionRequired,omitempty"`
	PriceSteps          []Step `json:"priceSteps,omitempty"`
}

// Family is a household that sells at a market.
type Family struct {
	ID         string    `json:"id"`
	MarketID   string    `json:"marketID"`
	OwnerID    *string   `json:"ownerID"`
	Number     int       `json:"number"`
	Name       string    `json:"name"`
	Commission *int      `json:"commission,omitempty"` // nil: the market's
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// Product is something that a family sells.
type Product struct {
	ID          string    `json:"id"`
	MarketID    string    `json:"marketID"`
	FamilyID    string    `json:"familyID"`
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Price       int64     `json:"price"` // of one piece, in minor units
	Quantity    int       `json:"quantity"`
	Sold        int64     `json:"sold"`
	FixedPrice  bool      `json:"fixedPrice"` // the market's price steps leave it alone
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// NewProduct is a product to add.
type NewProduct struct {
	FamilyID    string `json:"familyID"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Price       int64  `json:"price"`
	Quantity    int    `json:"quantity"`
	FixedPrice  bool   `json:"fixedPrice,omitempty"`
}

// ProductChanges are the fields that change; nil ones stay as they are.
type ProductChanges struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	Price       *int64  `json:"price,omitempty"`
	Quantity    *int    `json:"quantity,omitempty"`
	FixedPrice  *bool   `json:"fixedPrice,omitempty"`
}

// Sale is one basket, paid once.
type Sale struct {
	ID        string    `json:"id"`
	MarketID  string    `json:"marketID"`
	Number    int64     `json:"number"`
	CashierID string    `json:"cashierID"`
	Status    string    `json:"status"` // COMPLETED, PARTLY_RETURNED, RETURNED or VOIDED
	Currency  string    `json:"currency"`
	Total     int64     `json:"total"`
	Lines     []Line    `json:"lines"`
	Payment   Payment   `json:"payment"`
	CreatedAt time.Time `json:"createdAt"`
}

// Line is what was sold of one thing.
type Line struct {
	Line      int    `json:"line"`
	ProductID string `json:"productID,omitempty"` // "": without a label
	FamilyID  string `json:"familyID"`
	Name      string `json:"name"`
	Quantity  int    `json:"quantity"`
	ListPrice int64  `json:"listPrice"`
	UnitPrice int64  `json:"unitPrice"`
	Amount    int64  `json:"amount"`
	Returned  int    `json:"returned"`
}

// Payment is how a sale was paid.
type Payment struct {
	Tender    string `json:"tender"` // CASH or CARD
	Amount    int64  `json:"amount"`
	Change    int64  `json:"change"`
	Reference string `json:"reference,omitempty"` // what the card terminal printed
}

// NewSale is a basket to ring up.
type NewSale struct {
	Lines   []NewLine  `json:"lines"`
	Payment NewPayment `json:"payment"`
	Key     string     `json:"-"` // the Idempotency-Key; "": a new one for each call
}

// NewLine names a product by id or code, or something without a label by family, name and price.
type NewLine struct {
	ProductID string `json:"productID,omitempty"`
	Code      string `json:"code,omitempty"`
	FamilyID  string `json:"familyID,omitempty"`
	Name      string `json:"name,omitempty"`
	Quantity  int    `json:"quantity"`
	UnitPrice *int64 `json:"unitPrice,omitempty"` // nil: the product's price
}

// NewPayment is what the customer hands over.
type NewPayment struct {
	Tender    string `json:"tender"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference,omitempty"` // what the card terminal printed; CARD only
}

// Statement is what a family sold and has to get.
type Statement struct {
	FamilyID   string          `json:"familyID"`
	Currency   string          `json:"currency"`
	Sold       int64           `json:"sold"`
	Returned   int64           `json:"returned"`
	Gross      int64           `json:"gross"`
	Commission int64           `json:"commission"`
	Net        int64           `json:"net"`
	Paid       int64           `json:"paid"`
	Balance    int64           `json:"balance"`
	Lines      []StatementLine `json:"lines"`
	NextCursor string          `json:"nextCursor,omitempty"` // "" where Lines are all of them
}

// StatementLine is one line of a sale with something of the family.
type StatementLine struct {
	SaleNumber int64     `json:"saleNumber"`
	At         time.Time `json:"at"`
	CashierID  string    `json:"cashierID"`
	Name       string    `json:"name"`
	Code       string    `json:"code,omitempty"`
	Quantity   int       `json:"quantity"`
	Returned   int       `json:"returned"`
	ListPrice  int64     `json:"listPrice"`
	UnitPrice  int64     `json:"unitPrice"`
	Amount     int64     `json:"amount"`
}
