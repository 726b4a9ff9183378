"""Many clients at once, as a build starts them: one token request for all, however slow the provider is."""

import contextlib
import threading

from harness import PATIENCE
from test_git import GitTest
from test_kubectl import RealTest
from test_skopeo import SkopeoTest


class Herd:
    """For a test with a profile that has no token cached and a provider that answers when all have come."""

    @contextlib.contextmanager
    def one_request(self, profile):
        self.assertEqual(0, self.box.keybearer("forget", profile).status)
        asked, started = self.server.count, threading.Event()
        self.server.behave(lambda request: started.wait(PATIENCE) and None)
        running = []
        yield running
        started.set()
        for done in [each.wait() for each in running]:
            self.assertEqual(0, done.status, done)
        self.assertEqual(asked + 1, self.server.count)


class GitHerdTest(Herd, GitTest):
    def test_8_fetches(self):
        names = [f"job{number}" for number in range(8)]
        for name in names:
            self.assertEqual(0, (done := self.clone(name)).status, done)
        with self.one_request("forge") as running:
            running += [self.box.start(["git", "-C", name, "fetch", "-q"]) for name in names]


class KubectlHerdTest(Herd, RealTest):
    def test_50(self):
        self.assertOk(self.get("client.authentication.k8s.io/v1", "work"))  # writes a kubeconfig
        words = ["kubectl", "--kubeconfig", self.box.path("kubeconfig"), "get", "--raw", "/api/x"]
        with self.one_request("work") as running:
            running += self.box.start_many(50, words)


class SkopeoHerdTest(Herd, SkopeoTest):
    def test_20_copies(self):
        pushed = self.copy("dest", f"oci:{self.box.path('image')}", self.image)
        self.assertEqual(0, pushed.status, pushed)
        words = ["skopeo", "--insecure-policy", "copy", "-q", "--src-tls-verify=false", self.image]
        env = {"REGISTRY_AUTH_FILE": self.auth}
        with self.one_request("registry") as running:
            running += [self.box.start([*words, f"dir:{self.box.path(f'copy{number}')}"], env=env)
                        for number in range(20)]
