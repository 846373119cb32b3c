/** A registry: everything that it shows, uploads to it, and removals. */

#ifndef IMGFERRY_REGISTRY_HPP
#define IMGFERRY_REGISTRY_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../imgferry.h"
#include "bytes.hpp"
#include "call.hpp"
#include "registry_options.hpp"
#include "registry_results.hpp"
#include "streams.hpp"

namespace imgferry {

/**
 * Names that a registry lists, each once, a page at a time, as long as they are asked for. It keeps
 * its registry alive. One thread at a time.
 */
class Names : public Handle<imgferry_names, imgferry_names_free> {
public:
    using Owned::Owned;

    /**
     * The next name; none after the last one. `call` is for this name only, and most send nothing.
     *
     * After a failure to get a page, every later call fails with Status::invalid_state.
     */
    template <class C = Call>
    Out<std::optional<std::string>, C> next(const C &call = {})
    {
        detail::Input in;
        return detail::call<std::optional<std::string>>(call, in, imgferry_names_next,
                                                        mutable_get());
    }

#ifdef __cpp_exceptions
    /** Takes the names one after the other; ++ throws what next() throws. */
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;
        using pointer = const std::string *;
        using reference = const std::string &;

        iterator() = default;
        iterator(Names &names, Call call) : names_(&names), call_(std::move(call)) { ++*this; }

        reference operator*() const noexcept { return *name_; }
        pointer operator->() const noexcept { return &*name_; }
        iterator &operator++()
        {
            name_ = names_->next(call_);
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(const iterator &other) const noexcept
        {
            return name_.has_value() == other.name_.has_value();
        }
        bool operator!=(const iterator &other) const noexcept { return !(*this == other); }

    private:
        Names *names_ = nullptr;
        Call call_{};
        std::optional<std::string> name_;
    };

    /** The names from here on, with no limits but the default ones. It can be gone through once. */
    iterator begin() { return iterator(*this, {}); }
    iterator end() { return {}; }

    /** The names from here on, each with this call. */
    struct Each {
        Names &names;
        Call call;
        iterator begin() const { return iterator(names, call); }
        iterator end() const { return {}; }
    };

    /** For `for (const std::string &name : names.each(call))`; the names must outlive it. */
    Each each(Call call) & { return Each{*this, std::move(call)}; }
#endif
};

/**
 * One registry. It keeps connections and short-lived tokens, so one for many calls is faster than
 * many. Any thread.
 *
 * An image is named in any way that a reference can be written, without a tag it is "latest"; a
 * blob as `repository@digest`. What the failures of a function are stands with its namesake in
 * imgferry.h: Registry::size is imgferry_registry_size.
 */
class Registry : public Handle<imgferry_registry, imgferry_registry_free> {
public:
    using Owned::Owned;

    /** The registry `host`, such as "docker.io" or "registry.example:5000". Nothing is sent yet. */
    template <class F = Throws>
    static Out<Registry, F> open(std::string_view host, const RegistryOptions &options = {},
                                 const F &form = {})
    {
        detail::Input in;
        return detail::make<Registry>(form, in, imgferry_registry_new, in.text("host", host),
                                      detail::pointer(options.to_c(in)));
    }

    /** As image names mention it. */
    std::string_view host() const noexcept { return imgferry_registry_host(get()); }

    /** Asks whether a registry answers there. */
    template <class C = Call>
    Out<void, C> ping(const C &call = {}) const
    {
        detail::Input in;
        return detail::call<void>(call, in, imgferry_registry_ping, get());
    }

    /** Shows the credentials once: true when they were accepted, false when none are demanded. */
    template <class C = Call>
    Out<bool, C> check_login(const C &call = {}) const
    {
        detail::Input in;
        return detail::call<bool>(call, in, imgferry_registry_check_login, get());
    }

    /** What the registry said last of how often it may be asked, if it did. Nothing is sent. */
    template <class F = Throws>
    Out<std::optional<RateLimit>, F> rate_limit(const F &form = {}) const
    {
        detail::Input in;
        return detail::make<std::optional<RateLimit>>(form, in, imgferry_registry_rate_limit,
                                                      get());
    }

    // --- What there is ----------------------------------------------------------------------

