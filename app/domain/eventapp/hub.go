package eventapp

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sort"
	"sync"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/types/role"
)

const (
	pageSize   = 500 // events of one reading
	keptEvents = 512 // of a market, for streams that are a little behind
	catchUps   = 4   // streams that read what is older at once
)

// Hub reads what happens once for all streams of this replica, however many there are, and only while there are any.
type Hub struct {
	events   business.Business
	log      *slog.Logger
	behind   chan struct{} // a place for each stream that catches up
	stopping chan struct{}
	stop     func()

	mu       sync.Mutex
	position int64 // up to which all was read
	topics   map[uuid.UUID]*topic
}

// topic is what streams of one market share.
type topic struct {
	facts
	streams int
	floor   int64 // what came after it is in list
	list    []outbox.Told
	more    chan struct{} // is closed when the list grows
}

// facts are what the policy may know of what is told at a market, as it is now.
type facts struct {
	status  string                    // of the market
	owners  map[uuid.UUID]*uuid.UUID  // of families
	members map[uuid.UUID]role.Member // of the market, by their accounts
}

// heard is an event with what the policy may know of its subject.
type heard struct {
	outbox.Told
	about auth.Resource
}

// about is the events with what the policy may know of them when this account hears of them.
func (f facts) about(list []outbox.Told, who uuid.UUID) []heard {
	out := make([]heard, len(list))
	for i, e := range list {
		out[i] = heard{e, auth.Resource{OwnerID: e.AccountID, MarketID: e.MarketID, MarketStatus: f.status,
			Member: f.members[who], MemberKnown: true}}
		if e.FamilyID != nil {
			out[i].about.OwnerID = f.owners[*e.FamilyID]
		}
	}
	return out
}

// NewHub makes a Hub.
func NewHub(b business.Business, log *slog.Logger) *Hub {
	h := &Hub{events: b, log: log, behind: make(chan struct{}, catchUps), stopping: make(chan struct{}),
		topics: map[uuid.UUID]*topic{}}
	h.stop = sync.OnceFunc(func() { close(h.stopping) })
	return h
}

// Stop ends all streams, and those that come yet: their clients go elsewhere.
func (h *Hub) Stop() { h.stop() }

// Run reads until ctx is done. A failure is logged once and tried again.
func (h *Hub) Run(ctx context.Context) {
	h.events.Relay.Follow(ctx, h.log, "events cannot be read", h.read)
}

// read hands what is new to the topics.
func (h *Hub) read(ctx context.Context) error {
	for {
		h.mu.Lock()
		from, listening := h.position, maps.Clone(h.topics)
		h.mu.Unlock()
		if len(listening) == 0 {
			return nil
		}
		page, upTo, err := h.events.Outbox.Heard(ctx, slices.Collect(maps.Keys(listening)), from, pageSize)
		if err != nil || upTo == from {
			return err
		}
		for id, events := range byMarket(page) {
			found, err := h.facts(ctx, id, events)
			if err != nil {
				return err
			}
			h.hand(listening[id], events, found)
		}
		h.reached(upTo, listening)
		if len(page) < pageSize {
			return nil
		}
	}
}

func byMarket(list []outbox.Told) map[uuid.UUID][]outbox.Told {
	m := map[uuid.UUID][]outbox.Told{}
	for _, e := range list {
		m[e.MarketID] = append(m[e.MarketID], e)
	}
	return m
}

