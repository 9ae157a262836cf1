package logger

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/garagesale/service/foundation/testenv"
)

// TestNewOnTerminal opens a pseudo-terminal, since only the kernel can say that a file is one.
func TestNewOnTerminal(t *testing.T) {
	t.Parallel()
	ptm, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		testenv.Lacks(t, "no pseudo-terminals here: ", err)
	}
	defer ptm.Close()
	if err := unix.IoctlSetPointerInt(int(ptm.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ptm.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	pts, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pts.Close()

	New(pts, nil, "sales").Info("started", "port", 3000)

	b := make([]byte, 1024)
	m, err := ptm.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b[:m]); !strings.Contains(got, "port=3000") || strings.Contains(got, "{") {
		t.Errorf("got %q, want the readable form", got)
	}
}
