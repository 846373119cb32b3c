/** What a call carries besides its arguments: who follows it, who stops it, how long it takes. */

#ifndef IMGFERRY_CALL_HPP
#define IMGFERRY_CALL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../imgferry.h"
#include "carry.hpp"
#include "invoke.hpp"

namespace imgferry {

/**
 * A flag that stops calls from another thread: give a copy of it to each call that it shall stop.
 *
 * Copies are the same flag. Any thread, but no signal handler: there, set a variable of your own
 * that the progress function looks at.
 */
class Cancel {
public:
    /** A flag that is not set. Throws Error; without exceptions it is an empty one on failure. */
    Cancel()
    {
        imgferry_cancel *made = nullptr;
        imgferry_error *error = nullptr;
        imgferry_cancel_new(&made, &error);
        Result<void> result{Error(error)};
        cancel_.reset(made, imgferry_cancel_free);
#ifdef __cpp_exceptions
        std::move(result).value();
#endif
    }

    /**
     * Sets the flag: every call that has it ends with Status::cancelled, also one that waits for a
     * silent peer, and calls that start later end at once. There is no way back.
     *
     * Fails with Status::invalid_state in a forked child.
     */
    template <class F = Throws>
    Out<void, F> set(const F &form = {}) const
    {
        detail::Input in;
        return detail::make<void>(form, in, imgferry_cancel_set, get());
    }

    /** Whether it is set; false in a forked child. */
    bool is_set() const noexcept { return imgferry_cancel_is_set(get()) != 0; }

    /** The C handle, which stays this object's. */
    const imgferry_cancel *get() const noexcept { return cancel_.get(); }

private:
    std::shared_ptr<imgferry_cancel> cancel_;
};

/** What a progress record is about. Later versions add some: treat those as a message. */
enum class Phase : imgferry_phase {
    waiting = IMGFERRY_PHASE_WAITING,
    preparing = IMGFERRY_PHASE_PREPARING,
    pushing = IMGFERRY_PHASE_PUSHING,
    downloading = IMGFERRY_PHASE_DOWNLOADING,
    verifying = IMGFERRY_PHASE_VERIFYING,
    extracting = IMGFERRY_PHASE_EXTRACTING,
    loading = IMGFERRY_PHASE_LOADING,
    exists = IMGFERRY_PHASE_EXISTS,
    layer_done = IMGFERRY_PHASE_LAYER_DONE,
    retrying = IMGFERRY_PHASE_RETRYING,
    message = IMGFERRY_PHASE_MESSAGE,
    done = IMGFERRY_PHASE_DONE,
    push_starts = IMGFERRY_PHASE_PUSH_STARTS,
    pull_starts = IMGFERRY_PHASE_PULL_STARTS,
    saving = IMGFERRY_PHASE_SAVING,
    importing = IMGFERRY_PHASE_IMPORTING,
};

/** The unit of the numbers of a progress record. */
enum class Unit : imgferry_unit {
    bytes = IMGFERRY_UNIT_BYTES,
    seconds = IMGFERRY_UNIT_SECONDS,
};

/** One step of a transfer. Its texts live until the function that gets it returns; "" is none. */
struct Progress {
    explicit Progress(const imgferry_progress &record) noexcept
        : phase(static_cast<Phase>(record.phase)), unit(static_cast<Unit>(record.unit)),
          layer_id(record.layer_id), message(record.message), status(record.status),
          digest(record.digest), raw(record.raw), source(record.source),
          destination(record.destination), current(record.current),
          total(detail::known(record.total)), sum_current(record.sum_current),
          sum_total(detail::known(record.sum_total))
    {
    }

    Phase phase;
    /** Of `current` and `total`. */
    Unit unit;
    /** The layer, as its short ID or digest; "" when the record is not about one layer. */
    std::string_view layer_id;
    /** A text for people. */
    std::string_view message;
    /** The peer's own word for the phase. */
    std::string_view status;
    /** What was pushed, pulled or imported; only in the record Phase::done. */
    std::string_view digest;
    /** The engine's own line of JSON. */
    std::string_view raw;
    /** What is pushed or pulled, and where it goes; only when that starts. */
    std::string_view source, destination;
    /** How much of this layer is done; it can exceed `total`, which engines estimate. */
    std::uint64_t current;
    std::optional<std::uint64_t> total;
    /** Bytes over all layers seen so far. */
    std::uint64_t sum_current;
    std::optional<std::uint64_t> sum_total;
};

namespace detail {

/** Whether there is nothing to call: in a std::function, and for a pointer to a function. */
template <class Function>
bool is_none(const Function &function)
{
    if constexpr (std::is_assignable_v<Function &, std::nullptr_t>)
        return function == nullptr;
    else
        return false;
}

} // namespace detail

/**
 * Receives progress: whatever can be called with a Progress and returns nothing, or a bool, of
 * which false ends the call with Status::cancelled.
 *
 * It runs only on the thread that made the call, at least every 250 ms, also while nothing arrives
 * (Phase::waiting), and only until the call returns. What it throws ends the call and comes out of
 * it unchanged. It may use the library.
 */
class ProgressFn {
public:
    ProgressFn() noexcept = default;

