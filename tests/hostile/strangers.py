"""Two hosts with a token each, and whoever asks for them in the wrong words.

An answer is wrong when it holds a token that the request does not plainly ask for, or when
the request reaches the token server. Both are looked at after every call.
"""

import json
import os

from harness import BIN, FAILED, NOT_FOUND, SandboxTest, USAGE
from token_server import TokenServer

VICTIM = "victim.example"
OTHER = "neighbour.example"
NOT_FOUND_TEXT = b"credentials not found in native keychain\n"
URLS = ("get", "token", "header", "headers", "kubectl", "cargo", "keyring", "askpass", "goauth",
        "nuget", "vault")  # they read a whole URL
PROTOCOLS = ("git", "docker", "terraform", *URLS)
KEYRING = os.path.realpath(f"{BIN}/../libexec/keybearer/keyring")  # a folder of its own

FULL = os.environ.get("KB_TEST_FULL") == "1"
SLOW = "KB_TEST_SLOW" in os.environ  # sanitizers


def sample(cases, one_in):
    """One in so many of CASES, in an order that does not change; all of them when FULL."""
    return cases if FULL else cases[:: one_in * 4 if SLOW else one_in]


def git_request(host, protocol="https", **more):
    """The lines that git sends; a value of None leaves its line out."""
    lines = {"protocol": protocol, "host": host, **more}
    return "".join(f"{key}={value}\n" for key, value in lines.items() if value is not None)


def encode(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"a name twice: {pairs}")
    for text in (*members, *(value for value in members.values() if isinstance(value, str))):
        text.encode()  # fails for half of a surrogate pair
    return members


def no_number(text):
    raise ValueError(f"{text} is no JSON")


