package memberapp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/role"
)

const accepting = "/v1/invitations/accept"

// invited is a world with a market and its organiser, and a way to invite an address and get the token of the mail.
func invited(t *testing.T, o apptest.Options) (w *apptest.World, market object, organiser apptest.User,
	invite func(addr, role string) string) {
	t.Helper()
	o.Mails = true
	w = apptest.NewWorld(t, o)
	market, organiser = w.Market(t), w.Account(t, role.User)
	w.Member(t, market, organiser, role.Organiser)
	return w, market, organiser, func(addr, as string) string {
		t.Helper()
		w.OK(t, 202, nil, "POST", pathOf(market), organiser.Token, object{"email": addr, "role": as})
		_, token := w.Mail(t, addr)
		return token
	}
}

// TestInvitation: whoever has the mail becomes a member, once, and has the role that it was sent for.
func TestInvitation(t *testing.T) {
	t.Parallel()
	w, market, _, invite := invited(t, apptest.Options{})
	token := invite("new@x.org", "ORGANISER")
	u, other := w.Account(t, role.User), w.Account(t, role.User)
	w.Refused(t, 404, "invitation_not_found", "", "POST", accepting, u.Token, object{"token": token + "x"})
	var made object
	w.OK(t, 201, &made, "POST", accepting, u.Token, object{"token": token})
	if made["role"] != "ORGANISER" || made["userID"] != u.ID.String() {
		t.Errorf("made %v", made)
	}
	w.OK(t, 200, nil, "GET", apptest.At("markets", market)+"/ledger", u.Token, nil)
	for _, who := range []apptest.User{u, other} {
		w.Refused(t, 404, "invitation_not_found", "", "POST", accepting, who.Token, object{"token": token})
	}
	// A member who takes another one stays what it is, and leaves the invitation to whom it is for.
	token = invite("next@x.org", "CASHIER")
	w.Refused(t, 409, "already_member", "", "POST", accepting, u.Token, object{"token": token})
	w.OK(t, 201, nil, "POST", accepting, other.Token, object{"token": token})
}

// TestInvitationEnds: by another one to its address, by time, and with its sender's role; and what is over is deleted.
func TestInvitationEnds(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	w, market, organiser, invite := invited(t, apptest.Options{Now: clk.Now})
	taker := w.Account(t, role.User)
	dead := func(token string) {
		t.Helper()
		w.Refused(t, 404, "invitation_not_found", "", "POST", accepting, w.Token(t, taker.User), object{"token": token})
	}
	first := invite("new@x.org", "CASHIER")
	second := invite("new@x.org", "ORGANISER")
	dead(first)
	clk.Add(7 * 24 * time.Hour)
	dead(second)
	if err := w.Business.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept int
	if err := w.DB.Get(t.Context(), &kept, `SELECT count(*) FROM invitations`); err != nil || kept != 0 {
		t.Errorf("%d are kept: %v", kept, err)
	}
	organiser.Token, w.Root.Token = w.Token(t, organiser.User), w.Token(t, w.Root.User)
	back := func(addr string) string {
		t.Helper()
		w.OK(t, 202, nil, "POST", pathOf(market), organiser.Token, object{"email": addr, "role": "ORGANISER"})
		_, token := w.Mail(t, addr)
		return token
	}
	door := back("door@x.org")
	w.OK(t, 200, nil, "PATCH", memberPath(market, organiser), w.Root.Token, object{"role": "CASHIER"})
	dead(door)
	w.OK(t, 200, nil, "PATCH", memberPath(market, organiser), w.Root.Token, object{"role": "ORGANISER"})
	door = back("door@x.org")
	w.OK(t, 204, nil, "DELETE", memberPath(market, organiser), organiser.Token, nil)
	dead(door)
}

