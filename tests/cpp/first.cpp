// One program of two sources, which both use the whole header and share what it makes.

#include "check.hpp"

imgferry::LocalImage made_elsewhere(std::string_view name);
imgferry::Error failed_elsewhere();

int main()
{
    return checked([] {
        imgferry::LocalImage image = made_elsewhere("app:1");
        CHECK_TEXT(image.tag(), "1");
        image = imgferry::LocalImage::parse("app:2");
        CHECK_TEXT(image.tag(), "2");
        CHECK(failed_elsewhere().status() == imgferry::Status::invalid_reference);
        FAILURE(invalid_reference, made_elsewhere("UPPER"));
    });
}