    /** The digest that the registry has for an image. */
    template <class C = Call>
    Out<std::string, C> digest(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::string>(call, in, imgferry_registry_digest, get(),
                                         in.text("image", image));
    }

    /** How much of the registry an image takes. */
    template <class C = Call>
    Out<ImageSize, C> size(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ImageSize>(call, in, imgferry_registry_size, get(),
                                       in.text("image", image));
    }

    /** What is under a tag or a digest: for which platforms, how large, when it was made. */
    template <class C = Call>
    Out<TagInfo, C> tag_info(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<TagInfo>(call, in, imgferry_registry_tag_info, get(),
                                     in.text("image", image));
    }

    /** The platforms that an image is for. */
    template <class C = Call>
    Out<ImagePlatformList, C> platforms(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ImagePlatformList>(call, in, imgferry_registry_platforms, get(),
                                               in.text("image", image));
    }

    /** The config of the image for a platform, `os/arch[/variant]`; default: this machine's. */
    template <class C = Call>
    Out<ImageConfig, C> image_config(std::string_view image,
                                     std::optional<std::string_view> platform = {},
                                     const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ImageConfig>(call, in, imgferry_registry_image_config, get(),
                                         in.text("image", image),
                                         in.optional("platform", platform));
    }

    /** The manifests that refer to an image, of one artifact type or of any. */
    template <class C = Call>
    Out<DescriptorList, C> referrers(std::string_view image,
                                     std::optional<std::string_view> artifact_type = {},
                                     const C &call = {}) const
    {
        detail::Input in;
        return detail::call<DescriptorList>(call, in, imgferry_registry_referrers, get(),
                                            in.text("image", image),
                                            in.optional("artifact_type", artifact_type));
    }

    /** The tags of a repository, all and sorted. */
    template <class C = Call>
    Out<TextList, C> tags(std::string_view repository, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<TextList>(call, in, imgferry_registry_tags, get(),
                                      in.text("repository", repository));
    }

    /** The tags of a repository, one after the other. Nothing is sent before the first one. */
    template <class F = Throws>
    Out<Names, F> list_tags(std::string_view repository, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<Names>(form, in, imgferry_registry_list_tags, get(),
                                   in.text("repository", repository));
    }

    /** The repositories, each without the registry's host. Not every registry shows them. */
    template <class F = Throws>
    Out<Names, F> repositories(const F &form = {}) const
    {
        detail::Input in;
        return detail::make<Names>(form, in, imgferry_registry_repositories, get());
    }

    // --- Manifests --------------------------------------------------------------------------

    /** The manifest of an image, byte for byte and verified. */
    template <class C = Call>
    Out<Manifest, C> get_manifest(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Manifest>(call, in, imgferry_registry_get_manifest, get(),
                                      in.text("image", image));
    }

    /** What it is, without getting it. */
    template <class C = Call>
    Out<ManifestHead, C> head_manifest(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<ManifestHead>(call, in, imgferry_registry_head_manifest, get(),
                                          in.text("image", image));
    }

    /** Puts a manifest or an index under a tag, or under its own digest; gives its digest. */
    template <class C = Call>
    Out<std::string, C> put_manifest(std::string_view reference, std::string_view media_type,
                                     Bytes manifest, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::string>(call, in, imgferry_registry_put_manifest, get(),
                                         in.text("reference", reference),
                                         in.text("media_type", media_type), manifest.data(),
                                         manifest.size());
    }

    // --- Blobs out --------------------------------------------------------------------------

    /** The size of a blob in bytes, when the registry has it. */
    template <class C = Call>
    Out<std::uint64_t, C> head_blob(std::string_view blob, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::uint64_t>(call, in, imgferry_registry_head_blob, get(),
                                           in.text("blob", blob));
    }

    /** A blob as a stream; a whole one is verified. `call` is not for the reads. */
    template <class C = Call>
    Out<Reader, C> get_blob(std::string_view blob, const BlobOptions &options = {},
                            const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Reader>(call, in, imgferry_registry_get_blob, get(),
                                    in.text("blob", blob), detail::pointer(options.to_c(in)));
    }

    /** Writes it to a file, which appears when it is whole. */
    template <class C = Call>
    Out<Saved, C> get_blob_path(std::string_view blob, std::string_view path,
                                const BlobOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Saved>(call, in, imgferry_registry_get_blob_path, get(),
                                   in.text("blob", blob), in.text("path", path),
                                   detail::pointer(options.to_c(in)));
    }

