package apptest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/business/types/role"
)

// Row is a request and what each identity gets for it.
type Row struct {
	Route string // method and pattern: "GET /v1/families/{familyID}"
	About string // which case of it, if there are several
	Want  Wants
	Call  func(c *Cell) (path string, body any)

	NoLocation bool                   // what it makes has no address of its own
	Headers    func(c *Cell) []string // besides Idempotency-Key, in pairs
}

// Path is the Call of a path that is always the same.
func Path(path string) func(*Cell) (string, any) {
	return func(*Cell) (string, any) { return path, nil }
}

// Identity is who asks.
type Identity string

// The identities. Owner and Other both have a family at the market; only the Owner's is the one that is asked about.
const (
	Admin        Identity = "ADMIN"
	Cashier      Identity = "CASHIER"
	Owner        Identity = "owner"
	Other        Identity = "other USER"
	Disabled     Identity = "disabled"
	Expired      Identity = "expired"
	Nobody       Identity = "nobody"
	AdminUser    Identity = "ADMIN+USER"
	CashierOwner Identity = "CASHIER owner"
	// Members of the cell's market, or of another one. They are USERs without a family.
	OrganiserHere      Identity = "ORGANISER here"
	OrganiserElsewhere Identity = "ORGANISER elsewhere"
	CashierHere        Identity = "CASHIER here"
	CashierElsewhere   Identity = "CASHIER elsewhere"
)

// identity is a column of the table of rights.
type identity struct {
	name    Identity
	roles   []role.Role
	account bool // it is let in
	owns    bool // it owns the family of its cell

	member role.Member // of a market
	here   bool        // of the cell's
	like   Identity    // who gets the same, where a row does not say otherwise
}

var identities = []identity{
	{name: Admin, roles: []role.Role{role.Admin}, account: true},
	{name: Cashier, roles: []role.Role{role.Cashier}, account: true},
	{name: Owner, roles: []role.Role{role.User}, account: true, owns: true},
	{name: Other, roles: []role.Role{role.User}, account: true},
	{name: Disabled, roles: []role.Role{role.User}},
	{name: Expired, roles: []role.Role{role.User}},
	{name: Nobody, roles: []role.Role{role.User}},
	{name: AdminUser, roles: []role.Role{role.Admin, role.User}, account: true},
	{name: CashierOwner, roles: []role.Role{role.Cashier}, account: true, owns: true},
	{name: OrganiserHere, roles: []role.Role{role.User}, account: true, member: role.Organiser, here: true, like: Admin},
	{name: OrganiserElsewhere, roles: []role.Role{role.User}, account: true, member: role.Organiser, like: Other},
	{name: CashierHere, roles: []role.Role{role.User}, account: true, member: role.MemberCashier, here: true,
		like: Cashier},
	{name: CashierElsewhere, roles: []role.Role{role.User}, account: true, member: role.MemberCashier, like: Other},
}

func (i identity) is(r role.Role) bool { return i.account && slices.Contains(i.roles, r) }

// Wants are the statuses of a row by identity. What it does not say of a member is what it says of those whom the
// member is like.
type Wants map[Identity]int

// Everybody may, without an account too; a token that is no longer good is refused all the same.
func Everybody(ok int) Wants {
	return wants(ok, 403, func(i identity) bool { return i.account || i.name == Nobody })
}

// Accounts may, whatever their roles.
func Accounts(ok int) Wants { return wants(ok, 403, func(i identity) bool { return i.account }) }

// Tills may: CASHIER and ADMIN.
func Tills(ok int) Wants {
	return wants(ok, 403, func(i identity) bool { return i.is(role.Cashier) || i.is(role.Admin) })
}

// AdminOnly may, and so the organisers of the market.
func AdminOnly(ok int) Wants {
	return wants(ok, 403, func(i identity) bool { return i.is(role.Admin) })
}

// AdminAlone may: what is at no market, or not for its organisers.
func AdminAlone(ok int) Wants { return AdminOnly(ok).But(403, OrganiserHere) }

// Hidden is AdminOnly where the others are not told that there is anything: 404.
func Hidden(ok int) Wants { return wants(ok, 404, func(i identity) bool { return i.is(role.Admin) }) }

// HiddenAlone is Hidden where organisers are among the others.
func HiddenAlone(ok int) Wants { return Hidden(ok).But(404, OrganiserHere) }

