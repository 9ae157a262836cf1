package lab

import (
	"context"
	"io"

	"github.com/garagesale/service/zarf/proof/bench/load"
)

// The roles in which the program starts itself: they are its first argument.
const (
	bareRole        = "bare"
	loadRole        = "load"
	hurriedLoadRole = "load-hurried"
)

// Child plays the role in which the program was started by itself, and tells whether it was. A program that makes a Lab
// calls it first. Children end when in does, not by a signal: that is for the program, which then ends them in order.
func Child(args []string, in io.Reader, out io.Writer) (played bool, err error) {
	if len(args) == 0 {
		return false, nil
	}
	switch args[0] {
	case bareRole:
		return true, runBare(context.Background(), in, out)
	case hurriedLoadRole:
		load.Hurry()
		return true, load.Serve(in, out)
	case loadRole:
		return true, load.Serve(in, out)
	}
	return false, nil
}
