package userapp_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/userbus/userdb"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
)

// dump is every row of every table, as text, by table.
func dump(t *testing.T, db sqldb.DB) map[string]string {
	t.Helper()
	var tables []string
	if err := db.Select(t.Context(), &tables, `
		SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname IN (current_schema(), 'river')`); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, table := range tables {
		var rows []string
		if err := db.Select(t.Context(), &rows, `SELECT lower(t::text) FROM `+table+` t`); err != nil {
			t.Fatal(err)
		}
		all[table] = strings.Join(rows, "\n")
	}
	return all
}

// TestErase: after an account was erased, no table has any trace of who it was, the books are whole, and what it sold
// and rang up is still there. Before that each trace is somewhere, which is the control.
func TestErase(t *testing.T) {
	t.Parallel()
	f := apptest.NewWorld(t, apptest.Options{Mux: func(c *mux.Config) { c.Proxies = []string{"127.0.0.1/32"} },
		Verify: true})
	owner := dbtest.Owner(t, f.DB)
	market := f.Market(t)
	at := func(path string) string { return apptest.At("markets", market) + path }
	ledger := func() (l object) { f.OK(t, 200, &l, "GET", at("/ledger"), f.Root.Token, nil); return l }
	const pass = "a long walk by the sea"
	from := func(addr, agent string) []string {
		return []string{"X-Forwarded-For", addr, "User-Agent", agent}
	}
	gone := f.AddUser(t, "wilhelmina@trace-one.example", role.User, role.Cashier)
	path := "/v1/users/" + gone.ID.String()
	home := from("203.0.113.71", "TracerPhone/1.0")
	f.OK(t, 200, nil, "PATCH", path, gone.Token, object{"name": "Wilhelmina Traceworth"}, home...)
	f.OK(t, 202, nil, "POST", at("/members"), f.Root.Token, // it is invited there
		object{"email": "w.traceworth@trace-two.example", "role": "CASHIER"})
	f.OK(t, 200, nil, "PATCH", path, f.Root.Token, object{"email": "w.traceworth@trace-two.example"})
	var family, product, session, sale, statement object
	f.OK(t, 201, &family, "POST", at("/families"), gone.Token, object{"name": "The Traceworths"}, home...)
	f.OK(t, 200, &family, "PATCH", apptest.At("families", family), gone.Token, object{"name": "Traceworth & Co"}, home...)
	f.OK(t, 201, &product, "POST", at("/products"), gone.Token,
		object{"familyID": family["id"], "name": "lamp", "price": 500, "quantity": 3})
	f.OK(t, 201, nil, "POST", at("/members"), f.Root.Token,
		object{"email": "w.traceworth@trace-two.example", "role": "CASHIER"})
	f.Drained(t) // what was told so far is among the events, what comes waits in the outbox
	f.OK(t, 200, &family, "PATCH", apptest.At("families", family), gone.Token, object{"name": "Traceworth's attic"})
	f.OK(t, 200, &session, "POST", "/v1/auth/token", "", nil, append(from("203.0.113.72", "TracerTab/2.0"),
		"Authorization", apptest.Basic("w.traceworth@trace-two.example", apptest.Password))...)
	token := session["accessToken"].(string)
	f.OK(t, 201, nil, "POST", "/v1/users/me/keys", token, object{"name": "Traceworth's till",
		"actions": []string{"sale.read"}, "expiresAt": time.Now().Add(time.Hour)})
	f.OK(t, 201, &sale, "POST", at("/sales"), token, apptest.Basket(product), "Idempotency-Key", apptest.Key())
	f.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": "w.traceworth@trace-two.example"})
	for _, q := range []string{ // it logs in with a provider too
		`INSERT INTO identities VALUES (gen_random_uuid(), $1, 'https://id.example', 'wilhelmina', now(), now())`,
		`INSERT INTO provider_logins VALUES (sha256('a'), sha256('b'), $1, 'https://id.example', 'wilhelmina', now(), true,
			now() + interval '1 minute')`} {
		if _, err := f.DB.Exec(t.Context(), q, gone.ID); err != nil {
			t.Fatal(err)
		}
	}
	f.OK(t, 200, nil, "PATCH", path, token, object{"email": "later@trace-three.example",
		"currentPassword": apptest.Password})
	f.OK(t, 200, nil, "PATCH", path, f.Root.Token, object{"password": pass})
	fresh := f.LogIn(t, 200, "w.traceworth@trace-two.example", pass).AccessToken

	gone.Token = fresh
	f.OK(t, 201, nil, "POST", "/v1/auth/passkeys/register/finish", fresh,
		object{"name": "Tracer's key", "credential": f.NewDevice(gone).Register(t)})

	traces := []string{"tracer's key", "traceworth's till", "wilhelmina", "traceworth", "trace-one", "trace-two",
		"trace-three",
		"the traceworths", "traceworth & co", "traceworth's attic", "203.0.113.71", "203.0.113.72", "tracerphone",
		"tracertab"}
	found := func() (list []string) {
		for table, rows := range dump(t, owner) {
			for _, trace := range traces {
				if strings.Contains(rows, trace) {
					list = append(list, trace+" in "+table)
				}
			}
		}
		slices.Sort(list)
		return list
	}
	before := found()
	for _, table := range []string{"identities", "provider_logins"} {
		if !slices.Contains(before, "wilhelmina in "+table) {
			t.Errorf("nothing in %s: it is no control", table)
		}
	}
	for _, trace := range traces[:11] {
		if !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, trace+" in ") }) {
			t.Errorf("%s is nowhere: it is no control", trace)
		}
	}
	books := ledger()
	stream := f.Listen(t, at("/events"), f.Root.Token)
	f.OK(t, 204, nil, "POST", "/v1/users/me/erase", fresh, nil, home...)
	if left := found(); len(left) > 0 {
		t.Errorf("left: %s\nbefore: %s", strings.Join(left, ", "), strings.Join(before, ", "))
	}
	f.Refused(t, 401, "bad_token", "", "GET", "/v1/users/me", fresh, nil)
	f.Refused(t, 401, "bad_credentials", "", "POST", "/v1/auth/token", "", nil,
		"Authorization", apptest.Basic("w.traceworth@trace-two.example", pass))
	if now := ledger(); !reflect.DeepEqual(now, books) {
		t.Errorf("the books are %v, were %v", now, books)
	}
	f.OK(t, 200, &sale, "GET", apptest.At("sales", sale), f.Root.Token, nil)
	f.OK(t, 200, &statement, "GET", apptest.At("families", family)+"/statement", f.Root.Token, nil)
	f.OK(t, 200, &family, "GET", apptest.At("families", family), f.Root.Token, nil)
	if sale["cashierID"] != gone.ID.String() || statement["sold"] != 500.0 ||
		family["name"] != fmt.Sprintf("Family %v", family["number"]) {
		t.Errorf("%v\n%v\n%v", sale, statement, family)
	}
	if told := fmt.Sprint(stream.Wait(t, 2)); told != "[garagesale.family.updated.v1 garagesale.member.removed.v1]" {
		t.Errorf("told %s", told)
	}
	// Whoever signs up with the address later is somebody else.
	var next object
	f.OK(t, 201, &next, "POST", "/v1/auth/signup", "", object{"name": "Bo", "email": "w.traceworth@trace-two.example",
		"password": pass})
	if next["id"] == gone.ID.String() {
		t.Error("the account is back")
	}
}

