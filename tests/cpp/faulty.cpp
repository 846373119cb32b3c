// A program that does one thing wrong, which the tool that watches it must find: it loses a handle,
// uses a text whose handle is gone, or adds more than an int can hold.

#include <limits>

#include "check.hpp"

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    const std::string_view fault = argv[1];
    auto image = imgferry::LocalImage::parse("app:1");
    if (fault == "lost") {
        image.release();
    } else if (fault == "dangling") {
        const std::string_view tag = image.tag();
        image = imgferry::LocalImage();
        return tag.front() == '2';
    } else if (fault == "overflow") {
        return std::numeric_limits<int>::max() + argc < 0;
    }
    return 0;
}
