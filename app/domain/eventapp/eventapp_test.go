package eventapp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/sse"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Events", apptest.Suite{Rights: rights, Bad: bad, Examples: examples})
}

func events(c *apptest.Cell) (string, any) { return at(c.Market()), nil }

func at(market object) string { return apptest.At("markets", market) + "/events" }

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/events", Want: apptest.Everybody(200), Call: events},
	{Route: "GET /v1/markets/{marketID}/events", About: "of a DRAFT",
		Want: apptest.Accounts(200).But(404, apptest.Nobody),
		Call: func(c *apptest.Cell) (string, any) { return events(c.Draft()) }},
}

var bad = []apptest.Bad{{Route: "GET /v1/markets/{marketID}/events", Params: apptest.Params{
	"type": {"", "product.listed", "garagesale.product.listed.v1,"},
}}}

func examples(r *apptest.Recorder) {
	path := at(r.Market(r.T, "name", "Elm Street Garage Sale"))
	r.Drained(r.T)
	r.Do("listenEvents", 200, "GET", path, "", "Last-Event-ID", "0")
}

// heard are the short types of events, in their order.
func heard(list []apptest.Heard) string {
	var types []string
	for _, h := range list {
		types = append(types, strings.TrimSuffix(strings.TrimPrefix(h.Type, "garagesale."), ".v1"))
	}
	return strings.Join(types, " ")
}

// quiet is the market, all that has happened there being told.
func quiet(t *testing.T, w *apptest.World, market object) object {
	t.Helper()
	w.Drained(t)
	return market
}

// TestEverything: each change is told once, in its order, with what GET of its subject answers; what is refused or
// changes nothing is not told.
func TestEverything(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	root := w.Root.Token
	market := quiet(t, w, w.Market(t, "status", "DRAFT"))
	s := w.Listen(t, at(market), root)
	marketPath := apptest.At("markets", market)
	post := func(want int, path string, body any) (out object) {
		w.OK(t, want, &out, "POST", path, root, body, "Idempotency-Key", apptest.Key())
		return out
	}
	patch := func(path string, body any) { w.OK(t, 200, nil, "PATCH", path, root, body) }

	patch(marketPath, object{"status": "OPEN"})
	patch(marketPath, object{"name": "Oak Street"})
	patch(marketPath, object{"name": "Oak Street"}) // nothing new
	family := w.Family(t, market)
	familyPath := apptest.At("families", family)
	patch(familyPath, object{"name": "Smith"})
	gone := w.Family(t, market)
	w.OK(t, 204, nil, "DELETE", apptest.At("families", gone), root, nil)
	lamp := w.Product(t, family, "price", 450, "quantity", 10)
	lampPath := apptest.At("products", lamp)
	patch(lampPath, object{"price": 500})
	w.OK(t, 422, nil, "PATCH", lampPath, root, object{"price": -1})
	toy := w.Product(t, family)
	w.OK(t, 204, nil, "DELETE", apptest.At("products", toy), root, nil)
	post(201, marketPath+"/products:batch", object{"items": []object{
		{"familyID": family["id"], "name": "Cup", "price": 1, "quantity": 1},
		{"familyID": family["id"], "name": "Mug", "price": 1, "quantity": 1}}})
	drawer := post(201, marketPath+"/cash-sessions", object{"float": 100})
	drawerPath := apptest.At("cash-sessions", drawer)
	basket := object{"lines": []object{{"productID": lamp["id"], "quantity": 2}},
		"payment": object{"tender": "CASH", "amount": 1000}}
	first := post(201, marketPath+"/sales", basket)
	post(409, marketPath+"/sales", object{"lines": []object{{"productID": lamp["id"], "quantity": 99}},
		"payment": object{"tender": "CASH", "amount": 99000}})
	post(200, apptest.At("sales", first)+"/void", object{"reason": "wrong"})
	second := post(201, marketPath+"/sales", basket)
	post(201, apptest.At("sales", second)+"/returns",
		object{"reason": "broken", "lines": []object{{"line": 1, "quantity": 1}}})
	post(200, drawerPath+"/close", object{"counted": 600})
	patch(marketPath, object{"status": "CLOSED"})
	payout := post(201, familyPath+"/payouts", nil)

	const want = "market.opened market.updated family.joined family.updated family.joined family.deleted " +
		"product.listed product.updated product.listed product.deleted product.listed product.listed cash_session.opened " +
		"sale.completed product.updated sale.voided product.updated sale.completed product.updated sale.returned " +
		"product.updated cash_session.closed market.closed payout.made"
	list := s.Wait(t, len(strings.Fields(want)))
	if got := heard(list); got != want {
		t.Errorf("heard\n%s, want\n%s", got, want)
	}
	now := map[string]object{} // what the last event said of each subject
	for _, h := range list {
		subject := h.Event["subject"].(string)
		now[subject] = h.Event["data"].(object)
		if h.Event["specversion"] != "1.0" || h.Event["source"] != marketPath || h.Event["type"] != h.Type ||
			h.Event["datacontenttype"] != "application/json" || len(h.Event["traceparent"].(string)) != 55 {
			t.Errorf("no CloudEvent: %v", h.Event)
		}
		if strings.HasSuffix(h.Type, "deleted.v1") {
			delete(now, subject)
		}
	}
	wantSubjects := []string{marketPath, familyPath, lampPath, drawerPath, apptest.At("sales", first),
		apptest.At("sales", second), apptest.At("payouts", payout)}
	for _, subject := range wantSubjects {
		if now[subject] == nil {
			t.Errorf("nothing was told of %s, only of %v", subject, slices.Sorted(maps.Keys(now)))
		}
	}
	for subject, data := range now {
		var got object
		w.OK(t, 200, &got, "GET", subject, root, nil)
		if fmt.Sprint(got) != fmt.Sprint(data) {
			t.Errorf("%s\nwas told as %v\nand is      %v", subject, data, got)
		}
	}
}

