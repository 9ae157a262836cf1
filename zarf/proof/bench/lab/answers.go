package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/load"
)

// CompareAnswers makes sure that the control answers what the service answers; only the cursor may differ, which it
// does not bind to anything.
func (l *Lab) CompareAnswers() error {
	s := load.NewScript(&load.Job{Layout: l.Layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor, Seed: 1}, 0)
	for name, request := range map[string][]byte{load.Get: s.Get(), load.List: s.List(),
		load.Deep: s.Deep()} {
		var answers [2]map[string]any
		for i, addr := range []string{l.Service.Addr, l.BareAddr} {
			w := load.NewWire(addr, 10*time.Second)
			w.Keep = true
			status, _, err := w.Ask(request)
			w.Close()
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("status %d: %s", status, w.Body)
			}
			if err == nil {
				err = json.Unmarshal(w.Body, &answers[i])
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if _, ok := answers[i]["nextCursor"]; ok != (name != load.Get) {
				return fmt.Errorf("%s: a cursor where none belongs, or none where one does: %s", name, w.Body)
			}
			delete(answers[i], "nextCursor")
		}
		if !reflect.DeepEqual(answers[0], answers[1]) {
			return fmt.Errorf("%s: bare answers %v, the service %v", name, answers[1], answers[0])
		}
	}
	return nil
}
