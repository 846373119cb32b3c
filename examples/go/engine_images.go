package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
	"time"
)

// InspectOptions say what is told of an image.
type InspectOptions struct {
	// The platform to look at, as `os/arch[/variant]`; needs API 1.49. "": the engine's choice.
	Platform string
	// Also the manifests of the image, in the document; needs API 1.48 and the containerd image store.
	Manifests bool
}

// ImageDetails is what an engine knows of one image. "" is what it does not.
type ImageDetails struct {
	// The digest of the config, or on the containerd image store that of the manifest.
	ID                    string
	RepoTags, RepoDigests []string
	// When it was made, in RFC 3339.
	Created                   string
	Author, Comment           string
	OS, Architecture, Variant string
	// In bytes, as the engine's store counts it.
	Size int64
	// The diff IDs of its layers, the lowest first.
	Layers []string
	// The engine's whole document, JSON.
	Document string
}

// InspectImage tells what the engine knows of an image, named by reference or ID. The options may be nil.
func (e *Engine) InspectImage(ctx context.Context, image string, options *InspectOptions) (*ImageDetails, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &InspectOptions{}
	}
	c := &make_[C.imgferry_inspect_options](m, 1)[0]
	C.imgferry_inspect_options_init(c, C.sizeof_imgferry_inspect_options)
	c.platform = m.optional(options.Platform)
	c.manifests = flag(options.Manifests)
	cImage := m.text(image)
	var out *C.imgferry_image_details
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_inspect_image(e.c, cImage, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_image_details_free(out)
	return &ImageDetails{
		ID:           C.GoString(C.imgferry_image_details_id(out)),
		RepoTags:     goTexts(C.imgferry_image_details_repo_tags(out)),
		RepoDigests:  goTexts(C.imgferry_image_details_repo_digests(out)),
		Created:      C.GoString(C.imgferry_image_details_created(out)),
		Author:       C.GoString(C.imgferry_image_details_author(out)),
		Comment:      C.GoString(C.imgferry_image_details_comment(out)),
		OS:           C.GoString(C.imgferry_image_details_os(out)),
		Architecture: C.GoString(C.imgferry_image_details_architecture(out)),
		Variant:      C.GoString(C.imgferry_image_details_variant(out)),
		Size:         int64(C.imgferry_image_details_size(out)),
		Layers:       goTexts(C.imgferry_image_details_layers(out)),
		Document:     C.GoString(C.imgferry_image_details_document(out)),
	}, nil
}

// HistoryEntry is one step of the making of an image.
type HistoryEntry struct {
	// The ID of the image after this step; "" where it is not known, as in pulled images.
	ID        string
	Created   time.Time
	CreatedBy string
	Tags      []string
	// How many bytes it added.
	Size    int64
	Comment string
	// The engine's whole document, JSON.
	Document string
}

