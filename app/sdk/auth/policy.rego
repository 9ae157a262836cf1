# Who may do what. Nothing is allowed but what stands here.
#
#   input.subject   {id, roles}; id is null for nobody
#   input.action    "<resource>.<verb>"
#   input.resource  {ownerID, marketStatus}; null when a route asks whether the role may do this at all, before the
#                   resource is loaded. Rules about ownership and state then say yes, and are asked again with it.
package sales.authz

default allow := false

admin if "ADMIN" in input.subject.roles

cashier if "CASHIER" in input.subject.roles

user if "USER" in input.subject.roles

account if input.subject.id != null

# The owner of the family, or the account itself; whatever its roles.
owner if {
	account
	input.resource == null
}

owner if {
	account
	input.resource.ownerID == input.subject.id
}

draft if input.resource.marketStatus == "DRAFT"

closed if input.resource.marketStatus == "CLOSED"

public := {
	"user.signup", "user.verify", "user.reset", "token.create", "token.refresh", "token.revoke", "keys.read",
	"service.probe", "docs.read", "place.read",
}

for_sale := {"market.read", "market.listen", "product.read"}

# Everybody, with an account or without.
allow if input.action in public

allow if {
	input.action in for_sale
	not draft
}

# ADMIN runs the server and every market.
allow if admin

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
	cashier
	input.action in {"family.read", "sale.create", "sale.read"}
}

# CASHIER takes sales back while the market is open: any by return, its own by void (for a while, but for sale.void_late).
allow if {
	cashier
	input.action == "sale.return"
	not closed
}

allow if {
	cashier
	owner
	input.action == "sale.void"
	not closed
}

# CASHIER keeps a cash drawer, and sees its own.
allow if {
	cashier
	input.action in {"cash_session.create", "cash_session.list"} # narrowed by cash_session.read
}

allow if {
	cashier
	owner
	input.action in {"cash_session.read", "cash_session.move", "cash_session.close"}
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
	cashier
	input.action == "report.read"
}

# Everyone's own account.
allow if {
	account
	input.action in {"user.resend", "token.confirm", "session.list", "session.end"}
}

allow if {
	owner
	input.action in {"user.read", "user.update", "user.delete"}
}
