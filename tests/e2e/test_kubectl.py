"""The exec plugin of Kubernetes, with a client made of client-go's rules, and with kubectl itself."""

import datetime
import json
import os

from certificates import Authority
from harness import DENIED, NOT_FOUND, SERVER, USAGE, SandboxTest, find_program, main
from kubernetes import VERSIONS, ExecPlugin, PluginError
from pages import examples
from test_readme import README, blocks
from token_server import Reply, TokenServer

CLUSTER = "https://k8s.example.com:6443"


class KubectlTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", CLUSTER)
        self.assertEqual(0, added.status, added)

    def plugin(self, *words, **options):
        return ExecPlugin(self.box.run, "kubectl", *words, **options)

    def test_a_named_profile_in_both_versions(self):
        for version in VERSIONS:
            with self.subTest(version):
                self.assertEqual(self.server.token, self.plugin("work", version=version).token())
        self.assertEqual([b""] * len(self.box.said), [result.stderr for result in self.box.said])

    def test_the_server_chooses(self):
        other = self.enterContext(TokenServer())
        self.box.add_profile("other", other, "--match", "https://other.example.com")
        self.assertEqual(self.server.token, self.plugin(server=CLUSTER).token())
        self.assertEqual(other.token, self.plugin(server="https://other.example.com/k8s").token())
        self.assertFails(self.box.keybearer("kubectl"), USAGE, "none was named")

    def test_a_foreign_server_gets_nothing(self):
        asked = self.server.count
        for server in ("https://evil.example.com:6443", "https://k8s.example.com", "http://k8s.example.com:6443",
                       "https://k8s.example.com.evil.example:6443", "https://x@k8s.example.com:6443"):
            for words in ((), ("work",)):
                with self.subTest(server=server, words=words):
                    with self.assertRaises(PluginError):
                        self.plugin(*words, server=server).token()
                    self.assertEqual(b"", self.box.said[-1].stdout)
                    self.assertIn(self.box.said[-1].status, (NOT_FOUND, USAGE))
        self.assertEqual(asked, self.server.count)

    def test_a_server_that_is_not_verified_gets_nothing(self):
        asked = self.server.count
        for words in ((), ("work",)):
            with self.assertRaises(PluginError):
                self.plugin(*words, server=CLUSTER, **{"insecure-skip-tls-verify": True}).token()
            self.assertFails(self.box.said[-1], DENIED, "insecure-skip-tls-verify")
        self.assertEqual(asked, self.server.count)

    def test_a_client_asks_again_when_the_token_has_expired(self):
        plugin = self.plugin("work")
        first = plugin.token()
        self.assertEqual(first, plugin.token())
        self.assertEqual(1, plugin.calls)
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.server.lifetime)
        self.assertEqual(first, plugin.token(later))  # cached, and good by our clock
        self.assertEqual(2, plugin.calls)

    def test_a_failure_leaves_standard_output_empty(self):
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: Reply(500, {}))
        with self.assertRaises(PluginError):
            self.plugin("work").token()
        self.assertFails(self.box.said[-1], SERVER)

    def test_a_terminal_sees_a_token_only_when_asked(self):
        token = self.box.keybearer("token", "work").text.encode()
        refused = self.box.run_on_tty(["keybearer", "kubectl", "work"])
        self.assertEqual(USAGE, refused.status, refused)
        self.assertNotIn(token, refused.stdout)
        shown = self.box.run_on_tty(["keybearer", "kubectl", "--show", "work"])
        self.assertEqual(0, shown.status, shown)
        self.assertIn(token, shown.stdout)
        self.box.said.clear()  # on a terminal stderr and stdout are one

    def test_standard_input_is_left_alone(self):
        answer = self.box.run_with_open_end(["keybearer", "kubectl", "work"], b"the person's words\n")
        self.assertIn(self.server.token.encode(), self.assertOk(answer).stdout)


class RealTest(SandboxTest):
    """kubectl sends a token over TLS only."""

    def setUp(self):
        super().setUp()
        if not find_program("kubectl"):
            self.skipTest("not installed: kubectl")
        directory = self.box.path("ca")
        os.mkdir(directory)
        authority = Authority(directory)
        self.server = self.enterContext(TokenServer(certificate=authority.good()))
        self.ca_file = authority.ca_file
        added = self.box.add_profile("work", self.server, "--ca-file", self.ca_file, "--match", self.server.origin)
        self.assertEqual(0, added.status, added)

    def get(self, version, *words, cluster_info=False):
        user = {"exec": {"apiVersion": version, "command": "keybearer", "args": ["kubectl", *words],
                         "interactiveMode": "Never", "provideClusterInfo": cluster_info}}
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": self.server.origin,
                                                   "certificate-authority": self.ca_file}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        path = self.box.path("kubeconfig")
        with open(path, "w") as file:
            json.dump(config, file)
        return self.box.run(["kubectl", "--kubeconfig", path, "get", "--raw", "/api/x"])

    def test_it_opens_the_door(self):
        for version in VERSIONS:
            for words, cluster_info in ((["work"], False), ([], True), (["work"], True)):
                with self.subTest(version=version, words=words, cluster_info=cluster_info):
                    answer = self.assertOk(self.get(version, *words, cluster_info=cluster_info))
                    self.assertEqual({"success": True}, answer.json())
                    self.assertEqual(self.server.token, self.server.api_requests[-1].bearer)

    def config(self, *words):
        return self.assertOk(self.box.run(["kubectl", "config", *words]))

    def test_the_command_of_the_manual(self):
        """And that of the README, which calls the profile `corp`."""
        added = self.box.add_profile("corp", self.server, "--match", self.server.origin, "--same-address",
                                     "--ca-file", self.ca_file)
        self.assertEqual(0, added.status, added)
        self.config("set-cluster", "c", "--server", self.server.origin, "--certificate-authority", self.ca_file)
        printed = [text for text in examples("keybearer-kubectl.1") if text.startswith("kubectl ")]
        printed += [block.text for block in blocks(README.read_text()) if block.text.startswith("kubectl ")]
        for command, user in zip(printed, ("work", "corp"), strict=True):
            self.assertOk(self.box.run(["sh", "-ec", command]))
            self.config("set-context", user, "--cluster", "c", "--user", user)
            done = self.box.run(["kubectl", "--context", user, "get", "--raw", "/api/x"])
            self.assertEqual({"success": True}, self.assertOk(done).json())
            self.assertTrue(self.server.accepts(self.server.api_requests[-1].bearer))

    def test_a_failure_is_shown_to_the_person(self):
        failed = self.get(VERSIONS[0], "play")
        self.assertNotEqual(0, failed.status)
        self.assertIn(b"keybearer: error: ", failed.stderr)
        self.assertEqual([], self.server.api_requests)


if __name__ == "__main__":
    main()
