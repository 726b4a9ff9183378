"""A sandbox whose programs are looked through when they end: scan_at_exit.c.

Everything that runs in a ScannedSandbox is run as it is installed, below the scanner. Its
report says which processes ended and what was found in their memory.
"""

import base64
import os
import secrets
import shutil
import tempfile
from collections import Counter
from urllib.parse import quote, quote_plus

from harness import BIN, CAP_SYS_PTRACE, SKIP_STATUS, Sandbox, SandboxTest, capable
from token_server import TokenServer

TOOLS = os.environ.get("KB_TEST_LEAK_TOOLS", "")
SCANNER = os.path.join(TOOLS, "scan_at_exit")


def spellings(text):
    """TEXT as a process may hold it: raw, in a URL or a form, base64 at each alignment."""
    raw = text.encode()
    yield raw
    yield quote(text, safe="").encode()
    yield quote_plus(text).encode()
    for shift in range(3):
        yield base64.b64encode(b"x" * shift + raw)[(0, 4, 4)[shift] : -4]


class Scanner:
    """The texts to search for, and what the scans found. Lies outside the sandbox."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="kb-leak-")
        self._needles = os.path.join(self._folder, "needles")
        self._report = os.path.join(self._folder, "report")
        self.forget()
        with open(self._needles, "w"):
            pass

    def close(self):
        shutil.rmtree(self._folder)

    def search_for(self, name, text):
        with open(self._needles, "a") as file:
            for spelled in set(spellings(text)):
                file.write(f"{name} {spelled.hex()}\n")

    def command(self, argv, folder):
        return [SCANNER, self._needles, self._report, folder, *argv]

    def forget(self):
        with open(self._report, "w"):
            pass

    def _lines(self, word):
        with open(self._report) as file:
            return [line.split()[1:] for line in file if line.startswith(word + " ")]

    @property
    def ended(self):
        """How many processes of each program were searched."""
        return Counter(os.path.basename(exe) for exe, in self._lines("ended"))

    @property
    def forked(self):
        """Processes that executed nothing themselves. Only root can search them."""
        return len(self._lines("forked")) + len(self._lines("unread"))

    @property
    def unread(self):
        return len(self._lines("unread"))

    @property
    def finds(self):
        """One line a find: what, how many bytes of it, in which program and mapping."""
        return [
            f"{length} bytes of the {name} in {os.path.basename(exe)}, {place} at {address}"
            for name, length, address, place, exe in self._lines("found")
        ]


class ScannedSandbox(Sandbox):
    """The programs under test run below the scanner."""

    def __init__(self):
        self.scanner = Scanner()
        super().__init__()

    def close(self):
        super().close()
        self.scanner.close()

    def _resolve(self, argv):
        argv = super()._resolve(argv)
        if not argv[0].startswith(BIN):
            return argv
        return self.scanner.command(argv, os.path.dirname(BIN))


class KnownServer(TokenServer):
    """A token server whose client and tokens were known before, so that they can be sought."""

    def __init__(self, **options):
        # Signs that a form and a URL must escape; letters that no other text has.
        secret = "+".join(secrets.token_urlsafe(9) + "/=&%" for _ in range(3))
        super().__init__(client_secret=secret, **options)
        self.coming = [secrets.token_urlsafe(48) for _ in range(8)]
        self.refresh_token = secrets.token_urlsafe(48)

    def offer_protocols(self, *names):
        self._httpd.socket.context.set_alpn_protocols(names)

    def issue(self, scope=None):
        reply = super().issue(scope)
        self.issued[-1] = self.coming.pop(0)
        reply.body |= {"access_token": self.token, "refresh_token": self.refresh_token}
        return reply


class ScannedTest(SandboxTest):
    """A test case that fails when a process ends with a secret in its memory."""

    def setUp(self):
        self.box = ScannedSandbox()
        self.addCleanup(self.box.close)
        self.scanner = self.box.scanner
        if self.box.run(["keybearer", "version"]).status == SKIP_STATUS:
            self.skipTest("no process may be traced here")

    def serve(self, **options):
        server = self.enterContext(KnownServer(**options))
        self.scanner.search_for("client-secret", server.client_secret)
        self.scanner.search_for("refresh-token", server.refresh_token)
        for token in server.coming:
            self.scanner.search_for("token", token)
        return server

    def assertClean(self, forked=0, but="nothing", **programs):
        """
        No find BUT one, in exactly so many processes of each program since the last time; with
        FORKED None, in as many that executed nothing as there were.
        """
        ended = {name.replace("_", "-"): count for name, count in programs.items()}
        self.assertEqual([], [find for find in self.scanner.finds if but not in find])
        if forked is not None:
            self.assertEqual(forked, self.scanner.forked)
        if capable(CAP_SYS_PTRACE):
            self.assertEqual(0, self.scanner.unread)
        self.assertEqual(ended, dict(self.scanner.ended))
        self.scanner.forget()
