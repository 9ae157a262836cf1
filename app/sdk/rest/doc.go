// Package rest is the one adapter between HTTP and handlers that are plain functions of a typed input and output. It
// knows no domain.
//
// An operation is declared once: its method, path, action and words in an Op, its input and output in the types of its
// handler. From that come the route, the validation and the OpenAPI document, so the document cannot drift:
//
//	rest.Write(api, rest.Op{
//		Method: "POST", Path: "/v1/places", Action: "place.create", Location: "/v1/places/",
//		ID: "createPlace", Summary: "Add a place", Description: "Its code is unique.",
//		Errors: []*errs.Error{placebus.ErrCodeTaken},
//	}, create)
//
//	func create(c rest.Call[business.Domains], in newPlace) (Place, error) {
//		p, err := c.D.Places.Create(c, placebus.NewPlace(in))
//		return Place(p), err
//	}
//
// The files follow a request: declare.go registers it, bind.go and body.go read and validate it, call.go is what the
// handler gets, answer.go encodes what it returns, problem.go what it refuses; document.go, responses.go, parts.go and
// schema.go write it all down.
//
// The promises: every write is one transaction, opened here, whose answer is sent after COMMIT and never before; a Once
// happens once for each Idempotency-Key; a PATCH or DELETE that forgot If-Match, and a write that never asked the
// policy about the resource that its action depends on, do not commit; bad input is refused with its place, whole and
// at once; and what nobody classified is "internal error" to the client.
package rest
