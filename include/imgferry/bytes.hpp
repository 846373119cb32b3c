/** Bytes in memory that belong to somebody else, as std::span of C++20 has them. */

#ifndef IMGFERRY_BYTES_HPP
#define IMGFERRY_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace imgferry {

/**
 * Whatever has data() and size() and holds bytes is one: std::string, std::string_view,
 * std::vector<std::uint8_t>, std::array<char, N>, std::span<std::byte>. The bytes stay where they
 * are, and must live as long as they are used.
 */
template <class Byte>
class BasicBytes {
    template <class Container>
    using ElementOf = std::remove_pointer_t<decltype(std::declval<Container &>().data())>;

public:
    BasicBytes() noexcept = default;
    BasicBytes(Byte *data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <class Container, class Element = ElementOf<Container>,
              class = decltype(std::declval<Container &>().size()),
              class = std::enable_if_t<
                  !std::is_same_v<std::decay_t<Container>, BasicBytes> && sizeof(Element) == 1 &&
                  (std::is_const_v<Byte> || !std::is_const_v<Element>)>>
    BasicBytes(Container &&container) noexcept
        : data_(reinterpret_cast<Byte *>(container.data())), size_(container.size())
    {
    }

    /** Where they are, and how many. */
    Byte *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    Byte *begin() const noexcept { return data_; }
    Byte *end() const noexcept { return data_ + size_; }

    /** The same bytes as text, whatever they are. */
    std::string_view text() const noexcept
    {
        return {reinterpret_cast<const char *>(data_), size_};
    }

private:
    Byte *data_ = nullptr;
    std::size_t size_ = 0;
};

/** Bytes to be read. */
using Bytes = BasicBytes<const std::uint8_t>;

/** Room for bytes. */
using Buffer = BasicBytes<std::uint8_t>;

} // namespace imgferry

#endif
