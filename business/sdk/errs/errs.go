package errs

import (
	"strings"
	"time"
)

// Kind is the class of an error. The zero Kind is Internal, so an error that nobody classified stays inside.
type Kind int

// The kinds, with the HTTP status that the app layer gives them.
const (
	Internal        Kind = iota // 500
	Malformed                   // 400: cannot be read
	Unauthenticated             // 401
	Forbidden                   // 403
	NotFound                    // 404
	TooSlow                     // 408: the client did not send its request in time
	Conflict                    // 409: well-formed, but at odds with the state of things
	Gone                        // 410: was there, and is no longer kept
	Stale                       // 412: If-Match names another version
	TooLarge                    // 413
	Unsupported                 // 415
	Invalid                     // 422: can be read, but breaks a rule
	TooMany                     // 429
	Unavailable                 // 503: may be tried again
)

// Field names a place in the request and what is wrong there. Location is like `lines[0].productID`, below the body;
// the app layer's own begin with body, path, query or header.
type Field struct {
	Location string `json:"location" doc:"Where: such as body.lines[0].productID or query.limit."`
	Message  string `json:"message" doc:"What is wrong there."`
	// Value is of path and query only, so that no password ever comes back.
	Value string `json:"value,omitempty" doc:"What stood there; of path and query only."`
}

// Error is an error that a caller may see.
type Error struct {
	Kind       Kind
	Code       string // stable, snake_case, for programs
	Msg        string // for people
	Advice     string // what the client can do about it
	Fields     []Field
	RetryAfter time.Duration // of TooMany and Unavailable
}

// New makes a sentinel of a code of its own, and registers it. Advice says what the client can do about it, in
// Markdown.
func New(kind Kind, code, msg, advice string) *Error {
	return Register(&Error{Kind: kind, Code: code, Msg: msg, Advice: advice})
}

func (e *Error) Error() string {
	var b strings.Builder // there may be many fields
	b.WriteString(e.Msg)
	for _, f := range e.Fields {
		b.WriteString("; " + f.Location + ": " + f.Message)
	}
	return b.String()
}

// Is makes errors.Is match a sentinel with its copies from At and With.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// At returns a copy of e that names one more place.
func (e *Error) At(location, message string) *Error {
	return e.With(Field{Location: location, Message: message})
}

// With returns a copy of e with more fields.
func (e *Error) With(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field{}, e.Fields...), fields...)
	return &c
}

// Saying returns a copy of e with another text for people.
func (e *Error) Saying(msg string) *Error {
	c := *e
	c.Msg = msg
	return &c
}

// The errors that are the same in every domain.
var (
	ErrInvalid = New(Invalid, "validation_failed", "the request is well-formed, but something in it is not valid",
		"Correct every place that `errors` names.")
	ErrLimit = New(Conflict, "limit_reached", "with this an amount or a number would pass its bound",
		"Ask for less: `detail` says which bound it is. The bounds keep every total exact.")
	ErrUnavailable = New(Unavailable, "unavailable", "the service cannot answer at the moment; try again",
		"Wait as long as `Retry-After` says and repeat the request.")
	ErrOutcomeUnknown = New(Unavailable, "outcome_unknown",
		"the connection to the database was lost while committing; whether the change was made is unknown: look, or "+
			"repeat the request with its Idempotency-Key",
		"Repeat the request with the same `Idempotency-Key`; without one, look whether it "+
			"happened.")
)