// TestAudience: everybody hears what it may GET, and nothing else.
func TestAudience(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	smith, jones, cashier := w.Account(t, role.User), w.Account(t, role.User), w.Account(t, role.Cashier)
	market := quiet(t, w, w.Market(t))
	public := "market.updated product.listed product.updated market.updated"
	all := "family.joined market.updated product.listed cash_session.opened sale.completed product.updated market.updated"
	streams := map[string]struct {
		token, want string
	}{
		"ADMIN": {w.Root.Token, all}, "owner": {smith.Token, "family.joined " + public}, "other": {jones.Token, public},
		"nobody": {"", public}, "CASHIER": {cashier.Token, "family.joined market.updated product.listed sale.completed " +
			"product.updated market.updated"},
	}
	open := map[string]*apptest.Stream{}
	for name, s := range streams {
		open[name] = w.Listen(t, at(market), s.token)
	}
	narrow := w.Listen(t, at(market)+"?type=garagesale.sale.completed.v1,garagesale.product.listed.v1", w.Root.Token)
	family := w.Family(t, market, "ownerID", smith.ID)
	marketPath := apptest.At("markets", market)
	w.OK(t, 200, nil, "PATCH", marketPath, w.Root.Token, object{"name": "Elm"})
	lamp := w.Product(t, family)
	w.OK(t, 201, nil, "POST", marketPath+"/cash-sessions", w.Root.Token, object{"float": 0})
	w.OK(t, 201, nil, "POST", marketPath+"/sales", w.Root.Token, object{
		"lines":   []object{{"productID": lamp["id"], "quantity": 1}},
		"payment": object{"tender": "CASH", "amount": 10_000_000}}, "Idempotency-Key", apptest.Key())
	w.OK(t, 200, nil, "PATCH", marketPath, w.Root.Token, object{"name": "Oak"}) // which all of them hear
	for name, s := range streams {
		if got := heard(open[name].Wait(t, len(strings.Fields(s.want)))); got != s.want {
			t.Errorf("%s heard %s, want %s", name, got, s.want)
		}
	}
	if got := heard(narrow.Wait(t, 2)); got != "product.listed sale.completed" {
		t.Errorf("with types: %s", got)
	}
	// The family gets another owner: who owned it no longer hears of it, not even of what was before.
	w.Set(t, apptest.At("families", family), "ownerID", jones.ID)
	w.OK(t, 200, nil, "PATCH", marketPath, w.Root.Token, object{"name": "Ash"})
	before := w.Listen(t, at(market), smith.Token, "Last-Event-ID", "0")
	after := w.Listen(t, at(market), jones.Token, "Last-Event-ID", "0")
	if got := heard(before.Wait(t, 6)); strings.Contains(got, "family") {
		t.Errorf("who owned the family heard %s", got)
	}
	if got := heard(after.Wait(t, 8)); strings.Count(got, "family") != 2 {
		t.Errorf("who owns the family heard %s", got)
	}
}

