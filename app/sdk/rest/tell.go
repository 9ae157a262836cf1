package rest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/foundation/otel"
)

// Shown is how the things of a kind look in events: as GET of the path and the id answers.
type Shown struct {
	Types []outbox.Type
	Path  string // up to the id: "/v1/products/", or with "{marketID}" of a Nested
	Data  reflect.Type
	show  func(any) Resource
}

// Tells declares the events of a kind, of which handlers may then tell, and how what they are about looks to a client.
func Tells[D, B any, T Resource](a *API[D], kind *outbox.Kind[B], path string, show func(B) T) {
	a.Events[kind.Name] = Shown{kind.Types, path, reflect.TypeFor[T](), func(thing any) Resource {
		return show(thing.(B)) //nolint:forcetypeassert // the kind's own Happening made it
	}}
}

// EventTypes are the names of all events that were declared, in order.
func (a *API[D]) EventTypes() (names []string) {
	for _, kind := range a.Events {
		for _, t := range kind.Types {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Tell has others told what happened, once it is committed. What is about one thing is told in the order in which it
// was committed, because a handler tells while it holds the row.
func (c Call[D]) Tell(what ...outbox.News) { c.told = append(c.told, what...) }

// cloudEvent is an event as CloudEvents 1.0 in JSON, with the extension for distributed tracing. None of what is
// between the quotes needs to be escaped.
func cloudEvent(e outbox.Event, subject, traceparent string, data []byte) []byte {
	b := make([]byte, 0, 512+len(data))
	for _, member := range [][2]string{
		{`{"specversion":"1.0","id":"`, e.ID.String()}, {`","source":"/v1/markets/`, e.MarketID.String()},
		{`","type":"`, e.Type}, {`","subject":"`, subject}, {`","time":"`, e.At.Format(time.RFC3339Nano)},
		{`","datacontenttype":"`, jsonType}, {`","traceparent":"`, traceparent},
	} {
		b = append(append(b, member[0]...), member[1]...)
	}
	return append(append(append(b, `","data":`...), data...), '}')
}

// tell writes what the handler told into the outbox. Out, which is encoded already, is often what it told of.
func (a *API[D]) tell(ctx context.Context, c Call[D], out any, encoded []byte) error {
	if len(c.told) == 0 {
		return nil
	}
	store := a.Outbox(c.D)
	list, traceparent := make([]outbox.Event, len(c.told)), otel.Traceparent(ctx)
	for i, n := range c.told {
		kind, ok := a.Events[n.Type.Kind]
		if !ok {
			return fmt.Errorf("%s %s tells %s, which no Tells declares", c.op.Method, c.op.Path, n.Type.Name)
		}
		thing, data := kind.show(n.About), encoded
		if !same(out, thing) {
			var err error
			if data, err = json.Marshal(thing); err != nil {
				return fmt.Errorf("encode %s: %w", n.Type.Name, err)
			}
		}
		id, _ := thing.Entity()
		e, err := store.Stamp(outbox.Event{MarketID: n.Place.MarketID, Kind: n.Type.Kind, KindID: id, Type: n.Type.Name,
			FamilyID: n.Place.FamilyID, AccountID: n.Place.AccountID})
		if err != nil {
			return err
		}
		e.Payload = cloudEvent(e, address(kind.Path, thing), traceparent, data)
		list[i] = e
	}
	return store.Add(ctx, list...)
}

// same tells whether the answer is the thing, in the same version.
func same(out any, thing Resource) bool {
	answer, ok := out.(Resource)
	if !ok || reflect.TypeOf(out) != reflect.TypeOf(thing) {
		return false
	}
	id, version := answer.Entity()
	thingID, thingVersion := thing.Entity()
	return id == thingID && version == thingVersion
}
