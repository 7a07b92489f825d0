// Stops a process's clocks, so that what it does depends on no timer. Preloaded; the clocks stand while the first byte
// of the file that STILL names is not zero.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned char running;
static volatile unsigned char *stands = &running;
static struct timespec last[16];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("STILL");
    int file = path == NULL ? -1 : open(path, O_RDONLY);
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) stands = page;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (*stands && clock >= 0 && clock < 16 && last[clock].tv_sec != 0) {
        *time = last[clock];
        return 0;
    }
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock >= 0 && clock < 16) last[clock] = *time;
    return result;
}