// TestEraseRefused: the last ADMIN stays, and nothing of it is lost.
func TestEraseRefused(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	w.Refused(t, 409, "last_admin", "", "POST", "/v1/users/me/erase", w.Root.Token, nil)
	var me object
	w.OK(t, 200, &me, "GET", "/v1/users/me", w.Root.Token, nil)
	if me["email"] != string(w.Root.Email) || me["enabled"] != true {
		t.Errorf("%v", me)
	}
	w.AddUser(t, "second@x.org", role.Admin)
	w.OK(t, 204, nil, "POST", "/v1/users/me/erase", w.Root.Token, nil)
}

// TestEraseMeanwhile: nobody joins with an account that is erased at the same moment.
func TestEraseMeanwhile(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := w.Market(t)
	u := w.Account(t, role.User)
	joined := make(chan apptest.Answer, 1)
	if err := w.DB.InTx(t.Context(), func(tx sqldb.DB) error {
		if _, err := userdb.New(tx).Lock(t.Context(), u.ID); err != nil {
			return err
		}
		go func() {
			joined <- w.Do(t, "POST", apptest.At("markets", market)+"/families", u.Token, object{"name": "Smith"})
		}()
		dbtest.Blocked(t, dbtest.Owner(t, w.DB), 1)
		return userdb.New(tx).Forget(t.Context(), u.ID, u.Email)
	}); err != nil {
		t.Fatal(err)
	}
	if a := <-joined; a.Status != 422 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestExport: an account gets all that there is about it, and nothing of others.
func TestExport(t *testing.T) {
	t.Parallel()
	f := apptest.NewWorld(t, apptest.Options{})
	market := f.Market(t)
	at := func(path string) string { return apptest.At("markets", market) + path }
	u := f.AddUser(t, "ada@export.example", role.User, role.Cashier)
	other := f.AddUser(t, "bob@export.example", role.User)
	var family, product object
	for _, who := range []apptest.User{u, other} {
		f.OK(t, 201, &family, "POST", at("/families"), who.Token, object{"name": "Of " + string(who.Email)})
		f.OK(t, 201, &product, "POST", at("/products"), who.Token,
			object{"familyID": family["id"], "name": `a "lamp" of ` + string(who.Email), "price": 500, "quantity": 3})
	}
	token := f.LogIn(t, 200, "ada@export.example", apptest.Password).AccessToken
	f.APIKey(t, u, market, "sale.read")
	f.OK(t, 201, nil, "POST", at("/sales"), token, apptest.Basket(product), "Idempotency-Key", apptest.Key())
	for i, who := range []apptest.User{u, other} {
		if _, err := f.DB.Exec(t.Context(), `
			WITH factor AS (INSERT INTO second_factors VALUES ($1, decode(repeat('2a', 20), 'hex'), 0, now()) RETURNING user_id),
				codes AS (INSERT INTO recovery_codes SELECT user_id, sha256($1::text::bytea), now() FROM factor)
			INSERT INTO invitations (market_id, email, role, invited_by, expires_at)
			VALUES ($2, $3, 'CASHIER', $4, now() + interval '1 day')`, who.ID, market["id"], who.Email, f.Root.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.DB.Exec(t.Context(), `INSERT INTO identities VALUES (gen_random_uuid(), $1, 'https://id.example', $2,
				now(), now())`, who.ID, fmt.Sprint("subject ", i)); err != nil {
			t.Fatal(err)
		}
	}
	f.NewDevice(u).Add(t)
	a := f.Do(t, "GET", "/v1/users/me/export", f.Token(t, u.User), nil)
	var all map[string][]object
	if err := json.Unmarshal(a.Body, &all); err != nil || a.Status != 200 {
		t.Fatalf("%d %s: %v", a.Status, a.Body, err)
	}
	got := map[string]int{}
	for section, rows := range all {
		got[section] = len(rows)
	}
	want := "map[account:1 audit:6 cashSessions:0 families:1 identities:1 invitations:1 keys:1 " +
		"memberships:0 passkeys:1 payouts:0 products:1 sales:1 secondFactors:1 sessions:1]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if all["account"][0]["email"] != "ada@export.example" ||
		all["identities"][0]["subject"] != "subject 0" ||
		all["products"][0]["name"] != `a "lamp" of ada@export.example` ||
		strings.Contains(string(a.Body), "bob@") || strings.Contains(string(a.Body), "$2") ||
		strings.Contains(string(a.Body), "2a2a") || all["secondFactors"][0]["recoveryCodesUsed"] != 1.0 {
		t.Errorf("%s", a.Body)
	}
}
