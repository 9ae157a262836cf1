// Package csvcell writes the cells of a CSV file (RFC 4180) that people open in spreadsheets. A number is bare. A text
// is always quoted, and nothing in it can become a formula: not at its start, nor in a spreadsheet of another locale,
// which takes another separator and so may begin a cell in the middle of the text (OWASP, CSV Injection).
package csvcell

import (
	"strconv"
	"strings"
	"unicode"
)

// Cell is a cell as it stands in the file.
type Cell string

// Int is the cell of a number.
func Int(n int64) Cell { return Cell(strconv.FormatInt(n, 10)) }

// signs begin a formula, or are taken for one that does.
const signs = "=+-@＝＋－＠﹦﹢﹣﹫"

// Text is the cell of a text. An apostrophe goes before a sign that would stand first in a cell, and before a leading
// tab or line break; controls of the direction of writing, which make a text look like another one, are left out.
func Text(s string) Cell {
	var b strings.Builder
	b.WriteByte('"')
	first := true // in a cell, of this file or of a reader with another separator
	for i, r := range s {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			continue
		case first && strings.ContainsRune(signs, r), i == 0 && unicode.IsControl(r):
			b.WriteByte('\'')
		}
		switch {
		case separates(r):
			first = true
		case !unicode.IsSpace(r) && r != '"' && !unicode.In(r, unicode.Cc, unicode.Cf):
			first = false
		}
		if r == '"' {
			b.WriteByte('"')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return Cell(b.String())
}

// separates tells whether a reader may begin a cell after r.
func separates(r rune) bool {
	return strings.ContainsRune(";,|\t\n\r\v\f\u0085\u2028\u2029", r)
}

// AppendRow adds a row to b.
func AppendRow(b []byte, cells ...Cell) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, c...)
	}
	return append(b, "\r\n"...)
}
