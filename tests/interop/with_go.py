"""go, with keybearer in GOAUTH, before a proxy of modules that speaks TLS: it gets its token over nothing else."""

import io
import json
import os
import zipfile

from certificates import Authority
from harness import SandboxTest
from service import Service
from token_server import TokenServer

MODULE, VERSION = "example.com/demo", "v1.0.0"
SAYS = f"module {MODULE}\n"


def packed():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in (("go.mod", SAYS), ("demo.go", "package demo\n")):
            archive.writestr(f"{MODULE}@{VERSION}/{name}", text)
    return file.getvalue()


PAGES = {
    "list": f"{VERSION}\n".encode(),
    f"{VERSION}.info": json.dumps({"Version": VERSION, "Time": "2026-01-01T00:00:00Z"}).encode(),
    f"{VERSION}.mod": SAYS.encode(),
    f"{VERSION}.zip": packed(),
}


class GoTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        os.mkdir(self.box.path("ca"))
        authority = Authority(self.box.path("ca"))
        self.proxy = self.enterContext(
            Service(self.server.accepts, self.answer, certificate=authority.good()))
        self.brought = self.proxy.credentials
        added = self.box.add_profile("work", self.server, "--match", self.proxy.origin)
        self.assertEqual(0, added.status, added)
        self.box.env.update(
            GOAUTH="keybearer goauth", GOPROXY=self.proxy.origin, GONOSUMDB="*", GOTOOLCHAIN="local",
            GOFLAGS="-modcacherw", GOTELEMETRY="off", SSL_CERT_FILE=authority.ca_file)

    @staticmethod
    def answer(call):
        folder, _, name = call.path.rpartition("/")
        page = PAGES.get(name) if folder == f"/{MODULE}/@v" else None
        return None if page is None else (200, "text/plain", page)

    def download(self):
        return self.box.run(["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"])

    def test_a_module(self):
        done = self.download()
        self.assertEqual(0, done.status, done)
        self.assertEqual(VERSION, done.json()["Version"])
        self.assertEqual({("Bearer", None, self.server.token)}, set(self.brought))
        self.assertEqual(1, self.server.count)

    def test_the_token_is_asked_for_when_it_is_not_there(self):
        """The first call has nothing cached to tell: the second one answers a refusal."""
        self.assertEqual(0, self.box.keybearer("forget", "work").status)
        done = self.download()
        self.assertEqual(0, done.status, done)
        self.assertEqual(2, self.server.count)

    def test_a_foreign_proxy_gets_nothing(self):
        self.assertEqual(0, self.box.keybearer("remove", "--yes", "work").status)
        self.box.add_profile("work", self.server, "--match", "https://go.example.com")
        self.assertNotEqual(0, self.download().status)
        self.assertEqual([], self.brought)
