package apikeyapp_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// TestOnce: a key is shown once, is nowhere in the database, and its use is noted in it, in the audit and in the log.
func TestOnce(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Mails: true})
	who := w.Account(t, role.User)
	market := w.Market(t)
	b := body("sale.read", "sale.create", "sale.read")
	b["marketID"], b["name"] = market["id"], "Mine"
	k := made(t, w.Service, who, b)
	if !regexp.MustCompile(`^gs_[0-9A-Za-z]{49}$`).MatchString(k.Token) || k.LastUsedAt != nil ||
		!slices.Equal(k.Actions, []string{"sale.create", "sale.read"}) {
		t.Errorf("%+v", k)
	}
	if m, _ := w.Mail(t, string(who.Email)); m.Subject != "A new API key of your account" ||
		!strings.Contains(m.Text, `"Mine"`) || strings.Contains(m.Text, "gs_") {
		t.Errorf("%+v", m)
	}
	product := w.Product(t, w.Family(t, market))
	w.Member(t, market, who, role.MemberCashier)
	var sale object
	w.OK(t, 201, &sale, "POST", apptest.At("markets", market)+"/sales", k.Token, apptest.Basket(product),
		"Idempotency-Key", "k")
	if sale["cashierID"] != who.ID.String() {
		t.Errorf("%v", sale)
	}
	for _, read := range []string{path, path + "/" + k.ID.String()} {
		if a := w.OK(t, 200, nil, "GET", read, who.Token, nil); strings.Contains(string(a.Body), "gs_") ||
			!strings.Contains(string(a.Body), `"lastUsedAt":"`) {
			t.Errorf("%s", a.Body)
		}
	}
	var dump []string
	if err := w.DB.Select(t.Context(), &dump, `SELECT row_to_json(k)::text FROM api_keys k`); err != nil ||
		len(dump) != 1 || strings.Contains(dump[0], k.Token[3:]) {
		t.Errorf("%v %v", dump, err)
	}
	var audit apptest.Page
	w.OK(t, 200, &audit, "GET", "/v1/audit?action=sale.create", w.Root.Token, nil)
	if len(audit.Items) != 1 || audit.Items[0]["keyID"] != k.ID.String() ||
		audit.Items[0]["actorID"] != who.ID.String() {
		t.Errorf("%v", audit.Items)
	}
	w.OK(t, 200, &audit, "GET", "/v1/audit?action=key.create", w.Root.Token, nil)
	if len(audit.Items) != 1 || audit.Items[0]["keyID"] != nil || audit.Items[0]["resourceID"] != k.ID.String() {
		t.Errorf("%v", audit.Items)
	}
	if !strings.Contains(w.Log.String(), `"keyID":"`+k.ID.String()) {
		t.Error("the log does not name the key")
	}
}

// TestNotForAccounts: with a key nobody makes another, confirms a password, or changes the account.
func TestNotForAccounts(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	key := w.APIKey(t, w.Root, nil, append(w.Auth.ForKeys(), "key.create", "user.update", "token.confirm", "place.create",
		"audit.list", "webhook.create", "member.create")...) // more than the API lets anybody list
	own, market := "/v1/users/"+w.Root.ID.String(), apptest.At("markets", w.Market(t))
	for _, ask := range []struct {
		method, path string
		body         any
	}{
		{"GET", path, nil}, {"POST", path, body("sale.read")}, {"DELETE", path + "/" + own[10:], nil},
		{"POST", "/v1/auth/confirm", object{"password": apptest.Password}}, {"GET", own, nil}, {"GET", "/v1/users/me", nil},
		{"PATCH", own, object{"email": "x@y.org", "currentPassword": apptest.Password}}, {"DELETE", own, nil},
		{"POST", "/v1/users/me/totp", nil}, {"DELETE", "/v1/users/me/sessions", nil}, {"POST", "/v1/users/me/erase", nil},
		{"GET", "/v1/users/me/export", nil}, {"PUT", own + "/roles", object{"roles": []string{}}},
		{"POST", market + "/webhooks", object{"url": "https://example.com/x"}}, {"GET", "/v1/audit", nil},
		{"POST", market + "/members", object{"email": "x@y.org", "role": "ORGANISER"}},
	} {
		if a := w.Do(t, ask.method, ask.path, key, ask.body); a.Status != 403 || a.Problem(t).Code != "key_forbidden" {
			t.Errorf("%s %s: %d %s", ask.method, ask.path, a.Status, a.Body)
		}
	}
	w.OK(t, 200, nil, "GET", market+"/ledger", key, nil) // the control
	w.Refused(t, 422, "validation_failed", "body.actions[1]", "POST", path, w.Root.Token, body("sale.read", "key.create"))
}

