// Package eventapp tells what happens at a market while it happens: server-sent events, for whoever may read what they
// are about.
package eventapp

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
)

//go:embed examples.json
var examples []byte

// errGone is for who was away for too long.
var errGone = errs.New(errs.Gone, "events_gone", "what happened since then is no longer kept",
	"Read what you follow anew, and then listen without Last-Event-ID.")

// beatEvery is how often a stream on which nothing happens says that it is alive.
const beatEvery = 15 * time.Second

// Routes adds the stream of events. The API has declared the events already.
func Routes(api *rest.API[business.Domains], hub *Hub) {
	api.Describe(rest.Tag{Name: "Events", Description: "What happens at a market, told once it is committed."}, examples)
	types := api.EventTypes()
	l := listener{hub: hub, types: types}
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/events", Action: "market.listen",
		Produces: []string{"text/event-stream"}, Long: true,
		ID: "listenEvents", Summary: "Listen to what happens at a market",
		Description: "Server-sent events, from now on or, with `Last-Event-ID`, from there on, up to 30 days back. Each is " +
			"CloudEvents 1.0 in JSON, whose `data` is what GET of its `subject` answers; everybody hears what it may read. " +
			"They come at least once, what concerns one thing in the order of COMMIT; `id` tells repeats. An `id:` without " +
			"data comes every 15 seconds. The stream ends with the access token, when the service is updated, and when the " +
			"client takes nothing for 10 seconds: come back with the last `id:` that you have seen.\n\nTypes: `" +
			strings.Join(types, "`, `") + "`.",
		Errors: []*errs.Error{marketbus.ErrNotFound, errGone},
	}, l.listen)
}

type listener struct {
	hub   *Hub
	types []string
}

type listen struct {
	MarketID    uuid.UUID `path:"marketID"`
	Type        *string   `query:"type" doc:"Only these types, with commas between them."`
	LastEventID *int64    `header:"Last-Event-ID" minimum:"0" doc:"The id after which to begin."`
}

func (l listener) listen(c rest.Call[business.Domains], in listen) (*stream, error) {
	wanted := l.types
	if in.Type != nil {
		wanted = strings.Split(*in.Type, ",")
	}
	for _, t := range wanted {
		if !slices.Contains(l.types, t) {
			return nil, errs.ErrInvalid.With(errs.Field{Location: "query.type", Value: t,
				Message: "must be of " + strings.Join(l.types, ", ")})
		}
	}
	m, err := c.D.Markets.Get(c.Context, in.MarketID)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("market.listen", auth.Resource{MarketID: m.ID, MarketStatus: string(m.Status)},
		marketbus.ErrNotFound); err != nil {
		return nil, err
	}
	reach, err := c.D.Outbox.Reach(c.Context)
	if err != nil {
		return nil, err
	}
	s := &stream{hub: l.hub, marketID: m.ID, who: c.Actor.ID, wanted: wanted, position: reach.Head, head: reach.Head,
		may: c.May, still: c.Still}
	if in.LastEventID != nil {
		s.position = *in.LastEventID
		if s.position < reach.Gone || s.position > reach.Head { // or of another database than this one
			return nil, errGone
		}
	}
	return s, nil
}

// stream is what one client hears.
type stream struct {
	hub      *Hub
	marketID uuid.UUID
	who      uuid.UUID // Nil: nobody
	wanted   []string  // types
	position int64     // up to which the client has heard
	head     int64     // what there was when it came
	may      func(action string, res auth.Resource) (bool, error)
	still    func() error
}

// Follow implements rest.Followed.
func (s *stream) Follow(ctx context.Context, to *rest.Sender) error {
	t := s.hub.join(s.marketID, s.head)
	defer s.hub.leave(s.marketID, t)
	beat := time.NewTimer(0) // at once, so that a client that is cut off before anything happens knows where it was
	defer beat.Stop()
	for {
		list, upTo, more, old := s.hub.after(t, s.who, s.position)
		if old {
			var err error
			if list, upTo, err = s.hub.older(ctx, s.marketID, s.who, s.position); err != nil {
				return err
			}
		}
		if err := s.send(list, to); err != nil {
			return err
		}
		s.position = upTo
		if s.still() != nil {
			return nil
		}
		if err := to.Flush(); err != nil {
			return nil // it has left, or takes nothing
		}
		if old {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.hub.stopping:
			return nil
		case <-more:
		case <-beat.C:
			to.Beat(s.position)
			beat.Reset(beatEvery + rand.N(time.Second)) //nolint:gosec // no secret
		}
	}
}

// send sends what the client wants and may hear.
func (s *stream) send(list []heard, to *rest.Sender) error {
	for _, e := range list {
		if !slices.Contains(s.wanted, e.Type) {
			continue
		}
		ok, err := s.may(e.Kind+".read", e.about)
		if err != nil {
			return fmt.Errorf("event %s: %w", e.ID, err)
		}
		if ok {
			to.Event(e.Position, e.Type, e.Payload)
		}
	}
	return nil
}
