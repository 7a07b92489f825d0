// Tells the thread sanitizer of Swift's Mutex. One that nobody else holds is locked by code that is compiled into ours,
// and so is seen. Any other is locked and unlocked by the kernel (FUTEX_LOCK_PI) from within libswiftSynchronization,
// which is not built here: what the lock puts in order then looks like a race. The executable's definitions go before
// the library's (the order in which ld.so looks symbols up); each hands on to it. Without the sanitizer there are none.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// _MutexHandle._lockSlow(_:), _tryLockSlow() and _unlockSlow(). The handle is the word that the lock is.
SWIFT void lock_slow(uint32_t thread, SELF) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT bool try_lock_slow(SELF) __asm__("$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");
SWIFT void unlock_slow(SELF) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

typedef SWIFT void lock_function(uint32_t thread, SELF);
typedef SWIFT bool try_function(SELF);
typedef SWIFT void unlock_function(SELF);

static void *of_library(const char *symbol) { return dlsym(RTLD_NEXT, symbol); }

SWIFT void lock_slow(uint32_t thread, SELF) {
    ((lock_function *)of_library("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"))(thread, self);
    __tsan_acquire(self);
}

SWIFT bool try_lock_slow(SELF) {
    bool is_locked = ((try_function *)of_library("$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"))(self);
    if (is_locked) __tsan_acquire(self);
    return is_locked;
}

SWIFT void unlock_slow(SELF) {
    __tsan_release(self);
    ((unlock_function *)of_library("$s15Synchronization12_MutexHandleV11_unlockSlowyyF"))(self);
}

#endif
#endif
