/** What a Registry tells. Texts and lists live as long as what they came from. */

#ifndef IMGFERRY_REGISTRY_RESULTS_HPP
#define IMGFERRY_REGISTRY_RESULTS_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../imgferry.h"
#include "bytes.hpp"
#include "view.hpp"

namespace imgferry {

/** A manifest, byte for byte. */
class ManifestView : public View<imgferry_manifest> {
public:
    using View::View;

    /** JSON; Bytes::text gives it as text. */
    Bytes data() const noexcept
    {
        return Bytes(imgferry_manifest_data(get()), imgferry_manifest_length(get()));
    }

    /** Of the bytes; it was verified. */
    std::string_view digest() const noexcept { return imgferry_manifest_digest(get()); }

    /** From the document itself, or else from the answer that brought it. */
    std::string_view media_type() const noexcept { return imgferry_manifest_media_type(get()); }
};

using Manifest = Owned<ManifestView, imgferry_manifest_free>;

/** What a registry says of a manifest without sending it; nothing is verified. */
class ManifestHead : public Handle<imgferry_manifest_head, imgferry_manifest_head_free> {
public:
    using Owned::Owned;

    /** "" when the registry does not say it, and so the media type. */
    std::string_view digest() const noexcept { return imgferry_manifest_head_digest(get()); }

    std::string_view media_type() const noexcept
    {
        return imgferry_manifest_head_media_type(get());
    }

    /** In bytes (not that of the image). */
    std::optional<std::uint64_t> size() const noexcept
    {
        return detail::known(imgferry_manifest_head_size(get()));
    }
};

/** How much of a registry the image for one platform takes, in bytes. */
class PlatformSize : public View<imgferry_platform_size> {
public:
    using View::View;

    /** As `os/architecture[/variant]`; "" when only the config of the image says it. */
    std::string_view platform() const noexcept { return imgferry_platform_size_platform(get()); }

    /** Of the manifest of the image for this platform. */
    std::string_view digest() const noexcept { return imgferry_platform_size_digest(get()); }

    /** The config and the layers together. */
    std::uint64_t total() const noexcept { return imgferry_platform_size_total(get()); }

    /** The config alone. */
    std::uint64_t config() const noexcept { return imgferry_platform_size_config(get()); }

    /** Each counted once. */
    std::uint64_t layers() const noexcept { return imgferry_platform_size_layers(get()); }

    /** Layers that are not in the registry; in no other number. */
    std::uint64_t foreign() const noexcept { return imgferry_platform_size_foreign(get()); }
};

/** How much of a registry an image takes, in bytes as they are stored: mostly compressed. */
class ImageSizeView : public View<imgferry_image_size> {
public:
    using View::View;

    /** All blobs together, each counted once; manifests are not counted. */
    std::uint64_t total() const noexcept { return imgferry_image_size_total(get()); }

    /** The digests of manifests that the index lists and the registry does not have. */
    TextListView missing() const noexcept
    {
        return TextListView(imgferry_image_size_missing(get()));
    }

    using Platforms = Range<PlatformSize, imgferry_image_size, imgferry_image_size_platform_count,
                            imgferry_image_size_platform_at>;

    /** One for an image that is not an index. */
    Platforms platforms() const noexcept { return Platforms(get()); }
};

using ImageSize = Owned<ImageSizeView, imgferry_image_size_free>;

/** A blob came into a repository so. Later versions may add some. */
enum class UploadWay : imgferry_upload_way {
    /** It was there. */
    existed = IMGFERRY_UPLOAD_EXISTED,
    /** It was in another repository of the registry. */
    mounted = IMGFERRY_UPLOAD_MOUNTED,
    /** In one request. */
    whole = IMGFERRY_UPLOAD_WHOLE,
    /** In several requests. */
    chunks = IMGFERRY_UPLOAD_CHUNKS,
};

/** A blob that was uploaded. */
class UploadedBlob : public Handle<imgferry_uploaded_blob, imgferry_uploaded_blob_free> {
public:
    using Owned::Owned;

