package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// The scenarios.
const (
	scenarioGet    = "get"
	scenarioList   = "list"
	scenarioDeep   = "list10k"
	scenarioRingUp = "ringup"
	scenarioHot    = "hot"
	scenarioCreate = "create"
	scenarioLogin  = "login"
	scenarioMix    = "mix"
	scenarioRefuse = "refuse" // only the control has it: it says no to all
)

// hotMarket is where all sell in the scenario hot.
const hotMarket = 17

// loginPassword is that of every account here.
const loginPassword = "correct horse battery"

// script writes the requests of one connection.
type script struct {
	job  *job
	rng  *rand.Rand
	till int
	n    int64 // requests with a key so far

	get, list, deep, sell, create, refuse *form
	logins                                [][]byte
}

// form is a request that is ready but for its holes, each of which takes twelve hexadecimal digits.
type form struct {
	bytes []byte
	holes map[string][]int
}

const hole = "000000000000"

// newForm finds the holes, written as «name».
func newForm(text string) *form {
	f := &form{holes: map[string][]int{}}
	for {
		before, rest, found := strings.Cut(text, "«")
		f.bytes = append(f.bytes, before...)
		if !found {
			return f
		}
		name, after, _ := strings.Cut(rest, "»")
		f.holes[name] = append(f.holes[name], len(f.bytes))
		f.bytes = append(f.bytes, hole...)
		text = after
	}
}

func (f *form) set(name string, n int64) {
	const digits = "0123456789abcdef"
	for _, at := range f.holes[name] {
		v := n
		for i := at + len(hole) - 1; i >= at; i-- {
			f.bytes[i] = digits[v&15]
			v >>= 4
		}
	}
}

// httpRequest is the text of a request as a client would send it.
func httpRequest(method, path, token, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: sales.example.com\r\nUser-Agent: till/1.0\r\nAccept: application/json\r\n",
		method, path)
	if token != "" {
		fmt.Fprintf(&b, "Authorization: %s\r\n", token)
	}
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		length := len(body)
		for _, name := range []string{"«p0»", "«p1»", "«p2»", "«f»"} {
			length += strings.Count(body, name) * (len(hole) - len(name))
		}
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", length)
	}
	return b.String() + "\r\n" + body
}

func marketPath(market, rest string) string {
	return "/v1/markets/" + identPrefix(kindMarket) + market + rest
}

// basket is what is rung up: three lines, cash that is enough for whatever they cost.
func basket(kind int, p0, p1, p2 string) string {
	id := identPrefix(kind)
	return `{"lines":[{"productID":"` + id + p0 + `","quantity":1},{"productID":"` + id + p1 +
		`","quantity":2},{"productID":"` + id + p2 +
		`","quantity":1}],"payment":{"tender":"CASH","amount":100000}}`
}

func newProduct(family string) string {
	return `{"familyID":"` + identPrefix(kindFamily) + family +
		`","name":"Table lamp, brass","description":"Works, with bulb","price":1250,"quantity":3}`
}

func email(n int) string { return fmt.Sprintf("till%06d@example.com", n) }

func newScript(j *job, till int) *script {
	token := "Bearer " + j.Tokens[till%len(j.Tokens)]
	s := &script{job: j, rng: rand.New(rand.NewPCG(j.Seed, uint64(till))),
		till: till} //nolint:gosec // no secret, and repeatable
	s.get = newForm(httpRequest("GET", "/v1/products/"+identPrefix(kindProduct)+"«p0»", token, ""))
	s.list = newForm(httpRequest("GET", marketPath("«m»", fmt.Sprint("/products?limit=", pageSize)), token, ""))
	s.deep = newForm(
		httpRequest("GET", marketPath(fmt.Sprintf("%012x", deepMarket), fmt.Sprint("/products?limit=", pageSize, "&cursor=",
			j.Cursor)), token, ""))
	s.sell = newForm(httpRequest("POST", marketPath("«m»", "/sales"), token, basket(kindProduct, "«p0»", "«p1»", "«p2»"),
		fmt.Sprintf("Idempotency-Key: %012x-%04x-«n»", j.Seed&(1<<48-1), till)))
	s.create = newForm(httpRequest("POST", marketPath("«m»", "/products"), "Bearer "+j.Admin, newProduct("«f»")))
	s.refuse = newForm(httpRequest("GET", "/refuse", token, ""))
	if j.Scenario == scenarioLogin {
		for i := range logins {
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(email(i)+":"+loginPassword))
			s.logins = append(s.logins, []byte(httpRequest("POST", "/v1/auth/token", basic, "", "Content-Length: 0")))
		}
	}
	return s
}

// next is the bytes of the next request; they are good until the one after.
func (s *script) next() []byte {
	switch s.job.Scenario {
	case scenarioGet:
		return s.nextGet()
	case scenarioList:
		return s.nextList()
	case scenarioDeep:
		return s.deep.bytes
	case scenarioRingUp:
		return s.nextSale(s.rng.Int64N(markets))
	case scenarioHot:
		return s.nextSale(hotMarket)
	case scenarioCreate:
		m := s.rng.Int64N(markets)
		s.create.set("m", m)
		s.create.set("f", family(m, s.rng.Int64N(families)))
		return s.create.bytes
	case scenarioRefuse:
		return s.refuse.bytes
	case scenarioLogin:
		return s.logins[s.rng.IntN(len(s.logins))]
	}
	switch dice := s.rng.IntN(10); { // the mix
	case dice < 7:
		return s.nextGet()
	case dice < 9:
		return s.nextList()
	}
	return s.nextSale(s.rng.Int64N(markets))
}

func (s *script) nextGet() []byte {
	s.get.set("p0", s.rng.Int64N(s.job.Layout.products()))
	return s.get.bytes
}

func (s *script) nextList() []byte {
	s.list.set("m", s.rng.Int64N(markets))
	return s.list.bytes
}

func (s *script) nextSale(market int64) []byte {
	s.sell.set("m", market)
	for i, name := range []string{"p0", "p1", "p2"} {
		r := lineFamilies[i]
		f := r[0] + s.rng.Int64N(r[1]-r[0]+1)
		s.sell.set(name, s.job.Layout.product(market, f, s.rng.Int64N(s.job.Layout.PerFamily)))
	}
	s.n++
	s.sell.set("n", s.n)
	return s.sell.bytes
}
