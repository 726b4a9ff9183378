"""git-lfs, which asks git for a password, which asks us: large files there and back."""

import json
import os

from git_server import GitServer
from harness import SandboxTest
from service import Service
from token_server import TokenServer

JSON = "application/vnd.git-lfs+json"
CONTENT = b"large\n"


class Store:
    """As much of a server of large files as a push and a pull need."""

    def __init__(self):
        self.objects = {}
        self.origin = None

    def answer(self, call):
        name = call.path.rpartition("/")[2]
        if call.path == "/lfs/objects/batch":
            return 200, JSON, json.dumps(self._batch(json.loads(call.body))).encode()
        if call.method == "PUT":
            self.objects[name] = call.body
            return 200, JSON, b""
        if name in self.objects:
            return 200, "application/octet-stream", self.objects[name]
        return None

    def _batch(self, asked):
        action = asked["operation"]
        found = [{**each, "actions": {action: {"href": f"{self.origin}/objects/{each['oid']}"}}}
                 for each in asked["objects"]]
        return {"transfer": "basic", "objects": found}


class LfsTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.store = Store()
        self.files = self.enterContext(Service(self.server.accepts, self.store.answer))
        self.store.origin = self.files.origin
        repositories = self.box.path("repositories")
        self.git("init", "-q", "--bare", f"{repositories}/demo.git")
        self.git("-C", f"{repositories}/demo.git", "config", "http.receivepack", "true")
        self.door = self.enterContext(GitServer(repositories, self.server.accepts))
        for name, value in (("credential.helper", "keybearer"), ("user.name", "tester"),
                            ("user.email", "tester@example.com"), ("lfs.url", f"{self.files.origin}/lfs"),
                            ("lfs.locksverify", "false")):
            self.git("config", "--global", name, value)
        self.git("lfs", "install", "--skip-repo")
        added = self.box.add_profile("forge", self.server, "--username", "robot",
                                     "--match", self.door.origin, "--match", self.files.origin)
        self.assertEqual(0, added.status, added)

    def git(self, *words):
        done = self.box.run(["git", *words])
        self.assertEqual(0, done.status, done)

    def test_there_and_back(self):
        self.git("clone", "-q", f"{self.door.origin}/demo.git", "one")
        with open(os.path.join(self.box.work, "one", "file.bin"), "wb") as file:
            file.write(CONTENT)
        for words in (["lfs", "track", "*.bin"], ["add", "."], ["commit", "-qm", "first"],
                      ["push", "-q", "origin", "HEAD"]):
            self.git("-C", "one", *words)
        self.assertEqual([CONTENT], list(self.store.objects.values()))
        self.git("clone", "-q", f"{self.door.origin}/demo.git", "two")
        with open(os.path.join(self.box.work, "two", "file.bin"), "rb") as file:
            self.assertEqual(CONTENT, file.read())
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.files.credentials))
        self.assertEqual(1, self.server.count)
