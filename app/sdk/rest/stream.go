package rest

import (
	"bufio"
	"context"
	"net/http"
	"time"

	"github.com/garagesale/service/app/sdk/request"
)

const (
	chunkSize    = 32 << 10
	chunkTimeout = 10 * time.Second // for the client to take one
	// streamTimeout is for the whole: a stream holds a connection to the database, and a snapshot.
	streamTimeout = 5 * time.Minute
)

// chunks sends what a stream writes, with a deadline for each, and the headers before the first.
type chunks struct {
	w     http.ResponseWriter
	begin func()
	begun bool
}

// Write implements io.Writer.
func (c *chunks) Write(b []byte) (int, error) {
	if !c.begun {
		c.begun = true
		c.begin()
	}
	// A writer without deadlines, as tests have, just has none.
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(chunkTimeout))
	return c.w.Write(b)
}

// flow sends a stream. It may take longer than other requests, and ends when the client takes nothing for too long.
func (ans answer) flow(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), streamTimeout)
	defer cancel()
	c := &chunks{w: w, begin: func() {
		ans.head(w, r)
		_ = http.NewResponseController(w).Flush() // no Content-Length for a short one: HEAD cannot know it
	}}
	out := bufio.NewWriterSize(c, chunkSize)
	err := ans.stream(ctx, out)
	switch {
	case err == nil && !c.begun && out.Buffered() == 0:
		c.begin()
	case err == nil:
		err = out.Flush()
	}
	switch {
	case err != nil && !c.begun:
		Fail(w, r, err)
	case err != nil:
		request.From(r.Context()).Err = err
		panic(http.ErrAbortHandler) // so that what came does not look whole
	default:
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	}
}
