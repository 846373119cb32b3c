package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// Manifest is a manifest or index, byte for byte and verified.
type Manifest struct {
	Data              []byte
	Digest, MediaType string
}

func goManifest(c *C.imgferry_manifest) *Manifest {
	if c == nil {
		return nil
	}
	return &Manifest{
		Data:      C.GoBytes(unsafe.Pointer(C.imgferry_manifest_data(c)), C.int(C.imgferry_manifest_length(c))),
		Digest:    C.GoString(C.imgferry_manifest_digest(c)),
		MediaType: C.GoString(C.imgferry_manifest_media_type(c)),
	}
}

// GetManifest is the manifest of an image, or its index.
func (r *Registry) GetManifest(ctx context.Context, image string) (*Manifest, error) {
	var out *C.imgferry_manifest
	err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_get_manifest(r.c, c, call, &out, failure)
	})
	defer C.imgferry_manifest_free(out)
	return goManifest(out), err
}

// ManifestHead is what a registry says of a manifest without sending it; "" and -1 are what it does not say.
type ManifestHead struct {
	Digest, MediaType string
	// In bytes; not that of the image.
	Size int64
}

// HeadManifest asks what the manifest of an image is, without getting it.
func (r *Registry) HeadManifest(ctx context.Context, image string) (*ManifestHead, error) {
	var out *C.imgferry_manifest_head
	if err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_head_manifest(r.c, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_manifest_head_free(out)
	return &ManifestHead{
		Digest:    C.GoString(C.imgferry_manifest_head_digest(out)),
		MediaType: C.GoString(C.imgferry_manifest_head_media_type(out)),
		Size:      int64(C.imgferry_manifest_head_size(out)),
	}, nil
}

// PutManifest puts a manifest or an index under a tag, or else under its digest, which is told.
func (r *Registry) PutManifest(ctx context.Context, reference, mediaType string, manifest []byte) (string, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cReference, cType := m.text(reference), m.text(mediaType)
	data, length := m.bytes(manifest)
	var out *C.imgferry_text
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_put_manifest(r.c, cReference, cType, data, length, call, &out, failure)
	})
	return takeText(out), err
}

// DeleteManifest removes the manifest of an image with every tag of it; the digest that was removed.
func (r *Registry) DeleteManifest(ctx context.Context, image string) (string, error) {
	var out *C.imgferry_text
	err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_delete_manifest(r.c, c, call, &out, failure)
	})
	return takeText(out), err
}

// DeleteTag removes a tag alone. Many registries cannot, which is ErrUnsupported.
func (r *Registry) DeleteTag(ctx context.Context, image string) error {
	return r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_delete_tag(r.c, c, call, failure)
	})
}

// DeleteAllTags removes everything that has a tag in a repository; the tags that were removed.
func (r *Registry) DeleteAllTags(ctx context.Context, repository string) ([]string, error) {
	var out *C.imgferry_text_list
	err := r.about(ctx, repository, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_delete_all_tags(r.c, c, call, &out, failure)
	})
	return takeTexts(out), err
}
