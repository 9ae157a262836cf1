package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"time"
)

// compareAnswers makes sure that the control answers what the service answers; only the cursor may differ, which it does not
// bind to anything.
func (l *lab) compareAnswers() error {
	s := newScript(&job{Layout: l.layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor, Seed: 1}, 0)
	for name, request := range map[string][]byte{scenarioGet: s.nextGet(), scenarioList: s.nextList(), scenarioDeep: s.deep.bytes} {
		var answers [2]map[string]any
		for i, addr := range []string{l.service.addr, l.bareAddr} {
			w := newWire(addr, 10*time.Second)
			w.keep = true
			status, _, err := w.ask(request)
			w.close()
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("status %d: %s", status, w.body)
			}
			if err == nil {
				err = json.Unmarshal(w.body, &answers[i])
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if _, ok := answers[i]["nextCursor"]; ok != (name != scenarioGet) {
				return fmt.Errorf("%s: a cursor where none belongs, or none where one does: %s", name, w.body)
			}
			delete(answers[i], "nextCursor")
		}
		if !reflect.DeepEqual(answers[0], answers[1]) {
			return fmt.Errorf("%s: bare answers %v, the service %v", name, answers[1], answers[0])
		}
	}
	return nil
}

// profileOf writes profiles of the service while a scenario is played: where its time goes, and where it allocates.
func (l *lab) profileOf(ctx context.Context, name string) error {
	const length = 10 * time.Second
	failed := make(chan error, 1)
	go func() {
		time.Sleep(time.Second)
		err := l.fetch(ctx, fmt.Sprint("/debug/pprof/profile?seconds=", length.Seconds()), name+".cpu.pprof")
		if err == nil {
			err = l.fetch(ctx, "/debug/pprof/allocs", name+".allocs.pprof")
		}
		failed <- err
	}()
	j := l.job(name, l.service.addr)
	j.For = length + 2*time.Second
	_, err := l.load(ctx, j)
	l.service.cutLog()
	if err != nil {
		return err
	}
	return <-failed
}

func (l *lab) fetch(ctx context.Context, path, name string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.service.debug+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.out, name), b, 0o600)
}
