package auth_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
)

// TestKeysAtOnce: however many send what could be an API key, few ask the database at once, and one that waits too long
// is told to come again.
func TestKeysAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, answer := 0, make(chan struct{})
		a := auth.New(nil, nil, nil, func(context.Context, string) (request.Actor, error) {
			asked++
			<-answer
			return request.Actor{ID: uuid.Max}, nil
		})
		results := make(chan error, 6)
		for range 6 {
			go func() {
				_, err := a.Authenticate(context.Background(), "Bearer gs_x")
				results <- err
			}()
			synctest.Wait()
		}
		if asked != 4 {
			t.Errorf("%d ask at once, want 4", asked)
		}
		time.Sleep(5 * time.Second)
		for range 2 {
			if err := <-results; !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		close(answer)
		for range 4 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if _, err := a.Authenticate(context.Background(), "bearer gs_x"); err != nil || asked != 5 {
			t.Error(err)
		}
	})
}
