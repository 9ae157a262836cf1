package mid_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
)

// posting opens a connection and sends the head of a POST with a body of that size.
func posting(t *testing.T, url string, size int) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size); err != nil {
		t.Fatal(err)
	}
	return c
}

// answered reads the answer.
func answered(t *testing.T, c net.Conn) (status int, closes bool, body []byte) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Close, body
}

// with gives every request what Trace and Client give it.
func with(next http.Handler) http.Handler {
	client := mid.Client(nil, slog.New(slog.DiscardHandler))(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client.ServeHTTP(w, r.WithContext(request.With(r.Context(), &request.Info{})))
	})
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		rest.Fail(w, r, err)
		return
	}
	_, _ = w.Write(body)
}

// TestSlowBody: a body that stops, and one that comes more slowly than it must, are refused with 408 after the two
// seconds of grace, without having been anywhere; one that keeps the pace comes through, and so does all of it at once.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 4)
	srv := httptest.NewServer(with(mid.Whole(mid.Body{Max: 1 << 20, Rate: 100})(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			reached <- r.RemoteAddr
			echo(w, r)
		}))))
	t.Cleanup(srv.Close)
	for name, test := range map[string]struct {
		each, times int // bytes every 100 ms
		want        int
	}{
		"stops": {1, 1, 408}, "half the pace": {5, 100, 408}, "twice the pace": {20, 30, 200}, "at once": {600, 1, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			size := 600
			c := posting(t, srv.URL, size)
			began := time.Now()
			sender := make(chan struct{})
			go func() {
				defer close(sender)
				for range test.times {
					if _, err := c.Write(bytes.Repeat([]byte("x"), test.each)); err != nil {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			}()
			status, closes, body := answered(t, c)
			if status != test.want {
				t.Fatalf("%d after %v, want %d: %s", status, time.Since(began), test.want, body)
			}
			if test.want == 200 {
				if len(body) != size {
					t.Errorf("%d bytes came through", len(body))
				}
				return
			}
			var p rest.Problem
			if err := json.Unmarshal(body, &p); err != nil || p.Code != "body_too_slow" || !closes {
				t.Errorf("%s, closes: %v", body, closes)
			}
			if took := time.Since(began); took < 2*time.Second {
				t.Errorf("refused after %v already", took)
			}
			_ = c.Close()
			<-sender
		})
	}
	t.Cleanup(func() {
		if n := len(reached); n != 2 {
			t.Errorf("%d of the four bodies reached the handler, want the two that came in time", n)
		}
	})
}

// TestBodyWithin: a body that keeps the pace must still end in time, where there is one.
func TestBodyWithin(t *testing.T) {
	t.Parallel()
	for within, want := range map[time.Duration]int{300 * time.Millisecond: 408, 0: 200} {
		srv := httptest.NewServer(with(mid.Whole(mid.Body{Max: 1 << 20, Within: within})(http.HandlerFunc(echo))))
		t.Cleanup(srv.Close)
		const size = 100
		c := posting(t, srv.URL, size)
		began, sender := time.Now(), make(chan struct{})
		go func() {
			defer close(sender)
			for range size {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		status, _, body := answered(t, c)
		if took := time.Since(began); status != want || took < within {
			t.Errorf("within %v: %d after %v, want %d: %s", within, status, took, want, body)
		}
		_ = c.Close()
		<-sender
	}
}

// TestWorkMayTakeLonger: what bounds the body ends with it, as net/http sees to; the work is bounded by Timeout alone.
func TestWorkMayTakeLonger(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(with(mid.Whole(mid.Body{Max: 100, Within: 100 * time.Millisecond})(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				t.Error("the request was cancelled")
			case <-time.After(500 * time.Millisecond):
			}
			echo(w, r)
		}))))
	t.Cleanup(srv.Close)
	res, err := http.Post(srv.URL, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "hello" {
		t.Errorf("%q %v", body, err)
	}
}

