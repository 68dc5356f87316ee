#pragma once
// The kernel interfaces that an event loop stands on, which Swift's Glibc module leaves out.
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// Like `epoll_ctl`, with what `epoll_wait` is to give back for the descriptor.
static inline int shim_epoll_control(int poll, int operation, int descriptor, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(poll, operation, descriptor, &event);
}
static inline void shim_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}
