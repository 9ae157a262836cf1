package mid_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/types/role"
)

// TestDear: what is dear has its few places, of which one client gets half; neither what is cheap nor who works here is
// held up by it.
func TestDear(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	h := mid.Dear(4, time.Minute, func(r *http.Request) bool { return r.URL.Path != "/cheap" })(http.HandlerFunc(
		func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hold" {
				entered <- struct{}{}
				<-finish
			}
		}))
	from := func(addr, path string, roles ...role.Role) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = addr + ":1"
		w := httptest.NewRecorder()
		with(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request.From(r.Context()).Actor.Roles = role.NewSet(roles...)
			h.ServeHTTP(w, r)
		})).ServeHTTP(w, r)
		return w.Code, w.Header().Get("Retry-After")
	}
	var holding sync.WaitGroup
	hold := func(addr string) {
		holding.Go(func() { from(addr, "/hold") })
		<-entered
	}
	hold("192.0.2.1")
	if status, _ := from("192.0.2.1", "/dear"); status != 200 {
		t.Errorf("the second of a client: %d", status)
	}
	hold("192.0.2.1")
	if status, retry := from("192.0.2.1", "/dear"); status != 503 || retry != "1" {
		t.Errorf("the third of a client: %d, Retry-After %q", status, retry)
	}
	hold("192.0.2.2")
	if status, _ := from("192.0.2.3", "/dear"); status != 200 {
		t.Errorf("the fourth of all: %d", status)
	}
	hold("192.0.2.2")
	if status, retry := from("192.0.2.3", "/dear", role.User); status != 503 || retry != "1" {
		t.Errorf("the fifth of all: %d, Retry-After %q", status, retry)
	}
	for _, test := range []struct {
		path string
		role role.Role
	}{{"/cheap", role.User}, {"/dear", role.Cashier}, {"/dear", role.Admin}} {
		if status, _ := from("192.0.2.1", test.path, test.role); status != 200 {
			t.Errorf("%s as %s beside them: %d", test.path, test.role, status)
		}
	}
	close(finish)
	holding.Wait()
	if status, _ := from("192.0.2.1", "/dear"); status != 200 {
		t.Errorf("when all have left: %d", status)
	}
}
