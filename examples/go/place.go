package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
)

// Place is where an image is, or shall be: a registry, an engine, an archive as `docker save` makes it, or an OCI image
// layout in a folder or a tar.
type Place struct {
	c *C.imgferry_place
}

// ParsePlace reads a place in skopeo's spelling: "docker://HOST/PATH", "docker-daemon:NAME" (in the engine, which may
// else be nil), "docker-archive:FILE", "oci:FOLDER" or "oci-archive:FILE"; ":NAME" may follow. The options, which may
// be nil, say how the registry is reached.
func ParsePlace(text string, engine *Engine, options *RegistryOptions) (*Place, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(engine)
	cText := m.text(text)
	cOptions, keeps := m.registryOptions(options)
	var cEngine *C.imgferry_engine
	if engine != nil {
		cEngine = engine.c
	}
	place, err := newPlace(m, func(out **C.imgferry_place, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_parse(cText, cEngine, cOptions, out, failure)
	})
	return place, keeps.unlessMade(err)
}

// Place is an image in the registry; without tag and digest, its tag "latest".
func (r *Registry) Place(image string) (*Place, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cImage := m.text(image)
	return newPlace(m, func(out **C.imgferry_place, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_registry(r.c, cImage, out, failure)
	})
}

// Place is an image in the engine.
func (e *Engine) Place(image string) (*Place, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	cImage := m.text(image)
	return newPlace(m, func(out **C.imgferry_place, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_engine(e.c, cImage, out, failure)
	})
}

// DockerArchive is an image in an archive as `docker save` makes it; "" for the image is the only one.
func DockerArchive(path, image string) (*Place, error) {
	m := &memory{}
	defer m.free()
	cPath, cImage := m.text(path), m.optional(image)
	return newPlace(m, func(out **C.imgferry_place, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_docker_archive(cPath, cImage, out, failure)
	})
}

// OCILayout is an image in a folder with an OCI image layout; "" for the image is the only one, or one without a name.
func OCILayout(path, image string) (*Place, error) {
	m := &memory{}
	defer m.free()
	cPath, cImage := m.text(path), m.optional(image)
	return newPlace(m, func(out **C.imgferry_place, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_oci_layout(cPath, cImage, out, failure)
	})
}

// OCIArchive is the same in a tar.
func OCIArchive(path, image string) (*Place, error) {
	m := &memory{}
	defer m.free()
	cPath, cImage := m.text(path), m.optional(image)
	return newPlace(m, func(out **C.imgferry_place, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_oci_archive(cPath, cImage, out, failure)
	})
}

func newPlace(
	m *memory, function func(**C.imgferry_place, **C.imgferry_error) C.imgferry_status,
) (*Place, error) {
	var out *C.imgferry_place
	if err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return function(&out, failure)
	}); err != nil {
		return nil, err
	}
	place := &Place{out}
	runtime.SetFinalizer(place, (*Place).Close)
	return place, nil
}

// Close gives up its connections.
func (p *Place) Close() error {
	runtime.SetFinalizer(p, nil)
	C.imgferry_place_free(p.c)
	p.c = nil
	return nil
}

// String is the place in skopeo's spelling.
func (p *Place) String() string {
	defer runtime.KeepAlive(p)
	return C.GoString(C.imgferry_place_text(p.c))
}

// Inspected is what is at a place. An engine tells less than other places.
type Inspected struct {
	// Of the manifest or index; "" and nil where there is none.
	Digest, MediaType string
	Manifest          *Manifest
	// The platforms that the index names; empty for what is not an index.
	Platforms []ImagePlatform
	// Whether there is an image for the platform.
	HasImage bool
	// The own manifest of the image, which an index lists.
	ImageManifest *Manifest
	// How it is run; nil for an artifact.
	ImageConfig *ImageConfig
	// Its layers, the lowest first, as they are at the place.
	ImageLayers []Descriptor
	// In bytes: the config and each layer once.
	ImageSize int64
	// What was noted on the way, each a sentence.
	Warnings []string
}

// Inspect tells what is at the place, and of the image for one platform; "" is Linux and the processor of this machine.
func (p *Place) Inspect(ctx context.Context, platform string) (*Inspected, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(p)
	cPlatform := m.optional(platform)
	var out *C.imgferry_inspected
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_inspect(p.c, cPlatform, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_inspected_free(out)
	return &Inspected{
		Digest:        C.GoString(C.imgferry_inspected_digest(out)),
		MediaType:     C.GoString(C.imgferry_inspected_media_type(out)),
		Manifest:      goManifest(C.imgferry_inspected_manifest(out)),
		Platforms:     goImagePlatforms(C.imgferry_inspected_platforms(out)),
		HasImage:      C.imgferry_inspected_has_image(out) != 0,
		ImageManifest: goManifest(C.imgferry_inspected_image_manifest(out)),
		ImageConfig:   goImageConfig(C.imgferry_inspected_image_config(out)),
		ImageLayers:   goDescriptors(C.imgferry_inspected_image_layers(out)),
		ImageSize:     int64(C.imgferry_inspected_image_size(out)),
		Warnings:      goTexts(C.imgferry_inspected_warnings(out)),
	}, nil
}

// ListedImage is an image at a place. "" is what the list does not say.
type ListedImage struct {
	// Where it is, as ParsePlace reads it.
	Place string
	// In a registry its tag, elsewhere mostly a reference or a tag.
	Name string
	// Of its manifest or index: in layouts.
	Digest string
	// In engines, and mostly in archives for Docker.
	ID string
}

// List lists the images at the place, one for each name that they have.
func (p *Place) List(ctx context.Context) ([]ListedImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(p)
	var out *C.imgferry_listed_image_list
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_list(p.c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_listed_image_list_free(out)
	images := make([]ListedImage, C.imgferry_listed_image_list_count(out))
	for at := range images {
		image := C.imgferry_listed_image_list_at(out, C.size_t(at))
		images[at] = ListedImage{
			Place:  C.GoString(C.imgferry_place_text(C.imgferry_listed_image_place(image))),
			Name:   C.GoString(C.imgferry_listed_image_name(image)),
			Digest: C.GoString(C.imgferry_listed_image_digest(image)),
			ID:     C.GoString(C.imgferry_listed_image_id(image)),
		}
	}
	return images, nil
}

// Deleted is what Place.Delete did.
type Deleted struct {
	Removed
	// In bytes, in a layout; 0 elsewhere.
	SpaceReclaimed int64
	// What was noted on the way, each a sentence.
	Warnings []string
}

// Delete removes the image from the place: a tag alone, a digest with its tags, or a name.
func (p *Place) Delete(ctx context.Context) (*Deleted, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(p)
	var out *C.imgferry_deleted
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_place_delete(p.c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_deleted_free(out)
	return &Deleted{
		Removed:        *goRemoved(C.imgferry_deleted_removed(out)),
		SpaceReclaimed: int64(C.imgferry_deleted_space_reclaimed(out)),
		Warnings:       goTexts(C.imgferry_deleted_warnings(out)),
	}, nil
}
