// SPDX-License-Identifier: Apache-2.0

package work

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tenday/tenday/internal/fault"
)

// until returns work that says how far it is, and ends when it is let go or stopped.
func until(letGo <-chan struct{}, end error) Run {
	return func(ctx context.Context, progress func(done, total int)) error {
		progress(3, 7)
		select {
		case <-letGo:
			return end
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func look(t *testing.T, d *Desk, tell bool, want *Progress) {
	t.Helper()
	got, ok := d.Look("a", tell)
	if ok != (want != nil) {
		t.Fatalf("work under the key: %v", ok)
	}
	if diff := cmp.Diff(want, &got, cmpopts.EquateErrors()); ok && diff != "" {
		t.Fatalf("progress (-want +got):\n%s", diff)
	}
}

var errEnd = errors.New("the end")

func TestWorkThatEndsInTimeIsToldToWhoAskedAlone(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		d := &Desk{}
		ended, err := d.Begin(t.Context(), "a", "build", time.Second, func(context.Context, func(int, int)) error { return errEnd })
		if !ended || !errors.Is(err, errEnd) {
			t.Errorf("ended %v: %v", ended, err)
		}
		look(t, d, true, nil)
	})
}

func TestWorkGoesOnWithoutWhoAskedAndItsEndIsToldOnce(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		d, letGo := &Desk{}, make(chan struct{})
		ctx, leave := context.WithCancel(t.Context())
		if ended, err := d.Begin(ctx, "a", "build", time.Second, until(letGo, errEnd)); ended || err != nil {
			t.Fatalf("ended %v: %v", ended, err)
		}
		leave()
		time.Sleep(4 * time.Second)
		look(t, d, true, &Progress{Verb: "build", Done: 3, Total: 7, Seconds: 5})
		close(letGo)
		synctest.Wait()
		end := &Progress{Verb: "build", Done: 3, Total: 7, Seconds: 5, Ended: true, Err: errEnd}
		look(t, d, false, end)
		look(t, d, true, end)
		look(t, d, true, nil)
	})
}

func TestAKeyHasOnePieceOfWorkAtATime(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		d, letGo := &Desk{Busy: "busy"}, make(chan struct{})
		begin := func(key string) fault.Code {
			_, err := d.Begin(t.Context(), key, "build", time.Second, until(letGo, nil))
			return fault.CodeOf(err)
		}
		if a, again, b := begin("a"), begin("a"), begin("b"); a != fault.OK || again != fault.Conflict || b != fault.OK {
			t.Errorf("first %v, the same %v, another %v", a, again, b)
		}
		close(letGo)
		synctest.Wait()
		if again := begin("a"); again != fault.OK {
			t.Errorf("after the end: %v", again)
		}
	})
}

func TestWhatIsStoppedEndsAndTheRestGoesOn(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		d := &Desk{}
		for _, key := range []string{"a", "b"} {
			if _, err := d.Begin(t.Context(), key, "build", 0, until(nil, nil)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		d.Stop("a")
		d.Stop("nobody's")
		synctest.Wait()
		look(t, d, true, &Progress{Verb: "build", Done: 3, Total: 7, Ended: true, Err: context.Canceled, Stopped: true})
		if p, ok := d.Look("b", true); !ok || p.Ended {
			t.Errorf("the other: %+v", p)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if p, ok := d.Look("b", true); !ok || !p.Ended || p.Stopped {
			t.Errorf("after the desk closed: %+v", p)
		}
		if _, err := d.Begin(t.Context(), "c", "build", 0, until(nil, nil)); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("at a closed desk: %v", err)
		}
	})
}

// What a reader sees herself is told there; what ends wrongly after she has gone stands in the log, what somebody stopped, or may be told in words, does not.
func TestWhatGoesWrongAfterWhoAskedHasGoneIsLogged(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		d := &Desk{Log: slog.New(slog.NewTextHandler(&out, nil))}
		for key, end := range map[string]error{"a": errEnd, "b": nil, "c": fault.New(fault.Conflict, "plan.old"), "d": context.Canceled} {
			letGo := make(chan struct{})
			if ended, err := d.Begin(t.Context(), key, "build "+key, time.Second, until(letGo, end)); ended || err != nil {
				t.Fatalf("ended %v: %v", ended, err)
			}
			if key == "d" {
				d.Stop(key)
			} else {
				close(letGo)
			}
		}
		_, err := d.Begin(t.Context(), "e", "build e", time.Second, func(context.Context, func(int, int)) error { return errEnd })
		if !errors.Is(err, errEnd) {
			t.Error(err)
		}
		synctest.Wait()
		if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "build a") || !strings.Contains(text, "the end") {
			t.Errorf("%s", text)
		}
	})
}

func TestWorkThatPanicsEndsItselfAlone(t *testing.T) {
	t.Parallel()

	d := &Desk{}
	_, err := d.Begin(t.Context(), "a", "build", time.Minute, func(context.Context, func(int, int)) error { panic("at the wall") })
	if err == nil || !strings.Contains(err.Error(), "panic: string") || strings.Contains(err.Error(), "at the wall") {
		t.Errorf("%v", err)
	}
}
