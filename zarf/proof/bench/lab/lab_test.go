package lab

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/layout"
)

func TestLogIsRead(t *testing.T) {
	t.Parallel()
	var l pgLog
	for _, part := range []string{"12 sales LOG:  execute stmtcache_1: \n\tSELECT $1,\n\t\t$2\n12 sales DET",
		"AIL:  parameters: $1 = 'it''s, $2 = ', $2 = NULL, $3 = '{a,b}'\n13  LOG:  checkpoint\n",
		"14 sales LOG:  statement: begin\n"} {
		_, _ = l.Write([]byte(part))
	}
	if len(l.entries) != 2 || normal(l.entries[0].SQL) != "execute stmtcache_1: SELECT $1, $2" {
		t.Fatalf("%+v", l.entries)
	}
	v := l.entries[0].Values
	if len(v) != 3 || *v[0] != "it's, $2 = " || v[1] != nil || *v[2] != "{a,b}" {
		t.Errorf("the values are %v", v)
	}
}

func TestScriptText(t *testing.T) {
	t.Parallel()
	id := layout.ID(layout.Market, 7)
	tr := translator{ids: map[string]string{id: known(layout.Market, ":m")}, texts: map[string]string{"key-1": ":k"},
		fresh: map[string]int{}}
	got := tr.text("/v1/" + id + "/it's:x")
	want := `E'/v1/' || E'01900000-0000-7002-8000-' || lpad(to_hex((:m)::bigint), 12, '0') || E'/it''s\x3ax'`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := tr.text("a key-1"); got != `E'a ' || :k` {
		t.Error(got)
	}
}

// echo is a server that repeats each line.
func echo(t *testing.T) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					_, _ = fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// hello tells how long a line takes to come back.
func hello(c net.Conn) (time.Duration, error) {
	began := time.Now()
	_, _ = io.WriteString(c, "hello\n")
	_, err := io.ReadFull(c, make([]byte, 6))
	return time.Since(began), err
}

// TestRelay: it counts turns, however many pieces a turn has, is as slow as it is told, and cuts.
func TestRelay(t *testing.T) {
	t.Parallel()
	r, err := NewRelay(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if _, err := hello(c); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.trips.Load(); n != 3 {
		t.Errorf("%d round trips, want 3", n)
	}
	r.Slow(50 * time.Millisecond)
	if d, err := hello(c); err != nil || d < 50*time.Millisecond {
		t.Errorf("answered after %v, %v", d, err)
	}
	r.Cut(true)
	if _, err := hello(c); err == nil {
		t.Error("a connection that was cut answers")
	}
	if again, err := net.Dial("tcp", r.Addr()); err == nil {
		if _, err := hello(again); err == nil {
			t.Error("a new connection answers although the relay is down")
		}
		_ = again.Close()
	}
	r.Cut(false)
	again, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := hello(again); err != nil {
		t.Errorf("up again: %v", err)
	}
}
