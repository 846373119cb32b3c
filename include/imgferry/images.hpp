/** Images of one engine and of any registries, moved by their names. */

#ifndef IMGFERRY_IMAGES_HPP
#define IMGFERRY_IMAGES_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../imgferry.h"
#include "call.hpp"
#include "config.hpp"
#include "engine.hpp"
#include "naming.hpp"
#include "registry.hpp"

namespace imgferry {

/** Which way a push goes. */
enum class PushVia : imgferry_push_via {
    /** The engine pushes. */
    engine = IMGFERRY_PUSH_ENGINE,
    /** The image is read from the engine, and compressed and uploaded from here. */
    direct = IMGFERRY_PUSH_DIRECT,
    /** Whichever is likely to be faster; and directly, when the engine's push cannot pass. */
    fastest = IMGFERRY_PUSH_AUTO,
};

/** How layers are compressed that are no more than tars. Later versions may add some. */
enum class Compression : imgferry_compression {
    /** As what takes it says. */
    by_default = IMGFERRY_COMPRESSION_DEFAULT,
    /** Every registry and engine takes it; the levels are 1 to 9. */
    gzip = IMGFERRY_COMPRESSION_GZIP,
    /** Faster and smaller, but nothing for engines before Docker 23; the levels are 1 to 19. */
    zstd = IMGFERRY_COMPRESSION_ZSTD,
    as_is = IMGFERRY_COMPRESSION_AS_IS,
};

/** How an image is pushed by its name. */
struct PushImageOptions {
    /** Leaves the remote name with the image in the engine. */
    bool keep_remote_name = false;
    /** Which way the push goes. */
    PushVia via = PushVia::engine;
    /** For a direct push; the default is gzip. */
    Compression compression = Compression::by_default;
    /** 0: the default level. */
    std::int32_t compression_level = 0;
    /** A file in which direct pushes remember what they made of layers. */
    std::optional<std::string> layer_cache{};
    /** A folder in which a direct push keeps large layers while they go out. */
    std::optional<std::string> spool_dir{};

    imgferry_push_image_options to_c(detail::Input &in) const
    {
        imgferry_push_image_options filled = detail::initialised(imgferry_push_image_options_init);
        filled.keep_remote_name = detail::flag(keep_remote_name);
        filled.via = static_cast<imgferry_push_via>(via);
        filled.compression = static_cast<imgferry_compression>(compression);
        filled.compression_level = compression_level;
        filled.layer_cache = in.optional("layer_cache", layer_cache);
        filled.spool_dir = in.optional("spool_dir", spool_dir);
        return filled;
    }
};

/** How an image is pulled by its name. */
struct PullImageOptions {
    /** As `os/architecture[/variant]`. Default: the engine's own. */
    std::optional<std::string> platform{};

    imgferry_pull_image_options to_c(detail::Input &in) const
    {
        imgferry_pull_image_options filled = detail::initialised(imgferry_pull_image_options_init);
        filled.platform = in.optional("platform", platform);
        return filled;
    }
};

/** What Images::push did. */
class PushedImage : public Handle<imgferry_pushed_image, imgferry_pushed_image_free> {
public:
    using Owned::Owned;

    /** The image in the registry, with its tag. */
    RemoteImageView image() const noexcept
    {
        return RemoteImageView(imgferry_pushed_image_image(get()));
    }

    /** Of its manifest; "" when nobody told, which is also a warning. */
    std::string_view digest() const noexcept { return imgferry_pushed_image_digest(get()); }

    /** Of its manifest (not of the image), in bytes. */
    std::optional<std::uint64_t> manifest_size() const noexcept
    {
        return detail::known(imgferry_pushed_image_manifest_size(get()));
    }

    /** Which way it went, PushVia::engine or PushVia::direct, and why, in words. */
    PushVia via() const noexcept { return static_cast<PushVia>(imgferry_pushed_image_via(get())); }
    std::string_view reason() const noexcept { return imgferry_pushed_image_reason(get()); }

    /** What was noted on the way, each a sentence. */
    TextListView warnings() const noexcept
    {
        return TextListView(imgferry_pushed_image_warnings(get()));
    }
};

/** What Images::pull did. */
class PulledImage : public Handle<imgferry_pulled_image, imgferry_pulled_image_free> {
public:
    using Owned::Owned;

    /** The image in the engine. */
    LocalImageView image() const noexcept
    {
        return LocalImageView(imgferry_pulled_image_image(get()));
    }

    /** Its ID in the engine. */
    std::string_view id() const noexcept { return imgferry_pulled_image_id(get()); }

    /** Of what the remote name stood for; "" when nobody told. */
    std::string_view digest() const noexcept { return imgferry_pulled_image_digest(get()); }

