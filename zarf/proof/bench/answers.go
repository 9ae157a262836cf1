package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

// compareAnswers makes sure that the control answers what the service answers; only the cursor may differ, which it
// does not bind to anything.
func (l *lab) compareAnswers() error {
	s := newScript(&job{Layout: l.layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor, Seed: 1}, 0)
	for name, request := range map[string][]byte{scenarioGet: s.nextGet(), scenarioList: s.nextList(),
		scenarioDeep: s.deep.bytes} {
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
