/* Ctrl-C, for the progress functions of the examples. */

#ifndef INTERRUPT_HPP
#define INTERRUPT_HPP

#include <csignal>

/** A signal handler may do nothing but set this; progress, asked every 250 ms, looks at it. */
inline volatile std::sig_atomic_t interrupted = 0;

inline void stop_on_interrupt()
{
    std::signal(SIGINT, [](int) { interrupted = 1; });
}

#endif
