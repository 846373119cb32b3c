/** What an Engine tells. Texts and lists live as long as what they came from. */

#ifndef IMGFERRY_ENGINE_RESULTS_HPP
#define IMGFERRY_ENGINE_RESULTS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../imgferry.h"
#include "view.hpp"

namespace imgferry {

/** A tag that was pushed, as far as the engine told. */
struct PushedTag {
    std::string_view tag;
    /** Of its manifest. */
    std::string_view digest;
    /** Of its manifest, in bytes. */
    std::optional<std::uint64_t> manifest_size;
};

/** A tag that was pulled, as far as the engine told. */
struct PulledTag {
    std::string_view tag;
    /** Of what it stood for in the registry. */
    std::string_view digest;
};

namespace detail {

inline PushedTag pushed_tag_at(const imgferry_pushed *pushed, std::size_t index)
{
    return PushedTag{imgferry_pushed_tag_at(pushed, index),
                     imgferry_pushed_tag_digest_at(pushed, index),
                     known(imgferry_pushed_tag_manifest_size_at(pushed, index))};
}

inline PulledTag pulled_tag_at(const imgferry_pulled *pulled, std::size_t index)
{
    return PulledTag{imgferry_pulled_tag_at(pulled, index),
                     imgferry_pulled_tag_digest_at(pulled, index)};
}

} // namespace detail

/** What Engine::push did. */
class Pushed : public Handle<imgferry_pushed, imgferry_pushed_free> {
public:
    using Owned::Owned;

    /** The name that was pushed, in full and with its tag, unless all tags were pushed. */
    std::string_view reference() const noexcept { return imgferry_pushed_reference(get()); }

    /** Of the manifest in the registry; "" when the engine did not tell, or for all tags. */
    std::string_view digest() const noexcept { return imgferry_pushed_digest(get()); }

    /** Of the manifest (not of the image), in bytes. */
    std::optional<std::uint64_t> manifest_size() const noexcept
    {
        return detail::known(imgferry_pushed_manifest_size(get()));
    }

    using Tags =
        Range<PushedTag, imgferry_pushed, imgferry_pushed_tag_count, detail::pushed_tag_at>;
    /** The tags, as far as the engine told. */
    Tags tags() const noexcept { return Tags(get()); }

    /** What the engine noted on the way, each a sentence. */
    TextListView warnings() const noexcept { return TextListView(imgferry_pushed_warnings(get())); }
};

/** What Engine::pull did. */
class Pulled : public Handle<imgferry_pulled, imgferry_pulled_free> {
public:
    using Owned::Owned;

    /** The name that was pulled, in full and with its tag or digest, unless all tags were. */
    std::string_view reference() const noexcept { return imgferry_pulled_reference(get()); }

    /** Of what the name stood for in the registry; "" when the engine does not tell. */
    std::string_view digest() const noexcept { return imgferry_pulled_digest(get()); }

    using Tags =
        Range<PulledTag, imgferry_pulled, imgferry_pulled_tag_count, detail::pulled_tag_at>;
    /** The tags, as far as the engine told. */
    Tags tags() const noexcept { return Tags(get()); }

    /** Whether the engine had the image already. */
    bool up_to_date() const noexcept { return imgferry_pulled_up_to_date(get()) != 0; }

    /** What the engine noted on the way, each a sentence. */
    TextListView warnings() const noexcept { return TextListView(imgferry_pulled_warnings(get())); }
};

/** What Engine::load_image did. */
class Loaded : public Handle<imgferry_loaded, imgferry_loaded_free> {
public:
    using Owned::Owned;

    /** The names of the images that were loaded, as the engine prints them. */
    TextListView names() const noexcept { return TextListView(imgferry_loaded_names(get())); }

    /** The IDs of loaded images that have no name. */
    TextListView ids() const noexcept { return TextListView(imgferry_loaded_ids(get())); }

    /** For instance that a name moved from another image. */
    TextListView warnings() const noexcept { return TextListView(imgferry_loaded_warnings(get())); }
};

/** What an import made. */
class Imported : public Handle<imgferry_imported, imgferry_imported_free> {
public:
    using Owned::Owned;

