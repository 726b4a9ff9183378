"""NuGet's plugin protocol, with a client by the rules of NuGet.Client's Plugins folder.

Client starts the plugin, shakes hands both ways, and asks one thing after the other; it takes
nothing but messages, and answers only to what it asked. Feed is what it fetches.
"""

import json
import os
import select
import subprocess
import threading
import uuid

from harness import BIN, PATIENCE, USAGE, Result, SandboxTest, main, wait_until
from token_server import TokenServer, refused

PLUGIN = "nuget-plugin-keybearer"
MEMBERS = {"RequestId", "Type", "Method", "Payload"}


class Client:
    def __init__(self, box, *argv):
        self.box, self.argv = box, [os.path.join(BIN, PLUGIN), *argv, "-Plugin"]
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=box.environment(), cwd=box.work)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def send(self, kind, method, payload=None, request_id=None):
        message = {"RequestId": request_id or str(uuid.uuid4()), "Type": kind, "Method": method}
        if payload is not None:
            message["Payload"] = payload
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return message["RequestId"]

    def receive(self):
        """The next message."""
        out = self.process.stdout
        while b"\n" not in self.pending:
            if not select.select([out], [], [], PATIENCE)[0]:
                raise AssertionError("the plugin is silent")
            piece = os.read(out.fileno(), 65536)
            if not piece:
                raise EOFError(self.pending)
            self.pending += piece
        line, _, self.pending = self.pending.partition(b"\n")
        message = json.loads(line)
        if not set(message) <= MEMBERS:
            raise AssertionError(message)
        return message

    def ask(self, method, payload):
        request_id = self.send("Request", method, payload)
        message = self.receive()
        wanted = {"RequestId": request_id, "Type": "Response", "Method": method}
        if {name: message[name] for name in wanted} != wanted:
            raise AssertionError(message)
        return message["Payload"]

    def shake_hands(self):
        theirs = self.receive()
        if (theirs["Type"], theirs["Method"]) != ("Request", "Handshake"):
            raise AssertionError(theirs)
        self.send("Response", "Handshake",
                  {"ResponseCode": "Success", "ProtocolVersion": "2.0.0"}, theirs["RequestId"])
        return self.ask("Handshake", {"ProtocolVersion": "2.0.0", "MinimumProtocolVersion": "1.0.0"})

    def open(self):
        """The claims, after all that NuGet says before it asks for any."""
        assert self.shake_hands() == {"ResponseCode": "Success", "ProtocolVersion": "2.0.0"}
        for method, payload in (
            ("MonitorNuGetProcessExit", {"ProcessId": os.getpid()}),
            ("Initialize", {"ClientVersion": "6.13.0", "Culture": "en-US",
                            "RequestTimeout": "00:00:30"}),
        ):
            assert self.ask(method, payload) == {"ResponseCode": "Success"}
        claims = self.ask("GetOperationClaims", {})["Claims"]
        assert self.ask("SetLogLevel", {"LogLevel": "Information"}) == {"ResponseCode": "Success"}
        return claims

    def credentials(self, uri, retry=False):
        return self.ask("GetAuthenticationCredentials", {
            "Uri": uri, "IsRetry": retry, "IsNonInteractive": True, "CanShowDialog": False})

    def end(self):
        """The plugin's end, as a Result; what it said and nobody asked for is in stdout."""
        rest, stderr = self.process.communicate(timeout=PATIENCE)
        return self.box.heard(
            Result(self.argv, self.process.returncode, self.pending + rest, stderr))

    def close(self):
        self.send("Request", "Close")
        return self.end()