    /** As manifests name it. */
    std::string_view digest() const noexcept { return imgferry_uploaded_blob_digest(get()); }

    /** In bytes. */
    std::uint64_t size() const noexcept { return imgferry_uploaded_blob_size(get()); }

    /** How it came into the repository. */
    UploadWay way() const noexcept
    {
        return static_cast<UploadWay>(imgferry_uploaded_blob_way(get()));
    }

    /** How many bytes of it went out, with those that had to be sent again. */
    std::uint64_t sent() const noexcept { return imgferry_uploaded_blob_sent(get()); }
};

/** One image behind a name, in an ImagePlatformList, to which it belongs. */
class ImagePlatform : public View<imgferry_image_platform> {
public:
    using View::View;

    /** As `os/architecture[/variant]`, which options and arguments for platforms take. */
    std::string_view platform() const noexcept { return imgferry_image_platform_platform(get()); }

    /** The parts of that. */
    std::string_view os() const noexcept { return imgferry_image_platform_os(get()); }
    std::string_view architecture() const noexcept
    {
        return imgferry_image_platform_architecture(get());
    }
    std::string_view variant() const noexcept { return imgferry_image_platform_variant(get()); }

    /** These two are what only Windows images have. */
    std::string_view os_version() const noexcept
    {
        return imgferry_image_platform_os_version(get());
    }
    TextListView os_features() const noexcept
    {
        return TextListView(imgferry_image_platform_os_features(get()));
    }

    /** Of its manifest. */
    std::string_view digest() const noexcept { return imgferry_image_platform_digest(get()); }
};

/** The platforms that an image is for, in the order of its index. */
using ImagePlatformListView =
    Range<ImagePlatform, imgferry_image_platform_list, imgferry_image_platform_list_count,
          imgferry_image_platform_list_at>;
using ImagePlatformList = Owned<ImagePlatformListView, imgferry_image_platform_list_free>;

/** How an image is run, and what it is made of. */
class ImageConfigView : public View<imgferry_image_config> {
public:
    using View::View;

    /** As `os/architecture[/variant]`. */
    std::string_view platform() const noexcept { return imgferry_image_config_platform(get()); }

    /** The parts of that. */
    std::string_view os() const noexcept { return imgferry_image_config_os(get()); }
    std::string_view architecture() const noexcept
    {
        return imgferry_image_config_architecture(get());
    }
    std::string_view variant() const noexcept { return imgferry_image_config_variant(get()); }

    /** When it was made, in RFC 3339. */
    std::string_view created() const noexcept { return imgferry_image_config_created(get()); }
    std::string_view author() const noexcept { return imgferry_image_config_author(get()); }

    using Labels = Pairs<imgferry_image_config, imgferry_image_config_label_count,
                         imgferry_image_config_label_key_at, imgferry_image_config_label_value_at>;
    /** Sorted by key. */
    Labels labels() const noexcept { return Labels(get()); }

    /** Each as `NAME=value`. */
    TextListView env() const noexcept { return TextListView(imgferry_image_config_env(get())); }

    /** The program that is run, with its first arguments. */
    TextListView entrypoint() const noexcept
    {
        return TextListView(imgferry_image_config_entrypoint(get()));
    }

    /** The arguments that follow, or the program when there is no entry point. */
    TextListView cmd() const noexcept { return TextListView(imgferry_image_config_cmd(get())); }

    /** "" is the root. */
    std::string_view working_dir() const noexcept
    {
        return imgferry_image_config_working_dir(get());
    }

    /** A name or a number, perhaps with a group; "" is root. */
    std::string_view user() const noexcept { return imgferry_image_config_user(get()); }

    /** Each as `number/protocol`. */
    TextListView exposed_ports() const noexcept
    {
        return TextListView(imgferry_image_config_exposed_ports(get()));
    }

    /** The folders that are to be volumes. */
    TextListView volumes() const noexcept
    {
        return TextListView(imgferry_image_config_volumes(get()));
    }

    /** The digests of the uncompressed bytes of its layers, the lowest first. */
    TextListView diff_ids() const noexcept
    {
        return TextListView(imgferry_image_config_diff_ids(get()));
    }

