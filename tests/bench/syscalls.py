"""The cost of a cached `get` that no load can blur: system calls, programs, libraries.

syscalls.py LIMIT
"""

import os
import sys

import world
from harness import BIN, Sandbox, need_memory, skip
from token_server import TokenServer

FOREIGN = ("libcurl", "libglib", "libgio", "libgobject", "libsecret", "libdbus")


def main():
    limit = int(sys.argv[1])
    need_memory()
    with TokenServer() as server, Sandbox() as box:
        world.add_profile(box, server)
        world.check_answer(box, server)
        try:
            trace = world.trace(box, [os.path.join(BIN, "keybearer"), "get"], world.REQUEST)
        except world.Unmeasurable as reason:
            skip(reason)
    print(f"{len(trace)} system calls, at most {limit}; objects: {' '.join(trace.objects)}")
    wrong = [name for name in trace.objects if name.startswith(FOREIGN)]
    if wrong:
        sys.exit(f"mapped: {' '.join(wrong)}")
    if trace.calls.count("execve") != 1:
        sys.exit("more than one program was started")
    if len(trace) > limit:
        sys.exit("too many system calls: " + " ".join(trace.calls))


if __name__ == "__main__":
    main()
