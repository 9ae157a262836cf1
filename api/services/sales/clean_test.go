package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestCleanTicks: what is over is deleted every ten minutes and not before, a failure is logged and tried again, and it
// ends with its context, quietly.
func TestCleanTicks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		var runs atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			clean(ctx, func(context.Context) error {
				if runs.Add(1) == 2 {
					return errors.New("no database")
				}
				return nil
			}, slog.New(slog.NewTextHandler(&out, nil)))
		}()
		for i := range int64(3) {
			time.Sleep(cleanEvery - time.Nanosecond)
			synctest.Wait()
			if ran := runs.Load(); ran != i {
				t.Errorf("just before tick %d it ran %d times", i+1, ran)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if ran := runs.Load(); ran != i+1 {
				t.Errorf("at tick %d it ran %d times", i+1, ran)
			}
		}
		if n := strings.Count(out.String(), "no database"); n != 1 {
			t.Errorf("the failure was logged %d times: %s", n, &out)
		}
		stop()
		<-done
		time.Sleep(2 * cleanEvery)
		if ran := runs.Load(); ran != 3 {
			t.Errorf("after its end it ran %d times", ran)
		}
	})
}