// TestResume: a client that comes back hears what it missed, once, however far it is behind, and what comes then; one
// that was away for too long, or was somewhere else, is told so.
func TestResume(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := quiet(t, w, w.Market(t))
	family := w.Family(t, market)
	s := w.Listen(t, at(market), w.Root.Token)
	batch := func() {
		items := make([]object, 700) // more than a page, and than what the streams of a market share
		for i := range items {
			items[i] = object{"familyID": family["id"], "name": "Cup", "price": i, "quantity": 1}
		}
		w.OK(t, 201, nil, "POST", apptest.At("markets", market)+"/products:batch", w.Root.Token, object{"items": items})
	}
	w.Product(t, family)
	seen := s.Wait(t, 1)
	seen = slices.Clip(seen)
	last := s.LastID()
	s.Close()
	batch()
	back := w.Listen(t, at(market), w.Root.Token, "Last-Event-ID", last)
	back.Wait(t, 700)
	batch()
	seen = append(seen, back.Wait(t, 1400)...)
	ids := map[any]bool{}
	for i, h := range seen {
		ids[h.Event["id"]] = true
		if i > 0 && h.Position <= seen[i-1].Position {
			t.Fatalf("position %d comes after %d", h.Position, seen[i-1].Position)
		}
	}
	if n := len(seen); len(ids) != n || n < 1401 {
		t.Errorf("%d events, %d of them different", n, len(ids))
	}
	w.Refused(t, 410, "events_gone", "", "GET", at(market), w.Root.Token, nil, "Last-Event-ID", "9999999999")
	owner := dbtest.Owner(t, w.DB)
	if _, err := owner.Exec(t.Context(), `UPDATE event_head SET gone = 3`); err != nil {
		t.Fatal(err)
	}
	w.Refused(t, 410, "events_gone", "", "GET", at(market), w.Root.Token, nil, "Last-Event-ID", "2")
	w.Listen(t, at(market), w.Root.Token, "Last-Event-ID", "3").Wait(t, 1)
	for _, id := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		w.Refused(t, 422, "validation_failed", "header.Last-Event-ID", "GET", at(market), "", nil, "Last-Event-ID", id)
	}
}

// TestSlow: a client that takes nothing is cut after 10 seconds, nobody waits for it meanwhile, and when it comes back
// it has missed nothing.
func TestSlow(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Mux: func(c *mux.Config) { c.Each = 2 }})
	market := w.Market(t)
	family := w.Family(t, market)
	w.Drained(t)
	slow := listenIdly(t, w, at(market))
	quick := w.Listen(t, at(market), w.Root.Token)
	items := make([]object, 700) // more than the buffers between the service and the slow one hold
	for i := range items {
		items[i] = object{"familyID": family["id"], "name": "Cup", "price": i, "quantity": 1}
	}
	w.OK(t, 201, nil, "POST", apptest.At("markets", market)+"/products:batch", w.Root.Token, object{"items": items})
	sold := time.Now()
	want := quick.Wait(t, len(items))
	if late := want[len(want)-1].At.Sub(sold); late > 5*time.Second {
		t.Errorf("heard %v late", late)
	}
	for w.Do(t, "GET", at(market), "", nil).Status == 429 { // the slow one has one of the two places until it is cut
		time.Sleep(50 * time.Millisecond)
	}
	var seen []string
	last := "0"
	_ = sse.Read(slow, func(e sse.Event) error { // it breaks off
		if e.Data != "" {
			seen = append(seen, e.ID)
		}
		last = e.ID
		return nil
	})
	if len(seen) == len(want) {
		t.Fatal("it was not cut")
	}
	for _, h := range w.Listen(t, at(market), w.Root.Token, "Last-Event-ID", last).Wait(t, len(want)-len(seen)) {
		seen = append(seen, strconv.FormatInt(h.Position, 10))
	}
	for i, h := range want {
		if i >= len(seen) || seen[i] != strconv.FormatInt(h.Position, 10) {
			t.Fatalf("of %d events %d were heard; number %d is not %d", len(want), len(seen), i, h.Position)
		}
	}
}

// listenIdly begins to listen, with small buffers, and leaves it to the caller to take what comes.
func listenIdly(t *testing.T, w *apptest.World, path string) io.Reader {
	t.Helper()
	const small = 4096
	srv := httptest.NewUnstartedServer(w.Handler)
	srv.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetWriteBuffer(small)
		return ctx
	}
	srv.Start()
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(small); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path,
		w.Root.Token); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil) //nolint:bodyclose // the connection is closed
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", res, err)
	}
	return res.Body
}

// TestRevoked: whose session has ended hears nothing from then on, and whoever listens without one goes on.
func TestRevoked(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := quiet(t, w, w.Market(t))
	cashier := w.Account(t, role.Cashier)
	hers, others := w.Listen(t, at(market), cashier.Token), w.Listen(t, at(market), "")
	w.Set(t, "/v1/users/"+cashier.ID.String(), "enabled", false)
	w.Set(t, apptest.At("markets", market), "name", "Oak")
	others.Wait(t, 1)
	hers.Ended(t)
	if n := len(hers.Heard()); n != 0 {
		t.Errorf("heard %d events after the account was disabled", n)
	}
	w.Set(t, apptest.At("markets", market), "name", "Ash")
	others.Wait(t, 2)
}

// TestStop: when the service stops, every stream ends, so that its client goes elsewhere.
func TestStop(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := w.Market(t)
	s := w.Listen(t, at(market), "")
	w.HangUp()
	s.Ended(t)
}

// TestPlaces: no client listens more often than the settings say.
func TestPlaces(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Mux: func(c *mux.Config) { c.Each = 2 }})
	path := at(w.Market(t))
	first := w.Listen(t, path, "")
	w.Listen(t, path, "")
	w.Refused(t, 429, "rate_limited", "", "GET", path, "", nil)
	first.Close()
	for w.Do(t, "GET", path, "", nil).Status != 200 { // the service notices that it has left
		time.Sleep(10 * time.Millisecond)
	}
}
