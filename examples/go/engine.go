package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
)

// Engine is a Docker Engine, or another one that speaks its API, such as podman's service. It keeps connections, so
// one for many calls is faster than many.
type Engine struct {
	c *C.imgferry_engine
}

// NewEngine is the engine at "unix:///path", "tcp://host:port", "https://host" or "ssh://user@host". Nothing is sent
// yet. The options may be nil.
func NewEngine(address string, options *EngineOptions) (*Engine, error) {
	m := &memory{}
	defer m.free()
	cAddress := m.text(address)
	cOptions, keeps := m.engineOptions(options)
	var out *C.imgferry_engine
	err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_new(cAddress, cOptions, &out, failure)
	})
	if keeps.unlessMade(err) != nil {
		return nil, err
	}
	return ownEngine(out), nil
}

// EngineFromEnv is the engine that the environment names, as the docker command finds it, with the logins of that.
func EngineFromEnv() (*Engine, error) {
	var out *C.imgferry_engine
	if err := attempt(&memory{}, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_from_env(&out, failure)
	}); err != nil {
		return nil, err
	}
	return ownEngine(out), nil
}

func ownEngine(c *C.imgferry_engine) *Engine {
	engine := &Engine{c}
	runtime.SetFinalizer(engine, (*Engine).Close)
	return engine
}

// Close gives up its connections.
func (e *Engine) Close() error {
	runtime.SetFinalizer(e, nil)
	C.imgferry_engine_free(e.c)
	e.c = nil
	return nil
}

// Endpoint is its address, as it stands in errors.
func (e *Engine) Endpoint() string {
	defer runtime.KeepAlive(e)
	return C.GoString(C.imgferry_engine_endpoint(e.c))
}

// APIVersion asks which version of the API is spoken with it, such as "1.41".
func (e *Engine) APIVersion(ctx context.Context) (string, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	var out *C.imgferry_text
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_api_version(e.c, call, &out, failure)
	})
	return takeText(out), err
}

// Tag gives an image one more name. "" for the tag is the one in the repository, or else "latest". A name that another
// image had moves.
func (e *Engine) Tag(ctx context.Context, image, repository, tag string) error {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	cImage, cRepository, cTag := m.text(image), m.text(repository), m.optional(tag)
	return run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_tag(e.c, cImage, cRepository, cTag, call, failure)
	})
}
