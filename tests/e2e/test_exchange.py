"""What is sent to a token endpoint, and what is made of its worst answers."""

import contextlib
import os
import shutil
import socket

from harness import (BIN, CONFIG, DENIED, NETWORK, SERVER, TIMEOUT, USAGE, SandboxTest, main,
                     need_proc)
from token_server import Reply, TokenServer

CHANGED = b"KBFA\x04"  # a helper's frame that has its front look again


class ClientAuthenticationTest(SandboxTest):
    def prove(self, auth, method):
        server = self.enterContext(TokenServer(auth=auth))
        added = self.box.add_profile("work", server, "--client-auth", method)
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.keybearer("token", "work"))
        return server.requests[0]

    def test_in_the_form(self):
        request = self.prove("post", "client_secret_post")
        self.assertNotIn("authorization", request.headers)
        self.assertEqual({"grant_type", "client_id", "client_secret"}, set(request.form))

    def test_basic_form_encoded(self):
        request = self.prove("basic", "client_secret_basic")
        self.assertEqual({"grant_type"}, set(request.form))

    def test_basic_raw(self):
        self.prove("basic_raw", "client_secret_basic_raw")

    def test_never_a_second_method(self):
        server = self.enterContext(TokenServer(auth="basic"))
        self.assertEqual(DENIED, self.box.add_profile("work", server).status)
        self.assertEqual(1, server.count)


