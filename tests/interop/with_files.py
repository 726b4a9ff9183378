"""Programs that fetch or bring a file, with the token from a command, a pipe, or the environment."""

import os

from harness import SandboxTest
from pages import blocks
from service import Service
from token_server import TokenServer

PAGE = b"content\n"
FOUND = """<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:"><d:response><d:href>{path}</d:href><d:propstat><d:prop>
<d:resourcetype/><d:getcontentlength>{length}</d:getcontentlength>
<d:getlastmodified>Sun, 29 Nov 2026 00:00:00 GMT</d:getlastmodified>
</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"""


class FilesTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.service = self.enterContext(Service(self.server.accepts, self.answer))
        added = self.box.add_profile("work", self.server, "--match", self.service.origin)
        self.assertEqual(0, added.status, added)

    def answer(self, call):
        if call.method == "PROPFIND":
            path = call.path + "hello.txt" if call.path.endswith("/") else call.path
            return 207, "application/xml", FOUND.format(path=path, length=len(PAGE)).encode()
        return 200, "text/plain", PAGE

    def assertBrought(self, scheme):
        self.assertEqual({(scheme, None, self.server.token)}, set(self.service.credentials))
        self.assertEqual(1, self.server.count)

    def test_rclone(self):
        """With the lines of keybearer-tokens(7), for a server of ours."""
        lines = blocks("keybearer-tokens.7")["rclone"][0].replace("https://files.example.com", self.service.origin)
        path = os.path.join(self.box.config, "rclone", "rclone.conf")
        os.makedirs(os.path.dirname(path))
        with open(path, "w") as file:
            file.write(lines)
        done = self.box.run(["rclone", "cat", "files:hello.txt"])
        self.assertEqual((0, PAGE), (done.status, done.stdout), done)
        self.assertBrought("Bearer")

    def test_httpie(self):
        """It reads a header's value from a file, which is a pipe: the token is in no argument."""
        command = (f"http --ignore-stdin --check-status --body {self.service.origin}/file"
                   " Authorization:@<(keybearer header work | cut -d' ' -f2-)")
        done = self.box.run(["bash", "-o", "pipefail", "-c", command])
        self.assertEqual((0, PAGE), (done.status, done.stdout.rstrip() + b"\n"), done)
        self.assertBrought("Bearer")
