package mid

import (
	"net"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/otel"
)

// Trace begins the request's span if it is sampled, makes the Info that the rest fills in, and answers with Traceparent
// and X-Request-ID, which are taken from the request when they are well-formed. Only who is trusted decides whether it
// is sampled. The quiet routes are never traced.
func Trace(p *otel.Provider, quiet, trusted func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, sampled := r.Context(), false
			switch {
			case quiet(r):
				ctx = p.Ignore(ctx, r.Header)
			case trusted(r):
				ctx, sampled = p.Accept(ctx, r.Header)
			default:
				ctx, sampled = p.AcceptStranger(ctx, r.Header)
			}
			var span trace.Span
			if sampled {
				ctx, span = p.Tracer().Start(ctx, method(r.Method), trace.WithSpanKind(trace.SpanKindServer))
			}
			info := &request.Info{ID: requestID(r), TraceID: trace.SpanContextFromContext(ctx).TraceID().String()}
			w.Header().Set("Traceparent", otel.Traceparent(ctx))
			w.Header().Set("X-Request-Id", info.ID)
			r = r.WithContext(request.With(ctx, info))
			if span == nil {
				next.ServeHTTP(w, r)
				return
			}
			ww := wrap(w, r)
			next.ServeHTTP(ww, r)
			describe(span, r, info, statusOf(ww))
			span.End()
		})
	}
}

const maxUserAgent = 256 // bytes

// describe gives the span of a request its name and attributes, by the semantic conventions of HTTP servers, less
// url.query: filters hold e-mail addresses.
func describe(span trace.Span, r *http.Request, info *request.Info, status int) {
	attrs := make([]attribute.KeyValue, 0, 14)
	m := method(r.Method)
	attrs = append(attrs,
		semconv.HTTPRequestMethodKey.String(m), semconv.HTTPResponseStatusCode(status),
		semconv.URLPath(logger.Mask(r.URL.Path)), semconv.URLScheme(scheme(r)),
		semconv.NetworkProtocolVersion(protocolVersion(r)),
	)
	if m != r.Method {
		attrs = append(attrs, semconv.HTTPRequestMethodOriginal(r.Method))
	}
	if info.Route != "" {
		span.SetName(m + " " + info.Route)
		attrs = append(attrs, semconv.HTTPRoute(info.Route))
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		attrs = append(attrs, semconv.ClientAddress(host), semconv.NetworkPeerAddress(host))
	}
	if host, port, err := net.SplitHostPort(r.Host); err == nil {
		attrs = append(attrs, semconv.ServerAddress(host))
		if n, err := strconv.Atoi(port); err == nil {
			attrs = append(attrs, semconv.ServerPort(n))
		}
	} else {
		attrs = append(attrs, semconv.ServerAddress(r.Host))
	}
	if ua := r.UserAgent(); ua != "" {
		attrs = append(attrs, semconv.UserAgentOriginal(logger.Mask(ua[:min(len(ua), maxUserAgent)])))
	}
	if info.Actor.ID != uuid.Nil {
		attrs = append(attrs, semconv.UserID(info.Actor.ID.String()))
	}
	if info.Actor.Key != nil {
		attrs = append(attrs, attribute.String("garagesale.key.id", info.Actor.Key.ID.String()))
	}
	if status >= http.StatusInternalServerError {
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		span.SetStatus(codes.Error, "") // the error's text, which may quote values, is in the log
		if info.Stack != nil {
			span.AddEvent("exception", trace.WithAttributes(semconv.ExceptionType("panic"),
				semconv.ExceptionStacktrace(string(info.Stack))))
		}
	}
	span.SetAttributes(attrs...)
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

func protocolVersion(r *http.Request) string {
	if r.ProtoMajor >= 2 {
		return strconv.Itoa(r.ProtoMajor)
	}
	return strconv.Itoa(r.ProtoMajor) + "." + strconv.Itoa(r.ProtoMinor)
}
