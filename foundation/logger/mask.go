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

// Mask returns s with every e-mail address in it masked: j***@example.com.
func Mask(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return address.ReplaceAllString(s, "$1***@$2")
}

// masked keeps e-mail addresses out of a log, wherever in a record they stand: an error's text may quote anything.
type masked struct{ io.Writer }

func (m masked) Write(b []byte) (int, error) {
	if bytes.IndexByte(b, '@') < 0 {
		return m.Writer.Write(b)
	}
	_, err := m.Writer.Write(address.ReplaceAll(b, []byte("$1***@$2")))
	return len(b), err
}
