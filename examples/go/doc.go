// Package imgferry moves container images between a Docker Engine, registries, archives and OCI layouts.
//
//	engine, err := imgferry.EngineFromEnv()
//	...
//	defer engine.Close()
//	images, err := imgferry.NewImages(engine, nil, nil)
//	...
//	defer images.Close()
//	pushed, err := images.Push(ctx, "app:1", "registry.example/team/app:1", nil)
//
// A call ends soon after its context has: within a quarter of a second, also while the peer is silent, and the
// context's error is in the chain of its own. What goes wrong is an [Error]:
//
//	if errors.Is(err, imgferry.ErrNotFound) { ... }
//
// Functions that are given to a call run in the goroutine that made it, before it returns. One that panics ends the
// call, which then panics with the same value; it must not end the goroutine (runtime.Goexit, testing's FailNow). An
// error that it returns ends the call, too, and is in the chain.
//
// Any number of goroutines may use an [Engine], a [Registry], an [Images], a [Config] or a [Place] at the same time;
// only Close must be alone. What was made from one stays usable when that is closed.
//
// It has all of the C library but what Go has by itself, such as files, of which tests/go.rs has the list.
package imgferry

// #cgo pkg-config: imgferry
// #include "glue.h"
import "C"

// Version is the version of the library that runs, such as "0.1.0".
func Version() string {
	return C.GoString(C.imgferry_version())
}