// History tells how an image was made, the last step first. "" for the platform is the engine's choice.
func (e *Engine) History(ctx context.Context, image, platform string) ([]HistoryEntry, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	cImage, cPlatform := m.text(image), m.optional(platform)
	var out *C.imgferry_history
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_history(e.c, cImage, cPlatform, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_history_free(out)
	entries := make([]HistoryEntry, C.imgferry_history_count(out))
	for at := range entries {
		entry := C.imgferry_history_at(out, C.size_t(at))
		entries[at] = HistoryEntry{
			ID:        C.GoString(C.imgferry_history_entry_id(entry)),
			Created:   time.Unix(int64(C.imgferry_history_entry_created(entry)), 0),
			CreatedBy: C.GoString(C.imgferry_history_entry_created_by(entry)),
			Tags:      goTexts(C.imgferry_history_entry_tags(entry)),
			Size:      int64(C.imgferry_history_entry_size(entry)),
			Comment:   C.GoString(C.imgferry_history_entry_comment(entry)),
			Document:  C.GoString(C.imgferry_history_entry_document(entry)),
		}
	}
	return entries, nil
}

// ListOptions say which images are listed, and what is told of them.
type ListOptions struct {
	// Only images with this name; "*" and "?" stand for any characters.
	Name string
	// The engine's filters, each "key=value", such as "dangling=true" or "label=key=value".
	Filters []string
	// Also the intermediate images of builds.
	All bool
	// Also how much of each image other images have, too; needs API 1.42.
	SharedSize bool
	// Also the manifests of each image, in its document; needs API 1.47 and the containerd image store.
	Manifests bool
}

// ImageSummary is an image in a list.
type ImageSummary struct {
	ID string
	// The image it was built on; "" when unknown.
	ParentID              string
	RepoTags, RepoDigests []string
	Labels                map[string]string
	Created               time.Time
	// In bytes, as the engine's store counts it.
	Size int64
	// How many bytes of it other images have, too; -1 unless it was asked for.
	SharedSize int64
	// How many containers use it; -1 when the engine does not tell.
	Containers int64
	// The engine's whole document, JSON.
	Document string
}

// Images lists the images of the engine. The options may be nil.
func (e *Engine) Images(ctx context.Context, options *ListOptions) ([]ImageSummary, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &ListOptions{}
	}
	c := &make_[C.imgferry_list_options](m, 1)[0]
	C.imgferry_list_options_init(c, C.sizeof_imgferry_list_options)
	c.name = m.optional(options.Name)
	c.filters, c.filter_count = m.texts(options.Filters)
	c.all = flag(options.All)
	c.shared_size = flag(options.SharedSize)
	c.manifests = flag(options.Manifests)
	var out *C.imgferry_image_list
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_images(e.c, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_image_list_free(out)
	images := make([]ImageSummary, C.imgferry_image_list_count(out))
	for at := range images {
		images[at] = goImageSummary(C.imgferry_image_list_at(out, C.size_t(at)))
	}
	return images, nil
}

func goImageSummary(c *C.imgferry_image_summary) ImageSummary {
	labels := map[string]string{}
	for at := C.size_t(0); at < C.imgferry_image_summary_label_count(c); at++ {
		key := C.GoString(C.imgferry_image_summary_label_key_at(c, at))
		labels[key] = C.GoString(C.imgferry_image_summary_label_value_at(c, at))
	}
	return ImageSummary{
		ID:          C.GoString(C.imgferry_image_summary_id(c)),
		ParentID:    C.GoString(C.imgferry_image_summary_parent_id(c)),
		RepoTags:    goTexts(C.imgferry_image_summary_repo_tags(c)),
		RepoDigests: goTexts(C.imgferry_image_summary_repo_digests(c)),
		Labels:      labels,
		Created:     time.Unix(int64(C.imgferry_image_summary_created(c)), 0),
		Size:        int64(C.imgferry_image_summary_size(c)),
		SharedSize:  int64(C.imgferry_image_summary_shared_size(c)),
		Containers:  int64(C.imgferry_image_summary_containers(c)),
		Document:    C.GoString(C.imgferry_image_summary_document(c)),
	}
}

// RemoveOptions say how an image is removed.
type RemoveOptions struct {
	// Removes only these platforms of it, each as `os/arch[/variant]`; needs Force and API 1.50.
	Platforms []string
	// Also when it has several names, or a stopped container uses it.
	Force bool
	// Keeps the untagged images it was built on.
	NoPrune bool
}

// Removed is what was removed.
type Removed struct {
	// The names or tags that are gone.
	Untagged []string
	// The IDs of images and layers that are gone, or the digests of manifests.
	Deleted []string
}

// RemoveImage takes a name from an image, and removes the image when it was its last one. The options may be nil.
func (e *Engine) RemoveImage(ctx context.Context, image string, options *RemoveOptions) (*Removed, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &RemoveOptions{}
	}
	c := &make_[C.imgferry_remove_options](m, 1)[0]
	C.imgferry_remove_options_init(c, C.sizeof_imgferry_remove_options)
	c.platforms, c.platform_count = m.texts(options.Platforms)
	c.force = flag(options.Force)
	c.no_prune = flag(options.NoPrune)
	cImage := m.text(image)
	var out *C.imgferry_removed
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_remove_image(e.c, cImage, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_removed_free(out)
	return goRemoved(out), nil
}

func goRemoved(c *C.imgferry_removed) *Removed {
	return &Removed{goTexts(C.imgferry_removed_untagged(c)), goTexts(C.imgferry_removed_deleted(c))}
}

// Pruned is what Engine.PruneImages removed.
type Pruned struct {
	Removed
	// In bytes.
	SpaceReclaimed int64
}

// PruneImages removes images that nobody uses: those without a name, or with the filter "dangling=false" all that no
// container uses. Each filter is "key=value".
func (e *Engine) PruneImages(ctx context.Context, filters ...string) (*Pruned, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	texts, count := m.texts(filters)
	var out *C.imgferry_pruned
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_prune_images(e.c, texts, count, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_pruned_free(out)
	return &Pruned{
		Removed:        Removed{goTexts(C.imgferry_pruned_untagged(out)), goTexts(C.imgferry_pruned_deleted(out))},
		SpaceReclaimed: int64(C.imgferry_pruned_space_reclaimed(out)),
	}, nil
}