// HiddenButOwn is Hidden where an owner may too.
func HiddenButOwn(ok int) Wants { return Hidden(ok).But(ok, Owner, CashierOwner) }

// HiddenButTills is Tills where the others are not told that there is anything: 404.
func HiddenButTills(ok int) Wants { return Tills(ok).But(404, Owner, Other) }

func wants(ok, refused int, may func(identity) bool) Wants {
	w := Wants{}
	for _, i := range identities {
		switch {
		case i.like != "":
		case may(i):
			w[i.name] = ok
		case i.account:
			w[i.name] = refused
		default:
			w[i.name] = 401
		}
	}
	return w
}

// But changes what some of them get.
func (w Wants) But(status int, who ...Identity) Wants {
	for _, i := range who {
		w[i] = status
	}
	return w
}

// Cell is one identity before things that were made for it alone, so that every call may destroy them.
type Cell struct {
	*World
	T        *testing.T
	Identity Identity
	Who      User
	Stranger User // a USER that has nothing to do with Who

	identity identity
	market   Object
}

func newCell(t *testing.T, w *World, i identity) *Cell {
	t.Helper()
	c := &Cell{World: w, T: t, Identity: i.name, identity: i, Stranger: w.Account(t, role.User)}
	c.Who = w.Account(t, i.roles...)
	if i.member != "" && !i.here {
		w.Member(t, w.Market(t), c.Who, i.member)
	}
	switch i.name {
	case Disabled:
		w.Set(t, "/v1/users/"+c.Who.ID.String(), "enabled", false)
	case Expired:
		c.Who.Token = w.Expired(t, c.Who.User)
	case Nobody:
		c.Who.Token = ""
	}
	return c
}

// asAdmin is a cell for what is the same for all who may.
func asAdmin(t *testing.T, w *World) *Cell {
	t.Helper()
	return newCell(t, w, identities[0])
}

// Market is the cell's.
func (c *Cell) Market() Object {
	if c.market == nil {
		c.at(c.World.Market(c.T))
	}
	return c.market
}

// at makes a market the cell's.
func (c *Cell) at(market Object) {
	c.market = market
	if c.identity.here {
		c.Member(c.T, market, c.Who, c.identity.member)
	}
}

// Family is Who's own where it is an owner, and else a stranger's.
func (c *Cell) Family() Object {
	owner := c.Stranger.ID
	switch {
	case c.identity.owns:
		owner = c.Who.ID
	case c.Identity == Other:
		c.World.Family(c.T, c.Market(), "ownerID", c.Who.ID)
	}
	return c.World.Family(c.T, c.Market(), "ownerID", owner)
}

// Product is one of a Family.
func (c *Cell) Product() Object { return c.World.Product(c.T, c.Family()) }

// Closed closes the cell's market, when what is at the path has been made.
func (c *Cell) Closed(path string) string {
	c.Set(c.T, At("markets", c.Market()), "status", "CLOSED")
	return path
}

// Draft makes the cell's market a DRAFT.
func (c *Cell) Draft() *Cell {
	c.at(c.World.Market(c.T, "status", "DRAFT"))
	return c
}

// Till is the token of who has rung up and opened drawers in this cell: the identity's where it may, and else Root's.
func (c *Cell) Till() string {
	if c.Who.Token != "" && (c.Who.Roles.Has(role.Admin) || c.Who.Roles.Has(role.Cashier) || c.identity.here) {
		return c.Who.Token
	}
	return c.Root.Token
}

// Make POSTs with that token, wants 201 and returns what was made.
func (c *Cell) Make(token, path string, body any) Object {
	c.T.Helper()
	var out Object
	c.OK(c.T, 201, &out, "POST", path, token, body, "Idempotency-Key", Key())
	return out
}

// ask sends the row's request as the cell's identity.
func (row Row) ask(c *Cell, path string, body any) Answer {
	c.T.Helper()
	headers := []string{"Idempotency-Key", Key()}
	if row.Headers != nil {
		headers = append(headers, row.Headers(c)...)
	}
	return c.Do(c.T, row.method(), path, c.Who.Token, body, headers...)
}

func (row Row) method() string {
	method, _, _ := strings.Cut(row.Route, " ")
	return method
}

