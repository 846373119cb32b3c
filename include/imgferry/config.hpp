/** Registries by the names of their clusters, and a login to each of them. */

#ifndef IMGFERRY_CONFIG_HPP
#define IMGFERRY_CONFIG_HPP

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "../imgferry.h"
#include "credentials.hpp"
#include "naming.hpp"

namespace imgferry {

/**
 * Gives the token that is shown to the registries of clusters, whenever one is needed, so that it
 * may be renewed meanwhile; none ends the call with Status::credentials. Else as a CredentialFn.
 */
using TokenFn = std::function<std::optional<std::string>()>;

namespace detail {

inline int on_token(void *userdata, imgferry_token_reply *reply)
{
    return guarded([&] {
        const auto &function = *static_cast<const TokenFn *>(userdata);
        const std::optional<std::string> token = function();
        if (!token)
            return 0;
        Input in;
        const char *text = in.text("token", *token);
        return answered(invoke<void>(in, [&](imgferry_error **error) {
            return imgferry_token_reply_set(reply, text, error);
        }));
    });
}

} // namespace detail

/** What takes the place of what a configuration says for all clusters. */
struct ConfigOptions {
    /** The current ones. */
    std::optional<std::string> cluster_name{};
    std::optional<std::string> org_name{};
    std::optional<std::string> project_name{};
    /** Who asks; not set: as the configuration says, or else "token". */
    std::optional<std::string> username{};
    /** Gives the token; not set: the one of the configuration. */
    TokenFn token_callback{};

    imgferry_config_options to_c(detail::Input &in) const
    {
        imgferry_config_options filled = detail::initialised(imgferry_config_options_init);
        filled.cluster_name = in.optional("cluster_name", cluster_name);
        filled.org_name = in.optional("org_name", org_name);
        filled.project_name = in.optional("project_name", project_name);
        filled.username = in.optional("username", username);
        if (token_callback) {
            filled.token_callback = detail::on_token;
            filled.token_userdata = in.give(token_callback);
            filled.token_destroy = detail::Input::destroy<TokenFn>;
        }
        return filled;
    }
};

/** What becomes of the tag in a name that is read. */
enum class TagOption : imgferry_tag_option {
    /** A name without tag and digest gets the tag "latest". */
    latest = IMGFERRY_TAG_DEFAULT,
    /** A missing tag stays missing. */
    allow = IMGFERRY_TAG_ALLOW,
    /** A name with a tag or a digest is refused. */
    deny = IMGFERRY_TAG_DENY,
};

/** A named registry of a configuration, to which the texts belong. */
struct Cluster {
    std::string_view name;
    /** As it was written. */
    std::string_view registry_url;
};

namespace detail {

inline Cluster cluster_at(const imgferry_config *config, std::size_t index)
{
    return Cluster{imgferry_config_cluster_name_at(config, index),
                   imgferry_config_registry_url_at(config, index)};
}

} // namespace detail

/**
 * A configuration, whose form the head of imgferry.h shows. Any thread. What was made from it stays
 * usable without it.
 */
class Config : public Handle<imgferry_config, imgferry_config_free> {
public:
    using Owned::Owned;

    /** From its text, JSON. Status::invalid_argument, with the place, when that is wrong. */
    template <class F = Throws>
    static Out<Config, F> parse(std::string_view json, const ConfigOptions &options = {},
                                const F &form = {})
    {
        detail::Input in;
        return detail::make<Config>(form, in, imgferry_config_parse, in.text("json", json),
                                    detail::pointer(options.to_c(in)));
    }

    /** From a file. */
    template <class F = Throws>
    static Out<Config, F> read(std::string_view path, const ConfigOptions &options = {},
                               const F &form = {})
    {
        detail::Input in;
        return detail::make<Config>(form, in, imgferry_config_read, in.text("path", path),
                                    detail::pointer(options.to_c(in)));
    }

    /** What the IMGFERRY_ variables lead to. No other thread may change those meanwhile. */
    template <class F = Throws>
    static Out<Config, F> from_env(const ConfigOptions &options = {}, const F &form = {})
    {
        detail::Input in;
        return detail::make<Config>(form, in, imgferry_config_from_env,
                                    detail::pointer(options.to_c(in)));
    }

    /** The current ones; "" when none is named. */
    std::string_view cluster_name() const noexcept { return imgferry_config_cluster_name(get()); }
    std::string_view org_name() const noexcept { return imgferry_config_org_name(get()); }
    std::string_view project_name() const noexcept { return imgferry_config_project_name(get()); }

    using Clusters =
        Range<Cluster, imgferry_config, imgferry_config_cluster_count, detail::cluster_at>;

    /** All clusters, sorted by name. */
    Clusters clusters() const noexcept { return Clusters(get()); }

    /** Reads the name of a remote image in any of the forms that the head of imgferry.h shows. */
    template <class F = Throws>
    Out<RemoteImage, F> remote_image(std::string_view text, TagOption tag = TagOption::latest,
                                     const F &form = {}) const
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_config_remote_image, get(),
                                         in.text("text", text),
                                         static_cast<imgferry_tag_option>(tag));
    }

    /** The same, for images that belong to a cluster only. */
    template <class F = Throws>
    Out<RemoteImage, F> platform_image(std::string_view text, TagOption tag = TagOption::latest,
                                       const F &form = {}) const
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_config_platform_image, get(),
                                         in.text("text", text),
                                         static_cast<imgferry_tag_option>(tag));
    }

    /** Reads the name of a local image, or an image ID, which has no tag. */
    template <class F = Throws>
    Out<LocalImage, F> local_image(std::string_view text, TagOption tag = TagOption::latest,
                                   const F &form = {}) const
    {
        detail::Input in;
        return detail::make<LocalImage>(form, in, imgferry_config_local_image, get(),
                                        in.text("text", text),
                                        static_cast<imgferry_tag_option>(tag));
    }

    /** The remote image that `local` is pushed to when none is named. */
    template <class F = Throws>
    Out<RemoteImage, F> to_platform_image(std::string_view local, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<RemoteImage>(form, in, imgferry_config_to_platform_image, get(),
                                         in.text("local", local));
    }

    /** The local image that `remote` is pulled as when none is named. */
    template <class F = Throws>
    Out<LocalImage, F> to_local_image(std::string_view remote, const F &form = {}) const
    {
        detail::Input in;
        return detail::make<LocalImage>(form, in, imgferry_config_to_local_image, get(),
                                        in.text("remote", remote));
    }
};

} // namespace imgferry

#endif
