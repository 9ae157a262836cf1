package sales_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/api/clients/go"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
)

// TestSalesSurvive rings up sales through a network that loses answers, from a service that is killed and started again
// all the while: each sale that was asked for exists exactly once. `make test` rings up 200; SALES_RUNG says how many.
func TestSalesSurvive(t *testing.T) {
	t.Parallel()
	count, _ := strconv.Atoi(os.Getenv("SALES_RUNG"))
	if count == 0 {
		count = 200
	}
	const tills = 8
	url := dbtest.URL(t)
	bus := business.New(dbtest.Open(t, url), business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now})
	if err := demo.Seed(t.Context(), bus, clock.Now()); err != nil {
		t.Fatal(err)
	}
	svc := startService(t, url)
	proxy, dropped := lossy(t, svc.addr)
	transport := &http.Transport{MaxIdleConnsPerHost: tills}
	t.Cleanup(transport.CloseIdleConnections) // before the proxy waits for its connections to end
	c := sales.New("http://"+proxy, sales.WithRetries(100, 10*time.Millisecond),
		sales.WithHTTP(&http.Client{Transport: transport, Timeout: 30 * time.Second}))
	if err := c.LogIn(t.Context(), "admin@example.com", demo.Password); err != nil {
		t.Fatal(err)
	}
	market := openMarket(t, c)
	postcards := findProduct(t, c, market, "3-004")
	if _, err := c.Products.Update(t.Context(), postcards.ID, sales.ProductChanges{Quantity: new(count)}, ""); err != nil {
		t.Logf("the update's answer was lost: %v", err) // it is not repeated by itself
		if p, err := c.Products.Get(t.Context(), postcards.ID); err != nil || p.Quantity != count {
			t.Fatalf("%+v %v", p, err)
		}
	}

	ringUp(t, c, svc, tills, count, market, postcards.ID)

	p, err := c.Products.Get(t.Context(), postcards.ID)
	if err != nil {
		t.Fatal(err)
	}
	res, err := bus.Sales.Query(t.Context(), salebus.Filter{MarketID: mustID(t, market)},
		query.Page{Limit: 1, Total: true})
	if err != nil {
		t.Fatal(err)
	}
	if *res.Total != count || p.Quantity != 0 || p.Sold != int64(count) || res.Items[0].Number != int64(count) {
		t.Errorf("%d sales exist, the last is number %d; %d left, %d sold; want %d", *res.Total, res.Items[0].Number,
			p.Quantity, p.Sold, count)
	}
	t.Logf("%d sales, %d answers lost, the service killed %d times", count, dropped.Load(), svc.kills)
	if dropped.Load() == 0 || svc.kills == 0 {
		t.Error("nothing was lost, so nothing was shown")
	}
}

// ringUp sells so many pieces at so many tills, while the service is killed again and again.
func ringUp(t *testing.T, c *sales.Client, svc *service, tills, count int, market, productID string) {
	t.Helper()
	rung := make(chan struct{}, count)
	var killer sync.WaitGroup
	killer.Go(func() { // a kill for every 50 sales, while others are on their way
		n := 0
		for range rung {
			if n++; n%50 == 1 {
				time.Sleep(rand.N(20 * time.Millisecond))
				svc.restart(t)
			}
		}
	})
	var left atomic.Int64
	left.Store(int64(count))
	var ids sync.Map
	var wg sync.WaitGroup
	for range tills {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				s, err := c.Sales.Create(t.Context(), market, sales.NewSale{
					Lines: []sales.NewLine{{ProductID: productID, Quantity: 1}}, Payment: sales.NewPayment{Tender: "CASH"},
				})
				if err != nil {
					t.Errorf("sale: %v", err)
					return
				}
				rung <- struct{}{}
				if _, twice := ids.LoadOrStore(s.ID, s.Number); twice {
					t.Errorf("sale %d came twice", s.Number)
				}
			}
		})
	}
	wg.Wait()
	close(rung)
	killer.Wait()
}

// service is the real program, which the test kills.
type service struct {
	bin, addr string
	env       []string
	cmd       *exec.Cmd
	kills     int
}

func startService(t *testing.T, url string) *service {
	t.Helper()
	dir := t.TempDir()
	s := &service{bin: filepath.Join(dir, "sales"), addr: freeAddr(t)}
	if out, err := exec.Command("go", "build", "-o", s.bin, "../../services/sales").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if _, err := keystore.Generate(filepath.Join(dir, "keys"), keystore.MinBits); err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "SALES_DB_URL="+url, "SALES_AUTH_KEYS="+filepath.Join(dir, "keys"),
		"SALES_WEB_API_HOST="+s.addr,
		"SALES_WEB_DEBUG_HOST="+freeAddr(t), "SALES_AUTH_HASH_MEMORY=8", "SALES_AUTH_HASH_ITERATIONS=1",
		"SALES_LOG_LEVEL=ERROR")
	s.start(t)
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	return s
}

func (s *service) start(t *testing.T) {
	s.cmd = exec.Command(s.bin)
	s.cmd.Env = s.env
	if err := s.cmd.Start(); err != nil {
		t.Errorf("start: %v", err)
		return
	}
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if res, err := http.Get("http://" + s.addr + "/v1/readiness"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the service does not come up")
}

// restart ends the service without notice, in the middle of whatever it does.
func (s *service) restart(t *testing.T) {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.kills++
	s.start(t)
}

// lossy is a network in front of the service that loses one answer in ten and cuts the connection.
func lossy(t *testing.T, to string) (addr string, dropped *atomic.Int64) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dropped = &atomic.Int64{}
	var all sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); all.Wait() })
	all.Go(func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer client.Close()
				server, err := new(net.Dialer).DialContext(context.Background(), "tcp", to)
				if err != nil {
					return
				}
				defer server.Close()
				all.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
				buf := make([]byte, 64<<10)
				for {
					n, err := server.Read(buf)
					if n > 0 && rand.N(10) == 0 {
						dropped.Add(1)
						return
					}
					if _, werr := client.Write(buf[:n]); err != nil || werr != nil {
						return
					}
				}
			})
		}
	})
	return ln.Addr().String(), dropped
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func openMarket(t *testing.T, c *sales.Client) string {
	t.Helper()
	for m, err := range c.Markets.List(t.Context(), sales.MarketFilter{Status: "OPEN"}) {
		if err != nil {
			t.Fatal(err)
		}
		return m.ID
	}
	t.Fatal("there is no open market")
	return ""
}

func findProduct(t *testing.T, c *sales.Client, market, code string) sales.Product {
	t.Helper()
	for p, err := range c.Products.List(t.Context(), market, sales.ProductFilter{Code: code}) {
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Fatalf("there is no product %s", code)
	return sales.Product{}
}

func mustID(t *testing.T, s string) uuid.UUID {
	t.Helper()
	id, err := uuid.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
