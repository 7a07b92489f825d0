// A name service that does not answer, for a program that is started with this in LD_PRELOAD: names that end with what
// SLOW_NAMES says take half a minute, as with a resolver whose servers are all gone, and are not found then.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int hangs(const char *name) {
    const char *ending = getenv("SLOW_NAMES");
    size_t length = name ? strlen(name) : 0;
    return ending && length >= strlen(ending) && !strcmp(name + length - strlen(ending), ending);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (hangs(name)) {
        struct timespec wait = {30, 0};
        nanosleep(&wait, NULL);
        return EAI_AGAIN;
    }
    if (!next) next = dlsym(RTLD_NEXT, "getaddrinfo");
    return next(name, service, hints, found);
}
