/** What can go wrong, and how it is told: Status, Error, Result. */

#ifndef IMGFERRY_ERROR_HPP
#define IMGFERRY_ERROR_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../imgferry.h"
#include "view.hpp"

namespace imgferry {

/**
 * The kind of a failure, which programs branch on; the C header says what each one means.
 * Later versions add some: treat one that you do not know as a failure like any other.
 */
enum class Status : imgferry_status {
    ok = IMGFERRY_OK,
    invalid_argument = IMGFERRY_INVALID_ARGUMENT,
    invalid_reference = IMGFERRY_INVALID_REFERENCE,
    invalid_state = IMGFERRY_INVALID_STATE,
    unsupported = IMGFERRY_UNSUPPORTED,
    connect = IMGFERRY_CONNECT,
    tls = IMGFERRY_TLS,
    timeout = IMGFERRY_TIMEOUT,
    cancelled = IMGFERRY_CANCELLED,
    connection_lost = IMGFERRY_CONNECTION_LOST,
    unauthorized = IMGFERRY_UNAUTHORIZED,
    denied = IMGFERRY_DENIED,
    not_found = IMGFERRY_NOT_FOUND,
    conflict = IMGFERRY_CONFLICT,
    rate_limited = IMGFERRY_RATE_LIMITED,
    too_large = IMGFERRY_TOO_LARGE,
    no_space = IMGFERRY_NO_SPACE,
    platform = IMGFERRY_PLATFORM,
    registry_unreachable = IMGFERRY_REGISTRY_UNREACHABLE,
    engine = IMGFERRY_ENGINE,
    registry = IMGFERRY_REGISTRY,
    digest_mismatch = IMGFERRY_DIGEST_MISMATCH,
    protocol = IMGFERRY_PROTOCOL,
    io = IMGFERRY_IO,
    credentials = IMGFERRY_CREDENTIALS,
    callback = IMGFERRY_CALLBACK,
    panic = IMGFERRY_PANIC,
};

/** The name of a status, such as "NOT_FOUND"; "UNKNOWN" for one that the library does not know. */
inline std::string_view status_name(Status status) noexcept
{
    return imgferry_status_name(static_cast<imgferry_status>(status));
}

/**
 * A failure, with all that is known of it; one that is made without arguments is no failure.
 *
 * Copies share it, so copying is cheap and never throws. Texts that it gives live as long as
 * any of the copies; "" is none. Any thread.
 */
class Error : public std::exception {
public:
    Error() noexcept = default;

    /** Takes over what C calls an error; NULL is no failure. */
    explicit Error(imgferry_error *error)
    {
        if (error != nullptr)
            error_.reset(error, imgferry_error_free);
    }

    /** What this header itself refuses, before the library is asked. */
    static Error refused(std::string message)
    {
        Error error;
        error.refused_ = std::make_shared<const std::string>(std::move(message));
        return error;
    }

    /** Whether there is a failure. */
    explicit operator bool() const noexcept { return status() != Status::ok; }

    /** What kind of failure it is; Status::ok for none. */
    Status status() const noexcept
    {
        return refused_ ? Status::invalid_argument
                        : static_cast<Status>(imgferry_error_status(get()));
    }

    /** What a program prints: the whole chain of causes and the hint, in one line, no secrets. */
    const char *what() const noexcept override
    {
        return refused_ ? refused_->c_str() : imgferry_error_message(get());
    }

    /** What was done, such as "push". */
    std::string_view operation() const noexcept { return imgferry_error_operation(get()); }

    /** To what it was done, such as the name of an image. */
    std::string_view subject() const noexcept { return imgferry_error_subject(get()); }

    /** The address of the engine or registry. */
    std::string_view endpoint() const noexcept { return imgferry_error_endpoint(get()); }

    /** The request or step that failed, such as "POST /v1.41/images/create". */
    std::string_view stage() const noexcept { return imgferry_error_stage(get()); }

    /** What can be done about it, as a sentence. */
    std::string_view hint() const noexcept { return imgferry_error_hint(get()); }

    /** With which HTTP status the peer refused; 200 when it said so after it had begun. */
    std::optional<int> http_status() const noexcept
    {
        const std::int32_t status = imgferry_error_http_status(get());
        return status == 0 ? std::nullopt : std::optional<int>(status);
    }

    /** The peer's own error code, such as "MANIFEST_UNKNOWN". */
    std::string_view peer_code() const noexcept { return imgferry_error_peer_code(get()); }

    /** The peer's own message, word for word; it can have several lines. */
    std::string_view peer_message() const noexcept { return imgferry_error_peer_message(get()); }

    /** Whether the same call may succeed when it is repeated. */
    bool retryable() const noexcept { return imgferry_error_retryable(get()) != 0; }

    /** How long the peer asks to wait before the next try. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept
    {
        return detail::known_time(imgferry_error_retry_after_ms(get()));
    }

    /** How many times the failing step was tried; 0 when nothing had begun. */
    std::uint32_t attempts() const noexcept { return imgferry_error_attempts(get()); }

    /** What a callback returned to C that ended the call; 0 when none did. */
    int callback_result() const noexcept { return imgferry_error_callback_result(get()); }

    /** What could not be cleaned up after the failure, each a sentence; usually empty. */
    TextListView left_behind() const noexcept
    {
        return TextListView(imgferry_error_left_behind(get()));
    }

    /** The C handle, which stays this object's; NULL for none. */
    const imgferry_error *get() const noexcept { return error_.get(); }

private:
    std::shared_ptr<imgferry_error> error_;
    std::shared_ptr<const std::string> refused_;
};

namespace detail {

class NoValue {};

} // namespace detail

/**
 * What the form that does not throw returns: a value or an Error, as std::expected will have it.
 *
 * On failure the value is an empty one, whose functions are safe to call: a handle that holds
 * nothing, "" or 0.
 */
template <class T>
class [[nodiscard]] Result {
    using Value = std::conditional_t<std::is_void_v<T>, detail::NoValue, T>;

public:
    Result(Error error) : error_(std::move(error)) {}
    Result(Error error, Value value) : error_(std::move(error)), value_(std::move(value)) {}

    /** Whether it worked. */
    explicit operator bool() const noexcept { return !error_; }
    /** The same in the word of std::expected. */
    bool has_value() const noexcept { return !error_; }

    /** Why it did not; no failure when it worked. */
    const Error &error() const noexcept { return error_; }
    /** The status of that. */
    Status status() const noexcept { return error_.status(); }

    /** The value, an empty one on failure. */
    Value &operator*() & noexcept { return value_; }
    const Value &operator*() const & noexcept { return value_; }
    Value &&operator*() && noexcept { return std::move(value_); }
    Value *operator->() noexcept { return &value_; }
    const Value *operator->() const noexcept { return &value_; }

#ifdef __cpp_exceptions
    /** The value; throws the Error when there is none. */
    T value() &&
    {
        if (error_)
            throw error_;
        if constexpr (!std::is_void_v<T>)
            return std::move(value_);
    }
    std::add_lvalue_reference_t<const T> value() const &
    {
        if (error_)
            throw error_;
        if constexpr (!std::is_void_v<T>)
            return value_;
    }
#endif

private:
    Error error_;
    Value value_{};
};

} // namespace imgferry

#endif
