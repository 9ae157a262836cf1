package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// sample is one series of an answer of Prometheus.
type sample struct {
	Metric map[string]string
	Value  [2]any
}

func (s sample) number() float64 {
	text, _ := s.Value[1].(string)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// prom asks Prometheus.
func (l *lab) prom(query string) ([]sample, error) {
	b, err := l.get("http://" + l.addr["prometheus"] + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		return nil, err
	}
	var res struct{ Data struct{ Result []sample } }
	err = json.Unmarshal(b, &res)
	return res.Data.Result, err
}

// promNumber asks for one number.
func (l *lab) promNumber(query string) (float64, error) {
	res, err := l.prom(query)
	if err != nil {
		return 0, err
	}
	if len(res) != 1 {
		return 0, fmt.Errorf("%s: %d series, not 1", query, len(res))
	}
	return res[0].number(), nil
}

// span is a span as Tempo gives it.
type span struct {
	SpanID, ParentSpanID, Name, Kind string
	Attributes                       []struct {
		Key   string
		Value struct {
			StringValue string
			IntValue    json.RawMessage
		}
	}
	Links  []struct{ TraceID string }
	Status struct{ Code json.RawMessage }
}

func (s span) attr(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			if a.Value.StringValue != "" {
				return a.Value.StringValue
			}
			return strings.Trim(string(a.Value.IntValue), `"`)
		}
	}
	return ""
}

// trace reads a trace from Tempo.
func (l *lab) trace(id string) ([]span, error) {
	b, err := l.get("http://" + l.addr["tempo"] + "/api/traces/" + id)
	if err != nil {
		return nil, err
	}
	var t struct {
		Batches []struct {
			ScopeSpans []struct{ Spans []span }
		}
	}
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, err
	}
	var out []span
	for _, b := range t.Batches {
		for _, s := range b.ScopeSpans {
			out = append(out, s.Spans...)
		}
	}
	return out, nil
}

// search asks Tempo by TraceQL for the ids of traces.
func (l *lab) search(query string, limit int) ([]string, error) {
	now := time.Now()
	b, err := l.get(fmt.Sprintf("http://%s/api/search?q=%s&limit=%d&start=%d&end=%d", l.addr["tempo"],
		url.QueryEscape(query), limit, now.Add(-time.Hour).Unix(), now.Unix()+60))
	if err != nil {
		return nil, err
	}
	var res struct{ Traces []struct{ TraceID string } }
	if err := json.Unmarshal(b, &res); err != nil {
		return nil, err
	}
	ids := make([]string, len(res.Traces))
	for i, t := range res.Traces {
		ids[i] = fmt.Sprintf("%032s", t.TraceID) // Tempo leaves out leading zeros
	}
	return ids, nil
}

// lines asks Loki.
func (l *lab) lines(query string) ([]string, error) {
	now := time.Now()
	b, err := l.get(fmt.Sprintf("http://%s/loki/api/v1/query_range?query=%s&limit=1000&start=%d&end=%d", l.addr["loki"],
		url.QueryEscape(query), now.Add(-time.Hour).UnixNano(), now.Add(time.Minute).UnixNano()))
	if err != nil {
		return nil, err
	}
	var res struct {
		Data struct{ Result []struct{ Values [][]string } }
	}
	if err := json.Unmarshal(b, &res); err != nil {
		return nil, err
	}
	var out []string
	for _, s := range res.Data.Result {
		for _, v := range s.Values {
			out = append(out, v[1])
		}
	}
	return out, nil
}

func traceID(traceparent string) string {
	parts := strings.Split(traceparent, "-")
	if len(parts) != 4 {
		return ""
	}
	return parts[1]
}
