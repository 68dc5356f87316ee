// Tells ThreadSanitizer of the happens-before edges in Synchronization.Mutex.
//
// On Linux the contended path of Swift's Mutex (`_MutexHandle._lockSlow`, `_unlockSlow`) lives in libswiftSynchronization,
// which the toolchain ships without instrumentation: every lock that two threads ever wanted at once then looks like a race.
// Eight lines with one Mutex show it. This wraps the two functions and says what they do; everything else, and every true
// race, is still reported (deploy/check proves it with a program that races on purpose).
//
// Built with clang, whose `swiftcall` is Swift's calling convention; preloaded into the test process by deploy/check.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFTCALL __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

typedef SWIFTCALL void (*lock_function)(uint32_t, SELF);
typedef SWIFTCALL void (*unlock_function)(SELF);

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

SWIFTCALL void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFTCALL void lock_slow(uint32_t thread, SELF) {
    static lock_function original;
    if (!original) original = (lock_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    original(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFTCALL void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFTCALL void unlock_slow(SELF) {
    static unlock_function original;
    if (!original) original = (unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(self);
    original(self);
}
