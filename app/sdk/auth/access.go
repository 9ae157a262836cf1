package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/role"
)

// Access is what the policy says of an action, for the document.
type Access struct {
	Public bool          // without an account too
	Who    string        // in words
	Errors []*errs.Error // the refusals
}

// Access asks the policy about an action, so it cannot say anything else.
func (a *Auth) Access(action string) Access {
	allows := func(who request.Actor, res *Resource) bool {
		ok, err := a.Allows(context.Background(), who, action, res)
		return ok && err == nil
	}
	account := request.Actor{ID: somebody}
	var who []string
	for _, r := range role.All {
		if allows(request.Actor{ID: somebody, Roles: role.NewSet(r)}, &Resource{}) {
			who = append(who, string(r))
		}
	}
	everyone := len(who) == len(role.All)
	owner := allows(account, &Resource{OwnerID: &somebody})
	for _, m := range role.Members {
		if allows(account, &Resource{Member: m}) || !owner && allows(account, &Resource{Member: m, OwnerID: &somebody}) {
			who = append(who, string(m)+" of the market")
		}
	}
	if owner {
		who = append(who, "whoever owns it")
	}
	access := Access{Public: allows(request.Actor{}, nil), Who: strings.Join(who, ", ")}
	switch {
	case access.Public:
		access.Who = "everybody, with an account or without"
	case everyone:
		access.Who = "every account"
	case !allows(account, nil):
		access.Errors = append(access.Errors, ErrForbidden)
	}
	admin := request.Actor{ID: somebody, Roles: role.NewSet(role.Admin), Enrol: true}
	if !allows(admin, nil) {
		access.Errors = append(access.Errors, ErrEnrol)
	}
	if !access.Public {
		access.Errors = append(access.Errors, ErrKey)
		if slices.Contains(a.forKeys, action) {
			access.Who += "; with an API key too, whose `actions` have `" + action + "`"
		}
	}
	if action != ActionLogin {
		access.Errors = append(access.Errors, ErrBadToken, errUnknown)
	}
	if !access.Public {
		access.Errors = append(access.Errors, ErrNoToken)
	}
	return access
}
