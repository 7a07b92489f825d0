// Counts what a thread allocates, so that a test can hold "one event to many streams allocates nothing per stream".
// For test binaries on glibc only: linking this target replaces malloc and its kin in the whole process.
// Under a sanitizer, whose malloc must stay, it replaces none and both counts say 0.

#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

/// How many blocks the calling thread has asked for since it began. A reallocation counts as one.
unsigned long allocation_count(void);

/// How many bytes of blocks the calling thread has asked for and not freed, each as the allocator rounds it, header included. A
/// block that another thread frees counts there.
long held_bytes(void);

#endif
