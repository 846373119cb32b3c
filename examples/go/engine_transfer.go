package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"runtime"
)

// PushOptions say how an engine pushes.
type PushOptions struct {
	// The tag to push, in place of one in the reference.
	Tag string
	// Pushes only this platform, as `os/arch[/variant]`; needs API 1.46.
	Platform string
	// Pushes all tags that the repository has in the engine.
	AllTags bool
	// What to present to the registry instead of the engine's own credentials; without a host.
	Credential *Credential
	Progress   ProgressFunc
}

// TagDigest is a tag that was pushed or pulled, and the digest that it stands for in the registry.
type TagDigest struct {
	Tag, Digest string
}

// Pushed is what Engine.Push did.
type Pushed struct {
	// The name that was pushed, in full and with its tag, or without one when all tags were pushed.
	Reference string
	// The digest of the manifest in the registry; "" when the engine did not tell, or all tags were pushed.
	Digest string
	// The size of the manifest in bytes (not of the image); -1 when unknown.
	ManifestSize int64
	Tags         []TagDigest
	// What the engine noted on the way, each a sentence.
	Warnings []string
}

// Push pushes the image with that name to the registry in that name. The options may be nil.
func (e *Engine) Push(ctx context.Context, reference string, options *PushOptions) (*Pushed, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &PushOptions{}
	}
	c := &make_[C.imgferry_push_options](m, 1)[0]
	C.imgferry_push_options_init(c, C.sizeof_imgferry_push_options)
	c.tag = m.optional(options.Tag)
	c.platform = m.optional(options.Platform)
	c.credential = m.credential(options.Credential)
	c.all_tags = flag(options.AllTags)
	cReference := m.text(reference)
	var out *C.imgferry_pushed
	running := &running{progress: options.Progress}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_push(e.c, cReference, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_pushed_free(out)
	tags := make([]TagDigest, C.imgferry_pushed_tag_count(out))
	for at := range tags {
		tags[at] = TagDigest{
			C.GoString(C.imgferry_pushed_tag_at(out, C.size_t(at))),
			C.GoString(C.imgferry_pushed_tag_digest_at(out, C.size_t(at))),
		}
	}
	return &Pushed{
		Reference:    C.GoString(C.imgferry_pushed_reference(out)),
		Digest:       C.GoString(C.imgferry_pushed_digest(out)),
		ManifestSize: int64(C.imgferry_pushed_manifest_size(out)),
		Tags:         tags,
		Warnings:     goTexts(C.imgferry_pushed_warnings(out)),
	}, nil
}

// PullOptions say how an engine pulls.
type PullOptions struct {
	// The tag or digest to pull, in place of one in the reference.
	Tag string
	// The platform to choose from an index, as `os[/arch[/variant]]`. "": the engine's own.
	Platform string
	// Pulls all tags of the repository.
	AllTags bool
	// What to present to the registry instead of the engine's own credentials; without a host.
	Credential *Credential
	Progress   ProgressFunc
}

// Pulled is what Engine.Pull did.
type Pulled struct {
	// The name that was pulled, in full and with its tag or digest.
	Reference string
	// The digest of what the name stood for in the registry; "" when the engine does not tell.
	Digest string
	Tags   []TagDigest
	// Whether the engine had the image already.
	UpToDate bool
	// What the engine noted on the way, each a sentence.
	Warnings []string
}

