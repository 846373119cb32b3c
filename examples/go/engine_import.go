package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"io"
	"runtime"
)

// ImportOptions say what an imported image is to be.
type ImportOptions struct {
	// Its name, with or without a tag. "": only its ID names it.
	Repository string
	// Its tag, in place of one in Repository.
	Tag string
	// Dockerfile lines that set its configuration, such as "ENV a=b".
	Changes []string
	// A note that its history keeps.
	Message string
	// Its platform, as `os[/arch[/variant]]`. "": the engine's own.
	Platform string
	Progress ProgressFunc
}

// Imported is what an import made.
type Imported struct {
	ID string
	// What the engine noted on the way, each a sentence.
	Warnings []string
}

// ImportImage makes an image from the tar of a root file system, plain or compressed. The options may be nil, as those
// of the other imports.
func (e *Engine) ImportImage(ctx context.Context, root io.Reader, options *ImportOptions) (*Imported, error) {
	m := &memory{}
	defer m.free()
	return e.importImage(ctx, m, root, options, func(
		c *C.imgferry_import_options, call *C.imgferry_call, out **C.imgferry_imported, failure **C.imgferry_error,
	) C.imgferry_status {
		read := C.imgferry_read_fn(C.imgferry_go_on_read)
		return C.imgferry_engine_import_image_from_stream(e.c, read, nil, c, call, out, failure)
	})
}

// ImportImageData does it with the tar in memory.
func (e *Engine) ImportImageData(ctx context.Context, root []byte, options *ImportOptions) (*Imported, error) {
	m := &memory{}
	defer m.free()
	data, length := m.bytes(root)
	return e.importImage(ctx, m, nil, options, func(
		c *C.imgferry_import_options, call *C.imgferry_call, out **C.imgferry_imported, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_engine_import_image_from_data(e.c, data, length, c, call, out, failure)
	})
}

// ImportImageFile does it with the tar in a file.
func (e *Engine) ImportImageFile(ctx context.Context, path string, options *ImportOptions) (*Imported, error) {
	m := &memory{}
	defer m.free()
	cPath := m.text(path)
	return e.importImage(ctx, m, nil, options, func(
		c *C.imgferry_import_options, call *C.imgferry_call, out **C.imgferry_imported, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_engine_import_image_from_file(e.c, cPath, c, call, out, failure)
	})
}

// ImportImageURL does it with a tar that the engine reads from a URL.
func (e *Engine) ImportImageURL(ctx context.Context, url string, options *ImportOptions) (*Imported, error) {
	m := &memory{}
	defer m.free()
	cURL := m.text(url)
	return e.importImage(ctx, m, nil, options, func(
		c *C.imgferry_import_options, call *C.imgferry_call, out **C.imgferry_imported, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_engine_import_image_from_url(e.c, cURL, c, call, out, failure)
	})
}

// ImportImageFrom pulls an image and gives it the name in the options, which is what engines do when they are asked
// to import an image.
func (e *Engine) ImportImageFrom(ctx context.Context, image string, options *ImportOptions) (*Imported, error) {
	m := &memory{}
	defer m.free()
	cImage := m.text(image)
	return e.importImage(ctx, m, nil, options, func(
		c *C.imgferry_import_options, call *C.imgferry_call, out **C.imgferry_imported, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_engine_import_image_from_image(e.c, cImage, c, call, out, failure)
	})
}

func (e *Engine) importImage(
	ctx context.Context, m *memory, root io.Reader, options *ImportOptions,
	function func(
		*C.imgferry_import_options, *C.imgferry_call, **C.imgferry_imported, **C.imgferry_error,
	) C.imgferry_status,
) (*Imported, error) {
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &ImportOptions{}
	}
	c := &make_[C.imgferry_import_options](m, 1)[0]
	C.imgferry_import_options_init(c, C.sizeof_imgferry_import_options)
	c.repository = m.optional(options.Repository)
	c.tag = m.optional(options.Tag)
	c.changes, c.change_count = m.texts(options.Changes)
	c.message = m.optional(options.Message)
	c.platform = m.optional(options.Platform)
	var out *C.imgferry_imported
	running := &running{progress: options.Progress, reader: root}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return function(c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_imported_free(out)
	return &Imported{
		ID:       C.GoString(C.imgferry_imported_id(out)),
		Warnings: goTexts(C.imgferry_imported_warnings(out)),
	}, nil
}
