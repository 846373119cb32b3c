package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
)

// Images are images of one engine and of any registries, by their local and remote names.
type Images struct {
	c *C.imgferry_images
}

// NewImages uses an engine for transfers, and the options, which may be nil, for every registry. With a configuration,
// which may be nil, remote images can be named as the head of imgferry.h shows, such as "image:app:1". Nothing is sent
// yet.
func NewImages(engine *Engine, config *Config, options *RegistryOptions) (*Images, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(engine)
	defer runtime.KeepAlive(config)
	cOptions, keeps := m.registryOptions(options)
	var cConfig *C.imgferry_config
	if config != nil {
		cConfig = config.c
	}
	var out *C.imgferry_images
	err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_new(engine.c, cConfig, cOptions, &out, failure)
	})
	if keeps.unlessMade(err) != nil {
		return nil, err
	}
	images := &Images{out}
	runtime.SetFinalizer(images, (*Images).Close)
	return images, nil
}

// Close gives up its connections.
func (i *Images) Close() error {
	runtime.SetFinalizer(i, nil)
	C.imgferry_images_free(i.c)
	i.c = nil
	return nil
}

// Via is which way a push goes.
type Via int32

// The ways.
const (
	// The engine pushes.
	ViaEngine Via = C.IMGFERRY_PUSH_ENGINE
	// The image is read from the engine, and compressed and uploaded from here while it comes.
	ViaDirect Via = C.IMGFERRY_PUSH_DIRECT
	// Whichever is likely to be faster; and directly, when the engine's push breaks.
	ViaAuto Via = C.IMGFERRY_PUSH_AUTO
)

// Compression is how layers are compressed that are no more than tars.
type Compression int32

// The compressions.
const (
	CompressionDefault Compression = C.IMGFERRY_COMPRESSION_DEFAULT
	// Levels 1 to 9.
	CompressionGzip Compression = C.IMGFERRY_COMPRESSION_GZIP
	// Levels 1 to 19; nothing for engines before Docker 23.
	CompressionZstd Compression = C.IMGFERRY_COMPRESSION_ZSTD
	// They stay as they are.
	CompressionAsIs Compression = C.IMGFERRY_COMPRESSION_AS_IS
)

// PushImageOptions say how an image is pushed by its name.
type PushImageOptions struct {
	// Leaves the remote name with the image in the engine.
	KeepRemoteName bool
	Via            Via
	// How a direct push compresses layers, and the level of that; 0: the default level.
	Compression      Compression
	CompressionLevel int
	// A file in which direct pushes remember what they made of layers; "": none.
	LayerCache string
	// A folder in which a direct push keeps large layers while they go out; "": none.
	SpoolDir string
	Progress ProgressFunc
}

// PushedImage is what Images.Push did.
type PushedImage struct {
	// The image in the registry, with its tag.
	Image RemoteImage
	// The digest of its manifest; "" when nobody told, which is also a warning.
	Digest string
	// In bytes; not that of the image. -1 when unknown.
	ManifestSize int64
	// Which way it went, and why, in words; "" when it was asked for.
	Via    Via
	Reason string
	// What was noted on the way, each a sentence.
	Warnings []string
}