class RequestTest(SandboxTest):
    def test_scope_audience_resource_fields_and_headers(self):
        server = self.enterContext(TokenServer())
        added = self.box.add_profile(
            "work", server, "--scope", "a.read b.write", "--audience", "https://api.example",
            "--resource", "https://r.example/x", "--form", "tenant=t 1", "--header", "X-Team: blue",
        )
        self.assertEqual(0, added.status, added)
        request = server.requests[0]
        self.assertEqual("application/x-www-form-urlencoded", request.headers["content-type"])
        self.assertEqual("application/json", request.headers["accept"])
        self.assertEqual("blue", request.headers["x-team"])
        wanted = {
            "scope": "a.read b.write", "audience": "https://api.example",
            "resource": "https://r.example/x", "tenant": "t 1",
        }
        self.assertEqual(wanted, {name: request.form[name] for name in wanted})

    def test_a_connection_that_does_not_come(self):
        """TLS is never answered. No server was slow, so none is to be given longer."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            refused = self.box.keybearer(
                "add", "work", "--token-url", f"https://127.0.0.1:{silent.getsockname()[1]}/token",
                "--store", "sealed-file", "--client-id", "i", "--client-secret-stdin",
                "--timeout", "1", stdin=b"unsent secret\n")
        self.assertFails(refused, TIMEOUT, "no connection in time")
        self.assertNotIn(b"--timeout", refused.stderr)

    def test_what_no_server_could_understand_is_not_sent(self):
        server = self.enterContext(TokenServer())
        for option, value, words in (
            ("--resource", "not a uri", "absolute URI"), ("--resource", "https://x/#f", "fragment"),
            ("--scope", "a  b", "one space"), ("--scope", " ", "one space"),
            ("--form", "client_assertion=x", "would hold a secret"),
            ("--form", "client_assertion_type=x", "keybearer itself"),
        ):
            with self.subTest(value):
                refused = self.box.add_profile("work", server, option, value)
                self.assertFails(refused, USAGE, words)
        self.assertEqual(0, server.connections)

    def test_a_preset_without_what_its_provider_needs(self):
        """Nobody is even asked for the secret."""
        for options, word in (
            (("auth0", "--host", "a.eu.auth0.com"), "--audience"), (("adobe-ims",), "--scope"),
            (("atlassian-dc", "--host", "jira.example.com"), "--scope"),
        ):
            refused = self.box.keybearer(
                "add", "work", "--preset", *options, "--store", "sealed-file", "--client-id", "i")
            self.assertFails(refused, USAGE, f"preset {options[0]} needs", word)

    def test_a_server_that_wants_another_method(self):
        server = self.enterContext(TokenServer(auth="basic_raw"))
        for method, other in (("client_secret_post", b"client_secret_basic"),
                              ("client_secret_basic", b"client_secret_basic_raw")):
            refused = self.box.add_profile("work", server, "--client-auth", method)
            self.assertFails(refused, DENIED)
            self.assertIn(b"may want --client-auth " + other + b"\n", refused.stderr)
        self.assertOk(self.box.add_profile("work", server, "--client-auth", other.decode()))

    def test_plain_http_is_for_loopback_only(self):
        server = self.enterContext(TokenServer())
        server.token_url = "http://token.example.com/oauth/token"
        refused = self.box.add_profile("work", server)
        self.assertIn(refused.status, (USAGE, CONFIG, DENIED), refused)
        self.assertEqual(0, server.connections)

    def test_baits_in_the_environment(self):
        server = self.enterContext(TokenServer())
        trap = self.enterContext(TokenServer())
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            self.box.env[name] = trap.origin
        with open(self.box.path("home", ".netrc"), "w") as file:
            file.write("machine 127.0.0.1 login trap password trap\n")
        with open(self.box.path("home", ".curlrc"), "w") as file:
            file.write(f"proxy = {trap.origin}\n")
        self.box.env["CURL_HOME"] = self.box.home
        self.assertEqual(0, (added := self.box.add_profile("work", server)).status, added)
        self.assertNotIn("authorization", server.requests[0].headers)
        self.assertEqual(0, trap.connections)


class AnswerTest(SandboxTest):
    """Each bad answer: its status, no token, no secret in what is said."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def assertAnswer(self, status, reply, *words):
        self.box.keybearer("forget", "work")
        asked = self.server.count
        self.server.behave(lambda request: reply)
        failed = self.box.keybearer("refresh", "work")
        self.assertFails(failed, status, *words)
        return self.server.count - asked

    def token(self, **changes):
        body = {"access_token": "t" * 32, "token_type": "Bearer", "expires_in": 3599, **changes}
        return {name: value for name, value in body.items() if value is not None}

    def test_documents_that_hold_no_token(self):
        for body in (
            "", "null", "[]", "{", '"token"', "<html>", self.token(access_token=None),
            self.token(access_token=""), self.token(access_token=7), self.token(access_token="a b"),
            self.token(access_token="a\nb"), self.token(access_token="a\0b"),
            self.token(access_token="t" * 50000), self.token(token_type="DPoP"),
            '{"access_token":"a","access_token":"b","token_type":"bearer","expires_in":60}',
            '{"access_token":"abc","token_type":"bearer","expires_in":60} {}',
        ):
            with self.subTest(body=body):
                self.assertEqual(1, self.assertAnswer(SERVER, Reply(200, body)))

    def test_too_much(self):
        self.assertAnswer(SERVER, Reply(200, " " * 10_000_000 + "{}"))

    def test_another_kind_of_document(self):
        self.assertAnswer(SERVER, Reply(200, self.token(), content_type="text/html"))

    def test_a_document_that_ends_early(self):
        reply = Reply(200, self.token(), cut_after=20)
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: reply)
        failed = self.box.keybearer("refresh", "work")
        self.assertIn(failed.status, (NETWORK, SERVER), failed)
        self.assertEqual(b"", failed.stdout)

    def test_a_connection_that_breaks(self):
        self.assertAnswer(NETWORK, Reply(hang_up=True))

    def test_a_client_that_is_refused(self):
        reply = Reply(400, {"error": "invalid_client", "error_description": "no such client"})
        self.assertEqual(1, self.assertAnswer(DENIED, reply, "invalid_client", "no such client"))

    def test_what_providers_send_is_taken_where_the_profile_says_so(self):
        for option, value, reply in (
            ("--token-type", "none", Reply(200, self.token(token_type=None))),
            ("--token-type", "BearerToken", Reply(200, self.token(token_type="BearerToken"))),
            ("--accept-status", "201", Reply(201, self.token())),
            ("--reply-type", "any", Reply(200, self.token(), content_type="text/plain")),
            ("--reply-type", "any", Reply(200, self.token(), content_type=None)),
        ):
            with self.subTest(value=value):
                self.server.behave(lambda request: reply)
                refused = self.box.add_profile("odd", self.server)
                self.assertFails(refused, SERVER)
                self.assertIn(f"{option} '{value}'".encode(), refused.stderr)
                self.assertOk(self.box.add_profile("odd", self.server, option, value))
                self.assertEqual("t" * 32, self.assertOk(self.box.keybearer("token", "odd")).text)
                self.box.keybearer("remove", "--yes", "odd")

    def test_control_codes_do_not_reach_the_terminal(self):
        reply = Reply(400, {"error": "invalid_client", "error_description": "\x1b]52;c;x\x07\u202e!"})
        self.assertAnswer(DENIED, reply)
        self.assertRegex(self.box.said[-1].stderr, rb"\A[\x20-\x7e\n]*\Z")

    def test_a_server_that_echoes_the_secret(self):
        for echo in (self.server.client_secret, "client_secret=demo%2Bsecret%2Fwith%3Dsigns%26more"):
            reply = Reply(401, {"error": "invalid_client", "error_description": f"got {echo}"})
            self.assertAnswer(DENIED, reply)  # tearDown looks for the secret

    def test_an_id_that_is_a_word_mangles_none(self):
        self.server.client_id = "client"
        self.assertOk(self.box.add_profile("work", self.server))
        reply = Reply(401, {"error": "invalid_client", "error_description": "no such client"})
        self.assertAnswer(DENIED, reply, "invalid_client", "no such client")

    def test_a_slow_answer_ends_by_the_deadline(self):
        slow = self.box.add_profile("slow", self.server, "--timeout", "5")
        self.assertEqual(0, slow.status, slow)
        self.server.behave(lambda request: Reply(200, self.token(), drip=0.2))
        self.assertFails(self.box.keybearer("refresh", "slow"), TIMEOUT)

    def test_a_lifetime_that_is_no_lifetime(self):
        for value in (0, -1, "soon", True):
            with self.subTest(value):
                self.server.behave(lambda request: Reply(200, self.token(expires_in=value)))
                answer = self.box.keybearer("refresh", "work")
                self.assertIn(answer.status, (0, SERVER), answer)


