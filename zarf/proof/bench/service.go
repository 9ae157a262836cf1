package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// service is the program under test, with everything on.
type service struct {
	*process
	addr, debug string
	log         string        // its file
	ready       time.Duration // from its start until it was ready
}

func (s *service) end() {
	if s != nil {
		s.process.end()
	}
}

// startService starts the service over a database and waits until it is ready.
func (l *lab) startService(ctx context.Context, dbURL string) (*service, error) {
	return l.startServiceWith(ctx, dbURL, nil)
}

// startServiceWith starts it with further settings, by another program if one is given with its arguments.
func (l *lab) startServiceWith(ctx context.Context, dbURL string, settings []string, by ...string) (*service, error) {
	s := &service{log: filepath.Join(l.dir, "service.log")}
	var err error
	if s.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	if s.debug, err = freeAddr(); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(s.log, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	env := append([]string{
		"SALES_DB_URL=" + dbURL, "SALES_AUTH_KEYS=" + l.keys(), "SALES_WEB_API_HOST=" + s.addr, "SALES_WEB_DEBUG_HOST=" +
			s.debug,
		fmt.Sprint("SALES_DB_MAX_CONNS=", l.pool),
		"SALES_TRACE_RATIO=0.01", "SALES_TRACE_PROTOCOL=http/protobuf", "SALES_TRACE_ENDPOINT=http://" + l.sink.addr(),
		// The limits are on, and nobody here reaches them.
		"SALES_LIMIT_ACCOUNT_RATE=1000000", "SALES_LIMIT_ACCOUNT_BURST=1000000", "SALES_LIMIT_ACCOUNT_FAILURES=10000",
		"SALES_LIMIT_ADDRESS_FAILURES=10000",
	}, settings...)
	began := time.Now()
	argv := append(slices.Clone(by), l.binary())
	if s.process, err = spawn(out, env, argv[0], argv[1:]...); err != nil {
		return nil, err
	}
	w := newWire(s.addr, time.Second)
	defer w.close()
	for time.Since(began) < 30*time.Second {
		if status, _, err := w.ask([]byte(httpRequest("GET", "/v1/readiness", "", ""))); err == nil &&
			status == http.StatusOK {
			s.ready = time.Since(began)
			return s, nil
		}
		select {
		case <-ctx.Done():
			s.end()
			return nil, ctx.Err()
		case <-s.done:
			return nil, fmt.Errorf("the service ended: %s", s.logTail())
		case <-time.After(time.Millisecond):
		}
	}
	s.end()
	return nil, fmt.Errorf("the service does not get ready: %s", s.logTail())
}

func (s *service) logTail() string {
	b, _ := os.ReadFile(s.log)
	return string(b[max(0, len(b)-2000):])
}

// cutLog empties the log, so that it does not fill the disk.
func (s *service) cutLog() { _ = os.Truncate(s.log, 0) }

// vars is what the service tells of itself.
type vars struct {
	Memstats struct {
		Mallocs, TotalAlloc, HeapAlloc, HeapInuse, HeapObjects uint64
	}
	Goroutines  gauge `json:"go_goroutines"`
	Connections gauge `json:"garagesale_db_connections"`
}

type gauge struct {
	Series []struct {
		Values []string
		Value  float64
	}
}

func (g gauge) sum() (n float64) {
	for _, s := range g.Series {
		n += s.Value
	}
	return n
}

func (s *service) vars(ctx context.Context) (v vars, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.debug+"/debug/vars", nil)
	if err != nil {
		return v, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		return v, err
	}
	if v.Memstats.Mallocs == 0 {
		return v, errors.New("the service does not tell its memstats")
	}
	return v, nil
}
