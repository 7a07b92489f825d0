// What the kernel's ways to send cost: one `send` for each stream's record, all of an event's records handed over at once
// by io_uring, and large records with and without MSG_ZEROCOPY. A probe for Capacity.md ("Below the floor"), not a part
// of the gateway. Prints processor time per record, of the sender alone, from runs in turn.
//
//   kernel STREAMS BYTES ROUNDS         e.g. kernel 1000 180 200

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void run_on(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

// The readers' side: one process on the other core, which reads whatever comes.

static void read_all(int listener, int streams, _Atomic long *received) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    run_on(1);
    int poll = epoll_create1(0);
    static char bytes[1 << 20];
    for (int open = 0; open < streams; open++) {
        int stream = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (stream < 0) fail("accept");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = stream};
        epoll_ctl(poll, EPOLL_CTL_ADD, stream, &event);
    }
    struct epoll_event ready[512];
    for (;;) {
        int count = epoll_wait(poll, ready, 512, -1);
        for (int i = 0; i < count; i++) {
            ssize_t length = read(ready[i].data.fd, bytes, sizeof bytes);
            if (length == 0) exit(0);
            if (length > 0) atomic_fetch_add(received, length);
        }
    }
}

// io_uring by its system calls: the library for it is not on every machine.

struct ring {
    int file;
    unsigned *tail, *head, *mask, *array;
    struct io_uring_sqe *entries;
    unsigned *done_head, *done_tail, *done_mask;
    struct io_uring_cqe *done;
    unsigned size;
};

static struct ring ring_make(unsigned size, const int *streams, int count) {
    struct io_uring_params parameters = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
    struct ring ring = {.size = size};
    ring.file = syscall(__NR_io_uring_setup, size, &parameters);
    if (ring.file < 0) fail("io_uring_setup");
    size_t queue = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
    size_t answers = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    char *map = mmap(NULL, queue > answers ? queue : answers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     ring.file, IORING_OFF_SQ_RING);
    ring.entries = mmap(NULL, parameters.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_POPULATE, ring.file, IORING_OFF_SQES);
    if (map == MAP_FAILED || ring.entries == MAP_FAILED) fail("mmap");
    ring.head = (unsigned *)(map + parameters.sq_off.head);
    ring.tail = (unsigned *)(map + parameters.sq_off.tail);
    ring.mask = (unsigned *)(map + parameters.sq_off.ring_mask);
    ring.array = (unsigned *)(map + parameters.sq_off.array);
    ring.done_head = (unsigned *)(map + parameters.cq_off.head);
    ring.done_tail = (unsigned *)(map + parameters.cq_off.tail);
    ring.done_mask = (unsigned *)(map + parameters.cq_off.ring_mask);
    ring.done = (struct io_uring_cqe *)(map + parameters.cq_off.cqes);
    if (syscall(__NR_io_uring_register, ring.file, IORING_REGISTER_FILES, streams, count) < 0) fail("register files");
    return ring;
}

static void ring_send(struct ring *ring, int from, int count, const char *event, char *records, int length) {
    unsigned tail = *ring->tail;
    for (int i = 0; i < count; i++, tail++) {
        unsigned place = tail & *ring->mask;
        struct io_uring_sqe *entry = &ring->entries[place];
        memset(entry, 0, sizeof *entry);
        entry->opcode = IORING_OP_SEND;
        entry->flags = IOSQE_FIXED_FILE;
        entry->fd = from + i;
        char *record = records + (size_t)i * length;
        memcpy(record, event, length);
        entry->addr = (uintptr_t)record;
        entry->len = length;
        entry->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        ring->array[place] = place;
    }
    __atomic_store_n(ring->tail, tail, __ATOMIC_RELEASE);
    int entered = syscall(__NR_io_uring_enter, ring->file, count, count, IORING_ENTER_GETEVENTS, NULL, 0);
    if (entered != count) fail("io_uring_enter");
    unsigned head = *ring->done_head;
    unsigned end = __atomic_load_n(ring->done_tail, __ATOMIC_ACQUIRE);
    for (; head != end; head++) {
        int sent = ring->done[head & *ring->done_mask].res;
        if (sent != length) {
            fprintf(stderr, "a send by io_uring gave %d\n", sent);
            exit(1);
        }
    }
    __atomic_store_n(ring->done_head, head, __ATOMIC_RELEASE);
}

// The ways.

enum way { PLAIN, RING, ZEROCOPY, WAYS };
static const char *names[] = {"send", "io_uring", "MSG_ZEROCOPY"};

static void take_notices(int stream) {
    char control[128];
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    while (recvmsg(stream, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) message.msg_controllen = sizeof control;
}

// Each stream's record is written before it is sent, as an encrypted one is: into one piece of memory, used again and
// again, where a send is over when it returns; into a piece for each stream of a batch where it is not.
static void send_event(enum way way, struct ring *ring, const int *streams, int count, const char *event,
                       char *records, int length) {
    if (way == RING) {
        for (int from = 0; from < count; from += ring->size)
            ring_send(ring, from, count - from < (int)ring->size ? count - from : (int)ring->size, event, records,
                      length);
        return;
    }
    int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (way == ZEROCOPY ? MSG_ZEROCOPY : 0);
    for (int i = 0; i < count; i++) {
        char *record = way == ZEROCOPY ? records + (size_t)(i % ring->size) * length : records;
        memcpy(record, event, length);
        if (send(streams[i], record, length, flags) != length) fail("send");
        if (way == ZEROCOPY) take_notices(streams[i]);
    }
}

static void wait_for(_Atomic long *received, long bytes) {
    while (atomic_load(received) < bytes) usleep(200);
}

int main(int count, char **words) {
    if (count != 4) {
        fprintf(stderr, "usage: kernel STREAMS BYTES ROUNDS\n");
        return 64;
    }
    int streams = atoi(words[1]), length = atoi(words[2]), rounds = atoi(words[3]);
    _Atomic long *received = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 4096)) fail("listen");
    getsockname(listener, (void *)&address, &size);
    pid_t reader = fork();
    if (reader == 0) read_all(listener, streams, received);
    run_on(0);
    int *open = calloc(streams, sizeof *open), on = 1;
    for (int i = 0; i < streams; i++) {
        open[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(open[i], (void *)&address, size)) fail("connect");
        setsockopt(open[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(open[i], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on);
        fcntl(open[i], F_SETFL, O_NONBLOCK);
    }
    struct ring ring = ring_make(256, open, streams);
    char *event = malloc(length), *records = malloc((size_t)ring.size * length);
    memset(event, 'x', length);
    memset(records, 'x', (size_t)ring.size * length);
    double spent[WAYS] = {0};
    long told = 0;
    for (int round = 0; round < rounds; round++) {
        for (enum way way = 0; way < WAYS; way++) {
            double before = processor_seconds();
            send_event(way, &ring, open, streams, event, records, length);
            spent[way] += processor_seconds() - before;
            told += (long)streams * length;
            wait_for(received, told);
        }
    }
    for (enum way way = 0; way < WAYS; way++)
        printf("%-14s %7.3f µs a record of %d bytes, %.2f of send\n", names[way],
               spent[way] * 1e6 / ((double)rounds * streams), length, spent[way] / spent[PLAIN]);
    kill(reader, SIGKILL);
    waitpid(reader, NULL, 0);
    return 0;
}
