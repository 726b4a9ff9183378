"""Servers in Python from Debian's packages."""

import subprocess

from cases import ServerTest
from servers import PYTHON, in_python

VERSION = "from importlib.metadata import version; import sys; print(version(sys.argv[1]))"


class DebianTest(ServerTest):
    package = None  # as Python calls it

    @classmethod
    def version(cls):
        """Or nothing, where it is not installed."""
        done = subprocess.run([*PYTHON, "-c", VERSION, cls.package], capture_output=True, text=True)
        return done.stdout.strip()

    @classmethod
    def missing(cls):
        return None if cls.version() else f"not installed: python3-{cls.package.lower()}"

    def start(self, script, settings):
        return in_python(script, settings)
