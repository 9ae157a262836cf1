// Package testenv is what tests of any layer need: to be left out where the machine lacks something, to read a log as
// it is written, to keep a file that is made from the code, and to see what is published.
package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// Lacks ends the test: it is left out, but fails where the variable CI is set, since nobody would see it there.
func Lacks(t testing.TB, what ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what...)
	}
	t.Skip(what...)
}

// Needs is Lacks for a program that is not installed.
func Needs(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			Lacks(t, err)
		}
	}
}