// TestTwoTakeAtOnce: one of them gets it.
func TestTwoTakeAtOnce(t *testing.T) {
	t.Parallel()
	w, market, _, invite := invited(t, apptest.Options{})
	token := invite("new@x.org", "CASHIER")
	users := []apptest.User{w.Account(t, role.User), w.Account(t, role.User)}
	statuses := make([]int, len(users))
	for _, err := range dbtest.AtOnce(len(users), func(i int, meet func()) error {
		meet()
		a, err := w.Try("POST", accepting, users[i].Token, object{"token": token})
		statuses[i] = a.Status
		return err
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if statuses[0]+statuses[1] != 201+404 {
		t.Errorf("%v, want 201 and 404", statuses)
	}
	if list := w.All(t, pathOf(market)); len(list) != 2 {
		t.Errorf("the members are %v", list)
	}
}

// TestInvitationsAreFew: nobody has many mails sent, to one address or to many, and the token is in none but the mail.
func TestInvitationsAreFew(t *testing.T) {
	t.Parallel()
	w, market, organiser, invite := invited(t, apptest.Options{
		Limits: attempts.Config{PerAccount: 1000, PerAddress: 1000, PerHour: 2}})
	token := invite("a@x.org", "CASHIER")
	invite("b@x.org", "CASHIER")
	w.Refused(t, 429, "rate_limited", "", "POST", pathOf(market), organiser.Token, object{"email": "c@x.org",
		"role": "CASHIER"})
	w.OK(t, 202, nil, "POST", pathOf(market), w.Root.Token, object{"email": "a@x.org", "role": "CASHIER"})
	w.Mail(t, "a@x.org")
	w.Refused(t, 429, "rate_limited", "", "POST", pathOf(market), w.Root.Token, object{"email": "a@x.org",
		"role": "CASHIER"})
	w.NoMail(t)
	w.Refused(t, 404, "invitation_not_found", "", "POST", accepting, organiser.Token, object{"token": token})
	var args string
	if err := dbtest.Owner(t, w.DB).Get(t.Context(), &args,
		`SELECT string_agg(args::text, ' ') FROM river.river_job`); err != nil || strings.Contains(args, token) {
		t.Errorf("the jobs hold the token: %v", err)
	}
}

// TestInvitedWithoutVerifying: an account joins no market until it has shown that it reads its address.
func TestInvitedWithoutVerifying(t *testing.T) {
	t.Parallel()
	w, _, _, invite := invited(t, apptest.Options{Verify: true})
	token := invite("new@x.org", "CASHIER")
	w.OK(t, 201, nil, "POST", "/v1/auth/signup", "",
		object{"name": "New", "email": "new@x.org", "password": apptest.Password})
	_, link := w.Mail(t, "new@x.org")
	access := w.LogIn(t, 200, "new@x.org", apptest.Password).AccessToken
	w.Refused(t, 403, "email_not_verified", "", "POST", accepting, access, object{"token": token})
	w.OK(t, 204, nil, "POST", "/v1/auth/verify", "", object{"token": link})
	w.OK(t, 201, nil, "POST", accepting, access, object{"token": token})
}

// TestWithdraw: an organiser sees what is open at its market, and ends it; another market's is not found, and what was
// taken, withdrawn or is over is not there.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	w, market, organiser, invite := invited(t, apptest.Options{Now: clk.Now})
	path := apptest.At("markets", market) + "/invitations"
	open := func() (all apptest.Page) {
		w.OK(t, 200, &all, "GET", path, organiser.Token, nil)
		return all
	}
	token := invite("new@x.org", "CASHIER")
	clk.Add(time.Second)
	taken := invite("other@x.org", "ORGANISER")
	all := open()
	if len(all.Items) != 2 || all.Items[0]["email"] != "other@x.org" || all.Items[1]["role"] != "CASHIER" ||
		all.Items[1]["invitedBy"] != organiser.ID.String() {
		t.Fatalf("%v", all.Items)
	}
	one := path + "/" + all.Items[1]["id"].(string)
	elsewhere := w.Market(t)
	w.Refused(t, 404, "invitation_not_found", "", "DELETE",
		apptest.At("markets", elsewhere)+"/invitations/"+all.Items[1]["id"].(string), w.Root.Token, nil)
	w.OK(t, 412, nil, "DELETE", one, organiser.Token, nil, "If-Match", `"x"`)
	w.OK(t, 204, nil, "DELETE", one, organiser.Token, nil)
	w.Refused(t, 404, "invitation_not_found", "", "DELETE", one, organiser.Token, nil)
	taker := w.Account(t, role.User)
	w.Refused(t, 404, "invitation_not_found", "", "POST", accepting, taker.Token, object{"token": token})
	w.OK(t, 201, nil, "POST", accepting, taker.Token, object{"token": taken})
	invite("new@x.org", "CASHIER")
	if all := open(); len(all.Items) != 1 || all.Items[0]["email"] != "new@x.org" {
		t.Errorf("%v", all.Items)
	}
	clk.Add(7 * 24 * time.Hour)
	organiser.Token = w.Token(t, organiser.User)
	if all := open(); len(all.Items) != 0 {
		t.Errorf("%v", all.Items)
	}
}
