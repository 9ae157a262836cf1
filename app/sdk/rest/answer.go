package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/query"
)

// None is the output of an operation that has nothing to say: 204.
type None struct{}

// Resource is an output that has an id and versions, and so an ETag.
type Resource interface {
	Entity() (id uuid.UUID, version int64)
}

// List is the output of a list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty"`
	Total      *int   `json:"total,omitempty"`
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

// answer is a success, encoded.
type answer struct {
	idempotency.Answer
	replayed bool
	next     string // the cursor of the next page
}

func encode(op Op, out any) (answer, error) {
	ans := answer{Answer: idempotency.Answer{Status: op.Status}}
	_, none := out.(None)
	switch {
	case ans.Status != 0:
	case none:
		ans.Status = http.StatusNoContent
	case op.Method == http.MethodPost:
		ans.Status = http.StatusCreated
	default:
		ans.Status = http.StatusOK
	}
	if none {
		return ans, nil
	}
	if res, ok := out.(Resource); ok {
		id, version := res.Entity()
		ans.ETag = entityTag(id, version)
		if op.Location != "" {
			ans.Location = op.Location + id.String()
		}
	}
	if list, ok := out.(interface{ next() string }); ok {
		ans.next = list.next()
	}
	var err error
	if ans.Body, err = json.Marshal(out); err != nil {
		return answer{}, fmt.Errorf("encode %s: %w", reflect.TypeOf(out), err)
	}
	return ans, nil
}

func (ans answer) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if ans.ETag != "" {
		h.Set("ETag", ans.ETag)
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			if seen := r.Header.Get("If-None-Match"); seen != "" && noneMatch(seen, ans.ETag) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
	}
	if ans.Location != "" {
		h.Set("Location", ans.Location)
	}
	if ans.replayed {
		replays.Add(1)
		h.Set("Idempotency-Replayed", "true")
	}
	if ans.next != "" {
		q := r.URL.Query()
		q.Set("cursor", ans.next)
		h.Set("Link", "<"+(&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()+`>; rel="next"`) // RFC 8288
	}
	if ans.Status != http.StatusNoContent {
		h.Set("Content-Type", "application/json")
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
