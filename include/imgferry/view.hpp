/** Handles of C as C++ objects: views of what somebody else owns, owners, and lists. */

#ifndef IMGFERRY_VIEW_HPP
#define IMGFERRY_VIEW_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "../imgferry.h"

namespace imgferry {

/**
 * What a handle of C tells, without owning it: it lives as long as what it came from, like a
 * std::string_view. One without a handle, which is false, says "", 0 or nothing.
 */
template <class Handle>
class View {
public:
    using Raw = Handle;

    View() noexcept = default;
    /** A view of what C gave; NULL is nothing. */
    explicit View(const Raw *raw) noexcept : raw_(raw) {}

    /** Whether there is a handle. */
    explicit operator bool() const noexcept { return raw_ != nullptr; }

    /** The C handle, for functions of C; it stays with its owner. */
    const Raw *get() const noexcept { return raw_; }

protected:
    const Raw *raw_ = nullptr;
};

/**
 * A view that owns its handle, and frees it at its end. It can be moved and not copied; what was
 * moved from is empty. Freeing needs it alone; everything else may be done by any number of
 * threads at the same time, unless the class says otherwise.
 */
template <class Base, auto Free>
class Owned : public Base {
public:
    using Raw = typename Base::Raw;

    Owned() noexcept = default;

    /** Takes over a handle that C has given. */
    explicit Owned(Raw *raw) noexcept : Base(raw) {}

    Owned(Owned &&other) noexcept : Base(other.release()) {}
    Owned &operator=(Owned &&other) noexcept
    {
        Raw *raw = other.release();
        const Owned old(this->release());
        this->raw_ = raw;
        return *this;
    }
    Owned(const Owned &) = delete;
    Owned &operator=(const Owned &) = delete;
    ~Owned() { Free(mutable_get()); }

    /** Gives the handle away: it is to be freed by the caller. */
    Raw *release() noexcept
    {
        Raw *raw = mutable_get();
        this->raw_ = nullptr;
        return raw;
    }

protected:
    /** It came from C as one that may change. */
    Raw *mutable_get() const noexcept { return const_cast<Raw *>(this->raw_); }
};

/** An owned handle whose class has no view. */
template <class Raw, auto Free>
using Handle = Owned<View<Raw>, Free>;

/**
 * A list: `Count` says how many elements a handle has, and `At` gives each. For range-based `for`
 * and the algorithms; elements are made when they are asked for, and belong to the handle.
 */
template <class Element, class Raw, auto Count, auto At>
class Range : public View<Raw> {
public:
    using View<Raw>::View;
    using value_type = Element;

    /** How many elements there are. */
    std::size_t size() const noexcept { return Count(this->get()); }
    bool empty() const noexcept { return size() == 0; }

    /** The element at `index`, counted from 0; an empty one behind the end. */
    Element operator[](std::size_t index) const { return Element(At(this->get(), index)); }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Element;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Element;

        iterator() noexcept = default;
        iterator(const Raw *raw, std::size_t index) noexcept : raw_(raw), index_(index) {}

        Element operator*() const { return Element(At(raw_, index_)); }
        iterator &operator++() noexcept
        {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept { return iterator(raw_, index_++); }
        bool operator==(const iterator &other) const noexcept { return index_ == other.index_; }
        bool operator!=(const iterator &other) const noexcept { return index_ != other.index_; }

    private:
        const Raw *raw_ = nullptr;
        std::size_t index_ = 0;
    };

    /** Iterators live as long as the handle, also without this list. */
    iterator begin() const noexcept { return iterator(this->get(), 0); }
    iterator end() const noexcept { return iterator(this->get(), size()); }
};

/** Texts that belong to the handle that they came from. */
using TextListView =
    Range<std::string_view, imgferry_text_list, imgferry_text_list_count, imgferry_text_list_at>;

/** Texts that you own. */
using TextList = Owned<TextListView, imgferry_text_list_free>;

/** A label or an annotation. */
struct Pair {
    std::string_view key;
    std::string_view value;
};

namespace detail {

template <class Raw, auto Key, auto Value>
Pair pair_at(const Raw *raw, std::size_t index)
{
    return Pair{Key(raw, index), Value(raw, index)};
}

/** A number that C gives, which is -1 when it is not known. */
inline std::optional<std::uint64_t> known(std::int64_t number) noexcept
{
    return number < 0 ? std::nullopt
                      : std::optional<std::uint64_t>(static_cast<std::uint64_t>(number));
}

/** A time that C gives in milliseconds, which is -1 when it is not known. */
inline std::optional<std::chrono::milliseconds> known_time(std::int64_t time) noexcept
{
    return time < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(time));
}

} // namespace detail

/** Labels or annotations, sorted by key. */
template <class Raw, auto Count, auto Key, auto Value>
using Pairs = Range<Pair, Raw, Count, detail::pair_at<Raw, Key, Value>>;

} // namespace imgferry

#endif
