/** Places where images are, and copies from one to another. */

#ifndef IMGFERRY_PLACE_HPP
#define IMGFERRY_PLACE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../imgferry.h"
#include "call.hpp"
#include "engine.hpp"
#include "images.hpp"
#include "registry.hpp"

namespace imgferry {

class Place;
class Inspected;
class Deleted;
class ListedImage;

/** The images at a place. */
using ListedImageList =
    Owned<Range<ListedImage, imgferry_listed_image_list, imgferry_listed_image_list_count,
                imgferry_listed_image_list_at>,
          imgferry_listed_image_list_free>;

/**
 * Where an image is, or shall be: a registry, an engine, an archive as `docker save` makes it, or
 * an OCI image layout in a folder or a tar. Any thread.
 */
class PlaceView : public View<imgferry_place> {
public:
    using View::View;

    /** In skopeo's spelling, which Place::parse reads. */
    std::string_view text() const noexcept { return imgferry_place_text(get()); }

    /** What is there: the manifest, the platforms, the image for one of them and its layers. */
    template <class C = Call>
    Out<Inspected, C> inspect(std::optional<std::string_view> platform = {},
                              const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Inspected>(call, in, imgferry_place_inspect, get(),
                                       in.optional("platform", platform));
    }

    /** The images there, one for each name that they have. */
    template <class C = Call>
    Out<ListedImageList, C> list(const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ListedImageList>(call, in, imgferry_place_list, get());
    }

    /** Removes the image from there: imgferry_place_delete, which says what that means where. */
    template <class C = Call>
    Out<Deleted, C> remove(const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Deleted>(call, in, imgferry_place_delete, get());
    }
};

/** A place of your own. The engine or registry that it was made with may go before it. */
class Place : public Owned<PlaceView, imgferry_place_free> {
public:
    using Owned::Owned;

    /**
     * The place that a text names in skopeo's spelling: "docker://HOST/PATH", "docker-daemon:NAME"
     * (then with the engine), "docker-archive:FILE", "oci:FOLDER" or "oci-archive:FILE".
     */
    template <class F = Throws>
    static Out<Place, F> parse(std::string_view text, const Engine &engine,
                               const RegistryOptions &options = {}, const F &form = {})
    {
        detail::Input in;
        return detail::make<Place>(form, in, imgferry_place_parse, in.text("text", text),
                                   engine.get(), detail::pointer(options.to_c(in)));
    }
    template <class F = Throws>
    static Out<Place, F> parse(std::string_view text, const RegistryOptions &options = {},
                               const F &form = {})
    {
        return parse(text, Engine(), options, form);
    }

    /** An image in a registry; without tag and digest, its tag "latest". */
    template <class F = Throws>
    static Out<Place, F> registry(const Registry &registry, std::string_view image,
                                  const F &form = {})
    {
        detail::Input in;
        return detail::make<Place>(form, in, imgferry_place_registry, registry.get(),
                                   in.text("image", image));
    }

    /** An image in an engine; "" for all, to be listed. */
    template <class F = Throws>
    static Out<Place, F> engine(const Engine &engine, std::string_view image, const F &form = {})
    {
        detail::Input in;
        return detail::make<Place>(form, in, imgferry_place_engine, engine.get(),
                                   in.text("image", image));
    }

    /** An image in an archive as `docker save` and podman make it. */
    template <class F = Throws>
    static Out<Place, F> docker_archive(std::string_view path,
                                        std::optional<std::string_view> image = {},
                                        const F &form = {})
    {
        detail::Input in;
        return detail::make<Place>(form, in, imgferry_place_docker_archive, in.text("path", path),
                                   in.optional("image", image));
    }

    /** An image in a folder with an OCI image layout, by its name there, or "@" and its digest. */
    template <class F = Throws>
    static Out<Place, F> oci_layout(std::string_view path,
                                    std::optional<std::string_view> image = {},
                                    const F &form = {})
    {
        detail::Input in;
        return detail::make<Place>(form, in, imgferry_place_oci_layout, in.text("path", path),
                                   in.optional("image", image));
    }

    /** The same in a tar. */
    template <class F = Throws>
    static Out<Place, F> oci_archive(std::string_view path,
                                     std::optional<std::string_view> image = {},
                                     const F &form = {})
    {
        detail::Input in;
        return detail::make<Place>(form, in, imgferry_place_oci_archive, in.text("path", path),
                                   in.optional("image", image));
    }
};

/** What is at a place. */
class Inspected : public Handle<imgferry_inspected, imgferry_inspected_free> {
public:
    using Owned::Owned;

    /** These two are those of the manifest or index; "" where there is none. */
    std::string_view digest() const noexcept { return imgferry_inspected_digest(get()); }
    std::string_view media_type() const noexcept { return imgferry_inspected_media_type(get()); }

    /** The manifest or index as it is; an empty view where there is none, and for an engine. */
    ManifestView manifest() const noexcept
    {
        return ManifestView(imgferry_inspected_manifest(get()));
    }

    /** The platforms that the index names; empty for what is not an index. */
    ImagePlatformListView platforms() const noexcept
    {
        return ImagePlatformListView(imgferry_inspected_platforms(get()));
    }

