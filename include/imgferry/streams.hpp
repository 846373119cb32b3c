/** Streams: functions that give or take bytes, and readers. */

#ifndef IMGFERRY_STREAMS_HPP
#define IMGFERRY_STREAMS_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "../imgferry.h"
#include "bytes.hpp"
#include "call.hpp"

namespace imgferry {

namespace detail {

/** A function that can be copied, as std::function wants it, of one that may only be moved. */
template <class Function>
auto copyable(Function &&function)
{
    auto own = std::make_shared<std::decay_t<Function>>(std::forward<Function>(function));
    return [own = std::move(own)](auto bytes) { return (*own)(bytes); };
}

} // namespace detail

/**
 * Gives bytes to the library: fills (a part of) a Buffer and returns how many bytes it wrote; 0 is
 * the end. It may also return a std::optional of that, of which none is a failure: the call ends
 * with Status::callback. Whatever it holds is moved or copied: it may be a lambda with a stream in
 * it that can only be moved.
 *
 * It runs only on the thread that made the call, and only until the call returns. What it throws
 * ends the call and comes out of it unchanged. While it blocks the call cannot be stopped.
 */
class ReadFn {
public:
    template <class Function,
              class = std::enable_if_t<!std::is_same_v<std::decay_t<Function>, ReadFn> &&
                                       std::is_invocable_v<std::decay_t<Function> &, Buffer>>>
    ReadFn(Function &&function) : function_(detail::copyable(std::forward<Function>(function)))
    {
        // Not a number with a sign, whose -1 would be a large one.
        using Answer = std::invoke_result_t<std::decay_t<Function> &, Buffer>;
        static_assert(std::is_same_v<Answer, std::size_t> ||
                          std::is_same_v<Answer, std::optional<std::size_t>>,
                      "a read function returns a std::size_t, or a std::optional of one");
    }

    /** Calls it. */
    std::optional<std::size_t> operator()(Buffer buffer) const { return function_(buffer); }

private:
    std::function<std::optional<std::size_t>(Buffer)> function_;
};

/**
 * Takes bytes from the library, all of them; they live until it returns. It returns nothing, or a
 * bool, of which false is a failure: the call ends with Status::callback. Else as a ReadFn.
 */
class WriteFn {
public:
    template <class Function,
              class = std::enable_if_t<!std::is_same_v<std::decay_t<Function>, WriteFn> &&
                                       std::is_invocable_v<std::decay_t<Function> &, Bytes>>>
    WriteFn(Function &&function)
    {
        using Answer = std::invoke_result_t<std::decay_t<Function> &, Bytes>;
        static_assert(std::is_void_v<Answer> || std::is_same_v<Answer, bool>,
                      "a write function returns nothing, or a bool: whether it worked");
        auto own = detail::copyable(std::forward<Function>(function));
        if constexpr (std::is_void_v<Answer>)
            function_ = [own = std::move(own)](Bytes bytes) {
                own(bytes);
                return true;
            };
        else
            function_ = std::move(own);
    }

    /** Calls it; whether it worked. */
    bool operator()(Bytes bytes) const { return function_(bytes); }

private:
    std::function<bool(Bytes)> function_;
};

namespace detail {

inline int on_read(void *userdata, std::uint8_t *buffer, std::size_t capacity, std::size_t *length)
{
    return guarded([&] {
        const auto &function = *static_cast<const ReadFn *>(userdata);
        const std::optional<std::size_t> read = function(Buffer(buffer, capacity));
        *length = read.value_or(0);
        return read ? 0 : 1;
    });
}

inline int on_write(void *userdata, const std::uint8_t *data, std::size_t length)
{
    return guarded([&] {
        const auto &function = *static_cast<const WriteFn *>(userdata);
        return function(Bytes(data, length)) ? 0 : 1;
    });
}

/** The userdata of the two: it is used until the call returns. */
template <class Function>
void *lent(const Function &function) noexcept
{
    return const_cast<Function *>(&function);
}

} // namespace detail

/**
 * A stream of bytes from a peer: an archive that an engine writes, or a blob of a registry. Freeing
 * it in its middle stops the peer. One thread at a time.
 */
class Reader : public Handle<imgferry_reader, imgferry_reader_free> {
public:
    using Owned::Owned;

    /** How many bytes the whole of it has, when the peer said it at the beginning. */
    std::optional<std::uint64_t> size() const noexcept
    {
        return detail::known(imgferry_reader_size(get()));
    }

    /**
     * Reads the next bytes into a buffer that is not empty, and returns how many there were; it can
     * be less at any time. 0 is the end, and that all was whole.
     *
     * `call` is for this read only: its limits begin anew. After a failure, every later read fails
     * with Status::invalid_state.
     */
    template <class C = Call>
    Out<std::size_t, C> read(Buffer buffer, const C &call = {})
    {
        detail::Input in;
        return detail::call<std::size_t>(call, in, imgferry_reader_read, mutable_get(),
                                         buffer.data(), buffer.size());
    }
};

/** An archive or a blob that was written. */
class Saved : public Handle<imgferry_saved, imgferry_saved_free> {
public:
    using Owned::Owned;

    /** In bytes. */
    std::uint64_t size() const noexcept { return imgferry_saved_size(get()); }
};

} // namespace imgferry

#endif
