package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/errs"
)

// The errors of HTTP itself; ErrNoRoute is for routes whose address takes any text.
var (
	errMalformed = errs.New(errs.Malformed, "malformed_request", "the request cannot be read",
		"Send what `errors` names in the right form: a JSON document, an id, a query string.")
	errMediaType = errs.New(errs.Unsupported, "unsupported_media_type",
		"the body must be JSON, and Content-Type must say so",
		"Send `Content-Type: application/json`; a PATCH may also be "+
			"`application/merge-patch+json`.")
	errTooLarge = errs.New(errs.TooLarge, "body_too_large", "the body is larger than the service takes",
		"Send less than 1 MiB at a time; split a batch.")
	errStale = errs.New(errs.Stale, "version_mismatch", "the resource is not in the version that If-Match names; "+
		"read it again",
		"Somebody else changed it. Read it again, decide again, and send the new ETag.")
	ErrNoRoute = errs.New(errs.NotFound, "route_not_found", "there is nothing at this address",
		"Check the path; every path of the API stands in `/openapi.json`.")
	errBadMethod = errs.New(methodNotAllowed, "method_not_allowed",
		"the address does not take this method; the Allow header names those it takes",
		"Use one of the methods in the `Allow` header.")
	errInternal = errs.New(errs.Internal, "internal_error", "internal error",
		"This is the service's fault. Report the `traceId`; repeat a request that moves money "+
			"only with the same `Idempotency-Key`.")
	errKeyRequired = errs.New(errs.Malformed, "idempotency_key_required",
		"money moves here, so the request needs an Idempotency-Key header of 1 to 255 printable characters",
		"Make a new key, such as a random UUID, for each thing that is to happen once, and "+
			"send it with every attempt.")
)

// methodNotAllowed is HTTP's own; business has no such thing.
const methodNotAllowed errs.Kind = -1

var statusOf = map[errs.Kind]int{
	errs.Internal:        http.StatusInternalServerError,
	errs.Malformed:       http.StatusBadRequest,
	errs.Unauthenticated: http.StatusUnauthorized,
	errs.Forbidden:       http.StatusForbidden,
	errs.NotFound:        http.StatusNotFound,
	methodNotAllowed:     http.StatusMethodNotAllowed,
	errs.TooSlow:         http.StatusRequestTimeout,
	errs.Conflict:        http.StatusConflict,
	errs.Gone:            http.StatusGone,
	errs.Stale:           http.StatusPreconditionFailed,
	errs.TooLarge:        http.StatusRequestEntityTooLarge,
	errs.Unsupported:     http.StatusUnsupportedMediaType,
	errs.Invalid:         http.StatusUnprocessableEntity,
	errs.TooMany:         http.StatusTooManyRequests,
	errs.Unavailable:     http.StatusServiceUnavailable,
}

// Status is the HTTP status of an error of that kind.
func Status(k errs.Kind) int { return statusOf[k] }

// TypeURI is what a problem's type refers to: the page about its code, on the service that answered.
func TypeURI(code string) string { return "/docs/errors/" + code }

// Problem is what a client sees of an error (RFC 9457).
type Problem struct {
	Type     string       `json:"type" doc:"The page about the code, on this service."`
	Title    string       `json:"title" doc:"The status in words."`
	Status   int          `json:"status" doc:"The HTTP status."`
	Detail   string       `json:"detail" doc:"What went wrong, for people."`
	Instance string       `json:"instance" doc:"The path of the request."`
	Code     string       `json:"code" doc:"What went wrong, for programs; it never changes its meaning."`
	TraceID  string       `json:"traceId,omitempty" doc:"The trace of the request; tell it when you report a problem."`
	Errors   []errs.Field `json:"errors,omitempty" doc:"The places in the request that are wrong."`
}

// Fail answers with err. An error that nobody classified is "internal error" to the client; its text goes to the log,
// which finds it in the request's Info.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	info := request.From(r.Context())
	info.Err = err
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind == errs.Internal {
		e = errInternal
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			e = errs.ErrUnavailable
		}
	}
	refusals.Add(1, e.Code)
	status := statusOf[e.Kind]
	p := Problem{
		Type: TypeURI(e.Code), Title: http.StatusText(status), Status: status, Detail: e.Msg, Instance: r.URL.EscapedPath(),
		Code: e.Code, TraceID: info.TraceID, Errors: places(e.Fields),
	}
	body, err := json.Marshal(p)
	if err != nil { // a path that is not UTF-8
		p.Instance, p.Errors = "", nil
		body, _ = json.Marshal(p)
	}
	h := w.Header()
	h.Del("ETag")
	if e.Kind != errs.Unauthenticated {
		h.Del("WWW-Authenticate")
	}
	h.Set("Content-Type", problemType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	switch e.Kind {
	case errs.Unauthenticated:
		switch {
		case e.Code == auth.ErrNotFresh.Code: // RFC 9470, 3
			h.Set("WWW-Authenticate", fmt.Sprintf(`Bearer error="insufficient_user_authentication", max_age=%d`,
				seconds(auth.FreshFor)))
		case h.Get("WWW-Authenticate") == "": // RFC 9110, 15.5.2
			h.Set("WWW-Authenticate", "Bearer")
		}
	case errs.TooMany, errs.Unavailable:
		h.Set("Retry-After", strconv.FormatInt(seconds(e.RetryAfter), 10))
	}
	setQuotas(h, info)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone; there is nobody to tell
	}
}

const (
	maxFields   = 200 // as many as a basket has lines
	maxFieldLen = 200 // bytes of what the client itself sent
)

// places puts the locations that business gives, which are below the body, into the terms of HTTP.
func places(fields []errs.Field) []errs.Field {
	out := make([]errs.Field, min(len(fields), maxFields))
	for i, f := range fields[:len(out)] {
		top, _, _ := strings.Cut(f.Location, ".")
		switch top {
		case "path", "query", "header", "body":
		default:
			f.Location = "body." + f.Location
		}
		f.Location, f.Value = clip(f.Location), clip(f.Value)
		out[i] = f
	}
	return out
}

func clip(s string) string {
	if len(s) > maxFieldLen {
		s = s[:maxFieldLen] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
