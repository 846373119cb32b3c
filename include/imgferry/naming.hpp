/** Names of images: in an engine, and in a registry. */

#ifndef IMGFERRY_NAMING_HPP
#define IMGFERRY_NAMING_HPP

#include <optional>
#include <string_view>

#include "../imgferry.h"
#include "invoke.hpp"
#include "view.hpp"

namespace imgferry {

class LocalImage;
class RemoteImage;

/** The name of an image in an engine: a name with an optional tag or digest, or an image ID. */
class LocalImageView : public View<imgferry_local_image> {
public:
    using View::View;

    /** The image as text, which LocalImage::parse reads. */
    std::string_view text() const noexcept { return imgferry_local_image_text(get()); }
    operator std::string_view() const noexcept { return text(); }

    /** The name as it was given; for an image ID, the ID with its algorithm. */
    std::string_view name() const noexcept { return imgferry_local_image_name(get()); }

    /** A name with neither tag nor digest means "latest" to the engine. */
    std::string_view tag() const noexcept { return imgferry_local_image_tag(get()); }

    /** The digest of the manifest; an image ID is no such digest. */
    std::string_view digest() const noexcept { return imgferry_local_image_digest(get()); }

    /** The image ID with its algorithm; "" when the image is named otherwise. */
    std::string_view id() const noexcept { return imgferry_local_image_id(get()); }

    /** The same name at another tag; a digest is left out. Fails for an image ID. */
    template <class F = Throws>
    Out<LocalImage, F> with_tag(std::string_view tag, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<LocalImage>(form, in, imgferry_local_image_with_tag, get(),
                                        in.text("tag", tag));
    }
};

class LocalImage : public Owned<LocalImageView, imgferry_local_image_free> {
public:
    using Owned::Owned;

    /** Reads `name[:tag][@digest]` or an image ID; Status::invalid_reference when it is neither. */
    template <class F = Throws>
    static Out<LocalImage, F> parse(std::string_view text, const F &form = {})
    {
        detail::Input in;
        return detail::make<LocalImage>(form, in, imgferry_local_image_parse,
                                        in.text("text", text));
    }

    /** The image `name` with `tag`; the name may hold no tag itself. An image ID has none. */
    template <class F = Throws>
    static Out<LocalImage, F> named(std::string_view name,
                                    std::optional<std::string_view> tag = {}, const F &form = {})
    {
        detail::Input in;
        return detail::make<LocalImage>(form, in, imgferry_local_image_new, in.text("name", name),
                                        in.optional("tag", tag));
    }
};

/**
 * The name of an image in a registry: of a platform, which sorts its images by cluster,
 * organization and project, or of any other registry, which is called external.
 */
class RemoteImageView : public View<imgferry_remote_image> {
public:
    using View::View;

    /**
     * The image as text, which reads back as the same image: by RemoteImage::parse, and for one
     * that came from an Images or a Config, by those.
     */
    std::string_view text() const noexcept { return imgferry_remote_image_text(get()); }
    operator std::string_view() const noexcept { return text(); }

    /** The name within the registry, or within the project of a platform. */
    std::string_view name() const noexcept { return imgferry_remote_image_name(get()); }

    /** The tag; "" when there is none. */
    std::string_view tag() const noexcept { return imgferry_remote_image_tag(get()); }

    /** The digest of the manifest, which selects the content, also when there is a tag. */
    std::string_view digest() const noexcept { return imgferry_remote_image_digest(get()); }

    /** Host and port; "" for Docker Hub unless it was named. */
    std::string_view registry() const noexcept { return imgferry_remote_image_registry(get()); }

    /** These three are "" for an external image. */
    std::string_view cluster_name() const noexcept
    {
        return imgferry_remote_image_cluster_name(get());
    }
    std::string_view org_name() const noexcept { return imgferry_remote_image_org_name(get()); }
    std::string_view project_name() const noexcept
    {
        return imgferry_remote_image_project_name(get());
    }

    /** The name by which Docker reaches the image; with scheme, "https://" and the full name. */
    std::string_view docker_url(bool with_scheme = false) const noexcept
    {
        return imgferry_remote_image_docker_url(get(), detail::flag(with_scheme));
    }

    /** The same image at another tag; a digest is left out. */
    template <class F = Throws>
    Out<RemoteImage, F> with_tag(std::string_view tag, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_remote_image_with_tag, get(),
                                         in.text("tag", tag));
    }

    /** The same image at a digest; a tag stays, and is informative from now on. */
    template <class F = Throws>
    Out<RemoteImage, F> with_digest(std::string_view digest, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_remote_image_with_digest, get(),
                                         in.text("digest", digest));
    }
};

class RemoteImage : public Owned<RemoteImageView, imgferry_remote_image_free> {
public:
    using Owned::Owned;

    /** Reads the name of an external image, `[registry/]name[:tag][@digest]`. */
    template <class F = Throws>
    static Out<RemoteImage, F> parse(std::string_view text, const F &form = {})
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_remote_image_parse,
                                         in.text("text", text));
    }

    /** The image `name` of any registry; without one, of Docker Hub or the one in the name. */
    template <class F = Throws>
    static Out<RemoteImage, F> external(std::string_view name,
                                        std::optional<std::string_view> registry = {},
                                        std::optional<std::string_view> tag = {},
                                        const F &form = {})
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_remote_image_new_external,
                                         in.text("name", name), in.optional("registry", registry),
                                         in.optional("tag", tag));
    }

    /** The image `name` of a project; its registry knows it as `[org_name/]project_name/name`. */
    template <class F = Throws>
    static Out<RemoteImage, F> platform(std::string_view name, std::string_view registry,
                                        std::string_view project_name,
                                        std::optional<std::string_view> org_name,
                                        std::string_view cluster_name,
                                        std::optional<std::string_view> tag = {},
                                        const F &form = {})
    {
        detail::Input in;
        return detail::make<RemoteImage>(
            form, in, imgferry_remote_image_new_platform, in.text("name", name),
            in.text("registry", registry), in.text("project_name", project_name),
            in.optional("org_name", org_name), in.text("cluster_name", cluster_name),
            in.optional("tag", tag));
    }
};

/** Images in a registry. */
using RemoteImageList =
    Owned<Range<RemoteImageView, imgferry_remote_image_list, imgferry_remote_image_list_count,
                imgferry_remote_image_list_at>,
          imgferry_remote_image_list_free>;

} // namespace imgferry

#endif
