package imgferry

// #include "glue.h"
import "C"

import (
	"errors"
	"io"
	"runtime/cgo"
	"unsafe"
)

const (
	goOn C.int = 0
	stop C.int = 1
)

// guarded runs what C calls back: an error or a panic ends the call, and comes out of it.
func guarded(handle C.uintptr_t, function func(*running) error) (answer C.int) {
	running := cgo.Handle(handle).Value().(*running)
	// A panic with nil recovers as nil.
	running.panicked = true
	defer func() {
		if running.panicked {
			running.panic = recover()
			answer = stop
		}
	}()
	err := function(running)
	running.panicked = false
	if err != nil {
		running.err = err
		return stop
	}
	return goOn
}

//export imgferryGoProgress
func imgferryGoProgress(handle C.uintptr_t, progress *C.imgferry_progress) C.int {
	return guarded(handle, func(running *running) error {
		return running.progress(goProgress(progress))
	})
}

//export imgferryGoRead
func imgferryGoRead(handle C.uintptr_t, buffer *C.uint8_t, capacity C.size_t, lengthOut *C.size_t) C.int {
	return guarded(handle, func(running *running) error {
		place := unsafe.Slice((*byte)(buffer), int(capacity))
		// To C, nothing is the end; to a Reader it is nothing.
		for tries := 0; tries < 100; tries++ {
			read, err := 0, running.pending
			if err == nil {
				read, err = running.reader.Read(place)
			}
			if read < 0 || read > len(place) {
				return errors.New("a Reader says that it has read more than it was asked for")
			}
			if read > 0 {
				*lengthOut, running.pending = C.size_t(read), err
				return nil
			}
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return io.ErrNoProgress
	})
}

//export imgferryGoWrite
func imgferryGoWrite(handle C.uintptr_t, data *C.uint8_t, length C.size_t) C.int {
	return guarded(handle, func(running *running) error {
		written, err := running.writer.Write(unsafe.Slice((*byte)(data), int(length)))
		if err == nil && written < int(length) {
			return io.ErrShortWrite
		}
		return err
	})
}

//export imgferryGoCredential
func imgferryGoCredential(
	handle C.uintptr_t, userdata unsafe.Pointer, host, repository *C.char, reply *C.imgferry_credential_reply,
) C.int {
	return guarded(handle, func(*running) error {
		ask := (*(*cgo.Handle)(userdata)).Value().(CredentialFunc)
		credential, err := ask(C.GoString(host), C.GoString(repository))
		if credential == nil || err != nil {
			return err
		}
		m := &memory{}
		defer m.free()
		c := m.credentials([]Credential{*credential})
		return attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
			return C.imgferry_credential_reply_set(reply, c, failure)
		})
	})
}

//export imgferryGoToken
func imgferryGoToken(handle C.uintptr_t, userdata unsafe.Pointer, reply *C.imgferry_token_reply) C.int {
	return guarded(handle, func(*running) error {
		token, err := (*(*cgo.Handle)(userdata)).Value().(TokenFunc)()
		if err != nil {
			return err
		}
		m := &memory{}
		defer m.free()
		c := m.text(token)
		return attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
			return C.imgferry_token_reply_set(reply, c, failure)
		})
	})
}

// kept is userdata that a handle keeps: C memory with a cgo.Handle for a function of the program.
func kept(function any) unsafe.Pointer {
	userdata := C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0))))
	*(*cgo.Handle)(userdata) = cgo.NewHandle(function)
	return userdata
}

// destroy gives up what kept has made.
func destroy(userdata unsafe.Pointer) {
	if userdata != nil {
		(*(*cgo.Handle)(userdata)).Delete()
		C.free(userdata)
	}
}

//export imgferryGoDestroy
func imgferryGoDestroy(userdata unsafe.Pointer) {
	destroy(userdata)
}