NAME = f"work-{os.getpid()}"  # that no other test's helper has in its arguments


class HelperTest(SandboxTest):
    def test_a_helper_that_finds_other_settings_than_its_front(self):
        """The front names what it matched by its cache key."""
        server = self.enterContext(TokenServer())
        self.assertOk(self.box.add_profile(NAME, server))
        asked = server.count
        frame = self.fetch("0" * 64)
        self.assertTrue(frame.startswith(CHANGED), frame)
        self.assertIn(b"changed meanwhile", frame)
        self.assertEqual(asked, server.count)

    def test_a_helper_that_finds_no_client_any_more(self):
        """Not on the card, or not in the store: the front, which found one, is to look again."""
        server = self.enterContext(TokenServer())
        self.assertOk(self.box.add_profile(NAME, server))
        for lose in (lambda: os.unlink(self.box.client_file(NAME)),
                     lambda: shutil.rmtree(self.box.cards_folder)):
            key = self.key_of_a_helper(server)
            asked = server.count
            lose()
            frame = self.fetch(key)
            self.assertTrue(frame.startswith(CHANGED), frame)
            self.assertIn(b"no client is stored", frame)
            self.assertEqual(asked, server.count)
            self.assertOk(self.box.add_profile(NAME, server))

    def fetch(self, key):
        """What a helper says to a front that matched the profile under KEY."""
        listen, speak = os.pipe()
        helper = os.path.join(BIN, "../libexec/keybearer/keybearer-fetch")
        self.box.run([helper, "fetch", NAME, key], close_fds=False,
                     preexec_fn=lambda: os.dup2(speak, 3))
        os.close(speak)
        with open(listen, "rb") as frame:
            return frame.read()

    def key_of_a_helper(self, server):
        """The key that a front gives its helper for the profile, as anybody may read it."""
        need_proc(self)
        keys = []

        def look(request):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline") as words:
                    words = words.read().split("\0")
                    if words[:3] == ["keybearer-helper", "fetch", NAME]:
                        keys.append(words[3])

        server.behave(look)
        self.assertOk(self.box.keybearer("refresh", NAME))
        server.behave(None)
        return keys[-1]


if __name__ == "__main__":
    main()