// facts finds what the policy may know of these events of a market. Of one that is gone it knows as little as of a
// draft.
func (h *Hub) facts(ctx context.Context, marketID uuid.UUID, list []outbox.Told) (facts, error) {
	f := facts{status: string(marketbus.Draft), owners: map[uuid.UUID]*uuid.UUID{}}
	m, err := h.events.Markets.Get(ctx, marketID)
	switch {
	case errors.Is(err, marketbus.ErrNotFound):
		return f, nil
	case err != nil:
		return f, err
	}
	f.status = string(m.Status)
	if f.members, err = h.events.Members.Roles(ctx, marketID); err != nil {
		return f, err
	}
	var ids []uuid.UUID
	for _, e := range list {
		if e.FamilyID != nil {
			ids = append(ids, *e.FamilyID)
		}
	}
	if ids == nil {
		return f, nil
	}
	for _, id := range ids {
		f.owners[id] = nil // unless it is found
	}
	families, err := h.events.Families.OfMarket(ctx, marketID, ids)
	for _, fam := range families {
		f.owners[fam.ID] = fam.OwnerID
	}
	return f, err
}

// hand appends events to their topic, and what is known now of those that it has.
func (h *Hub) hand(t *topic, list []outbox.Told, now facts) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t.status, t.members = now.status, now.members
	maps.Copy(t.owners, now.owners)
	known := t.floor
	if n := len(t.list); n > 0 {
		known = t.list[n-1].Position // a page is read again after a failure
	}
	for _, e := range list {
		if e.Position > known {
			t.list = append(t.list, e)
		}
	}
	if n := len(t.list) - keptEvents; n > 0 {
		t.floor = t.list[n-1].Position
		t.list = slices.Clone(t.list[n:])
	}
}

// reached notes up to where all was handed to these topics, and wakes their streams. A topic that has come meanwhile
// begins there: its streams read for themselves what was before.
func (h *Hub) reached(position int64, listening map[uuid.UUID]*topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.position
	h.position = max(h.position, position)
	for id, t := range h.topics {
		if listening[id] != t {
			t.floor = max(t.floor, position)
		} else if n := len(t.list); n == 0 || t.list[n-1].Position <= old {
			continue // nothing new
		}
		close(t.more)
		t.more = make(chan struct{})
	}
}

// join counts a stream of the market in. The first one of all begins at head, what there is now.
func (h *Hub) join(marketID uuid.UUID, head int64) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.topics) == 0 {
		h.position = max(h.position, head)
	}
	t := h.topics[marketID]
	if t == nil {
		t = &topic{facts: facts{owners: map[uuid.UUID]*uuid.UUID{}}, floor: h.position, more: make(chan struct{})}
		h.topics[marketID] = t
	}
	t.streams++
	return t
}

func (h *Hub) leave(marketID uuid.UUID, t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.streams--; t.streams == 0 {
		delete(h.topics, marketID)
	}
}

// after returns what the topic has for an account after a position, up to where that is all, and a channel that is
// closed when there is more. What is older than the list is not here: then old is true.
func (h *Hub) after(t *topic, who uuid.UUID, position int64) (list []heard, upTo int64, more <-chan struct{},
	old bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if position < t.floor {
		return nil, position, nil, true
	}
	i := sort.Search(len(t.list), func(i int) bool { return t.list[i].Position > position })
	upTo = max(position, h.position)
	if n := len(t.list); n > 0 {
		upTo = max(upTo, t.list[n-1].Position) // handed over, while other markets wait for what is theirs
	}
	return t.about(t.list[i:], who), upTo, t.more, false
}

// older reads what a stream that is behind has missed, some of it, and up to where.
func (h *Hub) older(ctx context.Context, marketID, who uuid.UUID, position int64) ([]heard, int64, error) {
	select {
	case h.behind <- struct{}{}:
		defer func() { <-h.behind }()
	case <-ctx.Done():
		return nil, position, ctx.Err()
	}
	h.mu.Lock()
	upTo := h.position
	h.mu.Unlock()
	page, err := h.events.Outbox.OfMarket(ctx, marketID, position, pageSize)
	if err != nil {
		return nil, position, err
	}
	if len(page) == pageSize {
		upTo = 0 // there may be more
	}
	if len(page) > 0 {
		upTo = max(upTo, page[len(page)-1].Position)
	}
	now, err := h.facts(ctx, marketID, page)
	return now.about(page, who), upTo, err
}
