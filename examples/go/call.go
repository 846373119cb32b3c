package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"io"
	"runtime"
	"runtime/cgo"
	"time"
)

// Limits are how long parts of a call may take; the context says it of the whole. 0 is the default, and a negative
// time is no limit.
type Limits struct {
	// Until a connection stands, with name look-up, proxy and TLS. Default: 15 s.
	Connect time.Duration
	// Until the first byte of an answer, for requests that a healthy peer answers at once. Default: 60 s.
	Answer time.Duration
	// Without one byte moving in a transfer with a registry. Default: 60 s.
	Idle time.Duration
}

type limitsKey struct{}

// WithLimits is a context for calls with other limits.
func WithLimits(ctx context.Context, limits Limits) context.Context {
	return context.WithValue(ctx, limitsKey{}, limits)
}

// running is a call that C is in, for its callbacks. They all run in its goroutine.
type running struct {
	progress ProgressFunc
	reader   io.Reader
	writer   io.Writer
	// What the reader gave together with bytes, for the next read.
	pending error
	// What one of them returned.
	err error
	// What one of them panicked with.
	panicked bool
	panic    any
}

// run calls a C function that takes an imgferry_call.
func run(
	ctx context.Context,
	m *memory,
	running *running,
	function func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status,
) error {
	if m.err != nil {
		return m.err
	}
	if err := ctx.Err(); err != nil {
		kind := ErrCancelled
		if err == context.DeadlineExceeded {
			kind = ErrTimeout
		}
		return &Error{Kind: kind, text: "nothing was sent", cause: err}
	}
	call, stop, err := begin(ctx, m)
	if err != nil {
		return err
	}
	defer stop()
	if running.progress != nil {
		call.progress = C.imgferry_progress_fn(C.imgferry_go_on_progress)
	}
	// Callbacks find the call by their thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	handle := cgo.NewHandle(running)
	defer handle.Delete()
	before := C.imgferry_go_swap_running(C.uintptr_t(handle))
	var failure *C.imgferry_error
	status := function(call, &failure)
	C.imgferry_go_swap_running(before)
	if running.panicked {
		C.imgferry_error_free(failure)
		panic(running.panic)
	}
	if status == C.IMGFERRY_OK {
		return nil
	}
	failed := takeError(failure)
	failed.cause = cause(ctx, failed.Kind, running.err)
	return failed
}

// begin fills in what a call carries; stop ends what watches the context.
func begin(ctx context.Context, m *memory) (call *C.imgferry_call, stop func(), err error) {
	call = &make_[C.imgferry_call](m, 1)[0]
	C.imgferry_call_init(call, C.sizeof_imgferry_call)
	if limits, given := ctx.Value(limitsKey{}).(Limits); given {
		call.connect_limit_ms = milliseconds(limits.Connect)
		call.answer_limit_ms = milliseconds(limits.Answer)
		call.idle_limit_ms = milliseconds(limits.Idle)
	}
	if deadline, given := ctx.Deadline(); given {
		// Never 0, which is no deadline: that has passed.
		call.deadline_ms = 1
		if left := time.Until(deadline).Milliseconds(); left > 1 {
			call.deadline_ms = C.int64_t(left)
		}
	}
	if ctx.Done() == nil {
		return call, func() {}, nil
	}
	var cancel *C.imgferry_cancel
	if err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_cancel_new(&cancel, failure)
	}); err != nil {
		return nil, nil, err
	}
	call.cancel = cancel
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ctx.Done():
			// A deadline the library looks at itself, and says so.
			if ctx.Err() != context.DeadlineExceeded {
				// It only fails for NULL.
				C.imgferry_cancel_set(cancel, nil)
			}
		case <-over:
		}
	}()
	return call, func() {
		close(over)
		<-ended
		C.imgferry_cancel_free(cancel)
	}, nil
}

// cause is why a call failed, where the program itself wanted it.
func cause(ctx context.Context, kind Kind, returned error) error {
	switch kind {
	case ErrCancelled, ErrTimeout:
		// The library counts milliseconds, so it can be a little sooner than the context.
		if deadline, given := ctx.Deadline(); given && time.Until(deadline) < 2*time.Millisecond {
			<-ctx.Done()
		}
		if returned == nil {
			return ctx.Err()
		}
	}
	return returned
}

func milliseconds(time time.Duration) C.int64_t {
	if time > 0 && time.Milliseconds() == 0 {
		return 1
	}
	if time < 0 {
		return -1
	}
	return C.int64_t(time.Milliseconds())
}
