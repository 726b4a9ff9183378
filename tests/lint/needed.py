"""What the programs are linked with: needed.py FRONT HELPER FETCH.

The front answers in a millisecond because it loads three libraries, and what fetches for
the vault loads no desktop's. No program contains the layers that belong to another.
"""

import re
import shutil
import subprocess
import sys

import tree

FRONT_NEEDS = re.compile(r"(libc|libjson-c|libsodium|ld-linux[\w-]*)\.so\.\d+")
NOT_IN_FRONT = re.compile(r"kb_(post|sign|store_(?!level_name)|vault|token_request|token_reply)\w*")
NOT_IN_HELPER = re.compile(r"kb_proto\w*")
DESKTOP = re.compile(r"lib(secret|glib|gio|gobject|dbus)-.*")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(program):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", output("readelf", "-d", program))


def defined(program):
    return re.findall(r"^\S+ [A-Za-z] (\w+)$", output("nm", "--defined-only", program), re.M)


def foreign(program, pattern):
    return [f"{program}: contains {name}" for name in defined(program) if pattern.fullmatch(name)]


def main():
    front, helper, fetch = sys.argv[1:]
    if not (shutil.which("readelf") and shutil.which("nm")):
        tree.skip("binutils are not installed")
    finds = [f"{front}: needs {name}" for name in needed(front) if not FRONT_NEEDS.fullmatch(name)]
    finds += [f"{fetch}: needs {name}" for name in needed(fetch) if DESKTOP.match(name)]
    finds += foreign(front, NOT_IN_FRONT)
    finds += foreign(helper, NOT_IN_HELPER) + foreign(fetch, NOT_IN_HELPER)
    if "main" not in defined(front):
        finds.append(f"{front}: has no symbols to look at")
    tree.finish(finds)


if __name__ == "__main__":
    main()
