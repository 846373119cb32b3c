package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
)

// Digest is the digest that the registry has for an image.
func (r *Registry) Digest(ctx context.Context, image string) (string, error) {
	var out *C.imgferry_text
	err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_digest(r.c, c, call, &out, failure)
	})
	return takeText(out), err
}

// ImageSize is how much of a registry an image takes, in bytes as they are stored: mostly compressed.
type ImageSize struct {
	// All blobs together, each counted once; manifests are not counted.
	Total int64
	// The digests of the manifests that the index lists and the registry does not have.
	Missing   []string
	Platforms []PlatformSize
}

// PlatformSize is how much of a registry the image for one platform takes, in bytes.
type PlatformSize struct {
	// As `os/architecture[/variant]`; "" when only the config of the image says it.
	Platform string
	// Of its manifest.
	Digest string
	// The config and the layers together, and each of them alone.
	Total, Config, Layers int64
	// Layers that are kept elsewhere; in no other number.
	Foreign int64
}

func goImageSize(c *C.imgferry_image_size) *ImageSize {
	platforms := make([]PlatformSize, C.imgferry_image_size_platform_count(c))
	for at := range platforms {
		platform := C.imgferry_image_size_platform_at(c, C.size_t(at))
		platforms[at] = PlatformSize{
			Platform: C.GoString(C.imgferry_platform_size_platform(platform)),
			Digest:   C.GoString(C.imgferry_platform_size_digest(platform)),
			Total:    int64(C.imgferry_platform_size_total(platform)),
			Config:   int64(C.imgferry_platform_size_config(platform)),
			Layers:   int64(C.imgferry_platform_size_layers(platform)),
			Foreign:  int64(C.imgferry_platform_size_foreign(platform)),
		}
	}
	return &ImageSize{int64(C.imgferry_image_size_total(c)), goTexts(C.imgferry_image_size_missing(c)), platforms}
}

// Size is how much of the registry an image takes.
func (r *Registry) Size(ctx context.Context, image string) (*ImageSize, error) {
	var out *C.imgferry_image_size
	if err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_size(r.c, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_image_size_free(out)
	return goImageSize(out), nil
}

// ImagePlatform is one image behind a name.
type ImagePlatform struct {
	// As `os/architecture[/variant]`, and its parts.
	Platform, OS, Architecture, Variant string
	// Only Windows images have these.
	OSVersion  string
	OSFeatures []string
	// Of its manifest.
	Digest string
}

func goImagePlatforms(list *C.imgferry_image_platform_list) []ImagePlatform {
	platforms := make([]ImagePlatform, C.imgferry_image_platform_list_count(list))
	for at := range platforms {
		c := C.imgferry_image_platform_list_at(list, C.size_t(at))
		platforms[at] = ImagePlatform{
			Platform:     C.GoString(C.imgferry_image_platform_platform(c)),
			OS:           C.GoString(C.imgferry_image_platform_os(c)),
			Architecture: C.GoString(C.imgferry_image_platform_architecture(c)),
			Variant:      C.GoString(C.imgferry_image_platform_variant(c)),
			OSVersion:    C.GoString(C.imgferry_image_platform_os_version(c)),
			OSFeatures:   goTexts(C.imgferry_image_platform_os_features(c)),
			Digest:       C.GoString(C.imgferry_image_platform_digest(c)),
		}
	}
	return platforms
}

// Platforms are the platforms that an image is for.
func (r *Registry) Platforms(ctx context.Context, image string) ([]ImagePlatform, error) {
	var out *C.imgferry_image_platform_list
	err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_platforms(r.c, c, call, &out, failure)
	})
	defer C.imgferry_image_platform_list_free(out)
	return goImagePlatforms(out), err
}

// ImageConfig is how an image is run, and what it is made of. "" is what it does not say.
type ImageConfig struct {
	Platform, OS, Architecture, Variant string
	// When it was made, in RFC 3339.
	Created string
	Author  string
	Labels  map[string]string
	// Each as `NAME=value`.
	Env             []string
	Entrypoint, Cmd []string
	WorkingDir      string
	User            string
	// Each as `number/protocol`.
	ExposedPorts []string
	Volumes      []string
	// The digests of the uncompressed layers, the lowest first.
	DiffIDs []string
	// The whole document, JSON.
	Document string
}

