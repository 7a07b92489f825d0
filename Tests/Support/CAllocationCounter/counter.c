// The executable's definitions go before those of libc for every library in the process (the order in which ld.so looks
// symbols up), so nothing has to be preloaded. Each only counts, and hands on to glibc's own entry point.
//
// A sanitizer brings a malloc family of its own and hands it out before anything else runs. Blocks of the one that are
// given to the other end the process before its first test, so under a sanitizer nothing is defined here. The counts then
// stay 0, and .ci/sanitize names the tests that it leaves out for it.

#include "CAllocationCounter.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define HAS_MALLOC_OF_A_SANITIZER
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HAS_MALLOC_OF_A_SANITIZER
#endif

#ifdef HAS_MALLOC_OF_A_SANITIZER

unsigned long allocation_count(void) { return 0; }

long held_bytes(void) { return 0; }

#else

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

// Initial-exec: reached without a call, because the call that sets up a dynamic one may allocate.
static _Thread_local unsigned long count __attribute__((tls_model("initial-exec")));
static _Thread_local long held __attribute__((tls_model("initial-exec")));

// glibc keeps a block's size in the word before it.
static long size_of(void *block) { return block == NULL ? 0 : (long)(malloc_usable_size(block) + sizeof(size_t)); }

static void *counted(void *block) {
    held += size_of(block);
    return block;
}

unsigned long allocation_count(void) { return count; }

long held_bytes(void) { return held; }

void free(void *block) {
    held -= size_of(block);
    __libc_free(block);
}

void *malloc(size_t size) {
    count += 1;
    return counted(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
    count += 1;
    return counted(__libc_calloc(number, size));
}

void *realloc(void *block, size_t size) {
    count += 1;
    long before = size_of(block);
    void *result = __libc_realloc(block, size);
    if (result != NULL || size == 0) held += size_of(result) - before;
    return result;
}

void *memalign(size_t alignment, size_t size) {
    count += 1;
    return counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    count += 1;
    return counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    count += 1;
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *result = __libc_memalign(alignment, size);
    if (result == NULL) return ENOMEM;
    *block = counted(result);
    return 0;
}

#endif
