// Package testenv says what a test does where the machine lacks something that it needs.
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
