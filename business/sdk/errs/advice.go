package errs

// advice says by code what the client can do. A test names each code that is missing here.
var advice = map[string]string{ //nolint:gosec // words about passwords and tokens, not such
	// HTTP itself.
	"malformed_request": "Send what `errors` names in the right form: a JSON document, an id, a query string.",
	"unsupported_media_type": "Send `Content-Type: application/json`; a PATCH may also be " +
		"`application/merge-patch+json`.",
	"body_too_large":     "Send less than 1 MiB at a time; split a batch.",
	"version_mismatch":   "Somebody else changed it. Read it again, decide again, and send the new ETag.",
	"route_not_found":    "Check the path; every path of the API stands in `/openapi.json`.",
	"method_not_allowed": "Use one of the methods in the `Allow` header.",
	"internal_error": "This is the service's fault. Report the `traceId`; repeat a request that moves money " +
		"only with the same `Idempotency-Key`.",
	"idempotency_key_required": "Make a new key, such as a random UUID, for each thing that is to happen once, and " +
		"send it with every attempt.",
	"validation_failed": "Correct every place that `errors` names.",
	"unavailable":       "Wait as long as `Retry-After` says and repeat the request.",
	"outcome_unknown": "Repeat the request with the same `Idempotency-Key`; without one, look whether it " +
		"happened.",
	"overloaded":   "Wait as long as `Retry-After` says and repeat the request.",
	"rate_limited": "Wait as long as `Retry-After` says; the `RateLimit` headers tell how much is left.",
	"not_ready": "Wait: the database cannot be reached, migrations are missing, or the service is " +
		"stopping.",
	"bad_cursor": "Begin the list again without `cursor`, or send the filters and the order that the " +
		"cursor was given for.",

	"idempotency_key_in_progress": "Wait a moment and repeat the request with the same key and body.",
	"idempotency_key_reused":      "Use a new key for a new request; a repeat must have the same body, byte for byte.",

	// Accounts.
	"token_required":            "Log in at `POST /v1/auth/token` and send `Authorization: Bearer <accessToken>`.",
	"bad_token":                 "Log in again: the token has expired, or its session was ended.",
	"forbidden":                 "Ask somebody with the role or the family that this needs.",
	"field_forbidden":           "Leave out the fields that only an ADMIN may set.",
	"credentials_required":      "Send `Authorization: Basic` with the e-mail address and the password.",
	"bad_credentials":           "Check address and password; which of them is wrong is not told.",
	"login_busy":                "Wait as long as `Retry-After` says and log in again.",
	"revocations_unknown":       "Repeat the request in a moment.",
	"bad_refresh_token":         "Log in again: the session has ended.",
	"account_gone":              "Log in with an account that exists.",
	"user_not_found":            "Check the id; accounts of others are visible to ADMIN only.",
	"email_taken":               "Log in, or choose another address.",
	"user_has_history":          "Disable the account with `PATCH {\"enabled\": false}` instead.",
	"last_admin":                "Give another account the role ADMIN first.",
	"current_password_required": "Send the account's password as `currentPassword`.",
	"wrong_password":            "Send the account's present password as `currentPassword`.",

	// Markets and families.
	"market_not_found":   "Check the id; a DRAFT is visible to accounts only.",
	"market_not_open":    "Sell once the organiser has set the market's status to OPEN.",
	"market_not_empty":   "Delete its families first, or leave the market as it is.",
	"market_changed":     "Repeat the request.",
	"market_settled":     "Nothing: what families were paid is final.",
	"market_not_closed":  "Close the market first.",
	"currency_fixed":     "Make a new market with the other currency.",
	"status_not_allowed": "Take the next status in order.",
	"family_not_found":   "Check the id; a family is visible to its owner, to cashiers and to ADMIN.",
	"family_not_empty":   "Delete its products first; a family that has sold anything stays.",
	"number_taken":       "Choose another number, or leave it out to get the next free one.",
	"number_fixed":       "Keep the number: it is on the labels.",
	"no_number_left":     "Delete families that are not used.",
	"already_joined":     "Use the family that the account has; the list of families shows it.",

	// Products and sales.
	"product_not_found": "Check the id; products of a DRAFT are visible to accounts only.",
	"product_was_sold":  "Set its `quantity` to 0 instead.",
	"no_code_left":      "Join the goods under fewer products.",
	"out_of_stock": "Take the lines that `errors` names out of the basket or lower their quantity, and ring " +
		"up again with a new key.",
	"sale_not_found": "Check the id.",
	"table_full": "Set the product's `quantity` to what is on the table, and repeat the request with a new " +
		"key.",
	"sale_not_voidable":      "Return the lines that are still sold.",
	"void_window_over":       "Ask an ADMIN to void it, or return its lines.",
	"sale_voided":            "Nothing: the sale was undone whole.",
	"return_not_found":       "Check the id.",
	"return_exceeds_sale":    "Return no more pieces than `quantity` less `returned` of each line.",
	"family_paid_out":        "Nothing: what the family was paid is final.",
	"payout_not_found":       "Check the id; a payout is visible to the family's owner and to ADMIN.",
	"already_paid_out":       "Read the payout that was made; the market's list has it.",
	"nothing_to_pay":         "Nothing: the family has no balance.",
	"cash_session_not_found": "Check the id; a drawer is visible to its cashier and to ADMIN.",
	"cash_session_open":      "Close the open session; the list of cash sessions has it.",
	"cash_session_closed":    "Open a new session.",
	"cash_session_required":  "Open a cash session, or take a card.",
	"underpaid":              "Take at least the total.",
	"amount_mismatch":        "Charge the card the total; only cash gives change.",
}