// rights asks as every identity.
func (row Row) rights(t *testing.T, w *World) {
	for _, i := range identities {
		want, said := row.Want[i.name]
		if !said {
			want, said = row.Want[i.like]
		}
		if !said {
			t.Errorf("%s: the row does not say what it gets", i.name)
			continue
		}
		c := newCell(t, w, i)
		path, body := row.Call(c)
		a := row.ask(c, path, body)
		if a.Status != want {
			t.Errorf("%s: %d, want %d: %.300s", i.name, a.Status, want, a.Body)
		}
		if a.Status >= 400 {
			p := a.Problem(t)
			if challenge := a.Header.Get("WWW-Authenticate"); (a.Status == 401) != (challenge != "") {
				t.Errorf("%s: %s with WWW-Authenticate %q", i.name, p.Code, challenge)
			}
		}
	}
}

// keys asks with API keys of an ADMIN: for all that a key can be for, at its market too, they may what they are for;
// for another market, or without the route's action, they get what nobody gets where nobody must be somebody, and else
// nothing.
func (row Row) keys(t *testing.T, w *World) {
	all, action := w.Auth.ForKeys(), ""
	for _, r := range w.Routes {
		if r.Method+" "+r.Path == row.Route {
			action = r.Action
		}
	}
	listed, public := slices.Contains(all, action), w.Auth.Access(action).Public
	without := slices.DeleteFunc(slices.Clone(all), func(a string) bool { return a == action })
	for name, key := range map[string]func(c *Cell) string{
		"for all":                func(c *Cell) string { return w.APIKey(t, c.Who, nil, all...) },
		"for all here":           func(c *Cell) string { return w.APIKey(t, c.Who, c.market, all...) },
		"elsewhere":              func(c *Cell) string { return w.APIKey(t, c.Who, w.Market(t), all...) },
		"for all but the action": func(c *Cell) string { return w.APIKey(t, c.Who, nil, without...) },
	} {
		c := asAdmin(t, w)
		path, body := row.Call(c)
		c.Who.Token = key(c)
		a := row.ask(c, path, body)
		switch own := strings.HasPrefix(name, "for all") && name != "for all but the action"; {
		case action == auth.ActionLogin: // where Authorization is the password
		case own && listed:
			if a.Status != row.Want[Admin] {
				t.Errorf("key %s: %d, want %d: %.300s", name, a.Status, row.Want[Admin], a.Body)
			}
		case public:
			if want := row.Want[Nobody]; a.Status != want && (a.Status < 400 || want < 400) {
				t.Errorf("key %s: %d, nobody gets %d: %.300s", name, a.Status, want, a.Body)
			}
		case a.Status != 403 && a.Status != 404 && a.Status != 422: // 422: an id in the body is not to be seen
			t.Errorf("key %s: %d, want 403, 404 or 422: %.300s", name, a.Status, a.Body)
		}
	}
}

var (
	anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	badID = []string{"x", "1", "0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6", "{0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d}",
		"0193e2a56c1e7b0d9c6a2f1d3b4a5c6d", "%00", "%FF", "a%2Fb", "%20", "..%2F..", strings.Repeat("9", 5000)}
)

// ids asks for an id that is nobody's, and for what is no id.
func (row Row) ids(t *testing.T, w *World) {
	c := asAdmin(t, w)
	path, body := row.Call(c)
	a := row.ask(c, anyID.ReplaceAllString(path, uuid.NewString()), body)
	if p := a.Problem(t); a.Status != 404 || !strings.HasSuffix(p.Code, "_not_found") || p.Code == "route_not_found" {
		t.Errorf("unknown id: %d %s", a.Status, a.Body)
	}
	// The same thing under another spelling of its address (RFC 3986, 2.3).
	if row.method() == "GET" {
		if a := row.ask(c, anyID.ReplaceAllStringFunc(path, func(id string) string {
			return strings.Replace(id, "-", "%2D", 1)
		}), body); a.Status != 200 {
			t.Errorf("an escaped '-' in the id: %d %s", a.Status, a.Body)
		}
	}
	for _, bad := range badID {
		a := row.ask(c, anyID.ReplaceAllLiteralString(path, bad), body)
		p := a.Problem(t)
		if a.Status != 400 || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "path.") {
			t.Errorf("id %.40q: %d %s", bad, a.Status, a.Body)
		}
	}
}
