"""What moves images and artifacts, before Debian's registry behind a door that wants a token."""

import json
import os
import shutil

from harness import SandboxTest, need_keyrings
from registry import registry, write_oci_image
from token_server import TokenServer

PASSPHRASE = "correct horse battery staple"


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


class StorageBox(RegistryTest):
    """podman and buildah keep images in a storage of the test's own."""

    def setUp(self):
        super().setUp()
        write_oci_image(self.box.path("image"))
        policy = self.write("policy.json", {"default": [{"type": "insecureAcceptAnything"}]})
        self.storage = ["--root", self.box.path("storage"), "--runroot", self.box.path("run"),
                        "--storage-driver", "vfs"]
        self.rules = [f"--signature-policy={policy}", f"--authfile={self.helpers}", "--tls-verify=false"]
        self.podman = ["podman", "--cgroup-manager", "cgroupfs", *self.storage]

    def end_podman(self):
        """Without root it leaves a process behind, which keeps its namespace."""
        self.box.run([*self.podman, "system", "migrate"])

    def call(self, *words):
        """In the folder of the image, whose path would become a part of its name."""
        done = self.box.run(words, cwd=self.box.root)
        self.assertEqual(0, done.status, done)
        return done.text


class StorageTest(StorageBox):
    """Without root they live in a user namespace, where the kernel's keys are others: one more token for each."""

    def there_and_back(self, *program, namespaces):
        policy, *rules = self.rules
        image = self.call(*program, "pull", "-q", policy, "oci:image")
        self.call(*program, "push", "-q", policy, *rules, image, f"docker://{self.image}")
        self.call(*program, "pull", "-q", policy, *rules, f"docker://{self.image}")
        self.assertWelcome(1 if os.geteuid() == 0 else 1 + namespaces)

    def test_podman(self):
        self.addCleanup(self.end_podman)
        self.there_and_back(*self.podman, namespaces=1)

    def test_buildah(self):
        self.there_and_back("buildah", *self.storage, namespaces=2)  # one for each command


class PassphraseTest(StorageBox):
    """What docker-credential-keybearer(1) says of a vault with a passphrase, and podman without root."""

    def setUp(self):
        super().setUp()
        need_keyrings(self)
        if os.geteuid() == 0:
            self.skipTest("root's podman has no user namespace")
        self.assertEqual(0, self.box.keybearer("remove", "--yes", "registry").status)
        shutil.rmtree(self.box.vault)
        self.box.env.pop("KEYBEARER_KEY_FILE")
        self.box.secret(PASSPHRASE)
        words = ["keybearer", "add", "registry", "--token-url", self.server.token_url, "--store", "sealed-file",
                 "--registry", self.registry.address, "--username", "robot"]
        self.on_tty(words, (b"Client id", self.server.client_id), (b"Client secret", self.server.client_secret),
                    (b"New passphrase", PASSPHRASE), (b"Repeat the passphrase", PASSPHRASE),
                    (b"now? (yes or no) ", "no"))

    def on_tty(self, words, *answers):
        done = self.box.run_on_tty(words, answers)
        self.assertEqual(0, done.status, done)
        self.box.said.remove(done)  # a client id that was typed is shown

    def test_podman(self):
        self.addCleanup(self.end_podman)
        policy, *rules = self.rules
        image = self.call(*self.podman, "pull", "-q", policy, "oci:image")
        push = [*self.podman, "push", "-q", policy, *rules, image, f"docker://{self.image}"]
        locked = self.box.run(push)
        self.assertNotEqual(0, locked.status)
        self.assertIn(b"the vault is locked", locked.stderr)
        self.on_tty([*self.podman, "unshare", "keybearer", "unlock"], (b"Passphrase of the vault", PASSPHRASE))
        self.call(*push)


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
