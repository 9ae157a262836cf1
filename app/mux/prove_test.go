package mux_test

import (
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// TestProveAPI asks every operation of the document with requests made from the document: valid ones, ones with one
// thing wrong, and nonsense. Every answer is as documented, which the harness checks, and none is the service's fault.
// `make prove-api` asks 20,000 times.
func TestProveAPI(t *testing.T) {
	t.Parallel()
	count, _ := strconv.Atoi(os.Getenv("PROVE_API"))
	if count == 0 {
		count = 600
	}
	seed, _ := strconv.ParseUint(os.Getenv("PROVE_SEED"), 10, 64)
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("PROVE_SEED=%d", seed)
	contract, err := apptest.TheContract()
	if err != nil {
		t.Fatal(err)
	}
	s := apptest.New(t)
	if err := demo.Seed(t.Context(), s.Business, clock.Now()); err != nil {
		t.Fatal(err)
	}
	p := &prover{Rand: rand.New(rand.NewPCG(seed, 1)), Contract: contract, ids: map[string][]string{}}
	who := []role.Role{role.Admin, role.Admin, role.Admin, role.Cashier, role.Cashier, role.User}
	fresh := func(r role.Role) string { return s.AddUser(t, address(), r).Token }
	for _, r := range who {
		p.tokens = append(p.tokens, fresh(r))
	}
	p.tokens = append(p.tokens, "", "nonsense")
	p.code = "3-004"
	p.learn(s.OK(t, 200, nil, "GET", "/v1/markets", "", nil).Body)
	market := p.ids["market"][0]
	p.learn(s.OK(t, 200, nil, "GET", "/v1/markets/"+market+"/families", p.tokens[0], nil).Body)
	p.learn(s.OK(t, 200, nil, "GET", "/v1/markets/"+market+"/products", p.tokens[0], nil).Body)

	ops := p.operations()
	well := map[string]int{}
	statuses := map[int]int{}
	payable := "" // a family
	for range count {
		op := ops[p.IntN(len(ops))]
		if op.id == "logIn" && p.IntN(10) == 0 {
			p.login = address()
			s.AddUser(t, p.login, role.User) // the one before may be gone
		}
		if op.id == "createSale" && p.IntN(10) == 0 { // somebody may have closed the market, or taken everything away
			token := fresh(role.Admin)
			open := object{"status": "OPEN", "cashSessionRequired": false}
			if s.Do(t, "PATCH", "/v1/markets/"+market, token, open).Status != 200 { // it was settled
				market = openMarket(t, s, token)
			}
			var f, g struct{ ID, Code string }
			s.OK(t, 201, &f, "POST", "/v1/markets/"+market+"/families", token, object{"name": "Prover"})
			s.OK(t, 201, &g, "POST", "/v1/markets/"+market+"/products", token,
				object{"familyID": f.ID, "name": "Thing", "price": 1, "quantity": 1000})
			p.code = g.Code
		}
		if op.id == "createPayout" && p.IntN(10) == 0 { // it needs a closed market where something was sold
			var market string
			token := fresh(role.Admin)
			market, payable, _ = soldMarket(t, s, token)
			s.OK(t, 200, nil, "PATCH", "/v1/markets/"+market, token, object{"status": "CLOSED"})
		}
		r := p.request(op)
		if op.id == "createPayout" && payable != "" && p.IntN(2) == 0 {
			r.path = "/v1/families/" + payable + "/payouts"
		}
		if strings.HasPrefix(op.path, "/v1/sales/{saleID}/") && op.method == "POST" && p.IntN(10) == 0 {
			r.token = fresh(role.Admin) // most other sales have been taken back, or paid out
			_, _, sale := soldMarket(t, s, r.token)
			r.path = strings.Replace(op.path, "{saleID}", sale, 1)
		}
		if returns := p.ids["return"]; op.id == "getReturn" && len(returns) > 0 && p.IntN(2) == 0 {
			r.path, r.token = "/v1/returns/"+returns[0], p.tokens[0]
		}
		if markets := p.ids["market"]; op.id == "deleteMarket" && p.IntN(4) == 0 { // the last one may still be empty
			r.path, r.token = "/v1/markets/"+markets[len(markets)-1], p.tokens[0]
		}
		if op.id == "createSale" && p.IntN(2) == 0 {
			r.path = "/v1/markets/" + market + "/sales"
		}
		if _, one, ok := strings.Cut(op.path, "/members"); ok && p.IntN(10) == 0 { // somebody who can be one, or is
			u := s.AddUser(t, address(), role.User)
			add := object{"email": u.Email, "role": "CASHIER"}
			r.path, r.token = "/v1/markets/"+market+"/members", fresh(role.Admin)
			if op.id == "addMember" {
				r.body = add
			} else {
				s.OK(t, 201, nil, "POST", r.path, r.token, add)
				r.path += strings.Replace(one, "{userID}", u.ID.String(), 1)
			}
		}
		if op.id == "acceptInvitation" && p.IntN(10) == 0 { // what would stand in the mail
			token, addr := uuid.NewString(), address()
			s.OK(t, 202, nil, "POST", "/v1/markets/"+market+"/members", fresh(role.Admin),
				object{"email": addr, "role": "CASHIER"})
			if _, err := s.DB.Exec(t.Context(), `UPDATE invitations SET token_hash = $1 WHERE email = $2`,
				secret.Hash(token), addr); err != nil {
				t.Fatal(err)
			}
			r.token, r.body = fresh(role.User), object{"token": token}
		}
		if p.IntN(10) == 0 {
			help(t, s, market, op.id, &r)
		}
		a, err := s.Try(r.method, r.path, r.token, r.body, r.headers...)
		if err != nil {
			t.Fatalf("%v\nrequest: %v", err, r)
		}
		statuses[a.Status]++
		if a.Status >= 500 {
			t.Fatalf("%s %s: %d %s\nrequest: %v\n%s", r.method, r.path, a.Status, a.Body, r,
				s.Log.String()[max(0, len(s.Log.String())-2000):])
		}
		if a.Status < 400 {
			well[op.id]++
			p.learn(a.Body)
		}
		// an ADMIN disabled, demoted or deleted it
		if i := slices.Index(p.tokens, r.token); a.Status == 401 && i < len(who) && op.id != "logIn" {
			p.tokens[i] = fresh(who[i])
		}
	}
	for _, op := range ops {
		if well[op.id] == 0 && count >= 10_000 {
			t.Errorf("%s never went well, so little was shown of it", op.id)
		}
	}
	t.Logf("%d requests to %d operations: %v", count, len(ops), statuses)
}

// address is new, and has no word that the test's password might have too, as a UUID's groups may.
func address() string { return strings.ToLower(crand.Text()) + "@x.org" }

// soldMarket is a new market where one thing was sold.
func soldMarket(t *testing.T, s *apptest.Service, token string) (market, family, sale string) {
	t.Helper()
	var f, g, made struct{ ID string }
	market = openMarket(t, s, token)
	s.OK(t, 201, &f, "POST", "/v1/markets/"+market+"/families", token, object{"name": "Prover"})
	s.OK(t, 201, &g, "POST", "/v1/markets/"+market+"/products", token,
		object{"familyID": f.ID, "name": "Thing", "price": 100, "quantity": 1})
	s.OK(t, 201, &made, "POST", "/v1/markets/"+market+"/sales", token, object{
		"lines":   []object{{"productID": g.ID, "quantity": 1}},
		"payment": object{"tender": "CARD", "amount": 100},
	}, "Idempotency-Key", uuid.NewString())
	return market, f.ID, made.ID
}

func openMarket(t *testing.T, s *apptest.Service, token string) string {
	t.Helper()
	var m struct{ ID string }
	s.OK(t, 201, &m, "POST", "/v1/markets", token, object{
		"name": "Elm", "place": "Elm", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 0, "status": "OPEN",
	})
	return m.ID
}

type prover struct {
	*rand.Rand
	*apptest.Contract
	tokens []string
	login  string              // an account that can log in
	code   string              // a product that can be sold
	ids    map[string][]string // by kind, such as "product"

	refresh string // the refresh token of the last login
}

type operation struct {
	id, method, path string
	node             map[string]any
}

func (r attempt) String() string {
	body := r.body
	if raw, ok := body.([]byte); ok {
		body = string(raw)
	}
	return fmt.Sprintf("%s %s %v\n%v", r.method, r.path, r.headers, body)
}

type attempt struct {
	method, path, token string
	route               string // the path before ids were filled in
	body                any
	headers             []string
}

func (p *prover) operations() []operation {
	var ops []operation
	for path, item := range p.Doc["paths"].(map[string]any) {
		for method, node := range item.(map[string]any) {
			op := node.(map[string]any)
			ops = append(ops, operation{op["operationId"].(string), strings.ToUpper(method), path, op})
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return ops
}

// learn keeps the ids of an answer, so that later requests mean something that exists.
func (p *prover) learn(body []byte) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for name, member := range v {
				kind, ok := strings.CutSuffix(name, "ID")
				if id, isText := member.(string); ok && isText && len(p.ids[kind]) < 200 {
					p.ids[kind] = append(p.ids[kind], id)
				}
				walk(member)
			}
			id, _ := v["id"].(string)
			for mark, kind := range map[string]string{"startsAt": "market", "sold": "product", "roles": "user", "tender": "sale",
				"payment": "sale", "float": "cashSession", "net": "payout", "city": "place"} {
				if v[mark] != nil && id != "" {
					p.ids[kind] = append(p.ids[kind], id)
				}
			}
			if v["saleID"] != nil && id != "" {
				p.ids["return"] = append(p.ids["return"], id)
			}
			if token, ok := v["refreshToken"].(string); ok {
				p.refresh = token
			}
			if v["number"] != nil && v["payment"] == nil && id != "" {
				p.ids["family"] = append(p.ids["family"], id)
			}
		}
	}
	walk(v)
}