// TestEnds: what ends a key ends it at once, at another replica too; a new password is not among that, and other roles
// are the key's too.
func TestEnds(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return clock.Now().Add(time.Duration(ahead.Load())) }
	w := apptest.NewWorld(t, apptest.Options{Now: now})
	other := apptest.NewWith(t, apptest.Options{DB: &w.DB, Now: now})
	market := apptest.At("markets", w.Market(t))
	who := w.Account(t, role.Admin)
	user := "/v1/users/" + who.ID.String()
	good := func(want int, token string) {
		t.Helper()
		for _, s := range []*apptest.Service{w.Service, other} {
			a := s.Do(t, "GET", market+"/ledger", token, nil)
			if a.Status != want || want == 401 && (a.Problem(t).Code != "bad_token" ||
				a.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"`) {
				t.Errorf("%d %s, want %d", a.Status, a.Body, want)
			}
		}
	}
	k := made(t, w.Service, who, body("ledger.read"))
	good(200, k.Token)
	w.Set(t, user, "password", "a long walk by the sea")
	good(200, k.Token)
	who.User, _ = w.Business.Users.Get(t.Context(), who.ID)
	w.OK(t, 200, nil, "PUT", user+"/roles", w.Root.Token, object{"roles": []string{"USER"}})
	good(403, k.Token)
	w.OK(t, 200, nil, "PUT", user+"/roles", w.Root.Token, object{"roles": []string{"ADMIN"}})
	w.Set(t, user, "enabled", false)
	good(401, k.Token)
	w.Set(t, user, "enabled", true)
	good(200, k.Token)
	who.User, _ = w.Business.Users.Get(t.Context(), who.ID)
	w.OK(t, 412, nil, "DELETE", path+"/"+k.ID.String(), w.Token(t, who.User), nil, "If-Match", `"old"`)
	good(200, k.Token)
	w.OK(t, 204, nil, "DELETE", path+"/"+k.ID.String(), w.Token(t, who.User), nil)
	good(401, k.Token)

	soon := body("ledger.read")
	soon["expiresAt"] = now().Add(time.Minute)
	k = made(t, w.Service, apptest.User{Token: w.Token(t, who.User)}, soon)
	ahead.Add(int64(50 * time.Second))
	good(200, k.Token)
	ahead.Add(int64(10 * time.Second))
	good(401, k.Token)
	if err := w.Business.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Refused(t, 404, "key_not_found", "", "GET", path+"/"+k.ID.String(), w.Token(t, who.User), nil)
}

