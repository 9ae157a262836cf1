package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a program that runs beside this one. It ends with it, even when that is killed: the kernel sees to it.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	done chan struct{}
}

// spawn starts a program; what it writes goes to out.
func spawn(out *os.File, env []string, name string, args ...string) (*process, error) {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, out, os.Stderr
	return (&process{cmd: cmd}).start()
}

// spawnSelf starts this program in another role, to be talked to in JSON.
func spawnSelf(env []string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	p := &process{cmd: cmd}
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = json.NewDecoder(out)
	return p.start()
}

func (p *process) start() (*process, error) {
	p.cmd.SysProcAttr = childAttr()
	p.done = make(chan struct{})
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	return p, nil
}

// childAttr has the kernel end a child when we end, and gives it a group of its own: a ^C is for this program, which
// then ends the others in order.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ask sends a question and waits for the answer.
func (p *process) ask(question, answer any) error {
	if err := json.NewEncoder(p.in).Encode(question); err != nil {
		return fmt.Errorf("%s: %w", p.cmd.Args[len(p.cmd.Args)-1], err)
	}
	if err := p.out.Decode(answer); err != nil {
		return fmt.Errorf("%s: %w", p.cmd.Args[len(p.cmd.Args)-1], err)
	}
	return nil
}

// end asks the program to end, and makes it end if it does not.
func (p *process) end() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only if it has ended
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
