# Who may do what. Nothing is allowed but what stands here.
#
#   input.subject   {id, roles, enrol}; id is null for nobody; enrol: it must set up a second factor before anything else
#   input.action    "<resource>.<verb>"
#   input.resource  {ownerID, marketStatus, member}; member is the subject's role at the market, "" for none. It is null
#                   when a route asks whether the account may do this at all, before the resource is loaded. Rules about
#                   ownership, membership and state then say yes, and are asked again with it.
#   input.makers    who makes markets: "ADMIN", or "ACCOUNTS" for everyone with an account
#
# To be a member only adds rights: whoever may do something without is not asked for.
package sales.authz

default decision := false

decision if {
	allow
	not barred
}

barred if {
	input.subject.enrol
	not input.action in public
	not enrolling
}

# What is left to who must set up a second factor first: that, itself, and to log out.
enrolling if input.action in {"factor.create", "passkey.create", "token.confirm", "session.list", "session.end"}

enrolling if {
	owner
	input.action == "user.read"
}

default allow := false

admin if "ADMIN" in input.subject.roles

cashier if "CASHIER" in input.subject.roles

user if "USER" in input.subject.roles

account if input.subject.id != null

# An account, and a resource that is not known yet.
unknown if {
	account
	input.resource == null
}

# The owner of the family, or the account itself; whatever its roles.
owner if unknown

owner if {
	account
	input.resource.ownerID == input.subject.id
}

# The ORGANISER of the market.
organiser if unknown

organiser if {
	account
	input.resource.member == "ORGANISER"
}

# Who rings up there: CASHIER at every market, or as a member at this one.
till if cashier

till if unknown

till if {
	account
	input.resource.member == "CASHIER"
}

draft if input.resource.marketStatus == "DRAFT"

closed if input.resource.marketStatus == "CLOSED"

public := {
	"user.signup", "user.verify", "user.reset", "token.create", "token.passkey", "token.refresh", "token.revoke",
	"provider.begin", "provider.enter", "provider.go_on",
	"keys.read", "service.probe", "docs.read", "place.read",
}

for_sale := {"market.read", "market.listen", "product.read"}

# What is at a market, and so its ORGANISERs' business.
at_market := {
	"market", "member", "family", "product", "sale", "cash_session", "ledger", "statement", "payout", "report", "webhook",
	"delivery",
}

# Everybody, with an account or without.
allow if input.action in public

allow if {
	input.action in for_sale
	not draft
}

# ADMIN runs the server and every market.
allow if admin

# ORGANISER may at its market what ADMIN may there.
allow if {
	organiser
	split(input.action, ".")[0] in at_market
	input.action != "market.create"
}

# Who makes a market is its first ORGANISER.
allow if {
	account
	input.makers == "ACCOUNTS"
	input.action == "market.create"
}

# Everyone with an account sees drafts too.
allow if {
	account
	input.action in for_sale
}

allow if {
	account
	input.action in {"family.list"} # its own; the list is narrowed by family.read
}

# CASHIER rings up sales.
allow if {
	till
	input.action in {"family.read", "sale.create", "sale.read"}
}

# CASHIER takes sales back while the market is open: any by return, its own by void (for a while, but for sale.void_late).
allow if {
	till
	input.action == "sale.return"
	not closed
}

allow if {
	till
	owner
	input.action == "sale.void"
	not closed
}

# CASHIER keeps a cash drawer, and sees its own.
allow if {
	till
	input.action in {"cash_session.create", "cash_session.list"} # narrowed by cash_session.read
}

allow if {
	till
	owner
	input.action in {"cash_session.read", "cash_session.move", "cash_session.close"}
}

# Whoever has the token of an invitation may take it.
allow if {
	account
	input.action == "invitation.accept"
}

# A member sees itself, and may always leave.
allow if {
	till
	owner
	input.action in {"member.read", "member.delete"}
}

# USER joins a market with a family of its own.
allow if {
	user
	input.action == "market.join"
	not closed
}

# The owner of a family.
allow if {
	owner
	input.action == "family.read"
}

allow if {
	owner
	input.action in {"family.update", "family.delete", "product.create", "product.update", "product.delete"}
	not closed
}

# The owner of a family reads its statement and payout, CASHIER what it could add up from the sales.
allow if {
	account
	input.action == "payout.list" # narrowed by payout.read
}

allow if {
	owner
	input.action in {"statement.read", "payout.read"}
}

allow if {
	till
	input.action == "report.read"
}

# Everyone's own account.
allow if {
	account
	input.action in {
		"user.resend", "token.confirm", "session.list", "session.end", "factor.create", "factor.delete", "passkey.create",
		"passkey.read", "passkey.update", "passkey.delete",
		"identity.list", "identity.delete",
	}
}

allow if {
	owner
	input.action in {"user.read", "user.update", "user.delete", "user.export", "user.erase"}
}
