package rest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2/negotiation"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/query"
)

// None is the output of an operation that has nothing to say: 204, unless its Op has another Status.
type None struct{}

// Redirect is the output of an operation that sends the client elsewhere; its Op's Status says how.
type Redirect struct {
	To     string
	Cookie *http.Cookie // to come back with
}

// Resource is an output that has an id and versions, and so an ETag.
type Resource interface {
	Entity() (id uuid.UUID, version int64)
}

// Nested is a Resource whose address names its market before its own id.
type Nested interface {
	Resource
	Market() uuid.UUID
}

// address is where the resource is found, with the path up to its id. It stands between quotes as it is.
func address(path string, res Resource) string {
	id, _ := res.Entity()
	if n, ok := res.(Nested); ok {
		path = strings.ReplaceAll(path, "{marketID}", n.Market().String())
	}
	return path + id.String()
}

// List is the output of a list.
type List[T any] struct {
	Items      []T    `json:"items" doc:"The items of this page."`
	NextCursor string `json:"nextCursor,omitempty" doc:"The cursor of the next page; left out on the last one."`
	Total      *int   `json:"total,omitempty" doc:"How many items there are on all pages; only when asked for."`
}

func (l List[T]) next() string { return l.NextCursor }

// ListOf turns a page of the business into a List.
func ListOf[B, T any](res query.Result[B], item func(B) T) List[T] {
	l := List[T]{Items: make([]T, len(res.Items)), NextCursor: res.NextCursor, Total: res.Total}
	for i, b := range res.Items {
		l.Items[i] = item(b)
	}
	return l
}

// Paged is embedded by an output of which one list comes page by page, beside what comes whole.
type Paged struct {
	NextCursor string `json:"nextCursor,omitempty" doc:"The cursor of the next page; left out on the last one."`
}

func (p Paged) next() string { return p.NextCursor }

// Streamed is an output whose forms but JSON are written while they are read, however long they are; JSON too, where
// the Op produces nothing else. Until enough is
// written for a first chunk an error is a problem as any other; after that the connection is cut, so that nobody takes
// what came for the whole.
type Streamed interface {
	Stream(ctx context.Context, w io.Writer) error
}

// Rendered is an output that has other forms than JSON: those that its Op.Produces names.
type Rendered interface {
	Render(mediaType string) ([]byte, error)
}

// answer is a success, encoded. The ETag of a resource tells its version; that of a list is made of its bytes.
type answer struct {
	idempotency.Answer
	replayed bool
	next     string // the cursor of the next page
	form     string // the media type, if not JSON
	cookie   *http.Cookie
	vary     bool   // Accept chose it
	policy   string // of a page, if it may load something
	stream   func(context.Context, io.Writer) error
	followed Followed
}

// form is the media type that the client prefers. A client that accepts none of them gets the first, as RFC 9110,
// 12.4.1 allows: it can tell by the Content-Type.
func form(r *http.Request, op Op) string {
	if len(op.Produces) == 0 {
		return jsonType
	}
	return cmp.Or(negotiation.SelectQValue(Accept(r), op.Produces), op.Produces[0])
}

// Accept is what the client takes, from all headers of that name, in lower case.
func Accept(r *http.Request) string {
	return strings.ToLower(strings.Join(r.Header.Values("Accept"), ","))
}

// render encodes the output in that form.
func render(op Op, form string, out any) (answer, error) {
	made, streams := out.(Streamed)
	if form == jsonType && (!streams || len(op.Produces) != 1) {
		ans, err := encode(op, out)
		ans.vary = len(op.Produces) > 1
		return ans, err
	}
	if streams {
		return answer{Answer: idempotency.Answer{Status: http.StatusOK}, form: form, vary: len(op.Produces) > 1,
			stream: made.Stream}, nil
	}
	if made, ok := out.(Followed); ok {
		return answer{Answer: idempotency.Answer{Status: http.StatusOK}, form: form, followed: made}, nil
	}
	page, ok := out.(Rendered)
	if !ok {
		return answer{}, fmt.Errorf("%s %s: %T has no form %s", op.Method, op.Path, out, form)
	}
	body, err := page.Render(form)
	if err != nil {
		return answer{}, fmt.Errorf("render %T as %s: %w", out, form, err)
	}
	ans := answer{Answer: idempotency.Answer{Status: http.StatusOK, Body: body}, form: form, vary: len(op.Produces) > 1}
	if strict, ok := out.(interface{ Policy() string }); ok {
		ans.policy = strict.Policy()
	}
	return ans, nil
}

