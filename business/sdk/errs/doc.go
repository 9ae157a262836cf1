// Package errs is the one vocabulary in which business code says what went wrong.
//
// An error that a caller can act on is a sentinel of its package, made by New: its Kind is what sort of refusal it is,
// its Code what programs look at and never changes its meaning, its Msg what people read, and its Advice what they can
// do about it. At and With name the places in the request that are wrong; errors.Is still finds the sentinel:
//
//	var ErrTaken = errs.New(errs.Conflict, "number_taken", "another family has this number", "Choose another number.")
//	…
//	return ErrTaken.At("number", "is taken")
//
// The app layer turns a Kind into a status, and only there. Whatever is no Error, or of the kind Internal, which is the
// zero Kind, stays inside: the client learns "internal error", the log the rest. All lists the sentinels of the
// program, which is the reference of errors that clients read.
package errs
