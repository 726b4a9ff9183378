"""The worked diffs of docs/architecture.md: all applied to one copy, built, and each used.

So what the page promises stays true: a setting, a way to prove a client, a provider and a protocol
each grow by what stands there, and by nothing else.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import tree  # noqa: E402

ROOT = Path(tree.ROOT)
BUILT = os.environ.get("KB_WORKED_COPY")
SUBJECTS = ("a setting", "a way to prove a client", "a provider", "a protocol")

if BUILT:
    os.environ["KB_TEST_BIN"] = f"{BUILT}/build/dev/stage/bin"

from certificates import Authority  # noqa: E402
from harness import SKIP_STATUS, SandboxTest, main  # noqa: E402
from token_server import TokenServer  # noqa: E402


def worked_diffs():
    """Subject -> diff, from the sections "Adding ..." of the page."""
    page = (ROOT / "docs/architecture.md").read_text()
    found = re.findall(r"^## Adding ([\w ]+)\n(.*?)(?=^## )", page, re.M | re.S)
    return {subject: "".join(re.findall(r"^```diff\n(.*?)^```$", text, re.M | re.S))
            for subject, text in found}


def must(words, copy, **options):
    done = subprocess.run(words, cwd=copy, text=True, capture_output=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(words)}:\n{done.stdout}{done.stderr}")


def build(copy):
    """The copy with all diffs, installed into its stage; its own rules about documents hold."""
    for name in tree.tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    diffs = worked_diffs()
    for subject in SUBJECTS:
        must(["git", "apply", "--whitespace=error", "-"], copy, input=diffs[subject])
    must(["cmake", "--preset", "dev", "-DBUILD_TESTING=OFF"], copy)
    must(["cmake", "--build", "build/dev", "-j2"], copy)
    must(["cmake", "--install", "build/dev"], copy)
    must([sys.executable, "-B", "tests/lint/documented.py"], copy)


class WorkedDiffsTest(SandboxTest):
    def add(self, *options, **server):
        self.server = self.enterContext(TokenServer(**server))
        added = self.box.add_profile("work", self.server, *options)
        self.assertEqual(0, added.status, added)

    def test_a_setting(self):
        self.add("--label", "the staging tenant")
        self.assertIn(b"the staging tenant", self.box.keybearer("show", "work").stdout)

    def test_a_way_to_prove_a_client(self):
        server = self.enterContext(TokenServer())
        server.behave(lambda request: server.issue())
        added = self.box.add_profile("work", server, "--client-auth", "client_secret_bearer")
        self.assertEqual(0, added.status, added)
        (request,) = server.requests
        self.assertEqual(f"Bearer {server.client_secret}", request.headers["authorization"])
        self.assertEqual(server.client_id, request.form["client_id"])
        self.assertNotIn("client_secret", request.form)

    def test_a_provider(self):
        place = self.box.path("authority")
        os.mkdir(place)
        authority = Authority(place)
        server = self.enterContext(TokenServer(certificate=authority.good()))
        self.box.guard(server)
        added = self.box.keybearer(
            "add", "work", "--preset", "example", "--host", f"127.0.0.1:{server.port}",
            "--store", "sealed-file", "--ca-file", authority.ca_file,
            "--client-id", server.client_id, "--client-secret-stdin",
            stdin=(server.client_secret + "\n").encode())
        self.assertEqual(0, added.status, added)
        self.assertEqual("/oauth2/token", server.requests[0].path)

    def test_a_protocol(self):
        self.add()
        token = self.box.keybearer("token", "work").stdout.strip()
        self.assertEqual(b"TOKEN " + token + b"\n", self.box.keybearer("plainline", "work").stdout)


def build_and_use():
    if any(not shutil.which(program) for program in ("git", "cmake", "ninja", "gcc")):
        print("skipped: git, cmake, ninja and gcc are needed")
        return SKIP_STATUS
    with tempfile.TemporaryDirectory(prefix="kb-worked-") as copy:
        build(Path(copy))
        return subprocess.run([sys.executable, "-B", *sys.argv],
                              env={**os.environ, "KB_WORKED_COPY": copy}).returncode


if __name__ == "__main__":
    if not BUILT:
        sys.exit(build_and_use())
    main()
