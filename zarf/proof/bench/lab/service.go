package lab

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

	"github.com/garagesale/service/zarf/proof/bench/load"
)

// Service is the program under test, with everything on.
type Service struct {
	*process
	Addr  string
	Ready time.Duration // from its start until it was ready

	debug string // address
	log   string // its file
}

// End ends the service, if it was started.
func (s *Service) End() {
	if s != nil {
		s.process.end()
	}
}

// StartService starts the service that is under test from now on, over a database and with further settings, and waits
// until it is ready. By is another program that starts it, with its arguments, or nothing. The service before has to
// have ended.
func (l *Lab) StartService(ctx context.Context, dbURL string, settings []string, by ...string) (err error) {
	l.Service, err = l.startService(ctx, dbURL, settings, by...)
	return err
}

func (l *Lab) startService(ctx context.Context, dbURL string, settings []string, by ...string) (*Service, error) {
	s := &Service{log: filepath.Join(l.dir, "service.log")}
	var err error
	if s.Addr, err = freeAddr(); err != nil {
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
		"SALES_DB_URL=" + dbURL, fmt.Sprint("SALES_DB_MAX_CONNS=", l.Pool), "SALES_AUTH_KEYS=" + l.keys(),
		"SALES_AUTH_TOKEN_LIFE=" + tokenLife.String(),
		"SALES_WEB_API_HOST=" + s.Addr, "SALES_WEB_DEBUG_HOST=" + s.debug,
		"SALES_TRACE_RATIO=0.01", "SALES_TRACE_PROTOCOL=http/protobuf", "SALES_TRACE_ENDPOINT=http://" + l.sink.addr(),
		// The limits are on, and nobody here reaches them.
		"SALES_LIMIT_ACCOUNT_RATE=1000000", "SALES_LIMIT_ACCOUNT_BURST=1000000", "SALES_LIMIT_ACCOUNT_FAILURES=10000",
		"SALES_LIMIT_WRITE_RATE=1000000", "SALES_LIMIT_WRITE_BURST=1000000",
		"SALES_LIMIT_ADDRESS_FAILURES=10000", "SALES_WEB_MAX_EACH=1000000",
		"SALES_LIMIT_ADDRESS_RATE=1000000", "SALES_LIMIT_ADDRESS_BURST=1000000", "SALES_LIMIT_DEAR=1000000",
	}, settings...)
	began := time.Now()
	argv := append(slices.Clone(by), l.Binary())
	if s.process, err = spawn(out, env, argv[0], argv[1:]...); err != nil {
		return nil, err
	}
	w := load.NewWire(s.Addr, time.Second)
	defer w.Close()
	for time.Since(began) < 30*time.Second {
		status, _, err := w.Ask([]byte(load.Request("GET", "/v1/readiness", "", "")))
		if err == nil && status == http.StatusOK {
			s.Ready = time.Since(began)
			return s, nil
		}
		select {
		case <-ctx.Done():
			s.End()
			return nil, ctx.Err()
		case <-s.done:
			return nil, fmt.Errorf("the service ended: %s", s.logTail())
		case <-time.After(time.Millisecond):
		}
	}
	s.End()
	return nil, fmt.Errorf("the service does not get ready: %s", s.logTail())
}

func (s *Service) logTail() string {
	b, _ := os.ReadFile(s.log)
	return string(b[max(0, len(b)-2000):])
}

// cutLog empties the log, so that it does not fill the disk.
func (s *Service) cutLog() {
	if s != nil {
		_ = os.Truncate(s.log, 0)
	}
}

// RSS is how much memory the service holds, and PeakRSS how much it held at most, in MiB.
func (s *Service) RSS() float64 { return memoryOf(s.pid(), "VmRSS") }

// PeakRSS see RSS.
func (s *Service) PeakRSS() float64 { return memoryOf(s.pid(), "VmHWM") }

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

func (s *Service) vars(ctx context.Context) (v vars, err error) {
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
