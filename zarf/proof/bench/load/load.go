// Package load is the generator: it plays many clients against one address of this machine and says what they saw.
//
// A Job says what to ask, on how many connections and for how long. In a closed loop each connection asks again as soon
// as it was answered, which finds the highest rate; in an open one requests are due at fixed times whether or not
// earlier ones were answered, and latencies count from then, so that a stall is not hidden by those who wait for it.
// The Outcome has counts, latencies in a Hist that can be merged and sent, and every answer that was not good, by its
// kind: none is dropped in silence.
//
// Do plays one job here. Serve does so in a process of its own, which takes little from the processors that it shares
// with what it measures: requests are ready but for some digits (Script), and a Wire speaks no more HTTP than is
// needed. It refuses to go to any other machine.
package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/layout"
)

// Job is what the generator shall do: in a closed loop each connection asks again as soon as it is answered; in an open
// one, with a rate, requests are due at fixed times whether or not earlier ones are answered.
type Job struct {
	Addr     string
	Scenario string
	Conns    int
	Rate     float64 // a second; 0: a closed loop
	Warm     time.Duration
	For      time.Duration
	Wait     time.Duration // for an answer at most
	Seed     uint64
	Layout   layout.Layout
	Tokens   []string // of the tills
	Admin    string
	Cursor   string // of the deep page
	Least    int    // bytes of a body that is whole
	Refusals bool   // 503 and 429 are answers, to be counted apart
	Timeline bool   // count the good answers of each second
}

// Outcome is what the generator saw after the warm-up; Total counts that too.
type Outcome struct {
	OK       int64
	Total    int64 // answers of any kind, warm-up included
	Seconds  float64
	Good     Hist             // latencies of the good answers
	Refused  Hist             // of 503 and 429
	Lag      Hist             // of an open loop: from when a request was due until it was sent
	Errors   map[string]int64 // warm-up included
	Timeline []int64          `json:",omitempty"`
	Error    string           `json:",omitempty"` // of the generator itself
}

// PerSecond is how many good answers there were in a second.
func (o Outcome) PerSecond() float64 { return float64(o.OK) / o.Seconds }

// Serve takes jobs from in, one JSON each, and writes their outcomes to out, until in ends.
func Serve(in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var j Job
		if err := dec.Decode(&j); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := enc.Encode(Do(&j)); err != nil {
			return err
		}
	}
}

// Do does one job, and returns when it is done. Addr has to be a loopback address.
func Do(j *Job) Outcome {
	if host, _, err := net.SplitHostPort(j.Addr); err != nil || net.ParseIP(host) == nil ||
		!net.ParseIP(host).IsLoopback() {
		return Outcome{Error: "load goes to this machine only, not to " + j.Addr}
	}
	var next atomic.Int64
	parts := make([]Outcome, j.Conns)
	begin := time.Now().Add(50 * time.Millisecond) // all connections are ready by then
	var wg sync.WaitGroup
	for i := range j.Conns {
		wg.Go(func() { parts[i] = j.connection(i, begin, &next) })
	}
	wg.Wait()
	sum := Outcome{Seconds: j.For.Seconds(), Errors: map[string]int64{}}
	if j.Timeline {
		sum.Timeline = make([]int64, int((j.Warm+j.For)/time.Second)+1)
	}
	for _, p := range parts {
		sum.OK += p.OK
		sum.Total += p.Total
		sum.Good.merge(p.Good)
		sum.Refused.merge(p.Refused)
		sum.Lag.merge(p.Lag)
		for k, n := range p.Errors {
			sum.Errors[k] += n
		}
		for s, n := range p.Timeline {
			sum.Timeline[s] += n
		}
	}
	if n := len(sum.Timeline); n > 0 {
		sum.Timeline = sum.Timeline[:n-1] // its last second is not a whole one
	}
	return sum
}

// connection is what one connection asks and sees.
func (j *Job) connection(till int, begin time.Time, next *atomic.Int64) Outcome {
	o := Outcome{Errors: map[string]int64{}}
	if j.Timeline {
		o.Timeline = make([]int64, int((j.Warm+j.For)/time.Second)+1)
	}
	s, w := NewScript(j, till), NewWire(j.Addr, j.Wait)
	defer w.Close()
	from := begin.Add(j.Warm)
	end := from.Add(j.For)
	time.Sleep(time.Until(begin))
	for {
		due := time.Now()
		if j.Rate > 0 {
			due = begin.Add(time.Duration(float64(next.Add(1)-1) / j.Rate * float64(time.Second)))
		}
		if !due.Before(end) {
			return o
		}
		if j.Rate > 0 {
			if j.Wait > 0 && time.Since(due) > j.Wait { // the client would have given up before it was sent
				o.Errors["not sent in time"]++
				continue
			}
			time.Sleep(time.Until(due))
			o.Lag.add(time.Since(due))
		}
		status, length, err := w.Ask(s.next())
		done := time.Now()
		o.Total++
		switch {
		case err != nil:
			o.Errors[kindOf(err)]++
			if j.Rate == 0 {
				time.Sleep(10 * time.Millisecond) // do not spin where nobody listens
			}
		case j.Refusals && (status == 503 || status == 429):
			if !due.Before(from) {
				o.Refused.add(done.Sub(due))
			}
		case status < 200 || status > 299:
			o.Errors[fmt.Sprint("status ", status)]++
		case length < j.Least:
			o.Errors[fmt.Sprintf("a body of %d bytes", length)]++
		default:
			j.good(&o, due, done, begin, from, end)
		}
	}
}

// good counts a good answer. A closed loop counts what is answered within the time, an open one what was due in it.
func (j *Job) good(o *Outcome, due, done, begin, from, end time.Time) {
	if second := int(done.Sub(begin) / time.Second); second < len(o.Timeline) {
		o.Timeline[second]++
	}
	counts := !due.Before(from)
	if j.Rate == 0 {
		counts = !done.Before(from) && done.Before(end)
	}
	if counts {
		o.OK++
		o.Good.add(done.Sub(due))
	}
}

// kindOf says shortly how a request failed.
func kindOf(err error) string {
	var netErr net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection lost"
	case errors.As(err, &netErr) && netErr.Timeout():
		return "no answer in time"
	}
	return err.Error()
}
