// The other source of first.cpp.

#include <imgferry.hpp>

imgferry::LocalImage made_elsewhere(std::string_view name)
{
    return imgferry::LocalImage::parse(name);
}

imgferry::Error failed_elsewhere()
{
    return imgferry::LocalImage::parse("UPPER", std::nothrow).error();
}