// success is the status of an operation that went well.
func (op Op) success(none bool) int {
	switch {
	case op.Status != 0:
		return op.Status
	case none:
		return http.StatusNoContent
	case op.Method == http.MethodPost:
		return http.StatusCreated
	}
	return http.StatusOK
}

var jsonTypes = []string{jsonType} // as a header, which all answers share

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

func encode(op Op, out any) (answer, error) {
	_, none := out.(None)
	ans := answer{Answer: idempotency.Answer{Status: op.success(none)}}
	if none {
		return ans, nil
	}
	if to, ok := out.(Redirect); ok {
		ans.Location, ans.cookie = to.To, to.Cookie
		return ans, nil
	}
	if res, ok := out.(Resource); ok {
		id, version := res.Entity()
		if op.Accepted != "" && id == uuid.Nil {
			ans.Status = http.StatusAccepted
			return ans, nil
		}
		ans.ETag = entityTag(id, version)
		if op.Location != "" {
			ans.Location = address(op.Location, res)
		}
	}
	page, list := out.(interface{ next() string })
	if list {
		ans.next = page.next()
	}
	var err error
	if ans.Body, err = json.Marshal(out); err != nil {
		return answer{}, fmt.Errorf("encode %s: %w", reflect.TypeOf(out), err)
	}
	if list && op.Method == http.MethodGet {
		sum := sha256.Sum256(ans.Body)
		ans.ETag = `"` + hex.EncodeToString(sum[:16]) + `"`
	}
	return ans, nil
}

func (ans answer) send(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodHead:
		ans.head(w, r)
	case ans.stream != nil:
		ans.flow(w, r)
	case ans.followed != nil:
		ans.follow(w, r)
	default:
		ans.head(w, r)
	}
}

// head sends all but a stream's body.
func (ans answer) head(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	setQuotas(h, request.From(r.Context()))
	if ans.ETag != "" {
		h.Set("Etag", ans.ETag) // spelt as net/http keeps it, which then need not spell it anew
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			if seen := listOf(r, "If-None-Match"); seen != "" && noneMatch(seen, ans.ETag) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
	}
	if ans.Location != "" {
		h.Set("Location", ans.Location)
	}
	if ans.cookie != nil {
		http.SetCookie(w, ans.cookie)
	}
	if ans.replayed {
		replays.Add(1)
		h.Set("Idempotency-Replayed", "true")
	}
	if ans.vary {
		h.Add("Vary", "Accept")
	}
	if ans.next != "" {
		q := r.URL.Query()
		q.Set("cursor", ans.next)
		h.Set("Link", "<"+(&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()+`>; rel="next"`) // RFC 8288
	}
	if ans.policy != "" {
		h.Set("Content-Security-Policy", ans.policy)
	}
	switch {
	case ans.form != "":
		h.Set("Content-Type", ans.form+"; charset=utf-8") // of text/event-stream too: WHATWG HTML, 9.2.5
	case ans.Body != nil:
		h["Content-Type"] = jsonTypes
	}
	if ans.Status != http.StatusNoContent && ans.stream == nil && ans.followed == nil {
		h.Set("Content-Length", strconv.Itoa(len(ans.Body)))
	}
	w.WriteHeader(ans.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(ans.Body) // the client is gone; there is nobody to tell
	}
}

func entityTag(id uuid.UUID, version int64) string {
	return `"` + id.String() + "-" + strconv.FormatInt(version, 10) + `"`
}

// listOf is a header, spelt canonically, that is a list, and so may stand on several lines (RFC 9110, 5.3).
func listOf(r *http.Request, header string) string {
	values := r.Header[header]
	if len(values) == 0 {
		return ""
	}
	return strings.Join(values, ", ")
}

// noneMatch tells whether If-None-Match names the tag: weak comparison (RFC 9110, 13.1.2).
func noneMatch(header, tag string) bool {
	tags, star := parseTags(header)
	for _, t := range tags {
		if strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return star
}

// parseTags reads a list of entity tags (RFC 9110, 8.8.3), or "*". What is no tag matches nothing.
func parseTags(header string) (tags []string, star bool) {
	if strings.TrimSpace(header) == "*" {
		return nil, true
	}
	for rest := header; rest != ""; {
		rest = strings.TrimLeft(rest, " \t,")
		open := strings.IndexByte(rest, '"')
		if open < 0 {
			return tags, false
		}
		end := strings.IndexByte(rest[open+1:], '"')
		if end < 0 {
			return tags, false
		}
		end += open + 2
		tags = append(tags, rest[:end])
		rest = rest[end:]
	}
	return tags, false
}
