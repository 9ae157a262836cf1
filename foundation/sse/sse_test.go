package sse_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/garagesale/service/foundation/sse"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const stream = "retry: 2000\nid: 7\n\n: a comment\nid: 8\nevent: sold\ndata: {\"a\": \"b: c\"}\n\n" +
		"event: cut\ndata: {}\n\nid: 9\nevent: off\ndata: {}\n"
	var got []sse.Event
	if err := sse.Read(strings.NewReader(stream), func(e sse.Event) error {
		got = append(got, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []sse.Event{{ID: "7"}, {ID: "8", Type: "sold", Data: `{"a": "b: c"}`}, {ID: "8", Type: "cut", Data: "{}"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	enough := errors.New("enough")
	if err := sse.Read(strings.NewReader(stream), func(sse.Event) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v, want %v", err, enough)
	}
	if err := sse.Read(strings.NewReader("data: "+strings.Repeat("x", 1<<20)), nil); err == nil {
		t.Error("a line without end is read")
	}
}
