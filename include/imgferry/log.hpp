/** What the library notes on its way, for who wants to know. */

#ifndef IMGFERRY_LOG_HPP
#define IMGFERRY_LOG_HPP

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "../imgferry.h"
#include "invoke.hpp"

namespace imgferry {

/** How much is noted; a larger one includes the smaller ones. */
enum class LogLevel : imgferry_log_level {
    off = IMGFERRY_LOG_OFF,
    error = IMGFERRY_LOG_ERROR,
    warn = IMGFERRY_LOG_WARN,
    info = IMGFERRY_LOG_INFO,
    debug = IMGFERRY_LOG_DEBUG,
    trace = IMGFERRY_LOG_TRACE,
};

/**
 * Receives what the library notes: its level, the part of the library, and a line of text without
 * secrets. The texts live until it returns.
 *
 * It runs on any thread, and on several at the same time, and must not use the library. No call is
 * there that an exception could come out of: what it throws is dropped.
 */
using LogFn = std::function<void(LogLevel, std::string_view target, std::string_view message)>;

namespace detail {

/** The function of the process, the same for all shared libraries of a program. */
struct [[gnu::visibility("default")]] Log {
    inline static std::mutex lock;
    inline static std::unique_ptr<LogFn> function;
    /** Whether it runs on this thread. */
    inline static thread_local bool is_told = false;
};

inline void log(void *userdata, imgferry_log_level level, const char *target,
                const char *message) noexcept
{
    const LogFn &function = *static_cast<const LogFn *>(userdata);
    Log::is_told = true;
#ifdef __cpp_exceptions
    try {
        function(static_cast<LogLevel>(level), target, message);
    } catch (...) {
    }
#else
    function(static_cast<LogLevel>(level), target, message);
#endif
    Log::is_told = false;
}

} // namespace detail

/**
 * Has `function` called with what the library notes, up to `level`, in place of the one before,
 * which is not running any more when this returns; an empty one is none.
 *
 * Fails with Status::invalid_state inside such a function, and in a forked child of a process that
 * has set one. Any thread.
 */
template <class Form = Throws>
Out<void, Form> set_log(LogLevel level, LogFn function, const Form &form = {})
{
    std::unique_lock<std::mutex> alone(detail::Log::lock, std::defer_lock);
    // One that waits for this function to end may have the lock; C refuses it here.
    if (!detail::Log::is_told)
        alone.lock();
    auto next = function ? std::make_unique<LogFn>(std::move(function)) : nullptr;
    const imgferry_log_fn call = next ? detail::log : nullptr;
    detail::Input in;
    auto result = detail::invoke<void>(in, [&](imgferry_error **error) {
        if (imgferry_set_log(static_cast<imgferry_log_level>(level), call, next.get(), error) ==
            IMGFERRY_OK)
            detail::Log::function.swap(next);
    });
    static_cast<void>(form);
    return detail::in_form<Form>(std::move(result));
}

} // namespace imgferry

#endif