class StrangersTest(SandboxTest):
    """`self.tokens`: a token for each profile's name, cached."""

    matches = {"victim": (f"https://{VICTIM}",), "neighbour": (f"https://{OTHER}",)}

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.tokens = {}
        for name, addresses in self.matches.items():
            self.add(name, addresses)
        self.asked = self.server.count

    def add(self, name, addresses):
        options = [word for address in addresses for word in ("--match", address)]
        added = self.box.add_profile(name, self.server, "--token-username", name, *options)
        self.assertEqual(0, added.status, added)
        self.tokens[name] = self.box.keybearer("token", name).text
        self.assertNotEqual("", self.tokens[name])

    # --- asking ---

    def git(self, request, operation="get", *options, **run):
        words = ["git-credential-keybearer", *options, operation]
        return self.box.run(words, encode(request), **run)

    def docker(self, address, action="get", **run):
        return self.box.run(["docker-credential-keybearer", action], encode(address), **run)

    def get(self, uri, **run):
        return self.get_text(json.dumps({"uri": uri}), **run)

    def get_text(self, text, **run):
        return self.box.keybearer("get", stdin=encode(text), **run)

    def terraform(self, host, **run):
        return self.box.run(["terraform-credentials-keybearer", "--", "get", host], **run)

    def url(self, protocol, url, **run):
        """PROTOCOL (one of URLS) asked for URL."""
        ask = {"get": self.get, "headers": self.headers, "kubectl": self.kubectl, "cargo": self.cargo,
               "keyring": self.keyring, "askpass": self.askpass, "nuget": self.nuget, "vault": self.vault}
        if protocol in ask:
            return ask[protocol](url, **run)
        return self.box.keybearer(protocol, url, **run)

    def headers(self, url, **run):
        return self.box.keybearer("headers", env={"CLAUDE_CODE_MCP_SERVER_URL": url}, **run)

    def kubectl(self, url, **run):
        info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                "spec": {"interactive": False, "cluster": {"server": url}}}
        return self.box.keybearer("kubectl", env={"KUBERNETES_EXEC_INFO": json.dumps(info)}, **run)

    def cargo(self, url, **run):
        line = json.dumps({"v": 1, "registry": {"index-url": f"sparse+{url}"}, "kind": "get"})
        return self.box.run(["cargo-credential-keybearer", "--cargo-plugin"], encode(f"{line}\n"), **run)

    def keyring(self, url, **run):
        """With no other one that what is not ours could go to."""
        words = [f"{KEYRING}/keyring", "get", url, "anybody"]
        return self.box.run(words, env={"PATH": KEYRING}, **run)

    def askpass(self, url, **run):
        prompt = f"Password for '{url.replace('://', '://anybody@', 1)}': "
        return self.box.run(["keybearer-askpass", prompt], **run)

    def nuget(self, url, **run):
        line = json.dumps({"RequestId": "1", "Type": "Request", "Method": "GetAuthenticationCredentials",
                           "Payload": {"Uri": url, "IsRetry": False}})
        return self.box.run(["nuget-plugin-keybearer", "-Plugin"], encode(f"{line}\n"), **run)

    def vault(self, url, **run):
        return self.box.keybearer("vault", "get", env={"VAULT_ADDR": url}, **run)

    # --- what came of it ---

    def strict_json(self, text):
        """TEXT by a second reader: ASCII, one document, no name twice, no half a character."""
        return json.loads(text.decode("ascii"), object_pairs_hook=unique, parse_constant=no_number)

    def assertTame(self, result):
        self.assertRegex(result.stderr, rb"\A[\x20-\x7e\n]*\Z", result)
        return result

    def owner(self, result):
        """The profile whose token was printed, or None. Nothing is fetched on the way."""
        owners = [name for name, token in self.tokens.items() if token.encode() in result.stdout]
        self.assertLessEqual(len(owners), 1, result)
        self.assertEqual(self.asked, self.server.count, result)
        return owners[0] if owners else None

    def assertSilent(self, result):
        """git's "not mine": nothing said, no failure."""
        self.assertEqual((0, b"", b""), (result.status, result.stdout, result.stderr), result)
        self.assertEqual(self.asked, self.server.count, result)

    def assertNotFound(self, result):
        """docker's "not mine", word for word."""
        self.assertEqual((FAILED, NOT_FOUND_TEXT, b""),
                         (result.status, result.stdout, result.stderr), result)
        self.assertEqual(self.asked, self.server.count, result)

    def assertDeclined(self, result):
        """The same of those that report errors: one line and a hint, nothing on stdout."""
        self.assertIn(result.status, (USAGE, NOT_FOUND), result)
        self.assertFails(result, result.status)
        self.assertEqual(self.asked, self.server.count, result)

    def assertAnswered(self, result, last_line):
        """The same of those whose last line of an answer, LAST_LINE, says it; {} does not say why."""
        self.assertEqual(0, result.status, result)
        self.assertEqual(not last_line, result.stderr.startswith(b"keybearer: error: "), result)
        self.assertEqual(last_line, json.loads(result.stdout.splitlines()[-1]), result)
        self.assertEqual(self.asked, self.server.count, result)

    def assertLeft(self, result):
        """keyring's, where no other one is in PATH."""
        self.assertEqual((FAILED, b"", b""), (result.status, result.stdout, result.stderr), result)
        self.assertEqual(self.asked, self.server.count, result)

    def assertRefused(self, protocol, result):
        silent = {"git", "goauth", "vault"}
        last_line = {
            "terraform": {}, "cargo": {"Err": {"kind": "url-not-supported"}},
            "nuget": {"RequestId": "1", "Type": "Response", "Method": "GetAuthenticationCredentials",
                      "Payload": {"ResponseCode": "Error"}},
        }
        if protocol in silent:
            self.assertSilent(result)
        elif protocol in last_line:
            self.assertAnswered(result, last_line[protocol])
        elif protocol == "docker":
            self.assertNotFound(result)
        elif protocol == "keyring":
            self.assertLeft(result)
        else:
            self.assertDeclined(result)
