/** A Docker Engine, and everything that it can do with images. */

#ifndef IMGFERRY_ENGINE_HPP
#define IMGFERRY_ENGINE_HPP

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../imgferry.h"
#include "bytes.hpp"
#include "call.hpp"
#include "engine_options.hpp"
#include "engine_results.hpp"
#include "streams.hpp"

namespace imgferry {

/**
 * A Docker Engine, or another one that speaks its API, such as podman's service. It keeps
 * connections, so one for many calls is faster than many. Any thread.
 *
 * Images are named by a reference or an ID. What the failures of a function are stands with its
 * namesake in imgferry.h: Engine::push is imgferry_engine_push.
 */
class Engine : public Handle<imgferry_engine, imgferry_engine_free> {
public:
    using Owned::Owned;

    /**
     * The engine at "unix:///path", `tcp://host[:port]`, `https://host[:port]` or
     * `ssh://[user@]host[:port][/socket]`. Nothing is sent yet.
     */
    template <class F = Throws>
    static Out<Engine, F> open(std::string_view address, const EngineOptions &options = {},
                               const F &form = {})
    {
        detail::Input in;
        return detail::make<Engine>(form, in, imgferry_engine_new, in.text("address", address),
                                    detail::pointer(options.to_c(in)));
    }

    /**
     * The engine that the environment names, as the docker command finds it, with that command's
     * logins. Nothing is sent yet. No other thread may change the environment meanwhile.
     */
    template <class F = Throws>
    static Out<Engine, F> from_env(const F &form = {})
    {
        detail::Input in;
        return detail::make<Engine>(form, in, imgferry_engine_from_env);
    }

    /** The address, as it stands in errors. */
    std::string_view endpoint() const noexcept { return imgferry_engine_endpoint(get()); }

    /** Asks which version of the API is spoken, such as "1.41". */
    template <class C = Call>
    Out<std::string, C> api_version(const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::string>(call, in, imgferry_engine_api_version, get());
    }

    // --- Names and transfers ----------------------------------------------------------------

    /** Gives an image the name `repository` with `tag`; a name that another one had moves. */
    template <class C = Call>
    Out<void, C> tag(std::string_view image, std::string_view repository,
                     std::optional<std::string_view> tag = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<void>(call, in, imgferry_engine_tag, get(), in.text("image", image),
                                  in.text("repository", repository), in.optional("tag", tag));
    }

    /** Pushes an image to the registry in its name; without a tag, "latest". */
    template <class C = Call>
    Out<Pushed, C> push(std::string_view reference, const PushOptions &options = {},
                        const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Pushed>(call, in, imgferry_engine_push, get(),
                                    in.text("reference", reference),
                                    detail::pointer(options.to_c(in)));
    }

    /** Pulls an image; without a tag and a digest, "latest". */
    template <class C = Call>
    Out<Pulled, C> pull(std::string_view reference, const PullOptions &options = {},
                        const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Pulled>(call, in, imgferry_engine_pull, get(),
                                    in.text("reference", reference),
                                    detail::pointer(options.to_c(in)));
    }

    // --- Archives in ------------------------------------------------------------------------

    /** Loads the images of a `docker save` archive or an OCI layout in a tar, from `read`. */
    template <class C = Call>
    Out<Loaded, C> load_image(const ReadFn &read, const LoadOptions &options = {},
                              const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Loaded>(call, in, imgferry_engine_load_image, get(), detail::on_read,
                                    detail::lent(read), detail::pointer(options.to_c(in)));
    }

    /** The same from a file, whose path is in the bytes of the system. */
    template <class C = Call>
    Out<Loaded, C> load_image_path(std::string_view path, const LoadOptions &options = {},
                                   const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Loaded>(call, in, imgferry_engine_load_image_path, get(),
                                    in.text("path", path), detail::pointer(options.to_c(in)));
    }

    /** The same from a file descriptor, from its position on; it is not closed. */
    template <class C = Call>
    Out<Loaded, C> load_image_fd(int fd, const LoadOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Loaded>(call, in, imgferry_engine_load_image_fd, get(), fd,
                                    detail::pointer(options.to_c(in)));
    }

    // --- Archives out -----------------------------------------------------------------------

    /** An archive of an image, as `docker save` writes it. `call` is not for the reads. */
    template <class C = Call>
    Out<Reader, C> get_image(std::string_view image, const ArchiveOptions &options = {},
                             const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Reader>(call, in, imgferry_engine_get_image, get(),
                                    in.text("image", image), detail::pointer(options.to_c(in)));
    }

    /** The same with one archive of several images. */
    template <class C = Call>
    Out<Reader, C> get_images(const std::vector<std::string> &images,
                              const ArchiveOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Reader>(call, in, imgferry_engine_get_images, get(),
                                    in.list("images", images), images.size(),
                                    detail::pointer(options.to_c(in)));
    }

    /** Writes such an archive to a file, which appears when it is whole. */
    template <class C = Call>
    Out<Saved, C> get_images_path(const std::vector<std::string> &images, std::string_view path,
                                  const ArchiveOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Saved>(call, in, imgferry_engine_get_images_path, get(),
                                   in.list("images", images), images.size(), in.text("path", path),
                                   detail::pointer(options.to_c(in)));
    }

