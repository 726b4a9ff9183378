"""An ordinary user adds a client, connects git and clones with the installed package; client and settings stay.

Runs where token_server.py and git_server.py of tests/e2e lie beside it.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from git_server import GitServer
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

HOME = Path.home()
KEY = HOME / "machine.key"


def run(*words, **options):
    return subprocess.run(words, check=True, text=True, **options)


def main():
    key = os.open(KEY, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(key, os.urandom(32))
    os.close(key)
    os.environ["KEYBEARER_KEY_FILE"] = str(KEY)
    with tempfile.TemporaryDirectory() as place, TokenServer() as server, \
            GitServer(place, server.accepts) as door:
        run("git", "init", "-q", "--bare", f"{place}/demo.git")
        run("keybearer", "add", "forge", "--token-url", f"{server.origin}/oauth/token", "--match", door.origin,
            "--username", "robot", "--client-id", CLIENT_ID, "--client-secret-stdin",
            "--store", "sealed-file", input=CLIENT_SECRET + "\n")
        run("keybearer", "setup", "git", "forge", "--yes")
        run("git", "clone", "-q", f"{door.origin}/demo.git", f"{place}/clone", stderr=subprocess.DEVNULL)
        assert door.credentials, "nobody asked for a credential"
        run("keybearer", "status")
    print("git cloned.")


if __name__ == "__main__":
    main()
