package main

import "syscall"

// dieWithParent ends the child even when this program is killed without notice, and keeps the terminal's ^C from it,
// which the parent passes on.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}
