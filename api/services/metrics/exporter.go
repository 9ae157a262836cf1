package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/garagesale/service/foundation/metrics"
)

// exporter reads the service's variables each time that Prometheus asks, so there is nothing that could be out of date:
// when the service is down, its series are gone and garagesale_up is 0.
type exporter struct {
	url    string
	client http.Client
	log    *slog.Logger
	failed atomic.Int64
	down   atomic.Bool // said so in the log already
}

const maxAnswer = 16 << 20 // bytes

var (
	up       = prometheus.NewDesc("garagesale_up", "1 if the service answered just now, 0 if it did not.", nil, nil)
	duration = prometheus.NewDesc("garagesale_scrape_duration_seconds", "How long the service took to answer.", nil, nil)
	failures = prometheus.NewDesc("garagesale_scrapes_failed_total",
		"How often the service did not answer since the sidecar started.", nil, nil)
)

func newExporter(url string, timeout time.Duration, log *slog.Logger) *exporter {
	return &exporter{url: url, client: http.Client{Timeout: timeout}, log: log}
}

// Describe implements prometheus.Collector. It names nothing beforehand: what there is, the service says.
func (e *exporter) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (e *exporter) Collect(ch chan<- prometheus.Metric) {
	ctx := context.Background()
	began := time.Now()
	vars, err := e.read(ctx)
	took := time.Since(began)
	if err != nil {
		e.failed.Add(1)
		if !e.down.Swap(true) {
			e.log.WarnContext(ctx, "the service does not answer", "error", err)
		}
	} else if e.down.Swap(false) {
		e.log.InfoContext(ctx, "the service answers again")
	}
	value := 1.0
	if err != nil {
		value = 0
	}
	ch <- prometheus.MustNewConstMetric(up, prometheus.GaugeValue, value)
	ch <- prometheus.MustNewConstMetric(duration, prometheus.GaugeValue, took.Seconds())
	ch <- prometheus.MustNewConstMetric(failures, prometheus.CounterValue, float64(e.failed.Load()))
	for name, f := range vars {
		for _, m := range convert(name, f) {
			ch <- m
		}
	}
}

// read returns the variables that are metrics; others, such as memstats, are none of ours.
func (e *exporter) read(ctx context.Context) (map[string]metrics.Family, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url, nil)
	if err != nil {
		return nil, err
	}
	res, err := e.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", e.url, res.Status)
	}
	var all map[string]json.RawMessage
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&all); err != nil {
		return nil, fmt.Errorf("%s: %w", e.url, err)
	}
	vars := map[string]metrics.Family{}
	for name, raw := range all {
		var f metrics.Family
		if json.Unmarshal(raw, &f) == nil && f.Type != "" {
			vars[name] = f
		}
	}
	if len(vars) == 0 {
		return nil, errors.New("these are not the variables of the service")
	}
	return vars, nil
}

// convert turns a variable into Prometheus's metrics. What does not fit becomes an error in the answer to the scrape.
func convert(name string, f metrics.Family) []prometheus.Metric {
	desc := prometheus.NewDesc(name, f.Help, f.Labels, nil)
	out := make([]prometheus.Metric, len(f.Series))
	for i, s := range f.Series {
		var err error
		switch {
		case f.Type == metrics.TypeCounter:
			out[i], err = prometheus.NewConstMetric(desc, prometheus.CounterValue, s.Value, s.Values...)
		case f.Type == metrics.TypeGauge:
			out[i], err = prometheus.NewConstMetric(desc, prometheus.GaugeValue, s.Value, s.Values...)
		case f.Type == metrics.TypeHistogram && len(s.Counts) == len(f.Buckets)+1:
			var count uint64
			buckets := make(map[float64]uint64, len(f.Buckets)) // cumulative, as Prometheus wants them
			for b, n := range s.Counts {
				count += n
				if b < len(f.Buckets) {
					buckets[f.Buckets[b]] = count
				}
			}
			out[i], err = prometheus.NewConstHistogram(desc, count, s.Value, buckets, s.Values...)
		default:
			err = fmt.Errorf("%s: not a metric: %s", name, f.Type)
		}
		if err != nil {
			out[i] = prometheus.NewInvalidMetric(desc, err)
		}
	}
	return out
}