    /** Whether the engine had the image already. */
    bool up_to_date() const noexcept { return imgferry_pulled_image_up_to_date(get()) != 0; }

    /** What was noted on the way, each a sentence. */
    TextListView warnings() const noexcept
    {
        return TextListView(imgferry_pulled_image_warnings(get()));
    }
};

/** A tag in a registry, with the size of its image. */
class Tag : public Handle<imgferry_tag, imgferry_tag_free> {
public:
    using Owned::Owned;

    /** The tag itself. */
    std::string_view name() const noexcept { return imgferry_tag_name(get()); }

    /** In bytes. */
    std::uint64_t size() const noexcept { return imgferry_tag_size(get()); }
};

/**
 * Images of one engine and of any registries. Any thread.
 *
 * A remote image is named as Docker names it; with a Config also by "image:" URIs, which the head
 * of imgferry.h shows. A missing tag is "latest". What the failures of a function are stands with
 * its namesake in imgferry.h: Images::push is imgferry_images_push.
 */
class Images : public Handle<imgferry_images, imgferry_images_free> {
public:
    using Owned::Owned;

    /**
     * Uses `engine` for transfers, and the options for every registry; with a Config, the logins
     * of that as well. All three may go before this. Nothing is sent yet.
     */
    template <class F = Throws>
    static Out<Images, F> of(const Engine &engine, const RegistryOptions &options = {},
                             const F &form = {})
    {
        return of(engine, Config(), options, form);
    }
    template <class F = Throws>
    static Out<Images, F> of(const Engine &engine, const Config &config,
                             const RegistryOptions &options = {}, const F &form = {})
    {
        detail::Input in;
        return detail::make<Images>(form, in, imgferry_images_new, engine.get(), config.get(),
                                    detail::pointer(options.to_c(in)));
    }

    /**
     * Pushes the image that the engine knows as `local`. Without a `remote` it goes to the image of
     * that name in the current project, or else to the registry in the local name.
     */
    template <class C = Call>
    Out<PushedImage, C> push(std::string_view local, std::optional<std::string_view> remote = {},
                             const PushImageOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<PushedImage>(call, in, imgferry_images_push, get(),
                                         in.text("local", local), in.optional("remote", remote),
                                         detail::pointer(options.to_c(in)));
    }

    /** Pulls `remote` into the engine, which then knows it as `local`, or by a name made of it. */
    template <class C = Call>
    Out<PulledImage, C> pull(std::string_view remote, std::optional<std::string_view> local = {},
                             const PullImageOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<PulledImage>(call, in, imgferry_images_pull, get(),
                                         in.text("remote", remote), in.optional("local", local),
                                         detail::pointer(options.to_c(in)));
    }

    /** The digest of an image in its registry. */
    template <class C = Call>
    Out<std::string, C> digest(std::string_view remote, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::string>(call, in, imgferry_images_digest, get(),
                                         in.text("remote", remote));
    }

    /** The size of an image in its registry. */
    template <class C = Call>
    Out<ImageSize, C> size(std::string_view remote, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ImageSize>(call, in, imgferry_images_size, get(),
                                       in.text("remote", remote));
    }

    /** The images of a cluster's registry, without tags and sorted; default: the current one. */
    template <class C = Call>
    Out<RemoteImageList, C> list(std::optional<std::string_view> cluster_name = {},
                                 const C &call = {}) const
    {
        detail::Input in;
        return detail::call<RemoteImageList>(call, in, imgferry_images_list, get(),
                                             in.optional("cluster_name", cluster_name));
    }

    /** The tags of an image in its registry, one image for each, sorted by tag. */
    template <class C = Call>
    Out<RemoteImageList, C> tags(std::string_view remote, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<RemoteImageList>(call, in, imgferry_images_tags, get(),
                                             in.text("remote", remote));
    }

    /** The tag of an image and its size in its registry. */
    template <class C = Call>
    Out<Tag, C> tag_info(std::string_view remote, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Tag>(call, in, imgferry_images_tag_info, get(),
                                 in.text("remote", remote));
    }

    /** Removes an image, with all its tags, from its registry; gives its digest. */
    template <class C = Call>
    Out<std::string, C> rm(std::string_view remote, std::optional<std::string_view> digest = {},
                           const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::string>(call, in, imgferry_images_rm, get(),
                                         in.text("remote", remote), in.optional("digest", digest));
    }

    /** The client for the registry of an image. Nothing is sent. */
    template <class F = Throws>
    Out<Registry, F> registry(std::string_view remote, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<Registry>(form, in, imgferry_images_registry, get(),
                                      in.text("remote", remote));
    }
};

} // namespace imgferry

#endif
