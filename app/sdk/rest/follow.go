package rest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/garagesale/service/app/sdk/request"
)

// Followed is the output of a Read that goes on for as long as the client stays: server-sent events (WHATWG HTML, 9.2).
// Follow returns when it ends the stream; the client comes back and says where it was. The Op is Long.
type Followed interface {
	Follow(ctx context.Context, s *Sender) error
}

const (
	sendTimeout = 10 * time.Second // for the client to take what was sent; one that does not is cut, and comes back
	comeBack    = 2 * time.Second  // before which it does not; half of it or more, so that not all come at once
)

// Sender writes a stream of events.
type Sender struct {
	w   http.ResponseWriter
	buf []byte
}

// Event sends one when Flush is called. The id is what the client comes back with, as Last-Event-ID; data is one line.
func (s *Sender) Event(id int64, name string, data []byte) {
	s.buf = append(s.id(id), "\nevent: "...)
	s.buf = append(append(s.buf, name...), "\ndata: "...)
	s.buf = append(append(s.buf, data...), "\n\n"...)
}

// Beat tells the client that the stream is alive, and where it is: an id without data is no event.
func (s *Sender) Beat(id int64) { s.buf = append(s.id(id), "\n\n"...) }

func (s *Sender) id(id int64) []byte {
	return strconv.AppendInt(append(s.buf, "id: "...), id, 10)
}

// Flush has the client get what was sent.
func (s *Sender) Flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	rc := http.NewResponseController(s.w)
	_ = rc.SetWriteDeadline(time.Now().Add(sendTimeout)) // a recorder in a test has none
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	if cap(s.buf) > chunkSize {
		s.buf = nil // a stream that waits is small
	}
	if err != nil {
		return err
	}
	return rc.Flush()
}

// follow sends the headers and then what comes.
func (ans answer) follow(w http.ResponseWriter, r *http.Request) {
	// The time for the request does not end the answer.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	// nginx would keep events back until it has a page of them.
	w.Header().Set("X-Accel-Buffering", "no")
	// A stream ends with the service, or as good as: whoever used its connection again would meet one that is closed.
	w.Header().Set("Connection", "close")
	ans.head(w, r)
	s := &Sender{w: w}
	wait := comeBack/2 + rand.N(comeBack) //nolint:gosec // no secret
	s.buf = fmt.Appendf(nil, "retry: %d\n", wait.Milliseconds())
	if err := ans.followed.Follow(r.Context(), s); err != nil && r.Context().Err() == nil {
		request.From(r.Context()).Err = err
		panic(http.ErrAbortHandler)
	}
}

// Still is nil while who asks is still who it was, and may stay: its token is good and its session goes on.
func (c Call[D]) Still() error {
	if c.info.Still == nil {
		return nil
	}
	return c.info.Still()
}
