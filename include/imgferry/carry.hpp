/** How exceptions of the caller's own functions get past the frames of C. */

#ifndef IMGFERRY_CARRY_HPP
#define IMGFERRY_CARRY_HPP

#include <exception>
#include <utility>

namespace imgferry::detail {

/**
 * One call of C in which functions of the caller may run. Those run on the thread that made the
 * call, also the ones that belong to a handle, so the innermost one of the thread is theirs.
 *
 * The visibility makes it the same for all shared libraries of a program that use this header.
 */
class [[gnu::visibility("default")]] Frame {
public:
    Frame() noexcept : outer_(std::exchange(innermost_, this)) {}
    ~Frame() { innermost_ = outer_; }
    Frame(const Frame &) = delete;
    Frame &operator=(const Frame &) = delete;

    /** Keeps an exception until C has returned; only the first one of a call can come out. */
    static void keep(std::exception_ptr exception) noexcept
    {
        if (innermost_ != nullptr && !innermost_->kept_)
            innermost_->kept_ = std::move(exception);
    }

    /** Lets what was kept go on, unchanged. */
    void rethrow() const
    {
        if (kept_)
            std::rethrow_exception(kept_);
    }

private:
    inline static thread_local Frame *innermost_ = nullptr;

    Frame *outer_;
    std::exception_ptr kept_;
};

/**
 * What a function of the caller answers to C: what it returns, or 1 when it throws.
 *
 * A handle of this header that is used by functions of C alone has no Frame: then the exception
 * ends here, and the call of C ends with IMGFERRY_CALLBACK.
 */
template <class Function>
int guarded(Function &&function) noexcept
{
#ifdef __cpp_exceptions
    try {
        return function();
    } catch (...) {
        Frame::keep(std::current_exception());
        return 1;
    }
#else
    return function();
#endif
}

} // namespace imgferry::detail

#endif
