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
)

// Register enters a sentinel that New does not make, such as one with RetryAfter, into the reference of errors, and
// returns it. A code stands for one error: another one with it is a mistake in the program, and panics.
func Register(e *Error) *Error {
	registryMu.Lock()
	defer registryMu.Unlock()
	if old, ok := registry[e.Code]; ok && (old.Kind != e.Kind || old.Msg != e.Msg) {
		panic(fmt.Sprintf("errs: %s stands for %q and for %q", e.Code, old.Msg, e.Msg))
	}
	registry[e.Code] = e
	return e
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
