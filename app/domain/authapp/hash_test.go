package authapp_test

import (
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/types/role"
)

// TestHashUpgrade: once the settings rise, a login renews the hash, which ends no session and changes no version.
func TestHashUpgrade(t *testing.T) {
	t.Parallel()
	cheap := apptest.New(t)
	u := cheap.AddUser(t, "u@x.org", role.User)
	before := logIn(t, cheap, "u@x.org")
	hasher, err := passhash.New(passhash.Config{Memory: 16, Iterations: 2, Concurrent: 2})
	if err != nil {
		t.Fatal(err)
	}
	dear := apptest.NewWith(t, apptest.Options{DB: &cheap.DB, Hasher: hasher})
	hash := func() string {
		got, err := dear.Business.Users.Get(t.Context(), u.ID)
		if err != nil || got.Version != u.Version || got.Generation != u.Generation {
			t.Fatalf("%+v %v", got, err)
		}
		return got.PasswordHash
	}
	dear.OK(t, 401, nil, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic("u@x.org", "wrong"))
	if hash() != u.PasswordHash {
		t.Error("a failed login changed the hash")
	}
	logIn(t, dear, "u@x.org")
	upgraded := hash()
	if !strings.HasPrefix(upgraded, "$argon2id$v=19$m=16,t=2,") {
		t.Errorf("not upgraded: %s", upgraded)
	}
	logIn(t, dear, "u@x.org")
	logIn(t, cheap, "u@x.org") // a replica with the old settings must not put it back
	if hash() != upgraded {
		t.Error("the hash changed again")
	}
	me(t, dear, 200, before.AccessToken)
	refresh(t, dear, 200, before.RefreshToken)
}
