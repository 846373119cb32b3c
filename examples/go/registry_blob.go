package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"io"
	"runtime"
)

// HeadBlob is the size of a blob in bytes.
func (r *Registry) HeadBlob(ctx context.Context, blob string) (int64, error) {
	var size C.uint64_t
	err := r.about(ctx, blob, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_head_blob(r.c, c, call, &size, failure)
	})
	return int64(size), err
}

// BlobOptions say which part of a blob is wanted.
type BlobOptions struct {
	// The size of the whole blob that a manifest promises, in bytes; 0: not known.
	Size int64
	// Where to begin, and how many bytes; 0: all that follow. Only a whole blob is verified by its digest.
	Offset, Length int64
	// Only of WriteBlob and SaveBlob: GetBlob asks, and its Reader is read.
	Progress ProgressFunc
}

func (m *memory) blobOptions(options *BlobOptions) (*C.imgferry_blob_options, *running) {
	if options == nil {
		return nil, &running{}
	}
	c := &make_[C.imgferry_blob_options](m, 1)[0]
	C.imgferry_blob_options_init(c, C.sizeof_imgferry_blob_options)
	c.size = C.int64_t(options.Size)
	c.offset = C.int64_t(options.Offset)
	c.length = C.int64_t(options.Length)
	return c, &running{progress: options.Progress}
}

// GetBlob asks for a blob. A whole one is verified by its digest. The context is also that of each read. The options
// may be nil.
func (r *Registry) GetBlob(ctx context.Context, blob string, options *BlobOptions) (*Reader, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cBlob := m.text(blob)
	c, running := m.blobOptions(options)
	var out *C.imgferry_reader
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_get_blob(r.c, cBlob, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	return ownReader(ctx, out), nil
}

// WriteBlob writes a blob; how many bytes it has. The options may be nil.
func (r *Registry) WriteBlob(ctx context.Context, writer io.Writer, blob string, options *BlobOptions) (int64, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cBlob := m.text(blob)
	c, running := m.blobOptions(options)
	running.writer = writer
	var out *C.imgferry_saved
	err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		write := C.imgferry_write_fn(C.imgferry_go_on_write)
		return C.imgferry_registry_get_blob_stream(r.c, cBlob, write, nil, c, call, &out, failure)
	})
	defer C.imgferry_saved_free(out)
	return int64(C.imgferry_saved_size(out)), err
}

// SaveBlob writes a blob to a file, which appears when it is whole and verified; how many bytes it has. The options
// may be nil.
func (r *Registry) SaveBlob(ctx context.Context, path, blob string, options *BlobOptions) (int64, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cBlob, cPath := m.text(blob), m.text(path)
	c, running := m.blobOptions(options)
	var out *C.imgferry_saved
	err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_get_blob_path(r.c, cBlob, cPath, c, call, &out, failure)
	})
	defer C.imgferry_saved_free(out)
	return int64(C.imgferry_saved_size(out)), err
}

// UploadOptions say how a blob is uploaded.
type UploadOptions struct {
	// The digest of the content, such as "sha256:...", when it is known.
	Digest string
	// A repository of the same registry, such as "team/base", that may have the blob already.
	MountFrom string
	// Uploads in chunks of so many bytes. 0: in one request.
	ChunkSize int64
	Progress  ProgressFunc
}

func (m *memory) uploadOptions(options *UploadOptions) (*C.imgferry_upload_options, *running) {
	if options == nil {
		return nil, &running{}
	}
	c := &make_[C.imgferry_upload_options](m, 1)[0]
	C.imgferry_upload_options_init(c, C.sizeof_imgferry_upload_options)
	c.digest = m.optional(options.Digest)
	c.mount_from = m.optional(options.MountFrom)
	c.chunk_size = C.int64_t(options.ChunkSize)
	return c, &running{progress: options.Progress}
}

// UploadWay is how a blob came into a repository.
type UploadWay int32

// The ways.
const (
	// It was there.
	UploadExisted UploadWay = C.IMGFERRY_UPLOAD_EXISTED
	// It was in another repository of the registry.
	UploadMounted UploadWay = C.IMGFERRY_UPLOAD_MOUNTED
	// In one request.
	UploadWhole UploadWay = C.IMGFERRY_UPLOAD_WHOLE
	// In chunks.
	UploadChunks UploadWay = C.IMGFERRY_UPLOAD_CHUNKS
)

// UploadedBlob is a blob that was uploaded.
type UploadedBlob struct {
	Digest string
	// In bytes.
	Size int64
	Way  UploadWay
	// How many bytes went out, with those that had to be sent again.
	Sent int64
}

func takeUploadedBlob(c *C.imgferry_uploaded_blob) *UploadedBlob {
	defer C.imgferry_uploaded_blob_free(c)
	return &UploadedBlob{
		Digest: C.GoString(C.imgferry_uploaded_blob_digest(c)),
		Size:   int64(C.imgferry_uploaded_blob_size(c)),
		Way:    UploadWay(C.imgferry_uploaded_blob_way(c)),
		Sent:   int64(C.imgferry_uploaded_blob_sent(c)),
	}
}

// PutBlob uploads a blob unless it is there. A registry wants to know size and digest before it takes the content, so
// all of it goes through a file without a name in TMPDIR. The options may be nil, as those of the other two.
func (r *Registry) PutBlob(
	ctx context.Context, repository string, content io.Reader, options *UploadOptions,
) (*UploadedBlob, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cRepository := m.text(repository)
	c, running := m.uploadOptions(options)
	running.reader = content
	var out *C.imgferry_uploaded_blob
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		read := C.imgferry_read_fn(C.imgferry_go_on_read)
		return C.imgferry_registry_put_blob_stream(r.c, cRepository, read, nil, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	return takeUploadedBlob(out), nil
}

// PutBlobData does it with content in memory.
func (r *Registry) PutBlobData(
	ctx context.Context, repository string, content []byte, options *UploadOptions,
) (*UploadedBlob, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cRepository := m.text(repository)
	data, length := m.bytes(content)
	c, running := m.uploadOptions(options)
	var out *C.imgferry_uploaded_blob
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_put_blob_data(r.c, cRepository, data, length, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	return takeUploadedBlob(out), nil
}

// PutBlobFile does it with the content of a file, which must not change meanwhile.
func (r *Registry) PutBlobFile(
	ctx context.Context, repository, path string, options *UploadOptions,
) (*UploadedBlob, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cRepository, cPath := m.text(repository), m.text(path)
	c, running := m.uploadOptions(options)
	var out *C.imgferry_uploaded_blob
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_put_blob_path(r.c, cRepository, cPath, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	return takeUploadedBlob(out), nil
}

// MountBlob makes a blob of the repository from, such as "team/base", available in another one; false when the
// registry did not do it.
func (r *Registry) MountBlob(ctx context.Context, blob, from string) (bool, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cBlob, cFrom := m.text(blob), m.text(from)
	var mounted C.int32_t
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_mount_blob(r.c, cBlob, cFrom, call, &mounted, failure)
	})
	return mounted != 0, err
}

// DeleteBlob removes a blob. Manifests that refer to it are broken then.
func (r *Registry) DeleteBlob(ctx context.Context, blob string) error {
	return r.about(ctx, blob, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_delete_blob(r.c, c, call, failure)
	})
}