// Pull pulls an image; without a tag and a digest "latest". The options may be nil.
func (e *Engine) Pull(ctx context.Context, reference string, options *PullOptions) (*Pulled, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &PullOptions{}
	}
	c := &make_[C.imgferry_pull_options](m, 1)[0]
	C.imgferry_pull_options_init(c, C.sizeof_imgferry_pull_options)
	c.tag = m.optional(options.Tag)
	c.platform = m.optional(options.Platform)
	c.credential = m.credential(options.Credential)
	c.all_tags = flag(options.AllTags)
	cReference := m.text(reference)
	var out *C.imgferry_pulled
	running := &running{progress: options.Progress}
	if err := run(ctx, m, running, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_pull(e.c, cReference, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_pulled_free(out)
	tags := make([]TagDigest, C.imgferry_pulled_tag_count(out))
	for at := range tags {
		tags[at] = TagDigest{
			C.GoString(C.imgferry_pulled_tag_at(out, C.size_t(at))),
			C.GoString(C.imgferry_pulled_tag_digest_at(out, C.size_t(at))),
		}
	}
	return &Pulled{
		Reference: C.GoString(C.imgferry_pulled_reference(out)),
		Digest:    C.GoString(C.imgferry_pulled_digest(out)),
		Tags:      tags,
		UpToDate:  C.imgferry_pulled_up_to_date(out) != 0,
		Warnings:  goTexts(C.imgferry_pulled_warnings(out)),
	}, nil
}

// Distribution is what a registry has under a name, as an engine tells it.
type Distribution struct {
	// The digest of the manifest, its media type and its size in bytes (not of the image).
	Digest, MediaType string
	Size              int64
	// Each as `os/architecture[/variant]`; empty when the engine does not tell.
	Platforms []string
	// The engine's whole document, JSON.
	Document string
}

// InspectDistribution asks the registry, through the engine, what it has under a name. The credential may be nil.
func (e *Engine) InspectDistribution(ctx context.Context, reference string, credential *Credential) (*Distribution, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	cReference, cCredential := m.text(reference), m.credential(credential)
	var out *C.imgferry_distribution
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_inspect_distribution(e.c, cReference, cCredential, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_distribution_free(out)
	return &Distribution{
		Digest:    C.GoString(C.imgferry_distribution_digest(out)),
		MediaType: C.GoString(C.imgferry_distribution_media_type(out)),
		Size:      int64(C.imgferry_distribution_size(out)),
		Platforms: goTexts(C.imgferry_distribution_platforms(out)),
		Document:  C.GoString(C.imgferry_distribution_document(out)),
	}, nil
}

// SearchOptions say how a search is done.
type SearchOptions struct {
	// Filters, each "key=value", such as "is-official=true".
	Filters []string
	// At most so many results, from 1 to 100. 0: the engine's default, which is 25.
	Limit int
	// What to present to the registry instead of the engine's own credentials; without a host.
	Credential *Credential
}

// SearchResult is a repository that was found.
type SearchResult struct {
	Name, Description       string
	StarCount               int64
	IsOfficial, IsAutomated bool
	// The engine's whole document, JSON.
	Document string
}

// Search searches Docker Hub, or the registry whose host stands before the first slash of the term. The options may be
// nil.
func (e *Engine) Search(ctx context.Context, term string, options *SearchOptions) ([]SearchResult, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(e)
	if options == nil {
		options = &SearchOptions{}
	}
	c := &make_[C.imgferry_search_options](m, 1)[0]
	C.imgferry_search_options_init(c, C.sizeof_imgferry_search_options)
	c.filters, c.filter_count = m.texts(options.Filters)
	c.limit = C.uint32_t(options.Limit)
	c.credential = m.credential(options.Credential)
	cTerm := m.text(term)
	var out *C.imgferry_search_result_list
	if err := run(ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_engine_search(e.c, cTerm, c, call, &out, failure)
	}); err != nil {
		return nil, err
	}
	defer C.imgferry_search_result_list_free(out)
	results := make([]SearchResult, C.imgferry_search_result_list_count(out))
	for at := range results {
		result := C.imgferry_search_result_list_at(out, C.size_t(at))
		results[at] = SearchResult{
			Name:        C.GoString(C.imgferry_search_result_name(result)),
			Description: C.GoString(C.imgferry_search_result_description(result)),
			StarCount:   int64(C.imgferry_search_result_star_count(result)),
			IsOfficial:  C.imgferry_search_result_is_official(result) != 0,
			IsAutomated: C.imgferry_search_result_is_automated(result) != 0,
			Document:    C.GoString(C.imgferry_search_result_document(result)),
		}
	}
	return results, nil
}
