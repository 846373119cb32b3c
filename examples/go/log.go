package imgferry

// #include "glue.h"
import "C"

import (
	"fmt"
	"runtime/cgo"
	"runtime/debug"
	"sync"
	"unsafe"
)

// LogLevel is how much is noted; a larger one includes the smaller ones.
type LogLevel int32

// The levels.
const (
	// Nothing, as it is from the beginning.
	LogOff LogLevel = C.IMGFERRY_LOG_OFF
	// What went wrong and is in no error.
	LogError LogLevel = C.IMGFERRY_LOG_ERROR
	// What is odd, such as a configuration file that somebody else can read.
	LogWarn LogLevel = C.IMGFERRY_LOG_WARN
	// What was done.
	LogInfo LogLevel = C.IMGFERRY_LOG_INFO
	// Why it was done: requests that are made again, ways that are chosen.
	LogDebug LogLevel = C.IMGFERRY_LOG_DEBUG
	// Everything.
	LogTrace LogLevel = C.IMGFERRY_LOG_TRACE
)

// LogFunc gets what the library notes: the part of the library that it is of, such as "imgferry::registry::retry", and a
// line of text, in which there are no secrets. Several threads may be in it at the same time, and it must not use this
// package. One that panics ends the program.
type LogFunc func(level LogLevel, target, message string)

var (
	// listening is who changes the listener.
	listening sync.Mutex
	// listener is the userdata that C has.
	listener unsafe.Pointer
)

// SetLog has log called with what the library notes, up to level. There is one such function in the process, and this
// replaces it; nil, and LogOff, are none. The one before is not running any more when this returns.
func SetLog(level LogLevel, log LogFunc) error {
	// Who waits for this log function to end may have the mutex; C refuses a change here.
	if C.imgferry_go_is_told() == 0 {
		listening.Lock()
		defer listening.Unlock()
	}
	var function C.imgferry_log_fn
	var userdata unsafe.Pointer
	if log != nil {
		function, userdata = C.imgferry_log_fn(C.imgferry_go_on_log), kept(log)
	}
	if err := attempt(&memory{}, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_set_log(C.imgferry_log_level(level), function, userdata, failure)
	}); err != nil {
		destroy(userdata)
		return err
	}
	destroy(listener)
	listener = userdata
	return nil
}

//export imgferryGoLog
func imgferryGoLog(userdata unsafe.Pointer, level C.imgferry_log_level, target, message *C.char) {
	defer func() {
		// It cannot go through C, which may have been called by no goroutine at all.
		if value := recover(); value != nil {
			go panic(fmt.Sprintf("in a log function: %v\n\n%s", value, debug.Stack()))
		}
	}()
	log := (*(*cgo.Handle)(userdata)).Value().(LogFunc)
	log(LogLevel(level), C.GoString(target), C.GoString(message))
}
