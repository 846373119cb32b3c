package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"io"
	"runtime"
)

// LoadOptions say how an archive is loaded.
type LoadOptions struct {
	// Only these platforms, each as `os/arch[/variant]`; needs API 1.48. nil: all.
	Platforms []string
	// Asks the engine for no progress of its own.
	Quiet    bool
	Progress ProgressFunc
}

// Loaded is what Engine.LoadImage did.
type Loaded struct {
	// The names of the images that were loaded, and the IDs of those that have none.
	Names, IDs []string
	// What the engine noted on the way, for instance that a name moved from another image.
	Warnings []string
}

// LoadImage loads the images of an archive, as `docker save` writes it, or an OCI layout in a tar. The options may be
// nil.
func (e *Engine) LoadImage(ctx context.Context, archive io.Reader, options *LoadOptions) (*Loaded, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &LoadOptions{}
	}
	c := &make_[C.imgferry_load_options](m, 1)[0]
	C.imgferry_load_options_init(c, C.sizeof_imgferry_load_options)
	c.platforms, c.platform_count = m.texts(options.Platforms)
	c.quiet = flag(options.Quiet)
	var out *C.imgferry_loaded
	running := &running{progress: options.Progress, reader: archive}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		read := C.imgferry_read_fn(C.imgferry_go_on_read)
		return C.imgferry_engine_load_image(e.c, read, nil, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_loaded_free(out)
	return &Loaded{
		Names:    goTexts(C.imgferry_loaded_names(out)),
		IDs:      goTexts(C.imgferry_loaded_ids(out)),
		Warnings: goTexts(C.imgferry_loaded_warnings(out)),
	}, nil
}

// ArchiveOptions say what goes into an archive.
type ArchiveOptions struct {
	// Only these platforms, each as `os/arch[/variant]`; needs API 1.48. nil: all that the engine has.
	Platforms []string
	// Only of SaveImages: GetImages asks, and its Reader is read.
	Progress ProgressFunc
}

func (m *memory) archiveOptions(options *ArchiveOptions) (*C.imgferry_archive_options, *running) {
	if options == nil {
		return nil, &running{}
	}
	c := &make_[C.imgferry_archive_options](m, 1)[0]
	C.imgferry_archive_options_init(c, C.sizeof_imgferry_archive_options)
	c.platforms, c.platform_count = m.texts(options.Platforms)
	return c, &running{progress: options.Progress}
}

// GetImages asks for one archive of images, as `docker save` writes it. The context is also that of each read. The
// options may be nil.
func (e *Engine) GetImages(ctx context.Context, images []string, options *ArchiveOptions) (*Reader, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	names, count := m.texts(images)
	c, running := m.archiveOptions(options)
	var out *C.imgferry_reader
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_get_images(e.c, names, count, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	return ownReader(ctx, out), nil
}

// GetImage is GetImages with one image.
func (e *Engine) GetImage(ctx context.Context, image string, options *ArchiveOptions) (*Reader, error) {
	return e.GetImages(ctx, []string{image}, options)
}

// SaveImages writes an archive of images, as `docker save` does; how many bytes it has. The options may be nil.
func (e *Engine) SaveImages(ctx context.Context, writer io.Writer, images []string, options *ArchiveOptions) (int64, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	names, count := m.texts(images)
	c, running := m.archiveOptions(options)
	running.writer = writer
	var out *C.imgferry_saved
	err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		write := C.imgferry_write_fn(C.imgferry_go_on_write)
		return C.imgferry_engine_get_images_stream(e.c, names, count, write, nil, c, call, &out, failure)
	})
	defer C.imgferry_saved_free(out)
	return int64(C.imgferry_saved_size(out)), err
}

// SaveImagesFile writes such an archive to a file, which appears when it is whole; how many bytes it has. The options
// may be nil.
func (e *Engine) SaveImagesFile(ctx context.Context, path string, images []string, options *ArchiveOptions) (int64, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	names, count := m.texts(images)
	cPath := m.text(path)
	c, running := m.archiveOptions(options)
	var out *C.imgferry_saved
	err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_get_images_path(e.c, names, count, cPath, c, call, &out, failure)
	})
	defer C.imgferry_saved_free(out)
	return int64(C.imgferry_saved_size(out)), err
}