    /** Whether there is an image for the platform; what follows is empty when there is none. */
    bool has_image() const noexcept { return imgferry_inspected_has_image(get()) != 0; }

    /** The own manifest of the image, which an index lists. */
    ManifestView image_manifest() const noexcept
    {
        return ManifestView(imgferry_inspected_image_manifest(get()));
    }

    /** How the image is run. */
    ImageConfigView image_config() const noexcept
    {
        return ImageConfigView(imgferry_inspected_image_config(get()));
    }

    /** Its layers, the lowest first; empty for an engine. */
    DescriptorListView image_layers() const noexcept
    {
        return DescriptorListView(imgferry_inspected_image_layers(get()));
    }

    /** In bytes: the config and each layer once. */
    std::uint64_t image_size() const noexcept { return imgferry_inspected_image_size(get()); }

    /** What was noted on the way, each a sentence. */
    TextListView warnings() const noexcept
    {
        return TextListView(imgferry_inspected_warnings(get()));
    }
};

/** An image at a place, in a ListedImageList, to which it belongs. */
class ListedImage : public View<imgferry_listed_image> {
public:
    using View::View;

    /** Where it is, to be inspected, copied or removed. */
    PlaceView place() const noexcept { return PlaceView(imgferry_listed_image_place(get())); }

    /** In a registry its tag, elsewhere mostly a reference or a tag; "" when it has none. */
    std::string_view name() const noexcept { return imgferry_listed_image_name(get()); }

    /** These two are there where the list says them. */
    std::string_view digest() const noexcept { return imgferry_listed_image_digest(get()); }
    std::string_view id() const noexcept { return imgferry_listed_image_id(get()); }
};

/** What PlaceView::remove did. */
class Deleted : public Handle<imgferry_deleted, imgferry_deleted_free> {
public:
    using Owned::Owned;

    /** The names and the digests or IDs that are gone. */
    RemovedView removed() const noexcept { return RemovedView(imgferry_deleted_removed(get())); }

    /** How many bytes that freed, in a layout. */
    std::uint64_t space_reclaimed() const noexcept
    {
        return imgferry_deleted_space_reclaimed(get());
    }

    /** For instance that blobs stay because somebody else writes to the layout. */
    TextListView warnings() const noexcept
    {
        return TextListView(imgferry_deleted_warnings(get()));
    }
};

/** How an image is copied. */
struct CopyOptions {
    /** Of an image for several, the ones for these, each as `os/arch[/variant]`. */
    std::vector<std::string> platforms{};
    /** The images for all platforms, and the index as it is. */
    bool all_platforms = false;
    /** Also what is attached to the image: signatures, bills of materials. */
    bool referrers = false;
    /** Keeps the digests that manifests have at the source, or fails before anything is written. */
    bool keep_digests = false;
    /** How many blobs move at the same time. 0: 4. */
    std::int32_t parallel = 0;
    /** Default: gzip for those from engines and `docker save` archives, where they are kept. */
    Compression compression = Compression::by_default;
    /** 0: the default level. */
    std::int32_t compression_level = 0;

    imgferry_copy_options to_c(detail::Input &in) const
    {
        imgferry_copy_options filled = detail::initialised(imgferry_copy_options_init);
        filled.platforms = in.list("platforms", platforms);
        filled.platform_count = platforms.size();
        filled.all_platforms = detail::flag(all_platforms);
        filled.referrers = detail::flag(referrers);
        filled.keep_digests = detail::flag(keep_digests);
        filled.parallel = parallel;
        filled.compression = static_cast<imgferry_compression>(compression);
        filled.compression_level = compression_level;
        return filled;
    }
};

/** What copy did. */
class Copied : public Handle<imgferry_copied, imgferry_copied_free> {
public:
    using Owned::Owned;

    /** Of the image at the destination. */
    std::string_view digest() const noexcept { return imgferry_copied_digest(get()); }
    std::string_view media_type() const noexcept { return imgferry_copied_media_type(get()); }

    /** When one image of several was copied. */
    std::string_view platform() const noexcept { return imgferry_copied_platform(get()); }

    /** How many manifests and indexes were written. */
    std::size_t manifests() const noexcept { return imgferry_copied_manifests(get()); }

    /** How many blobs the destination had already. */
    std::size_t existing_blobs() const noexcept { return imgferry_copied_existing_blobs(get()); }

    /** How many blobs were moved, and how many bytes of them. */
    std::size_t blobs() const noexcept { return imgferry_copied_blobs(get()); }
    std::uint64_t bytes() const noexcept { return imgferry_copied_bytes(get()); }

    /** What was noted on the way, each a sentence. */
    TextListView warnings() const noexcept { return TextListView(imgferry_copied_warnings(get())); }
};

/**
 * Copies an image from one place to another, without an engine in between: blobs first and only
 * those that are missing, then the manifests, and last the name.
 */
template <class C = Call>
Out<Copied, C> copy(const PlaceView &source, const PlaceView &destination,
                    const CopyOptions &options = {}, const C &call = {})
{
    detail::Input in;
    return detail::call<Copied>(call, in, imgferry_copy, source.get(), destination.get(),
                                detail::pointer(options.to_c(in)));
}

} // namespace imgferry

#endif
