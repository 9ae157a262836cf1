// Package role holds what an account may be.
package role

import (
	"fmt"
	"slices"
)

// Role is one of Admin, Cashier and User.
type Role string

// The roles.
const (
	Admin   Role = "ADMIN"   // runs the server and every market
	Cashier Role = "CASHIER" // rings up sales
	User    Role = "USER"    // everyone with an account
)

// All lists the roles.
var All = []Role{Admin, Cashier, User}

// Parse checks s.
func Parse(s string) (Role, error) {
	if !slices.Contains(All, Role(s)) {
		return "", fmt.Errorf("must be one of %v", All)
	}
	return Role(s), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Role) UnmarshalText(b []byte) (err error) {
	*r, err = Parse(string(b))
	return err
}

// Set is the roles of an account, without doubles, in the order of All.
type Set []Role

// NewSet makes a Set of any roles.
func NewSet(roles ...Role) Set {
	s := make(Set, 0, len(roles))
	for _, r := range All {
		if slices.Contains(roles, r) {
			s = append(s, r)
		}
	}
	return s
}

// Has tells whether r is in s.
func (s Set) Has(r Role) bool { return slices.Contains(s, r) }
