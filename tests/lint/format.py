"""Every C file is as clang-format and .clang-format leave it."""

import shutil
import subprocess
import sys

import tree


def main():
    if not shutil.which("clang-format"):
        tree.skip("clang-format is not installed")
    names = tree.sources("lib", "backends", "cmd", "tests")
    command = ["clang-format", "--dry-run", "-Werror", *names]
    sys.exit(subprocess.run(command, cwd=tree.ROOT).returncode)


if __name__ == "__main__":
    main()
