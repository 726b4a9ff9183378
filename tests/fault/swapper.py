"""swapper.py PATH VICTIM: puts a link to VICTIM and what PATH was in turns into PATH's place.

Until its standard input ends; then PATH is what it was. Prints a line after the first turn, and
at the end the number of all.
"""

import os
import select
import shutil
import sys


def copy(source, target):
    if os.path.isdir(source):
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def clear(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def put(fresh, path):
    """A directory cannot be renamed over: then PATH is missing for a moment."""
    try:
        os.rename(fresh, path)
    except OSError:
        clear(path)
        os.rename(fresh, path)


def main():
    path, victim = sys.argv[1:]
    kept, link, fresh = (victim + end for end in (".kept", ".link", ".fresh"))
    copy(path, kept)
    turns = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        os.symlink(victim, link)
        put(link, path)
        copy(kept, fresh)
        put(fresh, path)
        turns += 1
        if turns == 1:
            print("begun", flush=True)
    clear(kept)
    print(turns)


if __name__ == "__main__":
    main()
