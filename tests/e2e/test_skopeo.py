"""skopeo copies to and from a real registry that wants a token."""

import json
import os

from harness import SandboxTest, main
from registry import registry, write_oci_image
from token_server import TokenServer


class SkopeoTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        os.mkdir(self.box.path("registry-home"))
        write_oci_image(self.box.path("image"))
        place = self.box.path("registry-home")
        self.registry = self.enterContext(registry(place, self.server.accepts))
        self.image = f"docker://{self.registry.address}/demo/app:1"
        added = self.box.add_profile(
            "registry", self.server, "--registry", self.registry.address, "--username", "robot",
        )
        self.assertEqual(0, added.status, added)
        self.auth = self.box.path("auth.json")
        with open(self.auth, "w") as file:
            json.dump({"credHelpers": {self.registry.address: "keybearer"}}, file)

    def copy(self, side, source, target):
        words = ["skopeo", "--insecure-policy", "copy", "-q", f"--{side}-tls-verify=false"]
        return self.box.run([*words, source, target], env={"REGISTRY_AUTH_FILE": self.auth})

    def test_there_and_back(self):
        pushed = self.copy("dest", f"oci:{self.box.path('image')}", self.image)
        self.assertEqual(0, pushed.status, pushed)
        pulled = self.copy("src", self.image, f"dir:{self.box.path('copy')}")
        self.assertEqual(0, pulled.status, pulled)
        self.assertTrue(os.path.exists(self.box.path("copy", "manifest.json")))
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.registry.credentials))
        self.assertEqual(1, self.server.count)

    def login(self, password):
        words = ["skopeo", "login", "--tls-verify=false", "-u", "jane", "--password-stdin"]
        return self.box.run([*words, self.registry.address], stdin=password.encode(),
                            env={"REGISTRY_AUTH_FILE": self.auth})

    def test_a_login_that_is_not_kept_fails(self):
        self.box.secret("jane's own")
        self.registry.accepts = lambda password: password == "jane's own"
        done = self.login("jane's own")
        self.assertNotEqual(0, done.status, done)
        self.assertIn(b"nothing was stored", done.stderr)
        self.assertNotIn("Login Succeeded", done.text)

    def test_our_own_token_as_a_login(self):
        done = self.login(self.server.token)
        self.assertEqual(0, done.status, done)

    def test_without_the_profile_there_is_no_way_in(self):
        self.assertEqual(0, self.box.keybearer("remove", "--yes", "registry").status)
        pushed = self.copy("dest", f"oci:{self.box.path('image')}", self.image)
        self.assertNotEqual(0, pushed.status)
        self.assertEqual({""}, {secret for _, _, secret in self.registry.credentials} | {""})


if __name__ == "__main__":
    main("skopeo", "docker-registry")