    /** The whole document, JSON. */
    std::string_view document() const noexcept { return imgferry_image_config_document(get()); }
};

using ImageConfig = Owned<ImageConfigView, imgferry_image_config_free>;

/** What a registry has under a tag. */
class TagInfo : public Handle<imgferry_tag_info, imgferry_tag_info_free> {
public:
    using Owned::Owned;

    /** "" when it was asked for by digest. */
    std::string_view tag() const noexcept { return imgferry_tag_info_tag(get()); }

    /** These three are those of its manifest or index, the size in bytes. */
    std::string_view digest() const noexcept { return imgferry_tag_info_digest(get()); }
    std::string_view media_type() const noexcept { return imgferry_tag_info_media_type(get()); }
    std::uint64_t manifest_size() const noexcept { return imgferry_tag_info_manifest_size(get()); }

    /** What kind of artifact it is; "" for an image. */
    std::string_view artifact_type() const noexcept
    {
        return imgferry_tag_info_artifact_type(get());
    }

    /** Empty for what is not an image. */
    ImagePlatformListView platforms() const noexcept
    {
        return ImagePlatformListView(imgferry_tag_info_platforms(get()));
    }

    /** When it was made, in RFC 3339; of several platforms, that of this machine counts. */
    std::string_view created() const noexcept { return imgferry_tag_info_created(get()); }

    using Labels = Pairs<imgferry_tag_info, imgferry_tag_info_label_count,
                         imgferry_tag_info_label_key_at, imgferry_tag_info_label_value_at>;

    /** Of the same platform. */
    Labels labels() const noexcept { return Labels(get()); }

    /** How much of the registry it takes. */
    ImageSizeView size() const noexcept { return ImageSizeView(imgferry_tag_info_size(get())); }
};

/** What is told of one manifest or layer, in a DescriptorList, to which it belongs. */
class Descriptor : public View<imgferry_descriptor> {
public:
    using View::View;

    /** "" when nobody says it. */
    std::string_view media_type() const noexcept { return imgferry_descriptor_media_type(get()); }
    std::string_view digest() const noexcept { return imgferry_descriptor_digest(get()); }

    /** In bytes, of a manifest that of the manifest alone. */
    std::uint64_t size() const noexcept { return imgferry_descriptor_size(get()); }

    /** Other places to get the content from. */
    TextListView urls() const noexcept { return TextListView(imgferry_descriptor_urls(get())); }

    /** What kind of artifact it is; "" for an image. */
    std::string_view artifact_type() const noexcept
    {
        return imgferry_descriptor_artifact_type(get());
    }

    using Annotations =
        Pairs<imgferry_descriptor, imgferry_descriptor_annotation_count,
              imgferry_descriptor_annotation_key_at, imgferry_descriptor_annotation_value_at>;
    /** Free notes, sorted by key. */
    Annotations annotations() const noexcept { return Annotations(get()); }
};

using DescriptorListView = Range<Descriptor, imgferry_descriptor_list,
                                 imgferry_descriptor_list_count, imgferry_descriptor_list_at>;
using DescriptorList = Owned<DescriptorListView, imgferry_descriptor_list_free>;

/** How often a registry may be asked: what it says of the requests it counts. */
class RateLimit : public Handle<imgferry_rate_limit, imgferry_rate_limit_free> {
public:
    using Owned::Owned;

    /** How many are allowed in a window of time. */
    std::optional<std::uint64_t> limit() const noexcept
    {
        return detail::known(imgferry_rate_limit_limit(get()));
    }

    /** How many of them are left. */
    std::optional<std::uint64_t> remaining() const noexcept
    {
        return detail::known(imgferry_rate_limit_remaining(get()));
    }

    /** The time for which they are counted. */
    std::optional<std::chrono::milliseconds> window() const noexcept
    {
        return detail::known_time(imgferry_rate_limit_window_ms(get()));
    }

    /** Whom the registry counts them for, an address or an account. */
    std::string_view source() const noexcept { return imgferry_rate_limit_source(get()); }
};

} // namespace imgferry

#endif
