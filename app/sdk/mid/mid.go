// Package mid is the middleware that every request passes: plain func(http.Handler) http.Handler, outermost first
// Trace, Client, Log, Metrics, Recover, Headers, HSTS, CORS, Each, and within a route Guard, Rate, Writes, Whole, Dear,
// Shed and Timeout: what a stranger sends is looked at before it is read, and read before it takes a place. It knows no
// domain.
package mid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"github.com/rs/cors"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/foundation/logger"
)

func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) < 1 || len(id) > 128 || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return uuid.NewString()
	}
	return id
}

// Log writes one line per request, with what the request failed with. Quiet requests are logged at debug level.
func Log(log *slog.Logger, quiet func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := wrap(w, r)
			next.ServeHTTP(ww, r)
			info := request.From(r.Context())
			status := statusOf(ww)
			level := slog.LevelInfo
			switch {
			case info.Quiet:
				level = slog.LevelDebug
			case status >= http.StatusInternalServerError:
				level = slog.LevelError
			case quiet(r):
				level = slog.LevelDebug
			}
			if !log.Enabled(r.Context(), level) {
				return
			}
			attrs := append(make([]slog.Attr, 0, 14),
				slog.String("method", r.Method), slog.String("route", info.Route), slog.Int("status", status),
				slog.Float64("durationMs", float64(time.Since(start).Microseconds())/1000), slog.Int("bytes", ww.BytesWritten()),
				slog.String("remoteAddr", info.RemoteAddr.String()), slog.String("requestID", info.ID),
			)
			if info.Actor.ID != uuid.Nil {
				attrs = append(attrs, slog.String("userID", info.Actor.ID.String()))
			}
			if info.Actor.Key != nil {
				attrs = append(attrs, slog.String("keyID", info.Actor.Key.ID.String()))
			}
			if trace.SpanContextFromContext(r.Context()).IsSampled() {
				attrs = append(attrs, slog.Bool("sampled", true)) // its trace can be looked at
			}
			if info.Err != nil {
				attrs = append(attrs, logger.Error(info.Err))
			}
			if info.Stack != nil {
				attrs = append(attrs, slog.String("stack", string(info.Stack)))
			}
			// LogAttrs would look for who called it, and copy the line to add the trace's ids.
			rec := slog.NewRecord(time.Now(), level, "request", 0)
			rec.AddAttrs(append(attrs, logger.Trace(r.Context())...)...)
			_ = log.Handler().Handle(context.Background(), rec)
		})
	}
}

// Recover turns a panic into a 500; log and metrics, which are outside of it, see both.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			panics.Add(1)
			request.From(r.Context()).Stack = debug.Stack()
			rest.Fail(w, r, fmt.Errorf("panic: %v", v))
		}()
		next.ServeHTTP(w, r)
	})
}

// Headers sets what tells browsers to be careful with answers (OWASP REST Security Cheat Sheet).
func Headers(next http.Handler) http.Handler {
	// Every answer shares these values. That is safe because Header.Set replaces a slice, and Add to a full one copies it.
	nosniff, deny, policy, referrer := []string{"nosniff"}, []string{"DENY"},
		[]string{"default-src 'none'; frame-ancestors 'none'"}, []string{"no-referrer"}
	ask, never, vary := []string{"no-cache"}, []string{"no-store"}, []string{"Authorization"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = nosniff
		h["X-Frame-Options"] = deny
		h["Content-Security-Policy"] = policy
		h["Referrer-Policy"] = referrer
		h["Cache-Control"] = ask // keep it, but ask with If-None-Match
		if strings.HasPrefix(r.URL.Path, "/v1/auth/") || r.Header["Authorization"] != nil {
			h["Cache-Control"] = never // RFC 6749, 5.1; a program that keeps an ETag itself may still ask with it
		}
		h["Vary"] = vary
		next.ServeHTTP(w, r)
	})
}

// CORS lets pages of these origins use the API; with none of them it is off.
func CORS(origins []string) func(http.Handler) http.Handler {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match",
			"Traceparent", "X-Request-ID"},
		ExposedHeaders: []string{"ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy",
			"Retry-After", "Traceparent", "X-Request-ID"},
		MaxAge: 600,
	}).Handler
}

// Timeout bounds how long the work for a request may take; its body is there already.
func Timeout(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// wrap returns w so that it tells its status, wrapping it once however many ask.
func wrap(w http.ResponseWriter, r *http.Request) middleware.WrapResponseWriter {
	if ww, ok := w.(middleware.WrapResponseWriter); ok {
		return ww
	}
	return middleware.NewWrapResponseWriter(w, r.ProtoMajor)
}

func statusOf(w middleware.WrapResponseWriter) int {
	if s := w.Status(); s != 0 {
		return s
	}
	return http.StatusOK
}