class NugetTest(SandboxTest):
    feed = "https://nuget.example.com/v3/index.json"

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, name="work", *options, match="https://nuget.example.com"):
        added = self.box.add_profile(name, self.server, "--match", match, *options)
        self.assertEqual(0, added.status, added)

    def client(self, *argv):
        client = self.enterContext(Client(self.box, *argv))
        self.assertEqual(["Authentication"], client.open())
        return client

    def assertEnds(self, result):
        self.assertOk(result)
        self.assertEqual(b"", result.stdout)

    def success(self, username="oauth2"):
        return {"ResponseCode": "Success", "Username": username, "Password": self.server.token,
                "AuthenticationTypes": ["Basic"]}

    def test_a_feed(self):
        self.add()
        client = self.client()
        self.assertEqual(self.success(), client.credentials(self.feed))
        self.assertEqual(self.success(), client.credentials("https://nuget.example.com/v3/flat/x"))
        self.assertEqual(1, self.server.count)
        self.assertEnds(client.close())

    def test_an_account(self):
        self.add("work", "--username", "robot")
        self.assertEqual(self.success("robot"), self.client().credentials(self.feed))

    def test_what_is_not_ours_is_left_to_the_next_plugin(self):
        self.add()
        client = self.client()
        for uri in ("https://api.nuget.org/v3/index.json", "http://nuget.example.com/v3/index.json",
                    "https://nuget.example.com.evil.example/", "file:///srv/feed"):
            self.assertEqual({"ResponseCode": "Error"}, client.credentials(uri))
        self.assertEqual(self.success(), client.credentials(self.feed))
        self.assertEnds(client.close())

    def test_a_refused_token_is_replaced(self):
        self.add()
        client = self.client()
        old = client.credentials(self.feed)["Password"]
        self.server.revoke(old)
        new = client.credentials(self.feed, retry=True)
        self.assertEqual(self.success(), new)
        self.assertNotEqual(old, new["Password"])
        self.assertTrue(self.server.accepts(new["Password"]))
        self.assertEqual(new, client.credentials(self.feed))
        self.assertEqual(2, self.server.count)

    def test_a_slow_exchange(self):
        """Nothing is said before the token is there; what NuGet asks meanwhile is answered then."""
        self.add()
        self.assertEqual(0, self.box.keybearer("forget", "work").status)
        gate, asked = threading.Event(), self.server.count
        self.addCleanup(gate.set)

        def answer(request):
            reply = self.server.issue()
            reply.gate = gate
            return reply

        self.server.behave(answer)
        client = self.client()
        first = client.send("Request", "GetAuthenticationCredentials",
                            {"Uri": self.feed, "IsRetry": False})
        second = client.send("Request", "SetLogLevel", {"LogLevel": "Debug"})
        wait_until(lambda: self.server.count > asked, "the exchange begins")
        self.assertEqual([], select.select([client.process.stdout], [], [], 0)[0])
        gate.set()
        answers = [client.receive(), client.receive()]
        self.assertEqual([first, second], [message["RequestId"] for message in answers])
        self.assertEqual([self.success(), {"ResponseCode": "Success"}],
                         [message["Payload"] for message in answers])
        self.assertEnds(client.close())

    def test_a_failure(self):
        self.add()
        self.assertEqual(0, self.box.keybearer("forget", "work").status)
        self.server.behave(lambda request: refused())
        client = self.client()
        answer = client.credentials(self.feed)
        self.assertEqual("NotFound", answer["ResponseCode"])
        self.assertIn("refused the client: HTTP 401", answer["Message"])
        self.assertEqual({"ResponseCode", "Message"}, set(answer))
        self.assertEqual({"ResponseCode": "Error"}, client.credentials("https://api.nuget.org/"))
        self.assertEnds(client.close())

    def test_two_profiles_for_one_address(self):
        self.add()
        self.add("other", "--same-address")
        answer = self.client().credentials(self.feed)
        self.assertEqual("NotFound", answer["ResponseCode"])
        self.assertIn("profiles work, other match", answer["Message"])
        self.assertEqual(self.success(), self.client("--profile", "other").credentials(self.feed))

    def test_a_proxys_password_is_left_nowhere(self):
        self.add()
        self.box.secret("proxy-password")
        client = self.client()
        self.assertEqual({"ResponseCode": "Success"}, client.ask("SetCredentials", {
            "PackageSourceRepository": "/v3", "ProxyUsername": "jane",
            "ProxyPassword": "proxy-password"}))
        self.assertEqual(self.success(), client.credentials(self.feed))
        self.assertEnds(client.close())

    def test_nuget_dies(self):
        """Whatever it was about to say: the plugin ends, and says nothing that nobody reads."""
        self.add()
        for last in (b"", b'{"RequestId":"7","Type":"Request","Method":"Close"}'):
            client = self.client()
            client.process.stdin.write(last)
            client.process.stdin.close()
            client.process.stdin = None
            self.assertEnds(client.end())

    def test_what_is_no_message(self):
        client = self.client()
        client.process.stdin.write(b"hello\n")
        client.process.stdin.flush()
        fault = client.receive()
        self.assertEqual("Fault", fault["Type"])
        self.assertIn("not a JSON object", fault["Payload"]["Message"])
        self.assertEnds(client.end())

    def test_by_hand(self):
        self.assertFails(self.box.run([PLUGIN]), USAGE, "-Plugin")


if __name__ == "__main__":
    main()
