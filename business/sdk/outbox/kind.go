package outbox

import "github.com/google/uuid"

// Kind is what may happen to things of one kind, whose model is T.
type Kind[T any] struct {
	Name  string // "product": whoever may do product.read to the thing hears of it
	Types []Type
	place func(T) Place
}

// Place is where something happened, and what decides who may know of it.
type Place struct {
	MarketID  uuid.UUID
	FamilyID  *uuid.UUID // whose owner owns the thing; nil: nobody does
	AccountID *uuid.UUID // that owns the thing itself
}

// Type is one of the things that happen.
type Type struct {
	Name        string // "garagesale.product.listed.v1"
	Description string // CommonMark
	Kind        string
}

// NewKind makes a Kind, to which Named adds what happens.
func NewKind[T any](name string, place func(T) Place) *Kind[T] {
	return &Kind[T]{Name: name, place: place}
}

// Named adds one of the things that happen: "listed", and what that means.
func (k *Kind[T]) Named(verb, description string) Happening[T] {
	t := Type{"garagesale." + k.Name + "." + verb + ".v1", description, k.Name}
	k.Types = append(k.Types, t)
	return Happening[T]{t, k.place}
}

// Happening makes events of one type.
type Happening[T any] struct {
	Type
	place func(T) Place
}

// News is that something happened, before it is written down as an Event.
type News struct {
	Type  Type
	Place Place
	About any // the thing, as it is now
}

// Of is the news that it happened to the thing, which is given as it is now.
func (h Happening[T]) Of(thing T) News { return News{h.Type, h.place(thing), thing} }
