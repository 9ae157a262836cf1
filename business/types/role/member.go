package role

import (
	"fmt"
	"slices"
)

// Member is what an account may be at one market, beside what it is everywhere: Organiser or MemberCashier, and ""
// where it is no member.
type Member string

// The roles of members.
const (
	Organiser     Member = "ORGANISER" // may there what Admin may there
	MemberCashier Member = "CASHIER"   // rings up sales there
)

// Members lists the roles of members.
var Members = []Member{Organiser, MemberCashier}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Member) UnmarshalText(b []byte) error {
	if !slices.Contains(Members, Member(b)) {
		return fmt.Errorf("must be one of %v", Members)
	}
	*m = Member(b)
	return nil
}
