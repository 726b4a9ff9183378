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

    def assertWelcome(self, tokens=1):
        """Everybody who came brought a token; no more were made."""
        brought = {("Basic", "robot", token) for token in self.server.issued[-tokens:]}
        self.assertLessEqual(set(self.registry.credentials), brought)
        self.assertIn(("Basic", "robot", self.server.token), self.registry.credentials)
        self.assertTrue(1 <= self.server.count <= tokens, self.server.count)


class StorageTest(RegistryTest):
    """
    podman and buildah keep images in a storage of the test's own. Without root they live in a user
    namespace, where the kernel's keys are others: one more token for each.
    """

    def setUp(self):
        super().setUp()
        write_oci_image(self.box.path("image"))
        policy = self.write("policy.json", {"default": [{"type": "insecureAcceptAnything"}]})
        self.storage = ["--root", self.box.path("storage"), "--runroot", self.box.path("run"),
                        "--storage-driver", "vfs"]
        self.rules = [f"--signature-policy={policy}", f"--authfile={self.helpers}", "--tls-verify=false"]

    def call(self, *words):
        """In the folder of the image, whose path would become a part of its name."""
        done = self.box.run(words, cwd=self.box.root)
        self.assertEqual(0, done.status, done)
        return done.text

    def there_and_back(self, *program, namespaces):
        policy, *rules = self.rules
        image = self.call(*program, "pull", "-q", policy, "oci:image")
        self.call(*program, "push", "-q", policy, *rules, image, f"docker://{self.image}")
        self.call(*program, "pull", "-q", policy, *rules, f"docker://{self.image}")
        self.assertWelcome(1 if os.geteuid() == 0 else 1 + namespaces)

    def test_podman(self):
        podman = ["podman", "--cgroup-manager", "cgroupfs", *self.storage]
        self.addCleanup(self.box.run, [*podman, "system", "migrate"])  # ends what keeps its namespace
        self.there_and_back(*podman, namespaces=1)

    def test_buildah(self):
        self.there_and_back("buildah", *self.storage, namespaces=2)  # one for each command


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