// TestNoKey: what only looks like a key, and a key where none belongs, lets nobody in; another account's is not there.
func TestNoKey(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := apptest.At("markets", w.Market(t))
	k := made(t, w.Service, w.Root, body("ledger.read"))
	w.OK(t, 200, nil, "GET", market+"/ledger", k.Token, nil)
	for _, token := range []string{"gs_", k.Token + "0", k.Token[:51], strings.ToUpper(k.Token), "GS" + k.Token[2:],
		"gs_" + strings.Repeat("0", 49), k.Token[:10] + other(k.Token[10]) + k.Token[11:], k.Token[:51] + other(k.Token[51]),
		" " + k.Token, k.Token[3:], "gs_" + strings.Repeat("x", 9000)} {
		w.OK(t, 401, nil, "GET", market+"/ledger", token, nil)
	}
	for _, name := range []string{"access_token", "key", "token"} {
		w.OK(t, 401, nil, "GET", market+"/ledger?"+name+"="+k.Token, "", nil)
		w.Refused(t, 422, "validation_failed", "query."+name, "GET", market+"/ledger?"+name+"="+"x", k.Token, nil)
	}
	for _, scheme := range []string{"Basic ", "Token ", ""} {
		w.OK(t, 401, nil, "GET", market+"/ledger", "", nil, "Authorization", scheme+k.Token)
	}
	stranger := w.Account(t, role.Admin)
	for _, method := range []string{"GET", "DELETE"} {
		w.Refused(t, 404, "key_not_found", "", method, path+"/"+k.ID.String(), stranger.Token, nil)
	}
	w.OK(t, 200, nil, "GET", market+"/ledger", k.Token, nil)
	// A password that was given long ago, or never, makes and deletes none.
	stale, _, err := w.Tokens.Issue(request.Actor{ID: w.Root.ID, Roles: w.Root.Roles}, w.Root.Generation)
	if err != nil {
		t.Fatal(err)
	}
	w.Refused(t, 401, "insufficient_user_authentication", "", "POST", path, stale, body("sale.read"))
	w.Refused(t, 401, "insufficient_user_authentication", "", "DELETE", path+"/"+k.ID.String(), stale, nil)
}

func other(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

// TestBounds: each bound before, at and after.
func TestBounds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 30, 8, 0, 0, 0, time.UTC)
	w := apptest.NewWorld(t, apptest.Options{Now: func() time.Time { return at },
		Business: func(db sqldb.DB, cfg business.Config) business.Business {
			cfg.Quotas.Keys = 0 // as it is where nobody says otherwise
			return business.New(db, cfg)
		}})
	who := w.Account(t, role.User)
	ask := func(want int, place, member string, value any) {
		t.Helper()
		b := object{"name": "K", "actions": []string{"sale.read"}, "expiresAt": at.Add(time.Hour), member: value}
		a := w.Do(t, "POST", path, who.Token, b)
		if a.Status != want || place != "" && (len(a.Problem(t).Errors) != 1 ||
			a.Problem(t).Errors[0].Location != "body."+place) {
			t.Errorf("%s %v: %d %s", member, value, a.Status, a.Body)
		}
	}
	all := w.Auth.ForKeys()
	many := slices.Repeat([]string{"sale.read"}, 100)
	ask(422, "expiresAt", "expiresAt", at)
	ask(201, "", "expiresAt", at.Add(time.Microsecond))
	ask(201, "", "expiresAt", at.Add(apikeybus.MaxLife))
	ask(422, "expiresAt", "expiresAt", at.Add(apikeybus.MaxLife+time.Microsecond))
	ask(422, "actions", "actions", []string{})
	ask(201, "", "actions", all)
	ask(201, "", "actions", many)
	ask(422, "actions", "actions", append(many, "sale.read"))
	ask(422, "actions[1]", "actions", []string{"sale.read", "sale.reads"})
	ask(422, "marketID", "marketID", who.ID)
	ask(201, "", "name", strings.Repeat("é", 100))
	ask(422, "name", "name", strings.Repeat("é", 101))
	for range 15 {
		ask(201, "", "name", "K")
	}
	a := w.Do(t, "POST", path, who.Token, object{"name": "K", "actions": all, "expiresAt": at.Add(time.Hour)})
	if p := a.Problem(t); p.Code != "quota_reached" || !strings.Contains(p.Detail, "20 API keys") {
		t.Errorf("the 21st: %d %s", a.Status, a.Body)
	}
}

