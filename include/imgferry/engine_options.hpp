/** What the functions of an Engine can be told. A text that is not set is the default. */

#ifndef IMGFERRY_ENGINE_OPTIONS_HPP
#define IMGFERRY_ENGINE_OPTIONS_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../imgferry.h"
#include "credentials.hpp"

namespace imgferry {

/** How an engine is used. */
struct EngineOptions {
    /** The version of the API to speak, such as "1.41". Default: the newest that both know. */
    std::optional<std::string> api_version{};
    /** What the engine presents to registries on pushes and pulls, each with its own host. */
    std::vector<Credential> credentials{};
    /** Asked for the credential of a registry that `credentials` does not have. */
    CredentialFn credential_callback{};
    /** Headers that are sent with every request to the engine, each as "Name: value". */
    std::vector<std::string> headers{};
    /** PEM. This and each of the following four makes a `tcp://` address speak TLS. */
    std::optional<std::string> authorities_pem{};
    std::optional<std::string> certificate_pem{};
    std::optional<std::string> key_pem{};
    /** What your program calls itself, such as "demo/1.0". */
    std::optional<std::string> user_agent{};
    /** Believes any engine: whoever is on the way can then read and change everything. */
    bool skip_verification = false;
    /** Also looks where the docker command and podman keep their logins. */
    bool credentials_from_env = false;
    /** A broken file and a failing credential helper end the call, instead of being warnings. */
    bool strict_credentials = false;

    imgferry_engine_options to_c(detail::Input &in) const
    {
        imgferry_engine_options filled = detail::initialised(imgferry_engine_options_init);
        filled.api_version = in.optional("api_version", api_version);
        detail::fill_credentials(*this, filled, in);
        filled.headers = in.list("headers", headers);
        filled.header_count = headers.size();
        detail::fill_tls(*this, filled);
        filled.user_agent = in.optional("user_agent", user_agent);
        return filled;
    }
};

/** How an image is pushed. */
struct PushOptions {
    /** In place of the one in the reference. Default: that one, or else "latest". */
    std::optional<std::string> tag{};
    /** Pushes only this one, as `os/arch[/variant]`; needs API 1.46. */
    std::optional<std::string> platform{};
    /** Instead of the engine's own; without a host. */
    std::optional<Credential> credential{};
    /** Pushes all tags that the repository has in the engine. */
    bool all_tags = false;

    imgferry_push_options to_c(detail::Input &in) const
    {
        imgferry_push_options filled = detail::initialised(imgferry_push_options_init);
        filled.tag = in.optional("tag", tag);
        filled.platform = in.optional("platform", platform);
        filled.credential = detail::credential(credential, in);
        filled.all_tags = detail::flag(all_tags);
        return filled;
    }
};

/** How an image is pulled. */
struct PullOptions {
    /** The tag or digest, in place of one in the reference. Default: that one, or "latest". */
    std::optional<std::string> tag{};
    /** To choose from an index, as `os[/arch[/variant]]`. Default: the engine's own. */
    std::optional<std::string> platform{};
    /** Instead of the engine's own; without a host. */
    std::optional<Credential> credential{};
    /** Pulls all tags of the repository. */
    bool all_tags = false;

    imgferry_pull_options to_c(detail::Input &in) const
    {
        imgferry_pull_options filled = detail::initialised(imgferry_pull_options_init);
        filled.tag = in.optional("tag", tag);
        filled.platform = in.optional("platform", platform);
        filled.credential = detail::credential(credential, in);
        filled.all_tags = detail::flag(all_tags);
        return filled;
    }
};

/** How an archive is loaded. */
struct LoadOptions {
    /** Only these, each as `os/arch[/variant]`; needs API 1.48. Default: all. */
    std::vector<std::string> platforms{};
    /** Asks the engine for no progress of its own. */
    bool quiet = false;

    imgferry_load_options to_c(detail::Input &in) const
    {
        imgferry_load_options filled = detail::initialised(imgferry_load_options_init);
        filled.platforms = in.list("platforms", platforms);
        filled.platform_count = platforms.size();
        filled.quiet = detail::flag(quiet);
        return filled;
    }
};

/** What goes into an archive. */
struct ArchiveOptions {
    /** Only these, each as `os/arch[/variant]`; needs API 1.48. Default: all. */
    std::vector<std::string> platforms{};

