// A disk that fails on command: loaded into the gateway by LD_PRELOAD, it lets writes to the event log's files fail with
// the error number that stands in the file FAILING_DISK names, for as long as that file is there. A number below 0 is how
// many milliseconds a sync takes instead. A mount can't be made read-only under a process that writes to it, so nothing
// else shows what a disk that went bad does.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int command_for(const char *path) {
    const char *control = getenv("FAILING_DISK");
    if (!control || !strstr(path, "events.db")) return 0;
    FILE *file = fopen(control, "r");
    if (!file) return 0;
    int number = 0;
    if (fscanf(file, "%d", &number) != 1) number = 0;
    fclose(file);
    return number;
}

static int failure_of(const char *path) {
    int number = command_for(path);
    return number > 0 ? number : 0;
}

static int command(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count <= 0) return 0;
    path[count] = 0;
    return command_for(path);
}

static int failure(int descriptor) {
    int number = command(descriptor);
    return number > 0 ? number : 0;
}

// Sleeps for as long as a sync takes, at most until the command is taken back.
static void take_time(int descriptor) {
    const int slice = 20;
    for (int slept = 0; slept < -command(descriptor); slept += slice) usleep(slice * 1000);
}

#define FAIL(result, failure)                                                        \
    int number = failure;                                                            \
    if (number) {                                                                    \
        errno = number;                                                              \
        return result;                                                               \
    }
#define FAILS(result, descriptor) FAIL(result, failure(descriptor))

int access(const char *path, int mode) {
    if (mode & W_OK) {
        FAIL(-1, failure_of(path))
    }
    static int (*next)(const char *, int);
    if (!next) next = (int (*)(const char *, int))dlsym(RTLD_NEXT, "access");
    return next(path, mode);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    FAILS(-1, descriptor)
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next) next = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    return next(descriptor, bytes, count, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    FAILS(-1, descriptor)
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next) next = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    return next(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
    FAILS(-1, descriptor)
    take_time(descriptor);
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return next(descriptor);
}

int fdatasync(int descriptor) {
    FAILS(-1, descriptor)
    take_time(descriptor);
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return next(descriptor);
}
