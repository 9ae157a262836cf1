package mux

import (
	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/sdk/rest"
)

const description = `Sales of multi-family garage sales: organisers open a **market**, **families** list their **products**, cashiers ring up
**sales** that mix products of many families.

To begin: log in with ` + "`POST /v1/auth/token`" + ` (HTTP Basic), find a market with ` + "`GET /v1/markets`" + ` and what it sells with
` + "`GET /v1/markets/{marketID}/products`" + `, and ring up with ` + "`POST /v1/markets/{marketID}/sales`" + `.

- **Money** is an integer in the minor unit of the market's currency: 1250 is $12.50. Commission is in basis points: 1000 is 10 %.
- **Times** are RFC 3339 in UTC; **ids** are UUIDs.
- **Errors** are problems (RFC 9457, ` + "`application/problem+json`" + `): ` + "`code`" + ` is for programs, ` + "`errors`" + ` names the places in the
  request, ` + "`type`" + ` leads to a page about the code. Refusals come in this order: 401, 403 of the role, 400/413/415/422, 404, 403 of
  ownership, 412, 409. An address that does not exist is 404 ` + "`route_not_found`" + `, a method that it does not take 405 ` + "`method_not_allowed`" + `.
- **Unknown members and parameters** are refused with 422, so that a typing error is not silently lost.
- **PATCH** is JSON merge patch (RFC 7396): what is left out stays, ` + "`null`" + ` empties an optional field.
- **Lists** give up to ` + "`limit`" + ` items, and ` + "`nextCursor`" + ` for the next page, which is left out on the last one. A cursor belongs to its filters and
  order. No page repeats or misses an item, whatever others add or delete meanwhile.
- **ETag**: ` + "`If-None-Match`" + ` saves an answer that you have (304); ` + "`If-Match`" + ` refuses a change of a version that you do not know (412).
- **Idempotency-Key** is required where money moves. A repeat with the same key and body, within 24 hours, gets the first answer
  again, with ` + "`Idempotency-Replayed: true`" + `.
- **Every answer** has ` + "`Traceparent`" + ` (W3C Trace Context) and ` + "`X-Request-ID`" + `, the client's own when it sent a
  well-formed one; ` + "`RateLimit`" + ` and ` + "`RateLimit-Policy`" + ` tell how much may still be asked.
- **GET** routes answer **HEAD**. Bodies may be up to 1 MiB.`

// Document is the OpenAPI document of the service. Of the Config only Auth is needed.
func Document(cfg Config) rest.Document {
	return document(register(cfg, chi.NewRouter()))
}

func document(api *api) rest.Document {
	return api.Document(rest.About{Title: "Garage-sale API", Version: "1.0.0", Description: description})
}