    /** Writes it to a file descriptor, from its position on; it is not closed. */
    template <class C = Call>
    Out<Saved, C> get_images_fd(const std::vector<std::string> &images, int fd,
                                const ArchiveOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Saved>(call, in, imgferry_engine_get_images_fd, get(),
                                   in.list("images", images), images.size(), fd,
                                   detail::pointer(options.to_c(in)));
    }

    /** Gives it to `write`, piece by piece. */
    template <class C = Call>
    Out<Saved, C> get_images_stream(const std::vector<std::string> &images, const WriteFn &write,
                                    const ArchiveOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Saved>(call, in, imgferry_engine_get_images_stream, get(),
                                   in.list("images", images), images.size(), detail::on_write,
                                   detail::lent(write), detail::pointer(options.to_c(in)));
    }

    // --- Imports: images from the tar of a root file system ---------------------------------

    /** From a URL when `source` contains "://", which the engine reads, and else from a file. */
    template <class C = Call>
    Out<Imported, C> import_image(std::string_view source, const ImportOptions &options = {},
                                  const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image, get(),
                                      in.text("source", source),
                                      detail::pointer(options.to_c(in)));
    }

    /** From memory. */
    template <class C = Call>
    Out<Imported, C> import_image_from_data(Bytes data, const ImportOptions &options = {},
                                            const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image_from_data, get(),
                                      data.data(), data.size(), detail::pointer(options.to_c(in)));
    }

    /** From a file, whose path is in the bytes of the system. */
    template <class C = Call>
    Out<Imported, C> import_image_from_file(std::string_view path,
                                            const ImportOptions &options = {},
                                            const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image_from_file, get(),
                                      in.text("path", path), detail::pointer(options.to_c(in)));
    }

    /** From a file descriptor, from its position on; it is not closed. */
    template <class C = Call>
    Out<Imported, C> import_image_from_fd(int fd, const ImportOptions &options = {},
                                          const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image_from_fd, get(), fd,
                                      detail::pointer(options.to_c(in)));
    }

    /** From `read`. */
    template <class C = Call>
    Out<Imported, C> import_image_from_stream(const ReadFn &read, const ImportOptions &options = {},
                                              const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image_from_stream, get(),
                                      detail::on_read, detail::lent(read),
                                      detail::pointer(options.to_c(in)));
    }

    /** From a URL with http or https, which the engine reads. */
    template <class C = Call>
    Out<Imported, C> import_image_from_url(std::string_view url, const ImportOptions &options = {},
                                           const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image_from_url, get(),
                                      in.text("url", url), detail::pointer(options.to_c(in)));
    }

    /** Pulls `image`, and gives it the name in the options. */
    template <class C = Call>
    Out<Imported, C> import_image_from_image(std::string_view image,
                                             const ImportOptions &options = {},
                                             const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Imported>(call, in, imgferry_engine_import_image_from_image, get(),
                                      in.text("image", image), detail::pointer(options.to_c(in)));
    }

    // --- What there is ----------------------------------------------------------------------

    /** What the engine knows of an image; Status::not_found when it does not have it. */
    template <class C = Call>
    Out<ImageDetails, C> inspect_image(std::string_view image, const InspectOptions &options = {},
                                       const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ImageDetails>(call, in, imgferry_engine_inspect_image, get(),
                                          in.text("image", image),
                                          detail::pointer(options.to_c(in)));
    }

    /** How an image was made. A platform, as `os/arch[/variant]`, needs API 1.48. */
    template <class C = Call>
    Out<History, C> history(std::string_view image, std::optional<std::string_view> platform = {},
                            const C &call = {}) const
    {
        detail::Input in;
        return detail::call<History>(call, in, imgferry_engine_history, get(),
                                     in.text("image", image), in.optional("platform", platform));
    }

    /** Asks the registry, through the engine, what it has under a name. */
    template <class C = Call>
    Out<Distribution, C> inspect_distribution(std::string_view reference,
                                              const std::optional<Credential> &credential = {},
                                              const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Distribution>(call, in, imgferry_engine_inspect_distribution, get(),
                                          in.text("reference", reference),
                                          detail::credential(credential, in));
    }

    /** Lists the images of the engine. */
    template <class C = Call>
    Out<ImageList, C> images(const ListOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ImageList>(call, in, imgferry_engine_images, get(),
                                       detail::pointer(options.to_c(in)));
    }

    /** Searches Docker Hub, or the registry before the first slash of `term`, for repositories. */
    template <class C = Call>
    Out<SearchResultList, C> search(std::string_view term, const SearchOptions &options = {},
                                    const C &call = {}) const
    {
        detail::Input in;
        return detail::call<SearchResultList>(call, in, imgferry_engine_search, get(),
                                              in.text("term", term),
                                              detail::pointer(options.to_c(in)));
    }

    // --- Removing ---------------------------------------------------------------------------

    /** Takes a name from an image, and removes the image when it was its last; by ID, that. */
    template <class C = Call>
    Out<Removed, C> remove_image(std::string_view image, const RemoveOptions &options = {},
                                 const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Removed>(call, in, imgferry_engine_remove_image, get(),
                                     in.text("image", image), detail::pointer(options.to_c(in)));
    }

    /** Removes images that nobody uses; filters are "key=value", such as "dangling=false". */
    template <class C = Call>
    Out<Pruned, C> prune_images(const std::vector<std::string> &filters = {},
                                const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Pruned>(call, in, imgferry_engine_prune_images, get(),
                                    in.list("filters", filters), filters.size());
    }
};

} // namespace imgferry

#endif
