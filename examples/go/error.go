package imgferry

// #include "glue.h"
import "C"

import (
	"fmt"
	"time"
)

// Kind is what went wrong, for errors.Is. Later versions of the library add kinds.
type Kind int32

// The kinds of failure.
const (
	// An argument is not usable, for instance because it was closed; nothing was sent.
	ErrInvalidArgument Kind = C.IMGFERRY_INVALID_ARGUMENT
	// A text is not an image name, tag or digest; nothing was sent.
	ErrInvalidReference Kind = C.IMGFERRY_INVALID_REFERENCE
	// The handle cannot be used now.
	ErrInvalidState Kind = C.IMGFERRY_INVALID_STATE
	// The peer, its API version or this build of the library cannot do what was asked.
	ErrUnsupported Kind = C.IMGFERRY_UNSUPPORTED
	// No connection could be made.
	ErrConnect Kind = C.IMGFERRY_CONNECT
	// The TLS handshake failed.
	ErrTLS Kind = C.IMGFERRY_TLS
	// A time limit passed.
	ErrTimeout Kind = C.IMGFERRY_TIMEOUT
	// The context was cancelled, or a progress function returned an error.
	ErrCancelled Kind = C.IMGFERRY_CANCELLED
	// A connection broke before the answer was complete.
	ErrConnectionLost Kind = C.IMGFERRY_CONNECTION_LOST
	// No credentials, or wrong ones.
	ErrUnauthorized Kind = C.IMGFERRY_UNAUTHORIZED
	// The credentials do not allow it; many registries also say so of what does not exist.
	ErrDenied Kind = C.IMGFERRY_DENIED
	// The image, tag, manifest or blob does not exist.
	ErrNotFound Kind = C.IMGFERRY_NOT_FOUND
	// The state of the peer forbids it, for instance removing an image that is in use.
	ErrConflict Kind = C.IMGFERRY_CONFLICT
	// Too many requests; see RetryAfter.
	ErrRateLimited Kind = C.IMGFERRY_RATE_LIMITED
	// The peer, or a proxy before it, refuses a body of this size.
	ErrTooLarge Kind = C.IMGFERRY_TOO_LARGE
	// No space is left where the data should go.
	ErrNoSpace Kind = C.IMGFERRY_NO_SPACE
	// The image does not exist for the platform that was asked for.
	ErrPlatform Kind = C.IMGFERRY_PLATFORM
	// The engine could not reach the registry.
	ErrRegistryUnreachable Kind = C.IMGFERRY_REGISTRY_UNREACHABLE
	// The engine failed in a way that has no kind of its own.
	ErrEngine Kind = C.IMGFERRY_ENGINE
	// The registry failed in a way that has no kind of its own.
	ErrRegistry Kind = C.IMGFERRY_REGISTRY
	// Content does not have the digest or the size that was promised.
	ErrDigestMismatch Kind = C.IMGFERRY_DIGEST_MISMATCH
	// The answer of the peer breaks the protocol.
	ErrProtocol Kind = C.IMGFERRY_PROTOCOL
	// A file could not be read or written.
	ErrIO Kind = C.IMGFERRY_IO
	// Credentials could not be read or obtained.
	ErrCredentials Kind = C.IMGFERRY_CREDENTIALS
	// A Reader, a Writer or a function that gives credentials failed; its error is in the chain.
	ErrCallback Kind = C.IMGFERRY_CALLBACK
	// A defect of the library: what the call did is not known. Please report it.
	ErrDefect Kind = C.IMGFERRY_PANIC
)

// Error is the name of the kind, such as "NOT_FOUND".
func (k Kind) Error() string {
	return "imgferry: " + C.GoString(C.imgferry_status_name(C.imgferry_status(k)))
}

// Error is a failure with all that is known of it. "", 0 and nil stand for what is not.
type Error struct {
	Kind Kind
	// What was done, such as "push", and to what.
	Operation, Subject string
	// The address of the engine or registry.
	Endpoint string
	// The request or step that failed, such as "POST /v1.41/images/create".
	Stage string
	// What can be done about it, as a sentence.
	Hint string
	// The HTTP status with which the peer refused; 200 when it did so after it had begun.
	HTTPStatus int
	// The peer's own error code, such as "MANIFEST_UNKNOWN", and its message, word for word.
	PeerCode, PeerMessage string
	// Whether the same call may succeed when it is repeated.
	Retryable bool
	// How long the peer asks to wait before the next try.
	RetryAfter time.Duration
	// How many times the failing step was tried.
	Attempts int
	// What could not be cleaned up, each a sentence; usually empty.
	LeftBehind []string

	text  string
	cause error
}

// Error is the whole story in one line, without secrets, with what can be done about it.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.text, e.cause)
	}
	return e.text
}

// Is makes errors.Is compare kinds.
func (e *Error) Is(target error) bool {
	return target == e.Kind
}

// Unwrap is the error of the context that ended the call, or the one that a function of yours returned.
func (e *Error) Unwrap() error {
	return e.cause
}

// Timeout says whether a time limit passed, as errors of package net do.
func (e *Error) Timeout() bool {
	return e.Kind == ErrTimeout
}

// takeError is an error that C gave away.
func takeError(c *C.imgferry_error) *Error {
	defer C.imgferry_error_free(c)
	err := &Error{
		Kind:        Kind(C.imgferry_error_status(c)),
		Operation:   C.GoString(C.imgferry_error_operation(c)),
		Subject:     C.GoString(C.imgferry_error_subject(c)),
		Endpoint:    C.GoString(C.imgferry_error_endpoint(c)),
		Stage:       C.GoString(C.imgferry_error_stage(c)),
		Hint:        C.GoString(C.imgferry_error_hint(c)),
		HTTPStatus:  int(C.imgferry_error_http_status(c)),
		PeerCode:    C.GoString(C.imgferry_error_peer_code(c)),
		PeerMessage: C.GoString(C.imgferry_error_peer_message(c)),
		Retryable:   C.imgferry_error_retryable(c) != 0,
		Attempts:    int(C.imgferry_error_attempts(c)),
		LeftBehind:  goTexts(C.imgferry_error_left_behind(c)),
		text:        C.GoString(C.imgferry_error_message(c)),
	}
	if wait := C.imgferry_error_retry_after_ms(c); wait >= 0 {
		err.RetryAfter = time.Duration(wait) * time.Millisecond
	}
	return err
}

// attempt calls a C function that talks to nobody.
func attempt(m *memory, function func(failure **C.imgferry_error) C.imgferry_status) error {
	if m.err != nil {
		return m.err
	}
	var failure *C.imgferry_error
	if function(&failure) != C.IMGFERRY_OK {
		return takeError(failure)
	}
	return nil
}
