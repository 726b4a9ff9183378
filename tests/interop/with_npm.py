"""npm; and pnpm of several lines and a client of MCP servers, which `sh scripts/clients` put into build/npm."""

import base64
import hashlib
import io
import json
import os
import re
import tarfile

from harness import BIN, SandboxTest
from pages import examples
from places import FOLDER, NPM
from service import Service
from test_readme import README
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


class RegistryTest(SandboxTest):
    """A registry with one package, which a project wants."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.package = packed()
        self.registry = self.enterContext(Service(self.server.accepts, self.answer))
        added = self.box.add_profile("corp", self.server)
        self.assertEqual(0, added.status, added)
        with open(os.path.join(self.box.work, "package.json"), "w") as file:
            json.dump({"name": "app", "version": "1.0.0", "dependencies": {"@corp/demo": "1.0.0"}}, file)

    @property
    def dist(self):
        """The package's address, and what it must be."""
        digest = base64.b64encode(hashlib.sha512(self.package).digest()).decode()
        return f"{self.registry.origin}/@corp/demo/-/demo-1.0.0.tgz", f"sha512-{digest}"

    def answer(self, call):
        if call.path.endswith(".tgz"):
            return 200, "application/octet-stream", self.package
        if call.path.lower() != "/@corp%2fdemo":
            return None
        dist = dict(zip(("tarball", "integrity"), self.dist))
        told = {"name": "@corp/demo", "dist-tags": {"latest": "1.0.0"},
                "versions": {"1.0.0": {"name": "@corp/demo", "version": "1.0.0", "dist": dist}}}
        return 200, "application/json", json.dumps(told).encode()

    def configure(self, setting):
        with open(os.path.join(self.box.home, ".npmrc"), "w") as file:
            file.write(f"@corp:registry={self.registry.origin}/\n{setting}\n")

    def assertInstalls(self, words):
        done = self.box.run(words, env={"CI": "1"})
        self.assertEqual(0, done.status, done)
        installed = os.path.join(self.box.work, "node_modules/@corp/demo/package.json")
        self.assertTrue(os.path.exists(installed), done)
        self.assertEqual({("Bearer", None, self.server.token)}, set(self.registry.credentials))
        self.assertEqual(1, self.server.count)


class NpmTest(RegistryTest):
    def setUp(self):
        super().setUp()
        resolved, integrity = self.dist
        with open(os.path.join(self.box.work, "package-lock.json"), "w") as file:
            json.dump({"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
                "": {"name": "app", "version": "1.0.0", "dependencies": {"@corp/demo": "1.0.0"}},
                "node_modules/@corp/demo": {"version": "1.0.0", "resolved": resolved, "integrity": integrity},
            }}, file)

    def install(self, setting, command):
        self.configure(setting.replace("npm.example.com", self.registry.authority))
        self.assertInstalls(["sh", "-ec", command])

    def test_the_lines_of_the_readme(self):
        ((setting, command),) = re.findall(r"`(//npm\.example\.com/:_authToken=.*?)`.*?`(keybearer run .*?)`",
                                           README.read_text(), re.S)
        self.install(setting, command)

    def test_the_lines_of_the_manual(self):
        *_, setting, command = examples("keybearer-pnpm.1")
        self.install(setting, command.replace("work", "corp"))


class PnpmTest(RegistryTest):
    def install(self, helper, *program):
        self.configure(f"//{self.registry.authority}/:tokenHelper={helper}")
        self.assertInstalls([*program, "install", "--ignore-scripts"])

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
