package mux_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/pquerna/otp/hotp"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/openid"
)

// help makes a request go well that chance alone would not: what it is about is made for it.
func help(t *testing.T, s *apptest.Service, market, id string, r *attempt) {
	t.Helper()
	u := s.AddUser(t, address(), role.User)
	admin := s.AddUser(t, address(), role.Admin).Token
	exec := func(q string, args ...any) {
		if _, err := s.DB.Exec(t.Context(), q, args...); err != nil {
			t.Fatal(err)
		}
	}
	switch id {
	case "verifyEmail", "confirmReset": // what would stand in the mail
		token := uuid.NewString()
		exec(`INSERT INTO links (user_id, purpose, email, token_hash, expires_at)
			VALUES ($1, $2, $3, $4, now() + interval '1 hour')`,
			u.ID, map[string]string{"verifyEmail": "ADDRESS", "confirmReset": "RESET"}[id], u.Email, secret.Hash(token))
		body := object{"token": token}
		if id == "confirmReset" {
			body["password"] = "another horse battery"
		}
		r.body = body
	case "endSession":
		var tok, list object
		s.OK(t, 200, &tok, "POST", "/v1/auth/token", "", nil, "Authorization",
			apptest.Basic(string(u.Email), apptest.Password))
		s.OK(t, 200, &list, "GET", "/v1/users/me/sessions", u.Token, nil)
		one := list["items"].([]any)[0].(object)["id"].(string)
		r.path, r.token = "/v1/users/me/sessions/"+one, u.Token
	case "createKey", "getKey", "deleteKey":
		var key object
		body := object{"name": "K", "actions": []string{"sale.read"}, "expiresAt": time.Now().Add(time.Hour)}
		if r.token = u.Token; id == "createKey" {
			r.body = body
			return
		}
		s.OK(t, 201, &key, "POST", "/v1/users/me/keys", u.Token, body)
		r.path = "/v1/users/me/keys/" + key["id"].(string)
	case "confirmTOTP", "getTOTP", "deleteTOTP", "resetFactors":
		var setup struct{ Key string }
		s.OK(t, 200, &setup, "POST", "/v1/users/me/totp", u.Token, nil)
		code, err := hotp.GenerateCode(setup.Key, uint64(time.Now().Unix()/30))
		if err != nil {
			t.Fatal(err)
		}
		if r.token, r.body = u.Token, (object{"code": code}); id == "confirmTOTP" {
			return
		}
		s.OK(t, 200, nil, "POST", "/v1/users/me/totp/confirm", u.Token, r.body)
		if r.body = nil; id == "resetFactors" {
			r.path, r.token = "/v1/users/"+u.ID.String()+"/factors", admin
		}
	case "beginProviderLogin", "finishProviderLogin", "linkProviderLogin":
		begin, back, cookie := atProvider(t, s, u)
		switch r.token = ""; id {
		case "beginProviderLogin":
			r.path = begin
		case "finishProviderLogin":
			r.path, r.headers = back, []string{"Cookie", cookie}
		default:
			var half object
			s.OK(t, 200, &half, "GET", back, "", nil, "Cookie", cookie)
			r.body = object{"token": half["token"], "password": apptest.Password}
		}
	case "withdrawInvitation":
		s.OK(t, 202, nil, "POST", "/v1/markets/"+market+"/members", admin, object{"email": address(), "role": "CASHIER"})
		var all apptest.Page
		path := "/v1/markets/" + market + "/invitations"
		s.OK(t, 200, &all, "GET", path, admin, nil)
		r.path, r.token = path+"/"+all.Items[0]["id"].(string), admin
	case "deleteIdentity":
		one := uuid.NewString()
		exec(`INSERT INTO identities VALUES ($1, $2, 'https://id.example.com', $3, now(), now())`, one, u.ID, one)
		r.path, r.token = "/v1/users/me/identities/"+one, u.Token
	case "createPasskey", "getPasskey", "updatePasskey", "deletePasskey", "beginConfirm", "logInWithPasskey":
		r.token = u.Token
		d := s.NewDevice(u)
		if id == "createPasskey" {
			r.body = object{"name": "Phone", "credential": d.Register(t)}
			return
		}
		key := d.Add(t)
		if r.path = strings.Replace(r.route, "{passkeyID}", key["id"].(string), 1); id == "logInWithPasskey" {
			r.token, r.body = "", object{"passkey": d.LogIn(t)}
		}
	case "createWebhook", "getWebhook", "updateWebhook", "deleteWebhook", "rotateWebhookSecret", "listDeliveries",
		"redeliver", "dropDelivery":
		var hook object
		body := object{"url": "https://shop.example.com/hooks", "types": []string{"garagesale.sale.completed.v1"}}
		path := "/v1/markets/" + market + "/webhooks"
		if r.token = admin; id == "createWebhook" {
			r.path, r.body = path, body
			return
		}
		s.OK(t, 201, &hook, "POST", path, admin, body)
		delivery := uuid.NewString()
		s.Drained(t)
		exec(`INSERT INTO webhook_deliveries (delivery_id, webhook_id, position, event_id, type, status, attempts, created_at,
				updated_at)
			SELECT $1, $2, position, id, type, 'FAILED', '[]', now(), now() FROM events WHERE market_id = $3 LIMIT 1`,
			delivery, hook["id"], market)
		r.path = strings.NewReplacer("{webhookID}", hook["id"].(string), "{deliveryID}", delivery).Replace(r.route)
		if id == "updateWebhook" {
			r.body = object{"enabled": false}
		}
	}
}

// atProvider sets a provider up at which the account has a login: where it begins, and where it has come back.
func atProvider(t *testing.T, s *apptest.Service, u apptest.User) (begin, back, cookie string) {
	t.Helper()
	_, key := apptest.TestKey.Signer()
	m, err := mockoidc.NewServer(key)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(ln, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	begin = "/v1/auth/oidc/" + uuid.NewString()
	s.OpenID[strings.TrimPrefix(begin, "/v1/auth/oidc/")] = openid.New(openid.Config{Issuer: m.Issuer(),
		ClientID: m.ClientID, ClientSecret: m.ClientSecret, Redirect: s.URL + begin + "/callback", Now: clock.Now})
	a := s.OK(t, 303, nil, "GET", begin, "", nil)
	cookie, _, _ = strings.Cut(a.Header.Get("Set-Cookie"), ";")
	m.QueueUser(&mockoidc.MockUser{Subject: u.ID.String(), Email: string(u.Email), EmailVerified: true})
	req, err := http.NewRequestWithContext(t.Context(), "GET", a.Header.Get("Location"), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return begin, strings.TrimPrefix(res.Header.Get("Location"), s.URL), cookie
}
