/** What proves to a registry who asks. */

#ifndef IMGFERRY_CREDENTIALS_HPP
#define IMGFERRY_CREDENTIALS_HPP

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../imgferry.h"
#include "carry.hpp"
#include "invoke.hpp"

namespace imgferry {

/** A user with a password, or a token. The library copies it, and never shows a secret. */
struct Credential {
    /**
     * The registry that it is for, such as "registry.example:5000". Not set where that is clear: in
     * the options of one call, and from a CredentialFn.
     */
    std::optional<std::string> host{};
    /** The user; not set with a bearer token. */
    std::optional<std::string> username{};
    /** The password, or an access token in its place. */
    std::optional<std::string> password{};
    /** A long-lived token that is exchanged for short-lived ones. */
    std::optional<std::string> identity_token{};
    /** A token that is presented to the registry as it is. */
    std::optional<std::string> bearer_token{};

    imgferry_credential to_c(detail::Input &in) const
    {
        imgferry_credential filled = detail::initialised(imgferry_credential_init);
        filled.host = in.optional("host", host);
        filled.username = in.optional("username", username);
        filled.password = in.optional("password", password);
        filled.identity_token = in.optional("identity_token", identity_token);
        filled.bearer_token = in.optional("bearer_token", bearer_token);
        return filled;
    }
};

/**
 * Gives the credential for one registry: `host` as image names mention it, and the repository in
 * it, or "" for what concerns no single one. Both texts live until it returns. A Credential without
 * any text is to ask anonymously; none is to look further.
 *
 * It belongs to the handles that were made with it and is destroyed with the last of them. It runs
 * on the threads that make calls with them, also on several at the same time. What it throws ends
 * the call and comes out of it unchanged. It may use the library, but not the registry that it is
 * asked for. While it blocks the call cannot be stopped.
 */
using CredentialFn = std::function<std::optional<Credential>(std::string_view host,
                                                             std::string_view repository)>;

namespace detail {

/** An answer that C does not take is an Error that ends the call. */
inline int answered(Result<void> result)
{
#ifdef __cpp_exceptions
    std::move(result).value();
    return 0;
#else
    return result ? 0 : 1;
#endif
}

inline int on_credential(void *userdata, const char *host, const char *repository,
                         imgferry_credential_reply *reply)
{
    return guarded([&] {
        const auto &function = *static_cast<const CredentialFn *>(userdata);
        const std::optional<Credential> credential = function(host, repository);
        if (!credential)
            return 0;
        Input in;
        const imgferry_credential filled = credential->to_c(in);
        return answered(invoke<void>(in, [&](imgferry_error **error) {
            return imgferry_credential_reply_set(reply, &filled, error);
        }));
    });
}

/** Where the options of engines and registries have the same fields. */
template <class Options, class Filled>
void fill_credentials(const Options &options, Filled &filled, Input &in)
{
    std::vector<imgferry_credential> credentials;
    for (const Credential &credential : options.credentials)
        credentials.push_back(credential.to_c(in));
    filled.credential_count = credentials.size();
    filled.credentials = in.credentials(std::move(credentials));
    if (options.credential_callback) {
        filled.credential_callback = on_credential;
        filled.credential_userdata = in.give(options.credential_callback);
        filled.credential_destroy = Input::destroy<CredentialFn>;
    }
    filled.credentials_from_env = flag(options.credentials_from_env);
    filled.strict_credentials = flag(options.strict_credentials);
}

/** The same for what TLS needs. */
template <class Options, class Filled>
void fill_tls(const Options &options, Filled &filled)
{
    const auto bytes = [](const std::optional<std::string> &pem) {
        return pem ? Bytes(*pem) : Bytes();
    };
    filled.authorities_pem = bytes(options.authorities_pem).data();
    filled.authorities_pem_length = bytes(options.authorities_pem).size();
    filled.certificate_pem = bytes(options.certificate_pem).data();
    filled.certificate_pem_length = bytes(options.certificate_pem).size();
    filled.key_pem = bytes(options.key_pem).data();
    filled.key_pem_length = bytes(options.key_pem).size();
    filled.skip_verification = flag(options.skip_verification);
}

/** One credential for one call; NULL when the options have none. */
inline const imgferry_credential *credential(const std::optional<Credential> &value, Input &in)
{
    return value ? in.credentials({value->to_c(in)}) : nullptr;
}

} // namespace detail
} // namespace imgferry

#endif
