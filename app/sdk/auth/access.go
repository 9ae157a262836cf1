package auth

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/types/role"
)

// ErrForbidden is for what the account may see, but not change; for the words about an operation.
var ErrForbidden = errForbidden

// Access says what Guard does with an action, for the document. It asks the policy, so it cannot say anything else.
func (a *Auth) Access(action string) rest.Access {
	allows := func(who request.Actor) bool {
		ok, err := a.policy.Allows(context.Background(), who, action, nil)
		return ok && err == nil
	}
	var who []string
	for _, r := range role.All {
		if allows(request.Actor{ID: uuid.Max, Roles: role.NewSet(r)}) {
			who = append(who, string(r))
		}
	}
	access := rest.Access{Public: allows(request.Actor{}), Who: strings.Join(who, ", ")}
	switch {
	case access.Public:
		access.Who = "everybody, with an account or without"
	case len(who) == len(role.All):
		access.Who = "every account, as far as ownership allows"
	default:
		access.Errors = append(access.Errors, errForbidden)
	}
	if action != ActionLogin {
		access.Errors = append(access.Errors, errBadToken, errUnknown)
	}
	if !access.Public {
		access.Errors = append(access.Errors, errNoToken)
	}
	return access
}