    template <class Function, class = std::enable_if_t<
                                  !std::is_same_v<std::decay_t<Function>, ProgressFn> &&
                                  std::is_invocable_v<std::decay_t<Function> &, const Progress &>>>
    ProgressFn(Function &&function)
    {
        using Answer = std::invoke_result_t<std::decay_t<Function> &, const Progress &>;
        static_assert(std::is_void_v<Answer> || std::is_same_v<Answer, bool>,
                      "a progress function returns nothing, or a bool: whether to go on");
        if (detail::is_none(function))
            return;
        if constexpr (std::is_void_v<Answer>)
            function_ = [own = std::forward<Function>(function)](const Progress &it) mutable {
                own(it);
                return true;
            };
        else
            function_ = std::forward<Function>(function);
    }

    /** Whether there is a function. */
    explicit operator bool() const noexcept { return static_cast<bool>(function_); }

    /** Calls it; whether to go on. */
    bool operator()(const Progress &progress) const { return function_(progress); }

private:
    std::function<bool(const Progress &)> function_;
};

/** As a time limit of a call: none. */
inline constexpr std::chrono::milliseconds no_limit = std::chrono::milliseconds::max();

struct NothrowCall;

/**
 * What one call carries besides its arguments. One that is made without arguments is no progress
 * and the default limits.
 *
 *     imgferry::Call call;
 *     call.progress = [](const imgferry::Progress &at) { std::cout << at.message << '\n'; };
 *     call.deadline = std::chrono::minutes(10);
 *     engine.pull("busybox:1.36", {}, call);
 *
 * It is only read, and only until the call returns. One can serve many calls, also at the same
 * time when its progress function allows that.
 */
struct Call {
    /** Follows the call; see ProgressFn. */
    ProgressFn progress{};
    /** Stops the call from another thread. */
    std::optional<Cancel> cancel{};

    // Times: what is not set is the default, and `no_limit` is none. A time that has passed
    // already, 0 or less, ends the call as soon as it can be.

    /** For the whole call. Default: none, because a transfer may take as long as it moves. */
    std::optional<std::chrono::milliseconds> deadline{};
    /** Until a connection stands. Default: 15 s. */
    std::optional<std::chrono::milliseconds> connect_limit{};
    /** Until the first byte of an answer that a healthy peer gives at once. Default: 60 s. */
    std::optional<std::chrono::milliseconds> answer_limit{};
    /** Without one byte moving in a transfer with a registry. Default: 60 s. */
    std::optional<std::chrono::milliseconds> idle_limit{};
    /** The numbers of one layer come at most once in this time. Default: 100 ms; 0: all. */
    std::optional<std::chrono::milliseconds> progress_interval{};

    /** The same for the form that does not throw; this must outlive the call. */
    NothrowCall nothrow() const noexcept;
};

/** A Call in the last argument of a function that shall return a Result; see Call::nothrow. */
struct NothrowCall {
    const Call *call;
};

inline NothrowCall Call::nothrow() const noexcept { return NothrowCall{this}; }

namespace detail {

inline int on_progress(void *userdata, const imgferry_progress *record)
{
    return guarded([&] {
        const auto &function = *static_cast<const ProgressFn *>(userdata);
        return function(Progress(*record)) ? 0 : 1;
    });
}

/** 0 is the default to C, so the shortest limit is 1 ms. */
inline std::int64_t limit(const std::optional<std::chrono::milliseconds> &time) noexcept
{
    if (!time)
        return 0;
    if (*time == no_limit)
        return -1;
    return time->count() < 1 ? 1 : time->count();
}

/** A pause or an interval: 0 is the default to C, and -1 is none. */
inline std::int64_t pause(const std::optional<std::chrono::milliseconds> &time) noexcept
{
    if (!time)
        return 0;
    return time->count() < 1 ? -1 : time->count();
}

inline imgferry_call to_c(const Call &call)
{
    imgferry_call filled = initialised(imgferry_call_init);
    if (call.progress) {
        filled.progress = on_progress;
        filled.userdata = const_cast<ProgressFn *>(&call.progress);
    }
    filled.cancel = call.cancel ? call.cancel->get() : nullptr;
    filled.deadline_ms = limit(call.deadline);
    filled.connect_limit_ms = limit(call.connect_limit);
    filled.answer_limit_ms = limit(call.answer_limit);
    filled.idle_limit_ms = limit(call.idle_limit);
    filled.progress_interval_ms = pause(call.progress_interval);
    return filled;
}

inline imgferry_call to_c(const NothrowCall &form) { return to_c(*form.call); }
inline imgferry_call to_c(std::nothrow_t) { return initialised(imgferry_call_init); }

/** Calls a function of C that talks to somebody, and in which functions of the caller may run. */
template <class T, class Form, class Function, class... Arguments>
Out<T, Form> call(const Form &form, Input &in, Function function, const Arguments &...arguments)
{
    const imgferry_call filled = to_c(form);
    Frame frame;
    auto result = invoke<T>(
        in, [&](auto... outputs) { return function(arguments..., &filled, outputs...); });
    frame.rethrow();
    return in_form<Form>(std::move(result));
}

} // namespace detail
} // namespace imgferry

#endif
