/* Files as streams of bytes. */

#ifndef FILES_HPP
#define FILES_HPP

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "check.hpp"

/** Gives the content of a file. */
inline imgferry::ReadFn contents(const std::string &path)
{
    const auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
    CHECK(file->good());
    return [file](imgferry::Buffer buffer) {
        file->read(reinterpret_cast<char *>(buffer.data()),
                   static_cast<std::streamsize>(buffer.size()));
        return static_cast<std::size_t>(file->gcount());
    };
}

inline std::string all_of(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    CHECK(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

/** A file descriptor that is closed at its end. */
class File {
public:
    File(const std::string &path, int flags) : fd_(open(path.c_str(), flags, 0600))
    {
        CHECK(fd_ >= 0);
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;
    ~File() { close(fd_); }

    int get() const { return fd_; }

private:
    int fd_;
};

#endif
