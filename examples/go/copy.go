package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
)

// CopyOptions say how an image is copied.
type CopyOptions struct {
	// Of an image for several platforms, the ones for these, each as `os/arch[/variant]`. nil: the one for Linux and
	// the processor of this machine.
	Platforms []string
	// The images for all platforms, and the index as it is.
	AllPlatforms bool
	// Also what is attached to the image: signatures, bills of materials, and whatever else refers to it.
	Referrers bool
	// Keeps the digests that manifests have at the source, and fails where that cannot be.
	KeepDigests bool
	// How many blobs move at the same time; 0: 4.
	Parallel int
	// How layers are compressed that are no more than tars, and the level of that; 0: the default level.
	Compression      Compression
	CompressionLevel int
	Progress         ProgressFunc
}

// Copied is what Copy did.
type Copied struct {
	// The digest of the image at the destination, and its media type.
	Digest, MediaType string
	// When one image of several was copied; else "".
	Platform string
	// How many manifests and indexes were written.
	Manifests int
	// How many blobs the destination had already, and how many were moved, with how many bytes.
	ExistingBlobs, Blobs int
	Bytes                int64
	// What was noted on the way, each a sentence.
	Warnings []string
}

// Copy copies an image from one place to another, without an engine in between. The options may be nil.
func Copy(ctx context.Context, source, destination *Place, options *CopyOptions) (*Copied, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(source)
	defer runtime.KeepAlive(destination)
	if options == nil {
		options = &CopyOptions{}
	}
	c := &make_[C.imgferry_copy_options](m, 1)[0]
	C.imgferry_copy_options_init(c, C.sizeof_imgferry_copy_options)
	c.platforms, c.platform_count = m.texts(options.Platforms)
	c.all_platforms = flag(options.AllPlatforms)
	c.referrers = flag(options.Referrers)
	c.keep_digests = flag(options.KeepDigests)
	c.parallel = C.int32_t(options.Parallel)
	c.compression = C.imgferry_compression(options.Compression)
	c.compression_level = C.int32_t(options.CompressionLevel)
	var out *C.imgferry_copied
	running := &running{progress: options.Progress}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_copy(source.c, destination.c, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_copied_free(out)
	return &Copied{
		Digest:        C.GoString(C.imgferry_copied_digest(out)),
		MediaType:     C.GoString(C.imgferry_copied_media_type(out)),
		Platform:      C.GoString(C.imgferry_copied_platform(out)),
		Manifests:     int(C.imgferry_copied_manifests(out)),
		ExistingBlobs: int(C.imgferry_copied_existing_blobs(out)),
		Blobs:         int(C.imgferry_copied_blobs(out)),
		Bytes:         int64(C.imgferry_copied_bytes(out)),
		Warnings:      goTexts(C.imgferry_copied_warnings(out)),
	}, nil
}