    /** Writes it to a file descriptor, from its position on; it is not closed. */
    template <class C = Call>
    Out<Saved, C> get_blob_fd(std::string_view blob, int fd, const BlobOptions &options = {},
                              const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Saved>(call, in, imgferry_registry_get_blob_fd, get(),
                                   in.text("blob", blob), fd, detail::pointer(options.to_c(in)));
    }

    /** Gives it to `write`, piece by piece. */
    template <class C = Call>
    Out<Saved, C> get_blob_stream(std::string_view blob, const WriteFn &write,
                                  const BlobOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<Saved>(call, in, imgferry_registry_get_blob_stream, get(),
                                   in.text("blob", blob), detail::on_write, detail::lent(write),
                                   detail::pointer(options.to_c(in)));
    }

    // --- Blobs in ---------------------------------------------------------------------------

    /** Uploads bytes as a blob to a repository, unless it is there. */
    template <class C = Call>
    Out<UploadedBlob, C> put_blob_data(std::string_view repository, Bytes data,
                                       const UploadOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<UploadedBlob>(call, in, imgferry_registry_put_blob_data, get(),
                                          in.text("repository", repository), data.data(),
                                          data.size(), detail::pointer(options.to_c(in)));
    }

    /** The content of a file, which must not change meanwhile. */
    template <class C = Call>
    Out<UploadedBlob, C> put_blob_path(std::string_view repository, std::string_view path,
                                       const UploadOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<UploadedBlob>(call, in, imgferry_registry_put_blob_path, get(),
                                          in.text("repository", repository), in.text("path", path),
                                          detail::pointer(options.to_c(in)));
    }

    /** The content of a file descriptor, which is not closed: a file's from its beginning. */
    template <class C = Call>
    Out<UploadedBlob, C> put_blob_fd(std::string_view repository, int fd,
                                     const UploadOptions &options = {}, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<UploadedBlob>(call, in, imgferry_registry_put_blob_fd, get(),
                                          in.text("repository", repository), fd,
                                          detail::pointer(options.to_c(in)));
    }

    /** What `read` gives; all of it goes through a file in TMPDIR first. */
    template <class C = Call>
    Out<UploadedBlob, C> put_blob_stream(std::string_view repository, const ReadFn &read,
                                         const UploadOptions &options = {},
                                         const C &call = {}) const
    {
        detail::Input in;
        return detail::call<UploadedBlob>(call, in, imgferry_registry_put_blob_stream, get(),
                                          in.text("repository", repository), detail::on_read,
                                          detail::lent(read), detail::pointer(options.to_c(in)));
    }

    /** Makes a blob of the repository `from` available in another; false when it did not do it. */
    template <class C = Call>
    Out<bool, C> mount_blob(std::string_view blob, std::string_view from, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<bool>(call, in, imgferry_registry_mount_blob, get(),
                                  in.text("blob", blob), in.text("from", from));
    }

    // --- Removing ---------------------------------------------------------------------------

    /** Removes the manifest of an image with every tag of it; gives the digest. */
    template <class C = Call>
    Out<std::string, C> delete_manifest(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<std::string>(call, in, imgferry_registry_delete_manifest, get(),
                                         in.text("image", image));
    }

    /** Removes a tag alone; never falls back to removing more. */
    template <class C = Call>
    Out<void, C> delete_tag(std::string_view image, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<void>(call, in, imgferry_registry_delete_tag, get(),
                                  in.text("image", image));
    }

    /** Removes everything that has a tag in a repository; gives the tags. */
    template <class C = Call>
    Out<TextList, C> delete_all_tags(std::string_view repository, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<TextList>(call, in, imgferry_registry_delete_all_tags, get(),
                                      in.text("repository", repository));
    }

    /** Removes a blob: manifests that refer to it are broken then. */
    template <class C = Call>
    Out<void, C> delete_blob(std::string_view blob, const C &call = {}) const
    {
        detail::Input in;
        return detail::call<void>(call, in, imgferry_registry_delete_blob, get(),
                                  in.text("blob", blob));
    }
};

} // namespace imgferry

#endif
