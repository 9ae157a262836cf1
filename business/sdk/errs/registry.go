package errs

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

var (
	registryMu sync.Mutex
	registry   = map[string]*Error{}
	doubles    []string
)

// Register enters a sentinel that New does not make, such as one with RetryAfter, into the reference of errors, and
// returns it. A code stands for one error; Doubles tells of those that do not.
func Register(e *Error) *Error {
	registryMu.Lock()
	defer registryMu.Unlock()
	if old, ok := registry[e.Code]; !ok {
		registry[e.Code] = e
	} else if old.Kind != e.Kind || old.Msg != e.Msg {
		doubles = append(doubles, fmt.Sprintf("%s stands for %q and for %q", e.Code, old.Msg, e.Msg))
	}
	return e
}

// Doubles tells which codes stand for several errors, for a test to name.
func Doubles() []string {
	registryMu.Lock()
	defer registryMu.Unlock()
	return slices.Clone(doubles)
}

// All lists the registered errors by code: those of every package that the program is linked with.
func All() []*Error {
	registryMu.Lock()
	defer registryMu.Unlock()
	list := make([]*Error, 0, len(registry))
	for _, e := range registry {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *Error) int { return strings.Compare(a.Code, b.Code) })
	return list
}

// Lookup returns the registered error with that code, or nil.
func Lookup(code string) *Error {
	registryMu.Lock()
	defer registryMu.Unlock()
	return registry[code]
}

// Advice says what the client can do about the error; "" while nobody has written it.
func (e *Error) Advice() string { return advice[e.Code] }

// Stray lists the codes that advice is about, but no registered error has.
func Stray() []string {
	var codes []string
	for code := range advice {
		if Lookup(code) == nil {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}
