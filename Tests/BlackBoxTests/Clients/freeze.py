"""Stops one thread of a process, as a debugger does, until this program is killed: the kernel lets the thread go with its tracer."""

import argparse
import ctypes
import os
import pathlib
import signal

from connection import report

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--process", type=int, required=True)
arguments.add_argument("--loop", type=int, required=True, help="which of the event loops' threads, in their order")
options = arguments.parse_args()

PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

tasks = pathlib.Path(f"/proc/{options.process}/task")
names = {int(task.name): (task / "comm").read_text().strip() for task in tasks.iterdir()}
# NIO numbers its groups of event loops and the loops of each; the first group serves connections.
groups = sorted({name.rsplit("-#", 1)[0] for name in names.values() if name.startswith("NIO-ELT-")})
loops = [(int(name.rsplit("#", 1)[1]), task) for task, name in names.items() if name.startswith(f"{groups[0]}-#")]
thread = sorted(loops)[options.loop][1]


def trace(request):
    if libc.ptrace(request, thread, None, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


trace(PTRACE_SEIZE)
trace(PTRACE_INTERRUPT)
os.waitpid(thread, WALL)
report(frozen=thread)
signal.pause()
