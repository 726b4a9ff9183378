"""pnpm of several lines, and a client of MCP servers: from build/npm, where `sh scripts/clients` put them."""

import base64
import hashlib
import io
import json
import os
import tarfile

from harness import BIN, SandboxTest
from places import FOLDER, NPM
from service import Service
from token_server import TokenServer


def packed():
    """A package without a line of code, as npm packs one."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        text = json.dumps({"name": "@corp/demo", "version": "1.0.0"}).encode()
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return file.getvalue()


class PnpmTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.package = packed()
        self.registry = self.enterContext(Service(self.server.accepts, self.answer))
        added = self.box.add_profile("corp", self.server)
        self.assertEqual(0, added.status, added)
        with open(os.path.join(self.box.work, "package.json"), "w") as file:
            json.dump({"name": "app", "version": "1.0.0", "dependencies": {"@corp/demo": "1.0.0"}}, file)

    def answer(self, call):
        if call.path.endswith(".tgz"):
            return 200, "application/octet-stream", self.package
        if call.path.lower() != "/@corp%2fdemo":
            return None
        digest = base64.b64encode(hashlib.sha512(self.package).digest()).decode()
        dist = {"tarball": f"{self.registry.origin}/@corp/demo/-/demo-1.0.0.tgz", "integrity": f"sha512-{digest}"}
        told = {"name": "@corp/demo", "dist-tags": {"latest": "1.0.0"},
                "versions": {"1.0.0": {"name": "@corp/demo", "version": "1.0.0", "dist": dist}}}
        return 200, "application/json", json.dumps(told).encode()

    def install(self, helper, *program):
        with open(os.path.join(self.box.home, ".npmrc"), "w") as file:
            file.write(f"@corp:registry={self.registry.origin}/\n"
                       f"//{self.registry.authority}/:tokenHelper={helper}\n")
        done = self.box.run([*program, "install", "--ignore-scripts"], env={"CI": "1"})
        self.assertEqual(0, done.status, done)
        installed = os.path.join(self.box.work, "node_modules/@corp/demo/package.json")
        self.assertTrue(os.path.exists(installed), done)
        self.assertEqual({("Bearer", None, self.server.token)}, set(self.registry.credentials))
        self.assertEqual(1, self.server.count)

    def link(self):
        path = self.box.path("keybearer-pnpm-corp")
        os.symlink(f"{BIN}/keybearer", path)
        return path

    def test_9(self):
        self.install(self.link(), "node", f"{NPM}/pnpm-9/bin/pnpm.cjs")

    def test_10(self):
        self.install(self.link(), "node", f"{NPM}/pnpm-10/bin/pnpm.cjs")

    def test_12(self):
        self.install(self.link(), f"{NPM}/pnpm-12/pnpm")

    def test_12_with_arguments(self):
        self.install(f"{BIN}/keybearer pnpm corp", f"{NPM}/pnpm-12/pnpm")


class McpTest(SandboxTest):
    """The protocol's own SDK; the headers come as an AI tool's headersHelper brings them."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.service = self.enterContext(Service(self.server.accepts, self.answer, 'Bearer realm="mcp"'))
        added = self.box.add_profile("forge", self.server, "--match", self.service.origin)
        self.assertEqual(0, added.status, added)

    @staticmethod
    def answer(call):
        if call.method != "POST":
            return 405, "text/plain", b""
        asked = json.loads(call.body)
        results = {
            "initialize": lambda: {"protocolVersion": asked["params"]["protocolVersion"],
                                   "capabilities": {"tools": {}},
                                   "serverInfo": {"name": "demo", "version": "1"}},
            "tools/list": lambda: {"tools": [{"name": "hello", "inputSchema": {"type": "object"}}]},
        }
        if "id" not in asked:
            return 202, "application/json", b""
        result = results[asked["method"]]()
        return 200, "application/json", json.dumps(
            {"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()

    def client(self, url):
        return self.box.run(["node", f"{FOLDER}/mcp_client.mjs", NPM, url, "keybearer headers"])

    def test_a_server_that_a_profile_serves(self):
        done = self.client(f"{self.service.origin}/mcp")
        self.assertEqual((0, "hello"), (done.status, done.text), done)
        self.assertEqual({("Bearer", None, self.server.token)}, set(self.service.credentials))
        self.assertEqual(1, self.server.count)

    def test_another_server(self):
        with Service(self.server.accepts, self.answer) as foreign:
            self.assertNotEqual(0, self.client(f"{foreign.origin}/mcp").status)
            self.assertEqual([], foreign.credentials)