// request makes a request: two of four are valid, one has one thing wrong, one is nonsense.
func (p *prover) request(op operation) attempt {
	mode := p.IntN(4)
	r := attempt{method: op.method, path: op.path, route: op.path, token: p.tokens[p.IntN(len(p.tokens))]}
	if p.IntN(10) == 0 && op.method == "GET" {
		r.method = "HEAD"
	}
	query := url.Values{}
	params, _ := op.node["parameters"].([]any)
	for _, v := range params {
		param := v.(map[string]any)
		if ref, ok := param["$ref"].(string); ok {
			param = p.Lookup(ref)
		}
		name, in := param["name"].(string), param["in"].(string)
		wrong := mode == 2 && p.IntN(4) == 0 || mode == 3 && p.IntN(2) == 0
		text := p.text(name, param["schema"].(map[string]any), wrong)
		switch in {
		case "path":
			if text == "" {
				text = "-"
			}
			r.path = strings.ReplaceAll(r.path, "{"+name+"}", url.PathEscape(text))
		case "query":
			if p.IntN(3) == 0 {
				query.Add(name, text)
			}
		case "header":
			required, _ := param["required"].(bool)
			switch {
			case name == "Idempotency-Key" && !wrong:
				r.headers = append(r.headers, name, uuid.NewString())
			case required && mode < 2 || p.IntN(4) == 0:
				r.headers = append(r.headers, name, strings.Map(printable, text))
			}
		}
	}
	if mode == 3 && p.IntN(3) == 0 {
		query.Add(p.junk(), p.junk())
	}
	if len(query) > 0 {
		r.path += "?" + query.Encode()
	}
	if body, ok := op.node["requestBody"].(map[string]any); ok {
		s := body["content"].(map[string]any)["application/json"].(map[string]any)["schema"].(map[string]any)
		v := p.value("", s)
		if mode == 2 {
			v = p.spoil(v)
		}
		raw, _ := json.Marshal(v) //nolint:errchkjson // it is made of JSON's own types
		r.body = raw
		if mode == 3 {
			switch p.IntN(5) {
			case 0:
				r.body = p.junk()
			case 1:
				r.body = string(raw[:p.IntN(len(raw))])
			case 2:
				r.headers = append(r.headers, "Content-Type",
					p.pick("text/plain", "application/xml", "application/json; charset=latin1", ";"))
			case 3:
				r.body = nil
			case 4:
				r.body = p.anything(0)
			}
		}
	} else if mode == 3 && p.IntN(3) == 0 {
		r.body = `{"a": 1}`
	}
	if op.id == "logIn" && p.IntN(2) == 0 {
		r.headers = append(r.headers, "Authorization", apptest.Basic(p.pick(p.login, "nobody@example.com", p.junk()),
			p.pick(apptest.Password, p.junk())))
	}
	return r
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// text is a parameter's value.
func (p *prover) text(name string, s map[string]any, wrong bool) string {
	if wrong {
		return p.junk()
	}
	switch v := p.value(name, s).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatInt(int64(v), 10)
	default:
		return fmt.Sprint(v)
	}
}

