package userbus

import (
	"context"

	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

// ErasedName is what an account that was erased is called.
const ErasedName name.Name = "Erased account"

// Erase makes an account that the transaction holds nobody, or returns ErrLastAdmin: nobody can log in as it, and what
// told who it was is gone, also from audit, events and mails. Its families must have other names by then. Its id stays,
// so that the books do.
func (b Business) Erase(ctx context.Context, u User) (User, error) {
	old := u
	u.Name, u.Email, u.EmailVerified = ErasedName, email.Email(u.ID.String()+"@erased.invalid"), false // RFC 2606, 2
	u.PasswordHash, u.Roles, u.Enabled = "", role.NewSet(), false
	u.Version++
	u.UpdatedAt = b.now()
	u, err := b.save(ctx, old, u)
	if err != nil {
		return User{}, err
	}
	return u, b.store.Forget(ctx, u.ID, old.Email)
}
