"""The cost of a cached answer that no load can blur: system calls, programs, libraries.

syscalls.py LIMIT OTHERS

LIMIT is that of `get`; OTHERS that of every other protocol, as its tool asks it.
"""

import os
import sys

import protocols
import world
from harness import BIN, Sandbox, need_memory, skip
from token_server import TokenServer

FOREIGN = ("libcurl", "libglib", "libgio", "libgobject", "libsecret", "libdbus", "libcrypto", "libssl")
KEYBEARER = os.path.join(BIN, "keybearer")


def problems(name, trace, limit):
    print(f"{name}: {len(trace)} system calls, at most {limit}; objects: {' '.join(trace.objects)}")
    wrong = [name for name in trace.objects if name.startswith(FOREIGN)]
    if wrong:
        yield f"{name} maps {' '.join(wrong)}"
    if trace.calls.count("execve") != 1:
        yield f"{name} starts more than one program"
    if len(trace) > limit:
        yield f"{name} makes too many system calls: {' '.join(trace.calls)}"


def main():
    limit, of_others = map(int, sys.argv[1:])
    need_memory()
    with TokenServer() as server, Sandbox() as box:
        world.add_profile(box, server)
        protocols.prepare(box, server)
        try:
            found = [*problems("get", world.trace(box, [KEYBEARER, "get"], world.REQUEST), limit)]
            for question in protocols.QUESTIONS:
                trace = world.trace(box, [KEYBEARER, *question.words], question.stdin, question.env)
                found += problems(question.name, trace, of_others)
        except world.Unmeasurable as reason:
            skip(reason)
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
