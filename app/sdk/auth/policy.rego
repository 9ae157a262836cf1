# Who may do what. Nothing is allowed but what stands here.
#
#   input.subject   {id, roles, enrol, key}; id is null for nobody; enrol: it must set up a second factor before anything
#                   else; key: null, or {actions, marketID} of the API key that it asks with; marketID null: any market
#   input.action    "<resource>.<verb>"
#   input.resource  {ownerID, marketID, marketStatus, member}; member is the subject's role at the market, "" for none. It is null
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
	not beyond
}

barred if {
	input.subject.enrol
	not input.action in public
	not enrolling
}

# What is left to who must set up a second factor first: that, itself, and to log out.
enrolling if input.action in {"factor.create", "factor.read", "passkey.create", "token.confirm", "session.list", "session.end"}

enrolling if {
	owner
	input.action == "user.read"
}

# An API key never may more than its account, nor what it is not for: it may what everybody may, and its actions at its
# market. Before the resource is known that may be one of its market.
beyond if {
	input.subject.key != null
	not everybody
	not within
}

within if {
	input.action in input.subject.key.actions
	input.action in for_keys
	there
}

there if input.subject.key.marketID == null

there if {
	input.resource == null
	input.action != "market.create"
}

there if input.resource.marketID == input.subject.key.marketID

# What a key can be for: the work at markets. Accounts, who helps at a market, and where its events are sent are for people.
for_keys := {
	"market.create", "market.read", "market.update", "market.delete", "market.join", "market.listen",
	"member.list", "member.read",
	"family.list", "family.read", "family.setup", "family.update", "family.delete",
	"product.create", "product.read", "product.update", "product.delete",
	"sale.create", "sale.read", "sale.reprice", "sale.void", "sale.void_late", "sale.return",
	"cash_session.create", "cash_session.list", "cash_session.read", "cash_session.move", "cash_session.close",
	"ledger.read", "report.read", "statement.read", "payout.create", "payout.list", "payout.read",
	"webhook.list", "webhook.read", "delivery.list", "delivery.redeliver", "delivery.drop",
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
allow if everybody

everybody if input.action in public

everybody if {
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
		"user.resend", "token.confirm", "session.list", "session.end", "factor.create", "factor.read", "factor.delete",
		"passkey.create", "passkey.read", "passkey.update", "passkey.delete",
		"identity.list", "identity.delete", "key.create", "key.list", "key.read", "key.delete",
	}
}

allow if {
	owner
	input.action in {"user.read", "user.update", "user.delete", "user.export", "user.erase"}
}
