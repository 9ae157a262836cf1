package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Wire is one connection that speaks as much HTTP/1.1 as is needed to ask and to check the answer, and little more, so
// that the generator takes little from the processors that it shares with what it measures.
type Wire struct {
	addr   string
	conn   net.Conn
	buf    []byte
	at, to int    // what of buf is read and not used yet
	Body   []byte // of the last answer, if Keep says so
	Keep   bool
	wait   time.Duration
}

// NewWire connects with the first request; an answer may take as long as wait, or any time if that is 0.
func NewWire(addr string, wait time.Duration) *Wire {
	return &Wire{addr: addr, buf: make([]byte, 64<<10), wait: wait}
}

// Close ends the connection, if there is one.
func (w *Wire) Close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
	w.at, w.to = 0, 0
}

var errNotHTTP = errors.New("the answer is not HTTP")

// Ask sends a request and reads the answer: its status and how long its body is. After an error the next one is sent on
// a new connection.
func (w *Wire) Ask(req []byte) (status, length int, err error) {
	if w.conn == nil {
		dialer := net.Dialer{Timeout: 3 * time.Second}
		if w.conn, err = dialer.DialContext(context.Background(), "tcp", w.addr); err != nil {
			return 0, 0, err
		}
	}
	if w.wait > 0 {
		_ = w.conn.SetDeadline(time.Now().Add(w.wait))
	}
	if _, err = w.conn.Write(req); err == nil {
		status, length, err = w.answer()
	}
	if err != nil {
		w.Close()
	}
	return status, length, err
}

// fill reads more. What was used makes room first.
func (w *Wire) fill() error {
	if w.at > 0 {
		copy(w.buf, w.buf[w.at:w.to])
		w.at, w.to = 0, w.to-w.at
	}
	if w.to == len(w.buf) {
		return fmt.Errorf("%w: a line of %d bytes", errNotHTTP, len(w.buf))
	}
	n, err := w.conn.Read(w.buf[w.to:])
	w.to += n
	if n > 0 {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// until returns what comes before the separator.
func (w *Wire) until(sep []byte) ([]byte, error) {
	for from := w.at; ; {
		if i := bytes.Index(w.buf[from:w.to], sep); i >= 0 {
			head := w.buf[w.at : from+i]
			w.at = from + i + len(sep)
			return head, nil
		}
		used := max(0, w.to-w.at-len(sep)+1)
		if err := w.fill(); err != nil {
			return nil, err
		}
		from = w.at + used
	}
}

func (w *Wire) skip(n int) error {
	for n > 0 {
		if w.at == w.to {
			if err := w.fill(); err != nil {
				return err
			}
		}
		k := min(n, w.to-w.at)
		if w.Keep {
			w.Body = append(w.Body, w.buf[w.at:w.at+k]...)
		}
		w.at += k
		n -= k
	}
	return nil
}

var (
	crlf       = []byte("\r\n")
	endOfHead  = []byte("\r\n\r\n")
	lengthName = []byte("\r\nContent-Length: ")
	chunked    = []byte("\r\nTransfer-Encoding: chunked")
	closing    = []byte("\r\nConnection: close")
)

func (w *Wire) answer() (status, length int, err error) {
	head, err := w.until(endOfHead)
	if err != nil {
		return 0, 0, err
	}
	if len(head) < 12 || !bytes.HasPrefix(head, []byte("HTTP/1.1 ")) {
		return 0, 0, errNotHTTP
	}
	status = number(head[9:12])
	ends := bytes.Contains(head, closing)
	w.Body = w.Body[:0]
	if _, value, ok := bytes.Cut(head, lengthName); ok {
		length = number(value)
		err = w.skip(length)
	} else if bytes.Contains(head, chunked) {
		length, err = w.chunks()
	}
	if ends {
		w.Close()
	}
	return status, length, err
}

func (w *Wire) chunks() (length int, err error) {
	for {
		line, err := w.until(crlf)
		if err != nil {
			return 0, err
		}
		n := 0
		for _, c := range line {
			switch {
			case c >= '0' && c <= '9':
				n = n<<4 + int(c-'0')
			case c >= 'a' && c <= 'f':
				n = n<<4 + int(c-'a') + 10
			}
		}
		if err := w.skip(n); err != nil {
			return 0, err
		}
		length += n
		if _, err := w.until(crlf); err != nil || n == 0 {
			return length, err
		}
	}
}

// number reads the digits at the start.
func number(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