// TestElsewhere: a key of one market sees of others what everybody does, in lists and streams too.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	here, there := w.Market(t), w.Market(t)
	draft := w.Market(t, "status", "DRAFT")
	w.Family(t, there, "ownerID", w.Root.ID)
	key := w.APIKey(t, w.Root, here, w.Auth.ForKeys()...)
	whole := w.APIKey(t, w.Root, nil, w.Auth.ForKeys()...)
	ids := func(token string) string {
		return string(w.OK(t, 200, nil, "GET", "/v1/markets?limit=100", token, nil).Body)
	}
	id := draft["id"].(string)
	if strings.Contains(ids(key), id) || strings.Contains(ids(""), id) || !strings.Contains(ids(whole), id) {
		t.Error("a DRAFT elsewhere is not for the key, but for one without a market")
	}
	for _, list := range []string{"families", "payouts", "cash-sessions", "members", "webhooks", "ledger"} {
		w.OK(t, 404, nil, "GET", apptest.At("markets", draft)+"/"+list, key, nil)
		w.OK(t, 200, nil, "GET", apptest.At("markets", here)+"/"+list, key, nil)
		if a := w.Do(t, "GET", apptest.At("markets", there)+"/"+list, key, nil); a.Status != 403 && a.Status != 404 {
			t.Errorf("%s elsewhere: %d %s", list, a.Status, a.Body)
		}
	}
	w.Drained(t)
	own := w.Listen(t, apptest.At("markets", here)+"/events", key)
	far := w.Listen(t, apptest.At("markets", there)+"/events", key)
	for _, m := range []object{here, there} {
		w.Product(t, w.Family(t, m)) // of families only who may read them hears
	}
	if got := fmt.Sprint(own.Wait(t, 2)); got != "[garagesale.family.joined.v1 garagesale.product.listed.v1]" {
		t.Error(got)
	}
	if got := fmt.Sprint(far.Wait(t, 1)); got != "[garagesale.product.listed.v1]" {
		t.Error(got)
	}
}

// TestStreamEnds: whose key was deleted hears nothing from then on, within 2 seconds.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := w.Market(t)
	k := made(t, w.Service, w.Root, body("market.listen", "family.read"))
	other := apptest.NewWith(t, apptest.Options{DB: &w.DB})
	w.Drained(t)
	st := other.Listen(t, apptest.At("markets", market)+"/events", k.Token)
	w.Family(t, market)
	st.Wait(t, 1)
	w.OK(t, 204, nil, "DELETE", path+"/"+k.ID.String(), w.Root.Token, nil)
	time.Sleep(1100 * time.Millisecond) // as often as a stream asks
	w.Family(t, market)
	st.Ended(t)
	if n := len(st.Heard()); n != 1 {
		t.Errorf("heard %d events", n)
	}
}

// TestRepeat: an answer that was kept is not told to a key that is not for it.
func TestRepeat(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := w.Market(t)
	product := w.Product(t, w.Family(t, market))
	sell := func(token string) apptest.Answer {
		return w.Do(t, "POST", apptest.At("markets", market)+"/sales", token, apptest.Basket(product), "Idempotency-Key", "k")
	}
	if a := sell(w.Root.Token); a.Status != 201 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for want, token := range map[int]string{
		201: w.APIKey(t, w.Root, market, "sale.create"), 403: w.APIKey(t, w.Root, w.Market(t), "sale.create"),
	} {
		if a := sell(token); a.Status != want {
			t.Errorf("%d %s, want %d", a.Status, a.Body, want)
		}
	}
	if a := sell(w.APIKey(t, w.Root, market, "sale.read")); a.Status != 403 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestAccountEnds: an account that is disabled or erased at the same moment gets no key.
func TestAccountEnds(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	u := w.Account(t, role.User)
	made := make(chan apptest.Answer, 1)
	if err := w.Business.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		held, err := d.Users.Lock(ctx, u.ID)
		if err != nil {
			return err
		}
		go func() { made <- w.Do(t, "POST", path, u.Token, body("sale.read")) }()
		dbtest.Blocked(t, dbtest.Owner(t, w.DB), 1)
		if err := d.APIKeys.Forget(ctx, u.ID); err != nil {
			return err
		}
		_, err = d.Users.Erase(ctx, held)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a := <-made; a.Status != 401 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
