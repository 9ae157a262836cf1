package eventapp

import (
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/outbox"
)

// TestHandedBeforeReached: a stream that takes what its market was handed, while the other markets of the page are
// still looked at, does not get it again when the whole page is.
func TestHandedBeforeReached(t *testing.T) {
	t.Parallel()
	h := NewHub(business.Business{}, nil)
	market := uuid.New()
	shared := h.join(market, 10)
	position, heard := int64(10), []int64{}
	take := func() {
		list, upTo, _, old := h.after(shared, uuid.Nil, position)
		if old {
			t.Fatalf("position %d is said to be too old", position)
		}
		for _, e := range list {
			heard = append(heard, e.Position)
		}
		position = upTo
	}
	take()
	h.hand(shared, []outbox.Told{{Position: 11, Event: outbox.Event{MarketID: market}},
		{Position: 13, Event: outbox.Event{MarketID: market}}}, facts{})
	take()
	h.reached(14, map[uuid.UUID]*topic{market: shared})
	take()
	take()
	if len(heard) != 2 || heard[0] != 11 || heard[1] != 13 || position != 14 {
		t.Errorf("heard %v and is at %d, want [11 13] and 14", heard, position)
	}
}
