package load

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/garagesale/service/zarf/proof/bench/layout"
)

// The scenarios.
const (
	Get    = "get"
	List   = "list"
	Deep   = "list10k"
	RingUp = "ringup"
	Hot    = "hot"
	Create = "create"
	Login  = "login"
	Mix    = "mix"
	Refuse = "refuse" // only the control has it: it says no to all
)

// Script writes the requests of one connection. What it hands out is good until it is asked for the same again.
type Script struct {
	job *Job
	rng *rand.Rand
	n   int64 // requests with a key so far

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

// Request is the text of a request as a client would send it. Without a token or a body their headers are not there;
// headers are whole lines.
func Request(method, path, token, body string, headers ...string) string {
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
	return "/v1/markets/" + layout.Prefix(layout.Market) + market + rest
}

// basket is what is rung up: three lines, cash that is enough for whatever they cost.
func basket(kind int, p0, p1, p2 string) string {
	id := layout.Prefix(kind)
	return `{"lines":[{"productID":"` + id + p0 + `","quantity":1},{"productID":"` + id + p1 +
		`","quantity":2},{"productID":"` + id + p2 +
		`","quantity":1}],"payment":{"tender":"CASH","amount":100000}}`
}

// NewProduct is the body that makes a product of the family whose id has this tail.
func NewProduct(family string) string {
	return `{"familyID":"` + layout.Prefix(layout.Family) + family +
		`","name":"Table lamp, brass","description":"Works, with bulb","price":1250,"quantity":3}`
}

// NewScript prepares what the connection of a till asks; j.Tokens must not be empty.
func NewScript(j *Job, till int) *Script {
	token := "Bearer " + j.Tokens[till%len(j.Tokens)]
	rng := rand.New(rand.NewPCG(j.Seed, uint64(till))) //nolint:gosec // no secret, and repeatable
	s := &Script{job: j, rng: rng}
	s.get = newForm(Request("GET", "/v1/products/"+layout.Prefix(layout.Product)+"«p0»", token, ""))
	s.list = newForm(Request("GET", marketPath("«m»", fmt.Sprint("/products?limit=", layout.PageSize)), token, ""))
	s.deep = newForm(Request("GET", marketPath(layout.Tail(layout.DeepMarket),
		fmt.Sprint("/products?limit=", layout.PageSize, "&cursor=", j.Cursor)), token, ""))
	s.sell = newForm(Request("POST", marketPath("«m»", "/sales"), token, basket(layout.Product, "«p0»", "«p1»", "«p2»"),
		fmt.Sprintf("Idempotency-Key: %012x-%04x-«n»", j.Seed&(1<<48-1), till)))
	s.create = newForm(Request("POST", marketPath("«m»", "/products"), "Bearer "+j.Admin, NewProduct("«f»")))
	s.refuse = newForm(Request("GET", "/refuse", token, ""))
	if j.Scenario == Login {
		for i := range layout.Logins {
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(layout.Email(i)+":"+layout.Password))
			s.logins = append(s.logins, []byte(Request("POST", "/v1/auth/token", basic, "", "Content-Length: 0")))
		}
	}
	return s
}

// next is the bytes of the next request; they are good until the one after.
func (s *Script) next() []byte {
	switch s.job.Scenario {
	case Get:
		return s.Get()
	case List:
		return s.List()
	case Deep:
		return s.Deep()
	case RingUp:
		return s.nextSale(s.rng.Int64N(layout.Markets))
	case Hot:
		return s.nextSale(layout.HotMarket)
	case Create:
		m := s.rng.Int64N(layout.Markets)
		s.create.set("m", m)
		s.create.set("f", layout.FamilyOf(m, s.rng.Int64N(layout.Families)))
		return s.create.bytes
	case Refuse:
		return s.refuse.bytes
	case Login:
		return s.Login()
	}
	switch dice := s.rng.IntN(10); { // the mix
	case dice < 7:
		return s.Get()
	case dice < 9:
		return s.List()
	}
	return s.nextSale(s.rng.Int64N(layout.Markets))
}

// Get asks for one of all products.
func (s *Script) Get() []byte {
	s.get.set("p0", s.rng.Int64N(s.job.Layout.Products()))
	return s.get.bytes
}

// List asks for the first page of one of the ordinary markets.
func (s *Script) List() []byte {
	s.list.set("m", s.rng.Int64N(layout.Markets))
	return s.list.bytes
}

// Deep asks for the page that the job's cursor leads to.
func (s *Script) Deep() []byte { return s.deep.bytes }

// Login asks for a token; only a job of that scenario has logins.
func (s *Script) Login() []byte { return s.logins[s.rng.IntN(len(s.logins))] }

func (s *Script) nextSale(market int64) []byte {
	s.sell.set("m", market)
	for i, name := range []string{"p0", "p1", "p2"} {
		r := layout.LineFamilies[i]
		f := r[0] + s.rng.Int64N(r[1]-r[0]+1)
		s.sell.set(name, s.job.Layout.Product(market, f, s.rng.Int64N(s.job.Layout.PerFamily)))
	}
	s.n++
	s.sell.set("n", s.n)
	return s.sell.bytes
}
