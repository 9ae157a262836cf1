package rest

import (
	"net/http"
	"testing"
	"time"
)

func TestAnnounce(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	Op{}.announce(h)
	if len(h) != 0 {
		t.Errorf("an operation in use announces %v", h)
	}
	Op{Deprecated: time.Date(2026, 5, 30, 0, 0, 0, 0, time.UTC),
		Sunset: time.Date(2027, 11, 30, 0, 0, 0, 0, time.UTC)}.announce(h)
	if h.Get("Deprecation") != "@1780099200" || h.Get("Sunset") != "Tue, 30 Nov 2027 00:00:00 GMT" {
		t.Errorf("announced %v", h)
	}
}
