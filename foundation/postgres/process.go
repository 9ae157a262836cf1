package postgres

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// supervise becomes the program named by "$3" and on, and leaves a watcher behind. The watcher reads a pipe whose only
// writer is our program. A line says that the server ended and there is nothing more to do; the end of the pipe says
// that our program died, so the watcher shuts the server down and removes the folder "$1", if there is one.
//
// The watcher is started before the server, so there is no moment without one, and it is detached (the doubled
// parentheses), so the server does not find a child that it knows nothing of. $$ is the server's process id, there too.
// It may stay in use after the end, by a zombie that nobody waits for, so the server's own file "$2" counts as well.
const supervise = `
remove=$1
pidfile=$2
shift 2
( (
	read -r line <&3 && exit
	kill -INT $$
	n=0
	while [ -e "$pidfile" ] && kill -0 $$ && [ $n -lt 300 ]; do
		n=$((n + 1))
		case $n in
		100) kill -QUIT $$ ;;
		200) kill -KILL $$ ;;
		esac
		sleep 0.1
	done
	[ -z "$remove" ] || rm -rf "$remove" || { sleep 1; rm -rf "$remove"; }
) >/dev/null 2>&1 & )
exec "$@" 3<&-
`

// account is who runs the server.
type account struct {
	name     string
	uid, gid int
}

var ourselves = account{uid: -1, gid: -1}

// serverAccount is who runs the server for the cluster at path, which may be missing. PostgreSQL refuses to run as
// root.
func serverAccount(path string) (account, error) {
	if os.Geteuid() != 0 {
		return ourselves, nil
	}
	if info, err := os.Stat(path); err == nil && uidOf(info) != 0 {
		stat := info.Sys().(*syscall.Stat_t)
		return account{name: fmt.Sprint(stat.Uid), uid: int(stat.Uid), gid: int(stat.Gid)}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return account{}, fmt.Errorf("the server cannot run as root, and there is no other user for it: %w", err)
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	return account{name: u.Username, uid: uid, gid: gid}, errors.Join(uidErr, gidErr)
}

func uidOf(info os.FileInfo) int {
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// own gives path and everything beneath it to the account.
func (a account) own(path string) error {
	if a == ourselves {
		return nil
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return root.Lchown(name, a.uid, a.gid)
	})
}

// command is a shell script with arguments, to be run as the account, apart from our terminal: its ^C is for us, and we
// stop the server when we are done with it.
func (a account) command(script string, args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Dir = "/" // ours may be closed to the account
	// Ours may hold secrets, and PG… variables that would change what the server does.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a != ourselves {
		uid, gid := uint32(a.uid), uint32(a.gid) //nolint:gosec // they are 32 bits
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return cmd
}

// canReach returns an error that says which folder on the way to path is closed to the account.
func (a account) canReach(path string) error {
	const script = `
set -f
IFS=/
at=
for name in $1; do
	at=$at/$name
	cd "$at" || { printf %s "$at"; exit 1; }
done
`
	if a == ourselves {
		return nil
	}
	out, err := a.command(script, strings.TrimPrefix(path, "/")).Output()
	if err != nil {
		return fmt.Errorf("started by root, the server runs as user %[1]s, who cannot enter %[2]s (%[3]v): "+
			"use a folder elsewhere instead of %[4]s, or open it with `chmod o+x %[2]s`, or start as an ordinary user",
			a.name, out, err, path)
	}
	return nil
}

// process is a child process and its watcher.
type process struct {
	cmd  *exec.Cmd
	out  *tail
	done chan struct{}
	err  error // why it ended badly; to be read after done
}

// start runs a program of the cluster by argv, which ends when ours dies.
func (c cluster) start(log io.Writer, argv ...string) (*process, error) {
	// Both ends are closed on exec, so no other child of ours keeps the pipe open when we die.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()

	remove := ""
	if c.ephemeral {
		remove = c.dir
	}
	p := &process{
		cmd:  c.account.command(supervise, append([]string{remove, c.pidFile()}, argv...)...),
		out:  &tail{next: log},
		done: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.ExtraFiles = []*os.File{r}
	p.cmd.WaitDelay = 5 * time.Second // a killed server's last processes may hold the output open
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	go func() {
		p.err = p.cmd.Wait()
		_, _ = w.WriteString("\n")
		_ = w.Close()
		close(p.done)
	}()
	return p, nil
}

// end makes the process end, the harder the longer it takes, and waits for it.
func (p *process) end() {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = p.cmd.Process.Signal(sig) // fails only if it has ended
		select {
		case <-p.done:
			return
		case <-time.After(10 * time.Second):
		}
	}
	<-p.done
}

// tail passes on what is written and remembers the end of it.
type tail struct {
	next io.Writer

	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const limit = 4096

	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	t.buf = t.buf[max(0, len(t.buf)-limit):]
	// A log that cannot be written must not cost the server its output.
	_, _ = t.next.Write(p)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.buf)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