    /** The ID of the new image. */
    std::string_view id() const noexcept { return imgferry_imported_id(get()); }

    /** What the engine noted on the way, each a sentence. */
    TextListView warnings() const noexcept
    {
        return TextListView(imgferry_imported_warnings(get()));
    }
};

/** What an engine knows of one image. */
class ImageDetails : public Handle<imgferry_image_details, imgferry_image_details_free> {
public:
    using Owned::Owned;

    /** The digest of the config, or on the containerd image store that of the manifest. */
    std::string_view id() const noexcept { return imgferry_image_details_id(get()); }

    /** Its names with tags. */
    TextListView repo_tags() const noexcept
    {
        return TextListView(imgferry_image_details_repo_tags(get()));
    }

    /** Its names with digests. */
    TextListView repo_digests() const noexcept
    {
        return TextListView(imgferry_image_details_repo_digests(get()));
    }

    /** When it was made, in RFC 3339. */
    std::string_view created() const noexcept { return imgferry_image_details_created(get()); }

    /** Who made it, and what that one noted; usually "". */
    std::string_view author() const noexcept { return imgferry_image_details_author(get()); }
    std::string_view comment() const noexcept { return imgferry_image_details_comment(get()); }

    /** The processor it is for, such as "amd64". */
    std::string_view architecture() const noexcept
    {
        return imgferry_image_details_architecture(get());
    }
    std::string_view variant() const noexcept { return imgferry_image_details_variant(get()); }
    std::string_view os() const noexcept { return imgferry_image_details_os(get()); }

    /** In bytes, as the engine's store counts it. */
    std::uint64_t size() const noexcept { return imgferry_image_details_size(get()); }

    /** The diff IDs of its layers, the lowest first. */
    TextListView layers() const noexcept
    {
        return TextListView(imgferry_image_details_layers(get()));
    }

    /** The engine's whole document, JSON. */
    std::string_view document() const noexcept { return imgferry_image_details_document(get()); }
};

/** One step of the making of an image, in a History, to which it belongs. */
class HistoryEntry : public View<imgferry_history_entry> {
public:
    using View::View;

    /** The ID of the image after this step; "" when it is not known here, as in pulled images. */
    std::string_view id() const noexcept { return imgferry_history_entry_id(get()); }

    /** In seconds since 1970. */
    std::int64_t created() const noexcept { return imgferry_history_entry_created(get()); }

    /** What was done. */
    std::string_view created_by() const noexcept
    {
        return imgferry_history_entry_created_by(get());
    }

    /** The names of the image after this step. */
    TextListView tags() const noexcept { return TextListView(imgferry_history_entry_tags(get())); }

    /** How many bytes it added. */
    std::uint64_t size() const noexcept { return imgferry_history_entry_size(get()); }

    /** What its maker noted; usually "". */
    std::string_view comment() const noexcept { return imgferry_history_entry_comment(get()); }

    /** The engine's whole document, JSON. */
    std::string_view document() const noexcept { return imgferry_history_entry_document(get()); }
};

/** How an image was made, the last step first. */
using History =
    Owned<Range<HistoryEntry, imgferry_history, imgferry_history_count, imgferry_history_at>,
          imgferry_history_free>;

/** What a registry has under a name, as the engine tells it. */
class Distribution : public Handle<imgferry_distribution, imgferry_distribution_free> {
public:
    using Owned::Owned;

    /** Of the manifest, which is an index for an image of several platforms. */
    std::string_view digest() const noexcept { return imgferry_distribution_digest(get()); }

    /** Of the manifest. */
    std::string_view media_type() const noexcept
    {
        return imgferry_distribution_media_type(get());
    }

    /** Of the manifest (not of the image), in bytes. */
    std::uint64_t size() const noexcept { return imgferry_distribution_size(get()); }

    /** Each as `os/architecture[/variant]`; empty when the engine does not tell. */
    TextListView platforms() const noexcept
    {
        return TextListView(imgferry_distribution_platforms(get()));
    }

    /** The engine's whole document, JSON. */
    std::string_view document() const noexcept { return imgferry_distribution_document(get()); }
};

/** An image in an ImageList, to which it belongs. */
class ImageSummary : public View<imgferry_image_summary> {
public:
    using View::View;