// Push pushes the image that the engine knows as local to remote; "" for it is the image of that name in the current
// project, or the registry in the local name. Afterwards the engine's names are what they were, unless the options,
// which may be nil, say otherwise.
func (i *Images) Push(ctx context.Context, local, remote string, options *PushImageOptions) (*PushedImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	if options == nil {
		options = &PushImageOptions{}
	}
	c := &make_[C.imgferry_push_image_options](m, 1)[0]
	C.imgferry_push_image_options_init(c, C.sizeof_imgferry_push_image_options)
	c.keep_remote_name = flag(options.KeepRemoteName)
	c.via = C.imgferry_push_via(options.Via)
	c.compression = C.imgferry_compression(options.Compression)
	c.compression_level = C.int32_t(options.CompressionLevel)
	c.layer_cache = m.optional(options.LayerCache)
	c.spool_dir = m.optional(options.SpoolDir)
	cLocal, cRemote := m.text(local), m.optional(remote)
	var out *C.imgferry_pushed_image
	running := &running{progress: options.Progress}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_push(i.c, cLocal, cRemote, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_pushed_image_free(out)
	return &PushedImage{
		Image:        goRemoteImage(C.imgferry_pushed_image_image(out)),
		Digest:       C.GoString(C.imgferry_pushed_image_digest(out)),
		ManifestSize: int64(C.imgferry_pushed_image_manifest_size(out)),
		Via:          Via(C.imgferry_pushed_image_via(out)),
		Reason:       C.GoString(C.imgferry_pushed_image_reason(out)),
		Warnings:     goTexts(C.imgferry_pushed_image_warnings(out)),
	}, nil
}

// PullImageOptions say how an image is pulled by its name.
type PullImageOptions struct {
	// The platform to choose, as `os/architecture[/variant]`. "": the engine's own.
	Platform string
	Progress ProgressFunc
}

// PulledImage is what Images.Pull did.
type PulledImage struct {
	// The image in the engine, and its ID there.
	Image LocalImage
	ID    string
	// The digest of what the remote name stood for; "" when nobody told.
	Digest string
	// Whether the engine had the image already.
	UpToDate bool
	// What was noted on the way, each a sentence.
	Warnings []string
}

// Pull pulls remote into the engine, which then knows it as local, and by no other new name; "" for it is the name that
// follows from the remote one. The options may be nil.
func (i *Images) Pull(ctx context.Context, remote, local string, options *PullImageOptions) (*PulledImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	if options == nil {
		options = &PullImageOptions{}
	}
	c := &make_[C.imgferry_pull_image_options](m, 1)[0]
	C.imgferry_pull_image_options_init(c, C.sizeof_imgferry_pull_image_options)
	c.platform = m.optional(options.Platform)
	cRemote, cLocal := m.text(remote), m.optional(local)
	var out *C.imgferry_pulled_image
	running := &running{progress: options.Progress}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_pull(i.c, cRemote, cLocal, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_pulled_image_free(out)
	return &PulledImage{
		Image:    goLocalImage(C.imgferry_pulled_image_image(out)),
		ID:       C.GoString(C.imgferry_pulled_image_id(out)),
		Digest:   C.GoString(C.imgferry_pulled_image_digest(out)),
		UpToDate: C.imgferry_pulled_image_up_to_date(out) != 0,
		Warnings: goTexts(C.imgferry_pulled_image_warnings(out)),
	}, nil
}

// Digest is the digest of an image in its registry.
func (i *Images) Digest(ctx context.Context, remote string) (string, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cRemote := m.text(remote)
	var out *C.imgferry_text
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_digest(i.c, cRemote, call, &out, failure)
	})
	return takeText(out), err
}

// Size is the size of an image in its registry.
func (i *Images) Size(ctx context.Context, remote string) (*ImageSize, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cRemote := m.text(remote)
	var out *C.imgferry_image_size
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_size(i.c, cRemote, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_image_size_free(out)
	return goImageSize(out), nil
}

// Tags are the tags of an image in its registry, one image for each, sorted by tag.
func (i *Images) Tags(ctx context.Context, remote string) ([]RemoteImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cRemote := m.text(remote)
	var out *C.imgferry_remote_image_list
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_tags(i.c, cRemote, call, &out, failure)
	})
	return takeRemoteImages(out), err
}

// TagSize is a tag in a registry, with the size of its image in bytes.
type TagSize struct {
	Name string
	Size int64
}

// TagInfo is the tag of an image, and its size in its registry.
func (i *Images) TagInfo(ctx context.Context, remote string) (TagSize, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cRemote := m.text(remote)
	var out *C.imgferry_tag
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_tag_info(i.c, cRemote, call, &out, failure)
	})
	defer C.imgferry_tag_free(out)
	return TagSize{C.GoString(C.imgferry_tag_name(out)), int64(C.imgferry_tag_size(out))}, err
}

// List are the images of a cluster's registry, without tags and sorted; "" is the current cluster.
func (i *Images) List(ctx context.Context, clusterName string) ([]RemoteImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cName := m.optional(clusterName)
	var out *C.imgferry_remote_image_list
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_list(i.c, cName, call, &out, failure)
	})
	return takeRemoteImages(out), err
}

// Remove removes an image, with all its tags, from its registry, and tells its digest. "" for the digest is the one
// that the name stands for now.
func (i *Images) Remove(ctx context.Context, remote, digest string) (string, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cRemote, cDigest := m.text(remote), m.optional(digest)
	var out *C.imgferry_text
	err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_rm(i.c, cRemote, cDigest, call, &out, failure)
	})
	return takeText(out), err
}

// Registry is the registry of an image, for everything that a registry can do.
func (i *Images) Registry(remote string) (*Registry, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(i)
	cRemote := m.text(remote)
	var out *C.imgferry_registry
	if err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_images_registry(i.c, cRemote, &out, failure)
	}); err != nil {
		return nil, err
	}
	return ownRegistry(out), nil
}
