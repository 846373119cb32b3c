/** How every function of C is called: what goes in, what comes out, and in which form. */

#ifndef IMGFERRY_INVOKE_HPP
#define IMGFERRY_INVOKE_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../imgferry.h"
#include "bytes.hpp"
#include "error.hpp"
#include "view.hpp"

namespace imgferry {

struct Call;
struct NothrowCall;

/** The last argument of functions that send nothing, when it is not std::nothrow: they throw. */
struct Throws {};

namespace detail {

template <class>
inline constexpr bool none_of_them = false;

template <class Form>
inline constexpr bool throws = std::is_same_v<Form, Throws> || std::is_same_v<Form, Call>;

template <class T, class Form>
struct OutputOf {
    static constexpr bool nothrow =
        std::is_same_v<Form, std::nothrow_t> || std::is_same_v<Form, NothrowCall>;
    static_assert(throws<Form> || nothrow,
                  "the last argument is an imgferry::Call, call.nothrow() or std::nothrow");
#ifndef __cpp_exceptions
    static_assert(nothrow,
                  "without exceptions the last argument is std::nothrow or call.nothrow()");
#endif
    using Type = std::conditional_t<nothrow, Result<T>, T>;
};

} // namespace detail

/** What a function returns whose value is a T: that, or a Result of it when it must not throw. */
template <class T, class Form>
using Out = typename detail::OutputOf<T, Form>::Type;

namespace detail {

/**
 * What one function of C is given. It ends texts with a NUL byte and keeps them until the
 * function has returned; a text that holds such a byte itself is refused.
 */
class Input {
public:
    const char *text(const char *name, std::string_view text)
    {
        if (text.find('\0') != std::string_view::npos && fault_.empty())
            fault_ = std::string(name) + " holds a NUL byte, which no such text can have";
        return texts_.emplace_back(text).c_str();
    }

    template <class Text>
    const char *optional(const char *name, const std::optional<Text> &value)
    {
        return value ? text(name, *value) : nullptr;
    }

    /** NULL for none. */
    const char *const *list(const char *name, const std::vector<std::string> &values)
    {
        std::vector<const char *> &all = lists_.emplace_back();
        for (const std::string &value : values)
            all.push_back(text(name, value));
        return all.empty() ? nullptr : all.data();
    }

    /** Elements that lie side by side; NULL for none. */
    const imgferry_credential *credentials(std::vector<imgferry_credential> values)
    {
        const auto &all = credentials_.emplace_back(std::move(values));
        return all.empty() ? nullptr : all.data();
    }

    /** The userdata of a callback that belongs to the handle that is made: destroyed with that. */
    template <class Function>
    void *give(const Function &function)
    {
        auto &copy = given_.emplace_back(nullptr, destroy<Function>);
        copy.reset(new Function(function));
        return copy.get();
    }

    template <class Function>
    static void destroy(void *userdata)
    {
        delete static_cast<Function *>(userdata);
    }

    /** A handle was made: what was given is its own now. */
    void taken() noexcept
    {
        for (auto &each : given_)
            static_cast<void>(each.release());
    }

    /** What cannot be passed on; "" when all can. */
    const std::string &fault() const noexcept { return fault_; }

private:
    std::list<std::string> texts_;
    std::list<std::vector<const char *>> lists_;
    std::list<std::vector<imgferry_credential>> credentials_;
    std::list<std::unique_ptr<void, imgferry_destroy_fn>> given_;
    std::string fault_;
};

/** A struct of C with its defaults. */
template <class Struct>
Struct initialised(void (*init)(Struct *, std::size_t))
{
    Struct filled;
    init(&filled, sizeof filled);
    return filled;
}

/** Where a struct is, until the end of the expression that makes it. */
template <class Struct>
const Struct *pointer(const Struct &filled) noexcept
{
    return &filled;
}

inline std::int32_t flag(bool value) noexcept { return value ? 1 : 0; }

/** What C puts into an output, and what becomes of it: a handle is owned from then on. */
template <class T, class = void>
struct Output {
    using Raw = typename T::Raw *;
    static T take(Raw raw) { return T(raw); }
};

template <>
struct Output<std::string> {
    using Raw = imgferry_text *;
    static std::string take(Raw raw)
    {
        const Handle<imgferry_text, imgferry_text_free> text(raw);
        return imgferry_text_get(text.get());
    }
};

template <>
struct Output<bool> {
    using Raw = std::int32_t;
    static bool take(Raw raw) { return raw != 0; }
};

template <class T>
struct Output<T, std::enable_if_t<std::is_unsigned_v<T> && !std::is_same_v<T, bool>>> {
    using Raw = T;
    static T take(Raw raw) { return raw; }
};

template <class T>
struct Output<std::optional<T>> {
    using Raw = typename Output<T>::Raw;
    static std::optional<T> take(Raw raw)
    {
        return raw == nullptr ? std::nullopt : std::optional<T>(Output<T>::take(raw));
    }
};

/** Calls `function` with places for its output and its error, unless the input cannot be used. */
template <class T, class Function>
Result<T> invoke(Input &in, Function &&function)
{
    if (!in.fault().empty())
        return Error::refused(in.fault());
    imgferry_error *error = nullptr;
    if constexpr (std::is_void_v<T>) {
        function(&error);
        return Error(error);
    } else {
        typename Output<T>::Raw output{};
        if (function(&output, &error) == IMGFERRY_OK)
            in.taken();
        T value = Output<T>::take(output);
        return Result<T>(Error(error), std::move(value));
    }
}

/** A Result in the form that was asked for. */
template <class Form, class T>
Out<T, Form> in_form(Result<T> result)
{
    if constexpr (throws<Form>)
        return std::move(result).value();
    else
        return result;
}

/** Calls a function of C that sends nothing. */
template <class T, class Form, class Function, class... Arguments>
Out<T, Form> make(const Form &, Input &in, Function function, const Arguments &...arguments)
{
    return in_form<Form>(
        invoke<T>(in, [&](auto... outputs) { return function(arguments..., outputs...); }));
}

} // namespace detail

/** The version of the library that runs, such as "0.1.0". */
inline std::string_view version() noexcept { return imgferry_version(); }

/** Whether this build of the library has a feature, such as "tls" or "zstd". */
inline bool has_feature(std::string_view name)
{
    detail::Input in;
    const char *text = in.text("name", name);
    return in.fault().empty() && imgferry_has_feature(text) != 0;
}

} // namespace imgferry

#endif
