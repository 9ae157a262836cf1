package password

// IsCommon is isCommon, for the tests.
var IsCommon = isCommon
