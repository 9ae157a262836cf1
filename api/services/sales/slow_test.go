package main_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Clients that are slow in one way. Each asks from the address that it is given until the test ends.
var slowClients = map[string]func(net.Conn) error{
	"Header": func(c net.Conn) error { return drip(c, "GET /v1/markets HTTP/1.1\r\nHost: x\r\nX-Slow: ") },
	"Body": func(c net.Conn) error {
		return drip(c, "POST /v1/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
			"Content-Length: 1000\r\n\r\n")
	},
	"BodyOfGet": func(c net.Conn) error {
		return drip(c, "GET /v1/markets HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	},
	"Answer": func(c net.Conn) error { // asks for megabytes and reads none of them
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4096)
		}
		_, err := io.WriteString(c, strings.Repeat("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 60))
		return err
	},
	"Idle": func(c net.Conn) error {
		if _, err := io.WriteString(c, "GET /v1/liveness HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		_, err := c.Read(make([]byte, 4096))
		return err
	},
}

// drip sends the head, and then a byte every half second.
func drip(c net.Conn, head string) error {
	_, err := io.WriteString(c, head+"x")
	go func() {
		for err := error(nil); err == nil; time.Sleep(500 * time.Millisecond) {
			_, err = io.WriteString(c, "x")
		}
	}()
	return err
}

// testSlow rings up while others hold hundreds of connections open and are as slow as they can be: no sale is refused,
// and none takes three times as long. `make security` does it with 2,000.
func testSlow(t *testing.T, p program) {
	sockets, err := strconv.Atoi(os.Getenv("PROVE_SLOW"))
	settings, fine := []string{}, 50*time.Millisecond // those of production; a p99 of which nobody complains
	if err != nil {                                   // beside other tests
		sockets, settings, fine = 300, []string{"SALES_WEB_MAX_IN_FLIGHT=32"}, 500*time.Millisecond
	}
	s := newShop(t, p)
	lamp := s.Product(t, 100, 100_000)
	for kind, slow := range slowClients {
		conns := 2 * sockets
		if kind == "Idle" || kind == "Header" {
			conns = sockets / 2 // what does nothing yet makes room
		}
		r := p.start(t, s.url, append(settings, "SALES_LIMIT_ADDRESS_RATE=0", fmt.Sprint("SALES_WEB_MAX_CONNS=",
			conns))...)
		_, before := ringUp(t, r, s, lamp.ID, 100)
		end := hold(t, strings.TrimPrefix(r.url, "http://"), sockets, slow, kind == "Answer")
		if kind == "Answer" {
			eventually(t, "the burst of their requests is over, and they are being answered", func() bool {
				refused, _ := ringUp(t, r, s, lamp.ID, 10)
				return refused == 0
			})
		}
		refused, during := ringUp(t, r, s, lamp.ID, 200)
		end()
		t.Logf("%s: p99 %v before, %v beside %d sockets, %d sales refused", kind, before, during, sockets, refused)
		if refused > 0 {
			t.Errorf("%s: %d of 200 sales were refused beside %d slow sockets", kind, refused, sockets)
		}
		if limit := 3 * max(before, fine); during > limit {
			t.Errorf("%s: p99 %v beside %d slow sockets, %v before", kind, during, sockets, before)
		}
		r.signal(os.Kill)
		<-r.done
	}
}

// ringUp rings up a number of sales, one after another, and returns how many were not, and the p99 of all.
func ringUp(t *testing.T, r *process, s shop, product uuid.UUID, count int) (refused int, p99 time.Duration) {
	t.Helper()
	till := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
	defer till.CloseIdleConnections()
	took := make([]time.Duration, 0, count)
	for range count {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+s.sales(), bytes.NewReader(
			fmt.Appendf(nil, `{"lines":[{"productID":%q,"quantity":1}],"payment":{"tender":"CARD","amount":100}}`, product)))
		check(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+s.token)
		req.Header.Set("Idempotency-Key", uuid.NewString())
		began := time.Now()
		res, err := till.Do(req)
		took = append(took, time.Since(began))
		if err != nil {
			refused++
			continue
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusCreated {
			refused++
		}
	}
	slices.Sort(took)
	return refused, took[len(took)*99/100]
}

// hold opens the sockets, from twenty addresses, and opens anew those that are closed, until end is called;
// deaf ones read nothing.
func hold(t *testing.T, addr string, sockets int, slow func(net.Conn) error, deaf bool) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var open, all sync.WaitGroup
	for i := range sockets {
		open.Add(1)
		all.Go(func() {
			dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%20))}}
			opened := sync.OnceFunc(open.Done)
			defer opened()
			for ctx.Err() == nil {
				c, err := dialer.DialContext(ctx, "tcp", addr)
				if err != nil {
					continue
				}
				stop := context.AfterFunc(ctx, func() { _ = c.Close() })
				err = slow(c)
				opened()
				switch {
				case err != nil:
				case deaf:
					<-ctx.Done()
				default:
					_, _ = io.Copy(io.Discard, c) // until the service closes it
				}
				stop()
				_ = c.Close()
				time.Sleep(200 * time.Millisecond)
			}
		})
	}
	open.Wait()
	return func() {
		cancel()
		all.Wait()
	}
}
