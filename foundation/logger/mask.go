package logger

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// address finds what looks like an e-mail address: a first character that stays, the rest of the local part, the
// domain.
var address = regexp.MustCompile(
	"([^\\s\"'`<>(){}\\[\\]:;,=/\\\\@])[^\\s\"'`<>(){}\\[\\]:;,=/\\\\@]*@([\\p{L}\\p{N}.-]*[\\p{L}\\p{N}]\\.\\p{L}{2,})")

// apiKey finds what looks like the token of an API key, or much of one.
var apiKey = regexp.MustCompile(`(` + keyPrefix + `)[0-9A-Za-z]{20,}`)

const keyPrefix = "gs_"

// Mask returns s with every e-mail address in it masked, j***@example.com, and every API key, gs_***.
func Mask(s string) string {
	if strings.Contains(s, keyPrefix) {
		s = apiKey.ReplaceAllString(s, "$1***")
	}
	if strings.Contains(s, "@") {
		s = address.ReplaceAllString(s, "$1***@$2")
	}
	return s
}

// masked keeps e-mail addresses and API keys out of a log, wherever in a record they stand: an error's text may quote
// anything.
type masked struct{ io.Writer }

func (m masked) Write(b []byte) (int, error) {
	n := len(b)
	if bytes.Contains(b, []byte(keyPrefix)) {
		b = apiKey.ReplaceAll(b, []byte("$1***"))
	}
	if bytes.IndexByte(b, '@') >= 0 {
		b = address.ReplaceAll(b, []byte("$1***@$2"))
	}
	_, err := m.Writer.Write(b)
	return n, err
}
