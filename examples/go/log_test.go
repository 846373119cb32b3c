package imgferry_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"imgferry"
)

// askNobody asks a registry that is not there, again and again.
func askNobody(t *testing.T) {
	t.Helper()
	registry := newRegistry(t, "127.0.0.1:1", nil)
	late, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	_, err := registry.Digest(late, "127.0.0.1:1/app:1")
	equal(t, errors.Is(err, imgferry.ErrTimeout), true)
}

func TestWhatTheLibraryNotesIsToldToWhoWantsIt(t *testing.T) {
	type note struct {
		level           imgferry.LogLevel
		target, message string
	}
	var lock sync.Mutex
	var notes []note
	var inside error
	defer imgferry.SetLog(imgferry.LogOff, nil)
	check(t, imgferry.SetLog(imgferry.LogDebug, func(level imgferry.LogLevel, target, message string) {
		lock.Lock()
		defer lock.Unlock()
		notes = append(notes, note{level, target, message})
		inside = imgferry.SetLog(imgferry.LogOff, nil)
	}))
	askNobody(t)
	equal(t, len(notes) > 0, true)
	equal(t, notes[0].level, imgferry.LogDebug)
	equal(t, notes[0].target, "imgferry::registry::retry")
	equal(t, strings.Contains(notes[0].message, "trying again"), true)
	equal(t, errors.Is(inside, imgferry.ErrInvalidState), true)

	told := len(notes)
	err := imgferry.SetLog(imgferry.LogTrace+1, func(imgferry.LogLevel, string, string) {})
	equal(t, errors.Is(err, imgferry.ErrInvalidArgument), true)
	check(t, imgferry.SetLog(imgferry.LogTrace, nil))
	askNobody(t)
	equal(t, len(notes), told)
}

func TestGoroutinesMayReplaceTheLogWhileItIsCalled(t *testing.T) {
	defer imgferry.SetLog(imgferry.LogOff, nil)
	var group sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for round := 0; round < 100; round++ {
				if err := imgferry.SetLog(imgferry.LogTrace, func(imgferry.LogLevel, string, string) {
					imgferry.SetLog(imgferry.LogOff, nil)
				}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	askNobody(t)
	group.Wait()
}

func TestAPanicInALogFunctionEndsTheProgram(t *testing.T) {
	const child = "IMGFERRY_TEST_PANICS"
	if os.Getenv(child) == "" {
		command := exec.Command(os.Args[0], "-test.run", t.Name())
		command.Env = append(os.Environ(), child+"=1")
		said, err := command.CombinedOutput()
		equal(t, err != nil, true)
		equal(t, strings.Contains(string(said), "panic: in a log function: of the test"), true)
		equal(t, strings.Contains(string(said), "log_test.go"), true)
		return
	}
	check(t, imgferry.SetLog(imgferry.LogTrace, func(imgferry.LogLevel, string, string) { panic(errMine) }))
	askNobody(t)
	time.Sleep(10 * time.Second)
}
