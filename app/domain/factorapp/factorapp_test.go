package factorapp_test

import (
	"context"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/factorapp"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Second factor", apptest.Suite{Rights: rights, Bad: bad, Examples: examples})
}

const path = "/v1/users/me/totp"

var rights = []apptest.Row{
	{Route: "POST /v1/users/me/totp", Want: apptest.Accounts(200), Call: apptest.Path(path)},
	{Route: "POST /v1/users/me/totp/confirm", Want: apptest.Accounts(200), Call: func(c *apptest.Cell) (string, any) {
		var s factorapp.Setup
		if a := c.Do(c.T, "POST", path, c.Who.Token, nil); a.Status != 200 {
			return path + "/confirm", object{"code": "123456"}
		} else {
			a.JSON(c.T, &s)
		}
		return path + "/confirm", object{"code": codeAt(c.T, s.Key, clock.Now())}
	}},
	{Route: "GET /v1/users/me/totp", Want: apptest.Accounts(200), Call: func(c *apptest.Cell) (string, any) {
		enrolled(c.T, c.Service, c.Who, clock.Now())
		return path, nil
	}},
	{Route: "DELETE /v1/users/me/totp", Want: apptest.Accounts(204), Call: func(c *apptest.Cell) (string, any) {
		enrolled(c.T, c.Service, c.Who, clock.Now())
		return path, nil
	}},
	{Route: "DELETE /v1/users/{userID}/factors", Want: apptest.AdminAlone(204), Call: func(c *apptest.Cell) (string, any) {
		enrolled(c.T, c.Service, c.Stranger, clock.Now())
		return "/v1/users/" + c.Stranger.ID.String() + "/factors", nil
	}},
}

var bad = []apptest.Bad{{Route: "POST /v1/users/me/totp/confirm", Right: apptest.Right{"code": apptest.AsGuess}}}

func examples(r *apptest.Recorder) {
	now := time.Date(2026, 5, 30, 8, 0, 10, 0, time.UTC)
	u := r.AddUser(r.T, "bo@example.com")
	s := r.Do("beginTOTP", 200, "POST", path, "")
	r.Do("confirmTOTP", 200, "POST", path+"/confirm", `{"code": "`+codeAt(r.T, s["key"].(string), now)+`"}`)
	r.Do("getTOTP", 200, "GET", path, "")
	r.Do("deleteTOTP", 204, "DELETE", path, "")
	r.As(apptest.User{Token: r.LogIn(r.T, 200, "ada@example.com", apptest.Password).AccessToken})
	enrolled(r.T, r.Service, u, now)
	r.Do("resetFactors", 204, "DELETE", "/v1/users/"+u.ID.String()+"/factors", "")
}

// codeAt is what the app shows at that time.
func codeAt(t testing.TB, key string, at time.Time) string {
	t.Helper()
	code, err := hotp.GenerateCode(key, uint64(at.Unix()/30))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enrolled gives an account a second factor, past HTTP.
func enrolled(t testing.TB, s *apptest.Service, u apptest.User, now time.Time) (key string, codes []string) {
	t.Helper()
	if err := s.Business.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
		setup, err := d.Factors.Begin(ctx, u.ID)
		if err != nil {
			return err
		}
		key = setup.Key
		codes, err = d.Factors.Confirm(ctx, u.ID, codeAt(t, key, now))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return key, codes
}
