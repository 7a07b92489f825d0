#ifndef CPREFETCH_SHIM_H
#define CPREFETCH_SHIM_H

#include <stdint.h>

// Swift has no name for this instruction. It is a hint: it reads nothing, and an address where nothing is does no harm.
static inline void sluice_prefetch(uintptr_t address) { __builtin_prefetch((const void *)address, 1); }

#endif
