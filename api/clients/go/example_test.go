package sales_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/garagesale/service/api/clients/go"
)

// market plays the service for the examples.
func market(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/auth/token":
		answer(w, 200, object{"accessToken": "ey…", "expiresIn": 900})
	case "GET /v1/markets/elm/products":
		if r.URL.Query().Get("cursor") == "" {
			answer(w, 200, object{"items": []object{{"code": "1-001", "name": "Board game", "price": 450}},
				"nextCursor": "more"})
			return
		}
		answer(w, 200, object{"items": []object{{"code": "1-002", "name": "Table lamp", "price": 1200}}})
	case "POST /v1/markets/elm/sales":
		answer(w, 201,
			object{"number": 17, "total": 1650, "payment": object{"tender": "CASH", "amount": 2000, "change": 350}})
	}
}

func ExampleProducts_List() {
	srv := newServer(market)
	defer srv.Close()
	ctx, c := context.Background(), sales.New(srv.URL)
	for p, err := range c.Products.List(ctx, "elm", sales.ProductFilter{Available: new(true)}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Code, p.Name, p.Price)
	}
	// Output:
	// 1-001 Board game 450
	// 1-002 Table lamp 1200
}

func ExampleSales_Create() {
	srv := newServer(market)
	defer srv.Close()
	ctx, c := context.Background(), sales.New(srv.URL)
	if err := c.LogIn(ctx, "cashier@example.com", "garagesale"); err != nil {
		fmt.Println(err)
		return
	}
	sale, err := c.Sales.Create(ctx, "elm", sales.NewSale{
		Lines:   []sales.NewLine{{Code: "1-001", Quantity: 1}, {Code: "1-002", Quantity: 1}},
		Payment: sales.NewPayment{Tender: "CASH", Amount: 2000},
	})
	if sales.IsCode(err, "out_of_stock") {
		fmt.Println("somebody else was quicker:", err)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("sale %d: %d, change %d\n", sale.Number, sale.Total, sale.Payment.Change)
	// Output: sale 17: 1650, change 350
}