// value is a value that the schema allows.
func (p *prover) value(name string, s map[string]any) any {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		return p.value(name, p.Doc["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any))
	}
	if enum, ok := s["enum"].([]any); ok {
		return enum[p.IntN(len(enum))]
	}
	if s["type"] == nil { // anything
		return map[string]any{}
	}
	kind, ok := s["type"].(string)
	if !ok {
		if kind, _ = s["type"].([]any)[0].(string); p.IntN(4) == 0 {
			return nil
		}
	}
	switch kind {
	case "boolean":
		return p.IntN(2) == 0
	case "integer", "number":
		low, high := numberOr(s["minimum"], -10), numberOr(s["maximum"], 1e6)
		return p.oneOf(low, high, low+float64(p.IntN(int(min(high-low, 1e6))+1)),
			low+float64(p.IntN(int(min(high-low, 50))+1)))
	case "array":
		items := s["items"].(map[string]any)
		list := make([]any, int(numberOr(s["minItems"], 0))+p.IntN(3))
		for i := range list {
			list[i] = p.value(name, items)
		}
		return list
	case "object":
		required, _ := s["required"].([]any)
		props, _ := s["properties"].(map[string]any)
		o := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(props)) {
			if slices.Contains(required, any(name)) || p.IntN(3) == 0 {
				o[name] = p.value(name, props[name].(map[string]any))
			}
		}
		if name == "NewLine" && p.IntN(4) > 0 { // which members go together is said in words only
			delete(o, "productID")
			delete(o, "familyID")
			delete(o, "name")
			o["code"], o["quantity"] = p.pick(p.code, p.code, "3-004"), 1
		}
		if price, ok := o["price"]; ok && price != nil && o["quantity"] != nil && p.IntN(2) == 0 {
			o["price"], o["quantity"] = p.IntN(1000), p.IntN(10) // together they are bounded
		}
		if name == "ReturnLine" && p.IntN(4) > 0 { // most sales have one line with one piece
			o["line"], o["quantity"] = 1, 1
		}
		return o
	}
	switch s["format"] {
	case "uuid":
		known := p.ids[strings.TrimSuffix(name, "ID")]
		if len(known) == 0 || p.IntN(8) == 0 {
			return uuid.NewString()
		}
		return known[p.IntN(len(known))]
	case "date-time":
		return p.pick("2026-05-30T09:00:00Z", "2026-05-30T17:00:00+02:00", "2027-01-01T00:00:00.123456Z")
	case "idn-email":
		return p.pick("a@example.com", "Ä@example.org", uuid.NewString()+"@x.org")
	}
	if s["pattern"] != nil && strings.Contains(s["pattern"].(string), "-") && name != "Idempotency-Key" {
		return p.pick("1-001", "2-004", "3-004", "12-003")
	}
	switch name {
	case "refreshToken":
		return p.pick(p.refresh, p.refresh, "nonsense")
	case "currency":
		return p.pick("USD", "EUR", "JPY")
	case "password":
		return p.pick("correct horse battery", demo.Password)
	}
	low, high := int(numberOr(s["minLength"], 0)), int(numberOr(s["maxLength"], 40))
	return p.pick(strings.Repeat("x", max(low, 1)), strings.Repeat("é", high), "Lamp %_\\ 'x'", "Ω — ok")
}