func goImageConfig(c *C.imgferry_image_config) *ImageConfig {
	if c == nil {
		return nil
	}
	labels := map[string]string{}
	for at := C.size_t(0); at < C.imgferry_image_config_label_count(c); at++ {
		key := C.GoString(C.imgferry_image_config_label_key_at(c, at))
		labels[key] = C.GoString(C.imgferry_image_config_label_value_at(c, at))
	}
	return &ImageConfig{
		Platform:     C.GoString(C.imgferry_image_config_platform(c)),
		OS:           C.GoString(C.imgferry_image_config_os(c)),
		Architecture: C.GoString(C.imgferry_image_config_architecture(c)),
		Variant:      C.GoString(C.imgferry_image_config_variant(c)),
		Created:      C.GoString(C.imgferry_image_config_created(c)),
		Author:       C.GoString(C.imgferry_image_config_author(c)),
		Labels:       labels,
		Env:          goTexts(C.imgferry_image_config_env(c)),
		Entrypoint:   goTexts(C.imgferry_image_config_entrypoint(c)),
		Cmd:          goTexts(C.imgferry_image_config_cmd(c)),
		WorkingDir:   C.GoString(C.imgferry_image_config_working_dir(c)),
		User:         C.GoString(C.imgferry_image_config_user(c)),
		ExposedPorts: goTexts(C.imgferry_image_config_exposed_ports(c)),
		Volumes:      goTexts(C.imgferry_image_config_volumes(c)),
		DiffIDs:      goTexts(C.imgferry_image_config_diff_ids(c)),
		Document:     C.GoString(C.imgferry_image_config_document(c)),
	}
}

// ImageConfig tells how an image is run. "" for the platform is Linux and the processor of this machine.
func (r *Registry) ImageConfig(ctx context.Context, image, platform string) (*ImageConfig, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cImage, cPlatform := m.text(image), m.optional(platform)
	var out *C.imgferry_image_config
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_image_config(r.c, cImage, cPlatform, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_image_config_free(out)
	return goImageConfig(out), nil
}

// TagInfo is what a registry has under a tag.
type TagInfo struct {
	// "" when it was asked for by digest.
	Tag               string
	Digest, MediaType string
	// In bytes; not that of the image.
	ManifestSize int64
	// What kind of artifact it is; "" for an image.
	ArtifactType string
	Platforms    []ImagePlatform
	// When it was made, in RFC 3339.
	Created string
	Labels  map[string]string
	Size    *ImageSize
}

// TagInfo tells what the registry has under a tag: what it is, for which platforms, how large, and when it was made.
func (r *Registry) TagInfo(ctx context.Context, image string) (*TagInfo, error) {
	var out *C.imgferry_tag_info
	if err := r.about(ctx, image, func(c *C.char, call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_tag_info(r.c, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_tag_info_free(out)
	labels := map[string]string{}
	for at := C.size_t(0); at < C.imgferry_tag_info_label_count(out); at++ {
		key := C.GoString(C.imgferry_tag_info_label_key_at(out, at))
		labels[key] = C.GoString(C.imgferry_tag_info_label_value_at(out, at))
	}
	return &TagInfo{
		Tag:          C.GoString(C.imgferry_tag_info_tag(out)),
		Digest:       C.GoString(C.imgferry_tag_info_digest(out)),
		MediaType:    C.GoString(C.imgferry_tag_info_media_type(out)),
		ManifestSize: int64(C.imgferry_tag_info_manifest_size(out)),
		ArtifactType: C.GoString(C.imgferry_tag_info_artifact_type(out)),
		Platforms:    goImagePlatforms(C.imgferry_tag_info_platforms(out)),
		Created:      C.GoString(C.imgferry_tag_info_created(out)),
		Labels:       labels,
		Size:         goImageSize(C.imgferry_tag_info_size(out)),
	}, nil
}

// Descriptor is what is told of one manifest or layer.
type Descriptor struct {
	MediaType, Digest string
	// In bytes; of a manifest that of the manifest alone.
	Size int64
	// Other places to get it from, of a layer that is kept elsewhere.
	URLs []string
	// What kind of artifact it is; "" for an image.
	ArtifactType string
	Annotations  map[string]string
}

func goDescriptors(list *C.imgferry_descriptor_list) []Descriptor {
	descriptors := make([]Descriptor, C.imgferry_descriptor_list_count(list))
	for at := range descriptors {
		c := C.imgferry_descriptor_list_at(list, C.size_t(at))
		annotations := map[string]string{}
		for at := C.size_t(0); at < C.imgferry_descriptor_annotation_count(c); at++ {
			key := C.GoString(C.imgferry_descriptor_annotation_key_at(c, at))
			annotations[key] = C.GoString(C.imgferry_descriptor_annotation_value_at(c, at))
		}
		descriptors[at] = Descriptor{
			MediaType:    C.GoString(C.imgferry_descriptor_media_type(c)),
			Digest:       C.GoString(C.imgferry_descriptor_digest(c)),
			Size:         int64(C.imgferry_descriptor_size(c)),
			URLs:         goTexts(C.imgferry_descriptor_urls(c)),
			ArtifactType: C.GoString(C.imgferry_descriptor_artifact_type(c)),
			Annotations:  annotations,
		}
	}
	return descriptors
}

// Referrers are the manifests that refer to an image, such as signatures; "" for the type is any.
func (r *Registry) Referrers(ctx context.Context, image, artifactType string) ([]Descriptor, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	cImage, cType := m.text(image), m.optional(artifactType)
	var out *C.imgferry_descriptor_list
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_registry_referrers(r.c, cImage, cType, call, &out, failure)
	})
	defer C.imgferry_descriptor_list_free(out)
	return goDescriptors(out), err
}
