package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// secrets are the values that must be found nowhere.
type secrets struct {
	admin, cashier, family, nobody string // addresses
	password, wrong                string
	tokens                         []string
}

func newSecrets() secrets {
	id := func() string { return strings.ToLower(rand.Text()[:12]) }
	addr := func(who string) string { return who + id() + "@" + id() + ".example.org" }
	return secrets{admin: addr("ann"), cashier: addr("cas"), family: addr("fam"), nobody: addr("nob"),
		password: "Pw" + rand.Text(), wrong: "Wr" + rand.Text()}
}

// series is what requests are counted by.
type series struct{ Method, Route, Status string }

// client asks the service and counts what it is answered.
type client struct {
	base string
	http http.Client

	mu     sync.Mutex
	counts map[series]int
	codes  map[string]int // of refusals
}

func newClient(addr string) *client {
	return &client{
		base: "http://" + addr, counts: map[series]int{}, codes: map[string]int{},
		http: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// do asks for path, which stands for the route.
func (c *client) do(method, route, path, token string, body any, headers ...string) (answer, error) {
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.base+path, r) //nolint:noctx // short
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[series{method, route, fmt.Sprint(res.StatusCode)}]++
	if res.StatusCode >= 400 {
		var p struct{ Code string }
		_ = json.Unmarshal(raw, &p)
		c.codes[p.Code]++
	}
	return answer{res.StatusCode, res.Header, raw}, nil
}

// want is do for an answer of a certain status, read into out.
func (c *client) want(status int, out any, method, route, path, token string, body any, headers ...string) (answer,
	error) {
	a, err := c.do(method, route, path, token, body, headers...)
	if err == nil && a.status != status {
		err = fmt.Errorf("%s %s: %d, not %d: %s", method, path, a.status, status, a.body)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(a.body, out)
	}
	return a, err
}

type object = map[string]any

const (
	routeToken   = "/v1/auth/token" //nolint:gosec // a route, no token
	routeSales   = "/v1/markets/{marketID}/sales"
	routeProduct = "/v1/products/{productID}"
)

// shop is what was sold, for the checks that follow.
type shop struct {
	admin, cashier  string // tokens
	market, product string
	sales, takings  int
	replays         int
	traceparent     string // of an answer to a sale
	parent          string // that a client gave
	read            answer // of a product
}

var shopOf shop

func (l *lab) login(addr, password string, want int) (string, error) {
	var t struct{ AccessToken, RefreshToken string }
	req, _ := http.NewRequest(http.MethodPost, "http://x", nil) //nolint:noctx // only for its header
	req.SetBasicAuth(addr, password)
	_, err := l.client.want(want, &t, "POST", routeToken, routeToken, "", nil, "Authorization",
		req.Header.Get("Authorization"))
	l.known.tokens = append(l.known.tokens, strings.TrimPrefix(req.Header.Get("Authorization"), "Basic "))
	if t.AccessToken != "" {
		l.known.tokens = append(l.known.tokens, t.AccessToken)
	}
	if t.RefreshToken != "" {
		l.known.tokens = append(l.known.tokens, t.RefreshToken)
	}
	return t.AccessToken, err
}

// sell lives a day at a market: 200 sales, of which some are refused.
func (l *lab) sell() error {
	l.client = newClient(l.addr["api"])
	c, s := l.client, &shopOf
	if _, err := c.want(201, nil, "POST", "/v1/auth/signup", "/v1/auth/signup", "",
		object{"name": "Fam", "email": l.known.family, "password": l.known.password}); err != nil {
		return err
	}
	if _, err := c.want(409, nil, "POST", "/v1/auth/signup", "/v1/auth/signup", "",
		object{"name": "Fam", "email": l.known.family, "password": l.known.password}); err != nil {
		return err
	}
	if _, err := l.login(l.known.nobody, l.known.password, 401); err != nil {
		return err
	}
	if _, err := l.login(l.known.cashier, l.known.wrong, 401); err != nil {
		return err
	}
	var err error
	if s.admin, err = l.login(l.known.admin, l.known.password, 200); err != nil {
		return err
	}
	if s.cashier, err = l.login(l.known.cashier, l.known.password, 200); err != nil {
		return err
	}
	if _, err := c.want(200, nil, "GET", "/v1/users", "/v1/users?email="+l.known.family, s.admin, nil); err != nil {
		return err
	}
	var m, f, p struct{ ID string }
	if _, err := c.want(201, &m, "POST", "/v1/markets", "/v1/markets", s.admin,
		object{"name": "Observed", "place": "Here", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
			"currency": "USD", "commission": 1000}); err != nil {
		return err
	}
	if _, err := c.want(200, nil, "PATCH", "/v1/markets/{marketID}", "/v1/markets/"+m.ID, s.admin,
		object{"status": "OPEN"}); err != nil {
		return err
	}
	if _, err := c.want(201, &f, "POST", "/v1/markets/{marketID}/families", "/v1/markets/"+m.ID+"/families", s.admin,
		object{"name": "Smith"}); err != nil {
		return err
	}
	if _, err := c.want(201, &p, "POST", "/v1/markets/{marketID}/products", "/v1/markets/"+m.ID+"/products", s.admin,
		object{"familyID": f.ID, "name": "Cup", "price": 250, "quantity": 300}); err != nil {
		return err
	}
	s.market, s.product = m.ID, p.ID
	return l.ringUp(200)
}

// ringUp tries n sales. Of ten, one is underpaid, one asks for too much, one is repeated; the fifth has a client's
// trace.
func (l *lab) ringUp(n int) error {
	c, s := l.client, &shopOf
	path := "/v1/markets/" + s.market + "/sales"
	for i := range n {
		quantity, paid, want, headers := 1, 1000, 201, []string{"Idempotency-Key", rand.Text()}
		switch i % 10 {
		case 3:
			paid, want = 1, 422
		case 4:
			quantity, paid, want = 100_000, 30_000_000, 409
		case 5:
			if s.parent == "" {
				s.parent = "00-" + strings.ToLower(fmt.Sprintf("%x", []byte(rand.Text()))[:32]) + "-00f067aa0ba902b7-01"
				headers = append(headers, "Traceparent", s.parent)
			}
		}
		basket := object{"lines": []object{{"productID": s.product, "quantity": quantity}},
			"payment": object{"tender": "CASH", "amount": paid}}
		a, err := c.want(want, nil, "POST", routeSales, path, s.cashier, basket, headers...)
		if err != nil {
			return err
		}
		if want == 201 {
			s.sales, s.takings = s.sales+1, s.takings+250
			if len(headers) == 2 {
				s.traceparent = a.header.Get("Traceparent")
			}
		}
		if i%10 == 6 {
			if _, err := c.want(201, nil, "POST", routeSales, path, s.cashier, basket, headers...); err != nil {
				return err
			}
			s.replays++
		}
	}
	var err error
	s.read, err = c.want(200, nil, "GET", routeProduct, "/v1/products/"+s.product, s.cashier, nil)
	if err == nil {
		_, err = c.want(404, nil, "GET", "", "/nothing/here", "", nil)
	}
	l.check(err == nil, "%d sales tried, %d rung up, %d repeated, %d cents taken", n, s.sales, s.replays, s.takings)
	return err
}