    /** The digest of the config, or on the containerd image store that of the manifest. */
    std::string_view id() const noexcept { return imgferry_image_summary_id(get()); }

    /** The image it was built on. */
    std::string_view parent_id() const noexcept { return imgferry_image_summary_parent_id(get()); }

    /** Its names with tags. */
    TextListView repo_tags() const noexcept
    {
        return TextListView(imgferry_image_summary_repo_tags(get()));
    }

    /** Its names with digests. */
    TextListView repo_digests() const noexcept
    {
        return TextListView(imgferry_image_summary_repo_digests(get()));
    }

    using Labels =
        Pairs<imgferry_image_summary, imgferry_image_summary_label_count,
              imgferry_image_summary_label_key_at, imgferry_image_summary_label_value_at>;
    /** Sorted by key. */
    Labels labels() const noexcept { return Labels(get()); }

    /** In seconds since 1970. */
    std::int64_t created() const noexcept { return imgferry_image_summary_created(get()); }

    /** In bytes, as the engine's store counts it. */
    std::uint64_t size() const noexcept { return imgferry_image_summary_size(get()); }

    /** How many bytes of it other images have, too, when ListOptions::shared_size asked for it. */
    std::optional<std::uint64_t> shared_size() const noexcept
    {
        return detail::known(imgferry_image_summary_shared_size(get()));
    }

    /** How many containers use it. */
    std::optional<std::uint64_t> containers() const noexcept
    {
        return detail::known(imgferry_image_summary_containers(get()));
    }

    /** The engine's whole document, JSON. */
    std::string_view document() const noexcept { return imgferry_image_summary_document(get()); }
};

/** The images of an engine, in its order: usually the newest first. */
using ImageList = Owned<
    Range<ImageSummary, imgferry_image_list, imgferry_image_list_count, imgferry_image_list_at>,
    imgferry_image_list_free>;

/** What was removed. */
class RemovedView : public View<imgferry_removed> {
public:
    using View::View;

    /** The names or tags that are gone. */
    TextListView untagged() const noexcept
    {
        return TextListView(imgferry_removed_untagged(get()));
    }

    /** The IDs of images and layers that are gone, or the digests of manifests. */
    TextListView deleted() const noexcept { return TextListView(imgferry_removed_deleted(get())); }
};

using Removed = Owned<RemovedView, imgferry_removed_free>;

/** What Engine::prune_images removed. */
class Pruned : public Handle<imgferry_pruned, imgferry_pruned_free> {
public:
    using Owned::Owned;

    /** The names that are gone. */
    TextListView untagged() const noexcept { return TextListView(imgferry_pruned_untagged(get())); }

    /** The IDs of images and layers that are gone. */
    TextListView deleted() const noexcept { return TextListView(imgferry_pruned_deleted(get())); }

    /** In bytes. */
    std::uint64_t space_reclaimed() const noexcept
    {
        return imgferry_pruned_space_reclaimed(get());
    }
};

/** A repository that was found, in a SearchResultList, to which it belongs. */
class SearchResult : public View<imgferry_search_result> {
public:
    using View::View;

    /** As a pull takes it. */
    std::string_view name() const noexcept { return imgferry_search_result_name(get()); }

    /** What its owner says of it. */
    std::string_view description() const noexcept
    {
        return imgferry_search_result_description(get());
    }

    /** How many users like it. */
    std::uint64_t star_count() const noexcept { return imgferry_search_result_star_count(get()); }

    /** Whether Docker publishes it. */
    bool is_official() const noexcept { return imgferry_search_result_is_official(get()) != 0; }

    /** Whether the registry built it; engines since 26 always say no. */
    bool is_automated() const noexcept { return imgferry_search_result_is_automated(get()) != 0; }

    /** The engine's whole document, JSON. */
    std::string_view document() const noexcept { return imgferry_search_result_document(get()); }
};

/** What a search has found. */
using SearchResultList =
    Owned<Range<SearchResult, imgferry_search_result_list, imgferry_search_result_list_count,
                imgferry_search_result_list_at>,
          imgferry_search_result_list_free>;

} // namespace imgferry

#endif
