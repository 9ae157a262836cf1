package auth

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/role"
)

// Access is what the policy says of an action before it knows the resource, for the document.
type Access struct {
	Public bool          // without an account too
	Who    string        // in words
	Errors []*errs.Error // the refusals
}

// Access asks the policy about an action, so it cannot say anything else.
func (a *Auth) Access(action string) Access {
	allows := func(who request.Actor) bool {
		ok, err := a.Allows(context.Background(), who, action, nil)
		return ok && err == nil
	}
	var who []string
	for _, r := range role.All {
		if allows(request.Actor{ID: uuid.Max, Roles: role.NewSet(r)}) {
			who = append(who, string(r))
		}
	}
	access := Access{Public: allows(request.Actor{}), Who: strings.Join(who, ", ")}
	switch {
	case access.Public:
		access.Who = "everybody, with an account or without"
	case len(who) == len(role.All):
		access.Who = "every account, as far as ownership allows"
	default:
		access.Errors = append(access.Errors, ErrForbidden)
	}
	if action != ActionLogin {
		access.Errors = append(access.Errors, ErrBadToken, errUnknown)
	}
	if !access.Public {
		access.Errors = append(access.Errors, ErrNoToken)
	}
	return access
}
