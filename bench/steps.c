// Runs one thread of a process instruction by instruction, and writes down where each one was. The processor need not
// have counters for it, nor the kernel let anybody read them.
//
//   steps THREAD FILE      until SIGTERM
//
// FILE: a word of 64 bits for each instruction, its address; for a system call one more, its number with the topmost bit
// set.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static volatile sig_atomic_t is_over;

static void end(int signal) {
    (void)signal;
    is_over = 1;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// What is known of an address: whether a system call stands there.
#define PLACES (1u << 20)
static struct { uint64_t address; int is_call; } places[PLACES];

static int is_system_call(pid_t thread, uint64_t address) {
    uint32_t index = (uint32_t)(address * 0x9E3779B97F4A7C15u >> 44);
    while (places[index].address != 0 && places[index].address != address) index = (index + 1) % PLACES;
    if (places[index].address == 0) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKTEXT, thread, address, 0);
        places[index].address = address;
        places[index].is_call = errno == 0 && (word & 0xffff) == 0x050f;
    }
    return places[index].is_call;
}

// Lets the thread go on alone. The step that was under way may have left a SIGTRAP in its queue, which would end the
// process: it is taken out by letting the thread run up to it.
static void leave(pid_t thread) {
    struct __ptrace_peeksiginfo_args first = {.nr = 1};
    siginfo_t waiting;
    int status;
    while (ptrace(PTRACE_PEEKSIGINFO, thread, &first, &waiting) == 1 && waiting.si_signo == SIGTRAP) {
        ptrace(PTRACE_CONT, thread, 0, 0);
        if (waitpid(thread, &status, __WALL) < 0) fail("steps: wait");
    }
    ptrace(PTRACE_DETACH, thread, 0, 0);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    pid_t thread = atoi(arguments[1]);
    FILE *file = fopen(arguments[2], "wb");
    if (file == NULL) fail("steps: open");
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    if (ptrace(PTRACE_SEIZE, thread, 0, 0) != 0) fail("steps: seize");
    if (ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0) fail("steps: interrupt");
    int status;
    if (waitpid(thread, &status, __WALL) < 0) fail("steps: wait");
    puts("ready");
    fflush(stdout);
    uint64_t last = 0;
    int signal = 0;
    for (;;) {
        if (ptrace(PTRACE_SINGLESTEP, thread, 0, signal) != 0) fail("steps: step");
        while (waitpid(thread, &status, __WALL) < 0) {
            if (errno != EINTR) fail("steps: wait");
            if (is_over) ptrace(PTRACE_INTERRUPT, thread, 0, 0);
        }
        if (!WIFSTOPPED(status)) return 1;
        if (is_over) break;
        signal = WSTOPSIG(status) == SIGTRAP || status >> 16 != 0 ? 0 : WSTOPSIG(status);
        errno = 0;
        uint64_t address = (uint64_t)ptrace(PTRACE_PEEKUSER, thread, offsetof(struct user_regs_struct, rip), 0);
        // A string instruction stops at each of its rounds: it is one.
        if (address == last) continue;
        last = address;
        fwrite(&address, sizeof address, 1, file);
        if (!is_system_call(thread, address)) continue;
        struct user_regs_struct registers;
        ptrace(PTRACE_GETREGS, thread, 0, &registers);
        uint64_t number = registers.rax | 1ull << 63;
        fwrite(&number, sizeof number, 1, file);
    }
    fclose(file);
    leave(thread);
    return 0;
}
