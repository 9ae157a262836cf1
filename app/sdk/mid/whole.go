package mid

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"time"

	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

// errSlow is what a client gets that sends its body too slowly.
var errSlow = errs.New(errs.TooSlow, "body_too_slow", "the body did not come in time",
	"Send the body at once, over a new connection; a batch that takes too long is better split.")

// Body bounds what a body may cost before it is whole. The zero Body bounds nothing.
type Body struct {
	Max    int64         // bytes
	Rate   int64         // bytes a second that come at least, once the first 2 s are over; 0: any
	Within time.Duration // all of it; 0: as long as it takes
	Held   int64         // bytes of all large ones together, and of one client's a quarter; 0: any
}

const (
	bodyGrace = 2 * time.Second
	// bodySmall is how much of a body is not counted against Held: connections bound how many there are, so large
	// bodies, whoever sends them, never keep out a sale.
	bodySmall = 16 << 10
)

// Whole reads the body before the request goes on, and refuses one that comes too slowly with 408. One that is larger
// than Max or cannot be read is found out by who reads it, in the order in which a request is refused.
func Whole(cfg Body) func(http.Handler) http.Handler {
	held := newShares(cfg.Held, cfg.Held/4)
	told := rate.Sometimes{Interval: time.Second}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body == nil || r.Body == http.NoBody {
				next.ServeHTTP(w, r)
				return
			}
			b := incoming{Body: cfg, held: held, client: client(r), conn: http.NewResponseController(w), began: time.Now()}
			defer func() {
				if b.large > 0 {
					held.give(b.client, b.large)
				}
			}()
			err := b.read(http.MaxBytesReader(w, r.Body, cfg.Max))
			switch {
			case errors.Is(err, os.ErrDeadlineExceeded):
				rest.Fail(w, r, errSlow) // net/http closes the connection: the rest of the body would be taken for a request
				return
			case errors.Is(err, errBusy):
				w.Header().Set("Connection", "close")
				busy(w, r, &told)
				return
			}
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(b.raw), failing{err}))
			next.ServeHTTP(w, r)
		})
	}
}

// incoming is a body on its way in.
type incoming struct {
	Body
	held   *shares
	client netip.Prefix
	conn   *http.ResponseController
	began  time.Time
	raw    []byte
	large  int64 // of its bytes, those that count against Held
}

// read reads to the end; the error is then io.EOF.
func (b *incoming) read(body io.Reader) error {
	b.raw = make([]byte, 0, 1024)
	for {
		if len(b.raw) == cap(b.raw) {
			if !b.grow() {
				return errBusy
			}
		}
		_ = b.conn.SetReadDeadline(b.deadline()) // a recorder in a test has none
		n, err := body.Read(b.raw[len(b.raw):cap(b.raw)])
		b.raw = b.raw[:len(b.raw)+n]
		if err != nil {
			return err
		}
	}
}

// deadline is when the next byte has to be there.
func (b *incoming) deadline() time.Time {
	var at time.Time
	if b.Rate > 0 {
		at = b.began.Add(bodyGrace + time.Duration(int64(len(b.raw))*int64(time.Second)/b.Rate))
	}
	if b.Within > 0 && (at.IsZero() || at.After(b.began.Add(b.Within))) {
		at = b.began.Add(b.Within)
	}
	return at
}

// grow doubles the room, if there is some.
func (b *incoming) grow() bool {
	size := min(2*int64(cap(b.raw)), b.Max+1) // as much as is ever read, and its end
	if large := size - bodySmall; large > b.large {
		if !b.held.take(b.client, large-b.large) {
			return false
		}
		b.large = large
	}
	raw := make([]byte, len(b.raw), size)
	copy(raw, b.raw)
	b.raw = raw
	return true
}

// failing is the end of a body.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