    imgferry_archive_options to_c(detail::Input &in) const
    {
        imgferry_archive_options filled = detail::initialised(imgferry_archive_options_init);
        filled.platforms = in.list("platforms", platforms);
        filled.platform_count = platforms.size();
        return filled;
    }
};

/** What an imported image is to be. */
struct ImportOptions {
    /** Its name, with or without a tag. Default: none, so that only its ID names it. */
    std::optional<std::string> repository{};
    /** In place of the one in `repository`. */
    std::optional<std::string> tag{};
    /** Dockerfile lines that set its configuration, such as "ENV a=b". */
    std::vector<std::string> changes{};
    /** A note that its history keeps. */
    std::optional<std::string> message{};
    /** As `os[/arch[/variant]]`; needs API 1.32. Default: the engine's own. */
    std::optional<std::string> platform{};

    imgferry_import_options to_c(detail::Input &in) const
    {
        imgferry_import_options filled = detail::initialised(imgferry_import_options_init);
        filled.repository = in.optional("repository", repository);
        filled.tag = in.optional("tag", tag);
        filled.changes = in.list("changes", changes);
        filled.change_count = changes.size();
        filled.message = in.optional("message", message);
        filled.platform = in.optional("platform", platform);
        return filled;
    }
};

/** What is told of an image. */
struct InspectOptions {
    /** As `os/arch[/variant]`; needs API 1.49. Default: the engine's choice. */
    std::optional<std::string> platform{};
    /** Also its manifests, in the document; needs API 1.48 and the containerd image store. */
    bool manifests = false;

    imgferry_inspect_options to_c(detail::Input &in) const
    {
        imgferry_inspect_options filled = detail::initialised(imgferry_inspect_options_init);
        filled.platform = in.optional("platform", platform);
        filled.manifests = detail::flag(manifests);
        return filled;
    }
};

/** Which images are listed, and what is told of them. */
struct ListOptions {
    /** Only this name; "*" and "?" stand for any characters, without a tag all tags match. */
    std::optional<std::string> name{};
    /** The engine's filters, each "key=value", such as "dangling=true". */
    std::vector<std::string> filters{};
    /** Also the intermediate images of builds. */
    bool all = false;
    /** Also how much of each image other images have, too; needs API 1.42. */
    bool shared_size = false;
    /** Also the manifests of each, in its document; needs API 1.47 and containerd's store. */
    bool manifests = false;

    imgferry_list_options to_c(detail::Input &in) const
    {
        imgferry_list_options filled = detail::initialised(imgferry_list_options_init);
        filled.name = in.optional("name", name);
        filled.filters = in.list("filters", filters);
        filled.filter_count = filters.size();
        filled.all = detail::flag(all);
        filled.shared_size = detail::flag(shared_size);
        filled.manifests = detail::flag(manifests);
        return filled;
    }
};

/** How an image is removed. */
struct RemoveOptions {
    /** Only these of it, each as `os/arch[/variant]`; needs `force` and API 1.50. */
    std::vector<std::string> platforms{};
    /** Also when it has several names, or a stopped container uses it. */
    bool force = false;
    /** Keeps the untagged images it was built on. */
    bool no_prune = false;

    imgferry_remove_options to_c(detail::Input &in) const
    {
        imgferry_remove_options filled = detail::initialised(imgferry_remove_options_init);
        filled.platforms = in.list("platforms", platforms);
        filled.platform_count = platforms.size();
        filled.force = detail::flag(force);
        filled.no_prune = detail::flag(no_prune);
        return filled;
    }
};

/** How a search is done. */
struct SearchOptions {
    /** Each "key=value", such as "is-official=true" or "stars=3". */
    std::vector<std::string> filters{};
    /** Instead of the engine's own; without a host. */
    std::optional<Credential> credential{};
    /** At most so many results, from 1 to 100. 0: the engine's default, which is 25. */
    std::uint32_t limit = 0;

    imgferry_search_options to_c(detail::Input &in) const
    {
        imgferry_search_options filled = detail::initialised(imgferry_search_options_init);
        filled.filters = in.list("filters", filters);
        filled.filter_count = filters.size();
        filled.credential = detail::credential(credential, in);
        filled.limit = limit;
        return filled;
    }
};

} // namespace imgferry

#endif