func numberOr(v any, otherwise float64) float64 {
	if n, ok := v.(json.Number); ok {
		f, _ := n.Float64()
		return f
	}
	return otherwise
}

func (p *prover) pick(options ...string) string { return options[p.IntN(len(options))] }

func (p *prover) oneOf(options ...float64) float64 { return options[p.IntN(len(options))] }

// spoil makes one thing wrong, somewhere.
func (p *prover) spoil(v any) any {
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if len(names) == 0 || p.IntN(4) == 0 {
			v[p.junk()] = p.anything(0)
			return v
		}
		name := names[p.IntN(len(names))]
		if p.IntN(3) == 0 {
			delete(v, name)
			return v
		}
		v[name] = p.spoil(v[name])
		return v
	case []any:
		if len(v) == 0 || p.IntN(3) == 0 {
			return p.anything(0)
		}
		i := p.IntN(len(v))
		v[i] = p.spoil(v[i])
		return v
	}
	return p.anything(0)
}

// anything is some JSON.
func (p *prover) anything(depth int) any {
	switch p.IntN(8) {
	case 0:
		return nil
	case 1:
		return p.IntN(2) == 0
	case 2:
		return p.oneOf(-1, 0, 0.5, 1e9, 1e15, 1e300, -1e300, 9007199254740993)
	case 3:
		if depth < 3 {
			return []any{p.anything(depth + 1), p.anything(depth + 1)}
		}
	case 4:
		if depth < 3 {
			return map[string]any{p.junk(): p.anything(depth + 1)}
		}
	}
	return p.junk()
}

// junk is a text that means trouble somewhere.
func (p *prover) junk() string {
	return p.pick("", " ", "-1", "0", "null", "true", "1e9", "99999999999999999999", "'; DROP TABLE users; --", "%", "..",
		"a/b", "\u0000", "é́", "\u202e", "𝔘", "{}", "[", "$ref",
		"00000000-0000-0000-0000-000000000000", "1-1", "0-0", "99999-999999", "-price", strings.Repeat("a", 300), "id.x[0]",
		"Lamp")
}