// TestBodyMemory: large bodies share a bound, of which one client gets a quarter; small ones need none.
func TestBodyMemory(t *testing.T) {
	t.Parallel()
	const held = 1 << 20
	entered, finish := make(chan struct{}), make(chan struct{})
	h := with(mid.Whole(mid.Body{Max: 1 << 20, Held: held})(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hold" {
				entered <- struct{}{}
				<-finish
			}
			echo(w, r)
		})))
	post := func(path, from string, size int) (int, string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("x", size)))
		r.RemoteAddr = from + ":1"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if closes := w.Header().Get("Connection") == "close"; closes != (w.Code == 503) {
			t.Errorf("%d closes the connection: %t, want it where the rest of the body is not read", w.Code, closes)
		}
		return w.Code, w.Header().Get("Retry-After")
	}
	var holding sync.WaitGroup
	hold := func(from string) {
		holding.Go(func() {
			if status, _ := post("/hold", from, 200<<10); status != 200 {
				t.Errorf("%s: %d", from, status)
			}
		})
		<-entered
	}
	hold("192.0.2.1")
	for _, test := range []struct {
		from string
		size int
		want int
	}{
		{"192.0.2.1", 200 << 10, 503}, {"192.0.2.1", 15 << 10, 200}, {"192.0.2.2", 200 << 10, 200},
	} {
		if status, retry := post("/", test.from, test.size); status != test.want || (retry != "") != (status == 503) {
			t.Errorf("%d bytes from %s beside 200 KiB of 192.0.2.1: %d, Retry-After %q", test.size, test.from, status, retry)
		}
	}
	for i := 2; i <= 4; i++ {
		hold(fmt.Sprint("192.0.2.", i))
	}
	if status, _ := post("/", "192.0.2.5", 200<<10); status != 503 {
		t.Errorf("beyond the bound of all: %d", status)
	}
	if status, _ := post("/", "192.0.2.5", 16<<10); status != 200 {
		t.Errorf("a small body beyond the bound of all: %d", status)
	}
	close(finish)
	holding.Wait()
	if status, _ := post("/", "192.0.2.1", 200<<10); status != 200 {
		t.Errorf("when all have left: %d", status)
	}
}

// TestPlaceOfTheWhole: a request takes its place when its body is there, and gives it up with the first byte of its
// answer.
func TestPlaceOfTheWhole(t *testing.T) {
	t.Parallel()
	wrote, finish := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(with(mid.Whole(mid.Body{Max: 100})(mid.Shed(1, isProbe)(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/answers" {
				_, _ = io.WriteString(w, "the first byte")
				close(wrote)
				<-finish
				return
			}
			echo(w, r)
		})))))
	t.Cleanup(srv.Close)
	get := func(path string) int {
		res, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	slow := posting(t, srv.URL, 5)
	_, _ = io.WriteString(slow, "hel")
	if status := get("/"); status != 200 {
		t.Errorf("beside half a body: %d", status)
	}
	answering := make(chan int, 1)
	go func() { answering <- get("/answers") }()
	<-wrote
	if status := get("/"); status != 200 {
		t.Errorf("beside an answer that is being written: %d", status)
	}
	close(finish)
	if status := <-answering; status != 200 {
		t.Error(status)
	}
	_, _ = io.WriteString(slow, "lo")
	if status, _, body := answered(t, slow); status != 200 || string(body) != "hello" {
		t.Errorf("the slow body: %d %s", status, body)
	}
}

// TestEach: a client has so many requests at once and not one more, whoever else asks.
func TestEach(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	h := with(mid.Each(2, isProbe)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			entered <- struct{}{}
			<-finish
		}
	})))
	from := func(addr, path string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Header().Get("Retry-After")
	}
	var holding sync.WaitGroup
	for i := range 2 {
		holding.Go(func() { from(fmt.Sprintf("[2001:db8::%d]:1", i+1), "/hold") })
		<-entered
		if status, _ := from("[2001:db8:0:1::1]:1", "/"); status != 200 {
			t.Errorf("another client beside %d: %d", i+1, status)
		}
	}
	if status, retry := from("[2001:db8::3]:1", "/"); status != 429 || retry != "1" {
		t.Errorf("a third request from the same /64: %d, Retry-After %q", status, retry)
	}
	if status, _ := from("[2001:db8::3]:1", "/v1/liveness"); status != 200 {
		t.Errorf("a probe: %d", status)
	}
	close(finish)
	holding.Wait()
	if status, _ := from("[2001:db8::3]:1", "/"); status != 200 {
		t.Errorf("when both have left: %d", status)
	}
}
