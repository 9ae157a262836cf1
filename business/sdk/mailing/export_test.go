package mailing

// What the tests, which stand above business, need to see.
var (
	Render   = render
	Contents = contents

	ErrNoServer = errNoServer
)
