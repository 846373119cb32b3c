/** What a Registry can be told. A text that is not set is the default. */

#ifndef IMGFERRY_REGISTRY_OPTIONS_HPP
#define IMGFERRY_REGISTRY_OPTIONS_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "../imgferry.h"
#include "call.hpp"
#include "credentials.hpp"

namespace imgferry {

namespace detail {

/** A pause between tries, for which C has room for 24 days. */
inline std::int32_t short_pause(const std::optional<std::chrono::milliseconds> &time) noexcept
{
    constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int32_t>(std::min(pause(time), longest));
}

} // namespace detail

/** How a registry is reached. The default asks anonymously, by HTTPS. */
struct RegistryOptions {
    /** What to present to registries that demand something, each with its own host. */
    std::vector<Credential> credentials{};
    /** Asked for the credential of a registry that `credentials` does not have. */
    CredentialFn credential_callback{};
    /** More authorities that may vouch for a registry, besides the system's. PEM. */
    std::optional<std::string> authorities_pem{};
    /** Your own certificate, for a registry that demands one, and its key. PEM. */
    std::optional<std::string> certificate_pem{};
    std::optional<std::string> key_pem{};
    /** Folders such as "/etc/docker/certs.d", in the bytes of the system. */
    std::vector<std::string> certificate_folders{};
    /**
     * The hosts, without port, that may get the credentials in exchange for a token, besides the
     * registry's own. Default: whichever the registry names, except in a private network that the
     * registry is not in.
     */
    std::vector<std::string> token_hosts{};
    /** `http://[user:password@]host[:port]`, or the same with https, socks5 or socks5h. */
    std::optional<std::string> proxy{};
    /** The hosts that are reached without `proxy`, with commas between. */
    std::optional<std::string> no_proxy{};
    /** What your program calls itself, such as "demo/1.0". */
    std::optional<std::string> user_agent{};
    /** Headers, each "name: value", that go to the registry itself and to nobody else. */
    std::vector<std::string> headers{};
    /** Other registries that are asked first for manifests and blobs by digest. */
    std::vector<std::string> mirrors{};
    /** By plain HTTP when there is no HTTPS: everybody on the way can read the credentials. */
    bool allow_http = false;
    /** The registries, as references name them, that may be asked so without `allow_http`. */
    std::vector<std::string> http_hosts{};
    /** Also looks where the docker command and podman keep their logins. */
    bool credentials_from_env = false;
    /** A broken file and a failing credential helper end the call, instead of being warnings. */
    bool strict_credentials = false;
    /** Believes whoever answers for a registry's host. Dangerous. */
    bool skip_verification = false;
    /** Proxies and folders of certificates, where not given, are as the environment says. */
    bool environment = false;
    /** The mirrors are also asked for the manifest of a tag: they may give an old one. */
    bool mirrors_have_tags = false;
    /** How many tries a request has in all. 0: 5; 1: nothing is tried again. */
    std::int32_t retry_attempts = 0;
    /** The pause after the first try; each one is twice as long as the one before. 200 ms. */
    std::optional<std::chrono::milliseconds> retry_first_pause{};
    /** No such pause is longer. 30 s. */
    std::optional<std::chrono::milliseconds> retry_longest_pause{};
    /** A registry that asks to be left alone for longer gets its way: the call fails. 60 s. */
    std::optional<std::chrono::milliseconds> retry_longest_wait{};
    /** How many blobs it moves at the same time, for all threads. 0: 4. */
    std::int32_t parallel_transfers = 0;

    imgferry_registry_options to_c(detail::Input &in) const
    {
        imgferry_registry_options filled = detail::initialised(imgferry_registry_options_init);
        detail::fill_credentials(*this, filled, in);
        detail::fill_tls(*this, filled);
        filled.certificate_folders = in.list("certificate_folders", certificate_folders);
        filled.certificate_folder_count = certificate_folders.size();
        filled.token_hosts = in.list("token_hosts", token_hosts);
        filled.token_host_count = token_hosts.size();
        filled.proxy = in.optional("proxy", proxy);
        filled.no_proxy = in.optional("no_proxy", no_proxy);
        filled.user_agent = in.optional("user_agent", user_agent);
        filled.headers = in.list("headers", headers);
        filled.header_count = headers.size();
        filled.mirrors = in.list("mirrors", mirrors);
        filled.mirror_count = mirrors.size();
        filled.http_hosts = in.list("http_hosts", http_hosts);
        filled.http_host_count = http_hosts.size();
        filled.allow_http = detail::flag(allow_http);
        filled.environment = detail::flag(environment);
        filled.mirrors_have_tags = detail::flag(mirrors_have_tags);
        filled.retry_attempts = retry_attempts;
        filled.retry_first_pause_ms = detail::short_pause(retry_first_pause);
        filled.retry_longest_pause_ms = detail::short_pause(retry_longest_pause);
        filled.retry_longest_wait_ms = detail::short_pause(retry_longest_wait);
        filled.parallel_transfers = parallel_transfers;
        return filled;
    }
};

/** Which part of a blob is wanted. */
struct BlobOptions {
    /** Of the whole blob, in bytes, as a manifest promises it; another one is refused. */
    std::optional<std::int64_t> size{};
    /** Where to begin, in bytes. Only a whole blob is verified by its digest. */
    std::int64_t offset = 0;
    /** How many bytes. Default: all that follow. */
    std::optional<std::int64_t> length{};

    imgferry_blob_options to_c(detail::Input &) const
    {
        imgferry_blob_options filled = detail::initialised(imgferry_blob_options_init);
        filled.size = size.value_or(-1);
        filled.offset = offset;
        filled.length = length.value_or(-1);
        return filled;
    }
};

/** How a blob is uploaded. */
struct UploadOptions {
    /** Of the content, when it is known; else the content is read once more, to compute it. */
    std::optional<std::string> digest{};
    /** A repository of the same registry that may have the blob: then nothing is sent. */
    std::optional<std::string> mount_from{};
    /** In chunks of so many bytes. 0: in one request. */
    std::int64_t chunk_size = 0;

    imgferry_upload_options to_c(detail::Input &in) const
    {
        imgferry_upload_options filled = detail::initialised(imgferry_upload_options_init);
        filled.digest = in.optional("digest", digest);
        filled.mount_from = in.optional("mount_from", mount_from);
        filled.chunk_size = chunk_size;
        return filled;
    }
};

} // namespace imgferry

#endif
