package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"io"
	"runtime"
	"time"
)

// Registry is one registry. It keeps connections and short-lived tokens, so one for many calls is faster than many.
//
// Images and repositories are named in full, with the host; without a tag, "latest" is meant. Blobs are named
// `repository@digest`.
type Registry struct {
	c *C.imgferry_registry
}

// NewRegistry is the registry with a host as in image names, such as "docker.io" or "registry.example:5000". Nothing is
// sent yet. The options may be nil.
func NewRegistry(host string, options *RegistryOptions) (*Registry, error) {
	m := &memory{}
	defer m.free()
	cHost := m.text(host)
	cOptions, keeps := m.registryOptions(options)
	var out *C.imgferry_registry
	err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_new(cHost, cOptions, &out, failure)
	})
	if keeps.unlessMade(err) != nil {
		return nil, err
	}
	return ownRegistry(out), nil
}

func ownRegistry(c *C.imgferry_registry) *Registry {
	registry := &Registry{c}
	runtime.SetFinalizer(registry, (*Registry).Close)
	return registry
}

// Close gives up its connections.
func (r *Registry) Close() error {
	runtime.SetFinalizer(r, nil)
	C.imgferry_registry_free(r.c)
	r.c = nil
	return nil
}

// Host is the registry as image names mention it.
func (r *Registry) Host() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.imgferry_registry_host(r.c))
}

// Ping asks whether a registry answers there.
func (r *Registry) Ping(ctx context.Context) error {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	return run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_ping(r.c, call, failure)
	})
}

// CheckLogin shows the credentials once: true when they were accepted, false when the registry demands none.
func (r *Registry) CheckLogin(ctx context.Context) (bool, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	var accepted C.int32_t
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_check_login(r.c, call, &accepted, failure)
	})
	return accepted != 0, err
}

// RateLimit is how often a registry may be asked; -1 and "" are what it does not say.
type RateLimit struct {
	Limit, Remaining int64
	// The time for which they are counted.
	Window time.Duration
	// Whom it counts them for, an address or an account.
	Source string
}

// RateLimit is what the registry said last of how often it may be asked; nil when it did not say anything yet.
func (r *Registry) RateLimit() (*RateLimit, error) {
	defer runtime.KeepAlive(r)
	var out *C.imgferry_rate_limit
	if err := attempt(&memory{}, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_rate_limit(r.c, &out, failure)
	}); err != nil || out == nil {
		return nil, err
	}
	defer C.imgferry_rate_limit_free(out)
	limit := &RateLimit{
		Limit:     int64(C.imgferry_rate_limit_limit(out)),
		Remaining: int64(C.imgferry_rate_limit_remaining(out)),
		Window:    -1,
		Source:    C.GoString(C.imgferry_rate_limit_source(out)),
	}
	if window := C.imgferry_rate_limit_window_ms(out); window >= 0 {
		limit.Window = time.Duration(window) * time.Millisecond
	}
	return limit, nil
}

// about calls a C function for a name: of an image, a repository or a blob.
func (r *Registry) about(
	ctx context.Context,
	name string,
	function func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status,
) error {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	c := m.text(name)
	return run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return function(c, call, failure)
	})
}

// Tags are the tags of a repository, sorted.
func (r *Registry) Tags(ctx context.Context, repository string) ([]string, error) {
	var out *C.imgferry_text_list
	err := r.about(ctx, repository, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_tags(r.c, c, call, &out, failure)
	})
	return takeTexts(out), err
}

// Names are names that a registry lists, each once, a page at a time. One goroutine at a time may use it.
type Names struct {
	c *C.imgferry_names
}

// ListTags lists the tags of a repository one after the other, in the order of the registry.
func (r *Registry) ListTags(repository string) (*Names, error) {
	m := &memory{}
	defer m.free()
	cRepository := m.text(repository)
	return r.names(m, func(out **C.imgferry_names, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_list_tags(r.c, cRepository, out, failure)
	})
}

// Repositories lists the repositories of the registry one after the other, without its host.
func (r *Registry) Repositories() (*Names, error) {
	return r.names(&memory{}, func(out **C.imgferry_names, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_repositories(r.c, out, failure)
	})
}

func (r *Registry) names(
	m *memory, function func(**C.imgferry_names, **C.imgferry_error) C.imgferry_status,
) (*Names, error) {
	defer runtime.KeepAlive(r)
	var out *C.imgferry_names
	if err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return function(&out, failure)
	}); err != nil {
		return nil, err
	}
	names := &Names{out}
	runtime.SetFinalizer(names, (*Names).Close)
	return names, nil
}

// Next is the next name; io.EOF after the last one.
func (n *Names) Next(ctx context.Context) (string, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(n)
	var out *C.imgferry_text
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_names_next(n.c, call, &out, failure)
	}); err != nil {
		return "", err
	}
	if out == nil {
		return "", io.EOF
	}
	return takeText(out), nil
}

// Close gives up the list, also in its middle.
func (n *Names) Close() error {
	runtime.SetFinalizer(n, nil)
	C.imgferry_names_free(n.c)
	n.c = nil
	return nil
}
