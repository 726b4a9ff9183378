"""What moves images and artifacts, before Debian's registry behind a door that wants a token."""

import json
import os

from harness import SandboxTest
from registry import registry, write_oci_image
from token_server import TokenServer


class RegistryTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        os.mkdir(self.box.path("registry-home"))
        self.registry = self.enterContext(
            registry(self.box.path("registry-home"), self.server.accepts))
        added = self.box.add_profile("registry", self.server, "--registry", self.registry.address,
                                     "--username", "robot")
        self.assertEqual(0, added.status, added)
        self.helpers = self.write("auth.json", {"credHelpers": {self.registry.address: "keybearer"}})
        self.image = f"{self.registry.address}/demo/app:1"

    def write(self, name, content):
        path = self.box.path(name)
        with open(path, "w") as file:
            json.dump(content, file)
        return path

    def assertWelcome(self):
        """Everybody who came brought the one token that was made."""
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.registry.credentials))
        self.assertEqual(1, self.server.count)


class StorageTest(RegistryTest):
    """podman and buildah keep images in a storage of the test's own."""

    def setUp(self):
        super().setUp()
        write_oci_image(self.box.path("image"))
        policy = self.write("policy.json", {"default": [{"type": "insecureAcceptAnything"}]})
        self.storage = ["--root", self.box.path("storage"), "--runroot", self.box.path("run"),
                        "--storage-driver", "vfs"]
        self.rules = [f"--signature-policy={policy}", f"--authfile={self.helpers}", "--tls-verify=false"]

    def run_all(self, *commands):
        for command in commands:
            done = self.box.run(command)
            self.assertEqual(0, done.status, done)

    def test_podman(self):
        podman = ["podman", "--cgroup-manager", "cgroupfs", *self.storage]
        rules = self.rules[1:]
        policy = self.rules[0]
        self.run_all(
            [*podman, "pull", "-q", policy, f"oci:{self.box.path('image')}"],
        )
        listed = self.box.run([*podman, "images", "-q"])
        identity = listed.text
        self.run_all([*podman, "push", "-q", policy, *rules, identity, f"docker://{self.image}"],
                     [*podman, "pull", "-q", policy, *rules, f"docker://{self.image}"])
        self.assertWelcome()

    def test_buildah(self):
        buildah = ["buildah", *self.storage]
        policy, *rules = self.rules
        pulled = self.box.run([*buildah, "pull", "-q", policy, f"oci:{self.box.path('image')}"])
        self.assertEqual(0, pulled.status, pulled)
        self.run_all([*buildah, "push", "-q", policy, *rules, pulled.text, f"docker://{self.image}"],
                     [*buildah, "pull", "-q", policy, *rules, f"docker://{self.image}"])
        self.assertWelcome()


class OrasTest(RegistryTest):
    def test_there_and_back(self):
        with open(os.path.join(self.box.work, "hello.txt"), "w") as file:
            file.write("hello\n")
        rules = ["--plain-http", "--registry-config", self.helpers]
        for words in (["push", *rules, self.image, "hello.txt"], ["pull", *rules, "-o", "got", self.image]):
            done = self.box.run(["oras", *words])
            self.assertEqual(0, done.status, done)
        with open(os.path.join(self.box.work, "got", "hello.txt")) as file:
            self.assertEqual("hello\n", file.read())
        self.assertWelcome()
