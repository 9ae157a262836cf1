package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/foundation/sse"
)

// listener follows what happens at one market, and comes back where it was whenever it is cut.
type listener struct {
	*client
	market   string
	position atomic.Int64

	mu    sync.Mutex
	ids   []string // of the events, as they came
	last  int64    // the position of the last of them
	cuts  int
	wrong string // an answer that is no stream
}

// follow listens until ctx is done.
func (f *listener) follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.once(ctx)
		if ctx.Err() != nil {
			return
		}
		f.mu.Lock()
		f.cuts++
		if status, ok := errors.AsType[badStatus](err); ok && status != http.StatusServiceUnavailable {
			f.wrong = status.Error()
		}
		f.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// badStatus is that of an answer that is no stream.
type badStatus int

func (s badStatus) Error() string { return fmt.Sprint("status ", int(s)) }

// once follows one stream to its end.
func (f *listener) once(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/v1/markets/"+f.market+"/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	req.Header.Set("Last-Event-ID", strconv.FormatInt(f.position.Load(), 10))
	streams := http.Client{Transport: f.http.Transport} // without its time for an answer
	res, err := streams.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return badStatus(res.StatusCode)
	}
	return sse.Read(res.Body, func(e sse.Event) error {
		position, err := strconv.ParseInt(e.ID, 10, 64)
		if err == nil {
			f.take(position, e.Data)
		}
		return err
	})
}

func (f *listener) take(position int64, data string) {
	if data != "" {
		var e struct{ ID string }
		_ = json.Unmarshal([]byte(data), &e) // an event without an id is none that is expected
		f.mu.Lock()
		f.ids, f.last = append(f.ids, e.ID), position
		f.mu.Unlock()
	}
	f.position.Store(position)
}

// listen starts the listeners, spread over the markets; the function that it returns ends them and says what they
// heard.
func (l *load) listen(ctx context.Context) func(*report) error {
	all := make([]*listener, l.streams)
	ctx, hangUp := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i := range all {
		all[i] = &listener{client: l.client, market: l.stalls[i%len(l.stalls)].market}
		wg.Go(func() { all[i].follow(ctx) })
	}
	return func(rep *report) error {
		defer wg.Wait()
		defer hangUp()
		rep.Streams = len(all)
		truth, err := l.whole(ctx)
		if err != nil {
			return err
		}
		for _, t := range truth {
			rep.Events += len(t.ids)
		}
		for _, f := range all {
			t := truth[f.market]
			if err := f.reach(ctx, t.last, l.settle); err != nil {
				return err
			}
			f.mu.Lock()
			rep.Cuts += f.cuts
			if !slices.Equal(f.ids, t.ids) {
				rep.Misheard++
			}
			if f.wrong != "" && len(rep.Texts) < maxTexts {
				rep.Texts = append(rep.Texts, "stream: "+f.wrong)
			}
			f.mu.Unlock()
		}
		return nil
	}
}

// whole hears all that there is at the markets.
func (l *load) whole(ctx context.Context) (map[string]*listener, error) {
	ctx, hangUp := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer hangUp()
	truth := map[string]*listener{}
	for _, s := range l.stalls {
		t := &listener{client: l.client, market: s.market}
		truth[s.market] = t
		wg.Go(func() { t.follow(ctx) })
	}
	// What is told last may still be on its way: the markets are quiet when nothing comes for a while.
	for n, since := -1, time.Now(); time.Since(since) < 2*time.Second; time.Sleep(100 * time.Millisecond) {
		heard := 0
		for _, t := range truth {
			t.mu.Lock()
			heard += len(t.ids)
			t.mu.Unlock()
		}
		if heard != n {
			n, since = heard, time.Now()
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return truth, nil
}

// reach waits until the listener is there.
func (f *listener) reach(ctx context.Context, position int64, within time.Duration) error {
	for end := time.Now().Add(within); f.position.Load() < position; time.Sleep(50 * time.Millisecond) {
		if ctx.Err() != nil || time.Now().After(end) {
			return fmt.Errorf("a stream is at %d after %v, the others at %d", f.position.Load(), within, position)
		}
	}
	return nil
}
