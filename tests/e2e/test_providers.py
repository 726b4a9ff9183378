"""What providers want that is not the usual: other bodies, grants, places in the reply, steps, and proofs."""

import json
import os
import threading
import time

import assertions
from certificates import Authority
from harness import CONFIG, DENIED, NETWORK, RATE_LIMITED, SERVER, TIMEOUT, SandboxTest, main
from token_server import Reply, TokenServer, rate_limited, refused

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class ProviderTest(SandboxTest):
    """The files that another program keeps are in FILES, which may hold its tokens."""

    leak_ignore = ("files",)

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.files = self.box.path("files")
        os.mkdir(self.files)

    def add(self, *options, **run):
        added = self.box.add_profile("work", self.server, *options, **run)
        self.assertOk(added)
        return added

    def token(self):
        return self.assertOk(self.box.keybearer("token", "work")).text

    def write(self, name, content):
        path = os.path.join(self.files, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def edit(self, old, new):
        with open(self.box.config_file) as file:
            text = file.read()
        self.assertIn(old, text)
        with open(self.box.config_file, "w") as file:
            file.write(text.replace(old, new))


class BodyTest(ProviderTest):
    def test_json(self):
        self.add("--body", "json", "--scope", "a b", "--form", "number=7")
        request = self.server.requests[0]
        self.assertEqual("application/json", request.headers["content-type"])
        self.assertEqual({
            "grant_type": "client_credentials", "scope": "a b", "number": "7",
            "client_id": self.server.client_id, "client_secret": self.server.client_secret,
        }, json.loads(request.body))

    def test_query(self):
        """Nothing that is shown, logged or kept has that address: the end of every test looks for it."""
        self.box.env["KEYBEARER_LOG"] = "1"
        self.assertEqual(0, self.box.add_profile("work", self.server, "--body", "query").status)
        request = self.server.requests[0]
        self.assertEqual(("/oauth/token", b"", "0"),
                         (request.path, request.body, request.headers["content-length"]))
        self.assertNotIn("content-type", request.headers)
        self.assertEqual(self.server.client_secret, request.fields["client_secret"])
        self.server.script(Reply(404, "no " + request.query), Reply(hang_up=True), Reply(raw=b"x"))
        for _ in range(3):
            self.assertNotEqual(0, self.box.keybearer("refresh", "work").status)
        for words in (["show", "work"], ["show", "work", "--json"], ["status"], ["doctor"]):
            self.assertNotIn(b"client_secret=", self.box.keybearer(*words).stdout)

    def test_other_names_of_the_fields(self):
        self.server.behave(lambda request: self.server.issue())
        self.add("--client-id-name", "appId", "--client-secret-name", "appKey", "--body", "json")
        fields = self.server.requests[0].fields
        self.assertEqual((self.server.client_id, self.server.client_secret), (fields["appId"], fields["appKey"]))
        self.assertNotIn("client_id", fields)

    def test_scopes_with_commas(self):
        self.add("--scope", "a", "--scope", "b", "--scope-separator", "comma")
        self.assertEqual("a,b", self.server.requests[0].form["scope"])


class GrantTest(ProviderTest):
    def test_a_grant_of_the_providers_own(self):
        self.server.behave(lambda request: self.server.issue())
        self.add("--grant", "account_credentials")
        self.assertEqual("account_credentials", self.server.requests[0].form["grant_type"])

    def test_no_grant(self):
        self.server.behave(lambda request: self.server.issue())
        self.add("--grant", "none")
        self.assertNotIn("grant_type", self.server.requests[0].form)

    def test_token_exchange(self):
        self.box.secret("header.subject-token.signature")
        path = self.write("subject", "header.subject-token.signature\n")
        self.server.behave(lambda request: self.server.issue())
        self.add("--grant", "token-exchange", "--subject-token-file", path)
        form = self.server.requests[0].form
        self.assertEqual("urn:ietf:params:oauth:grant-type:token-exchange", form["grant_type"])
        self.assertEqual("header.subject-token.signature", form["subject_token"])
        self.assertEqual("urn:ietf:params:oauth:token-type:jwt", form["subject_token_type"])
        self.server.behave(lambda request: Reply(400, {
            "error": "invalid_grant", "error_description": request.form["subject_token"]}))
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED, "invalid_grant: [redacted]")

    def test_another_file_of_a_token_to_exchange(self):
        self.box.secret("h.subject-token.s", "h.other-secret.s")
        path, other = self.write("subject", "h.subject-token.s\n"), self.write("other", "h.other-secret.s\n")
        self.server.behave(lambda request: self.server.issue())
        self.add("--grant", "token-exchange", "--subject-token-file", path)
        self.assertOk(self.box.keybearer("forget", "work"))
        self.edit(path, other)
        self.assertFails(self.box.keybearer("token", "work"), DENIED, path, other)
        self.assertEqual(1, self.server.count)
        adopted = self.box.run_on_tty(
            ["keybearer", "adopt", "work"],
            [(f"May it send what is in {other} from now on? (yes or no) ".encode(), "yes")])
        self.assertEqual(0, adopted.status, adopted)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual("h.other-secret.s", self.server.requests[-1].form["subject_token"])

    def test_a_file_that_is_not_named(self):
        self.assertFails(self.box.add_profile("work", self.server, "--grant", "token-exchange"), CONFIG,
                         "which token is exchanged")
        self.assertEqual(0, self.server.connections)


class ReplyTest(ProviderTest):
    def issue(self, status=201, **more):
        token = self.server.issue().body["access_token"]
        return Reply(status, {"data": {"token": token, **more}})

    def test_a_token_in_its_place(self):
        until = time.strftime("%Y-%m-%dT%H:%M:%S.5+00:00", time.gmtime(time.time() + 3600))
        self.server.behave(lambda request: self.issue(until=until))
        self.add("--token-path", "data.token", "--token-type", "none", "--accept-status", "201",
                 "--expiry", "data.until", "--expiry-unit", "rfc3339")
        self.assertEqual([self.server.token] * 2, [self.token(), self.token()])
        self.assertEqual(1, self.server.count)

    def test_a_life_that_is_over(self):
        """It is handed out, and not kept."""
        self.server.behave(lambda request: self.issue(until=str(int(time.time()) - 60)))
        added = self.box.add_profile("work", self.server, "--token-path", "data.token", "--token-type", "none",
                                     "--accept-status", "201", "--expiry", "data.until", "--expiry-unit", "unix")
        self.assertEqual(0, added.status, added)
        for _ in range(2):
            self.assertEqual(0, self.box.keybearer("token", "work").status)
        self.assertEqual(3, self.server.count)

    def test_nothing_in_that_place(self):
        for reply in (self.server.issue(), Reply(200, {"data": [{"token": "x"}]}), Reply(200, {"data": {"token": 7}}),
                      Reply(200, b'{"data":{"token":"x","token":"y"}}')):
            self.server.script(reply)
            failed = self.box.add_profile("work", self.server, "--token-path", "data.token", "--token-type", "none")
            self.assertFails(failed, SERVER)


class SecondStepTest(ProviderTest):
    def add(self, *options, **run):
        return super().add("--second-url", self.server.second_url, *options, **run)

    def assertAsked(self, first, second):
        self.assertEqual((first, second), (self.server.count, len(self.server.second_requests)))

    def test_a_token_for_a_token(self):
        self.add()
        self.assertEqual(self.server.token, self.token())
        self.assertAsked(1, 1)
        request = self.server.second_requests[0]
        self.assertEqual(self.server.issued[0], request.bearer)
        self.assertEqual({}, request.form)

    def test_fields_of_the_second_step(self):
        self.server.second(lambda request: self.server.issue())
        self.add("--second-form", "service=registry", "--second-form", "access_token={token}", "--second-body", "json")
        request = self.server.second_requests[0]
        self.assertEqual({"service": "registry", "access_token": self.server.issued[0]}, json.loads(request.body))
        self.assertNotIn("authorization", request.headers)

    def test_the_reply_of_the_second_step(self):
        def answer(request):
            return Reply(201, {"token": self.server.issue().body["access_token"], "until": time.time() * 1000 + 60000})

        self.server.second(answer)
        self.add("--token-path", "token", "--expiry", "until", "--expiry-unit", "unix-ms", "--accept-status", "201",
                 "--token-type", "none", "--second-form", "t={token}")
        self.assertEqual(self.server.token, self.token())

    def test_a_first_step_that_fails(self):
        self.server.script(refused())
        failed = self.box.add_profile("work", self.server, "--second-url", self.server.second_url)
        self.assertFails(failed, DENIED, "the token endpoint", "refused the client")
        self.assertAsked(1, 0)

    def test_a_second_step_that_refuses(self):
        """It echoes what it got. Nobody is asked for another secret."""
        self.server.second(lambda request: Reply(401, {"error": "invalid_token", "error_description": request.bearer}))
        failed = self.box.add_profile("work", self.server, "--second-url", self.server.second_url)
        self.assertFails(failed, DENIED, "the second endpoint", "refused the token of the first step",
                         "invalid_token: [redacted]")
        self.assertAsked(1, 1)

    def test_the_second_step_alone_is_tried_again(self):
        def answer(request):
            self.assertEqual(self.server.issued[0], request.bearer)
            return Reply(503) if len(self.server.second_requests) < 3 else self.server.issue()

        self.server.second(answer)
        self.add()
        self.assertAsked(1, 3)

    def test_one_deadline_for_both(self):
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.server.second(lambda request: Reply(gate=gate, hang_up=True))
        began = time.monotonic()
        failed = self.box.add_profile("work", self.server, "--second-url", self.server.second_url, "--timeout", "2")
        self.assertFails(failed, TIMEOUT, "no complete answer within 2 s")
        self.assertLess(time.monotonic() - began, 30)
        self.assertAsked(1, 1)

    def test_a_pause_of_the_second_endpoint(self):
        """The first, which is another server, is not asked for a token that nobody could use."""
        other = self.enterContext(TokenServer())
        other.second(lambda request: self.server.issue())
        super().add("--second-url", other.second_url)
        other.second(lambda request: rate_limited(Retry_After="200"))
        self.assertFails(self.box.keybearer("refresh", "work"), RATE_LIMITED, "the second endpoint", other.origin[7:])
        self.assertEqual((2, 2), (self.server.count, len(other.second_requests)))
        self.assertFails(self.box.keybearer("refresh", "work"), RATE_LIMITED, other.origin[7:])
        self.assertEqual((2, 2), (self.server.count, len(other.second_requests)))
        self.assertRegex(self.assertOk(self.box.keybearer("doctor")).text,
                         r"profile work: its endpoint may be asked again in \d+ ")
        self.assertIn("may be asked again in", self.assertOk(self.box.keybearer("status")).text)

    def test_another_second_endpoint(self):
        """The configuration was edited: nothing leaves, not even for the first step."""
        trap = self.enterContext(TokenServer())
        self.add()
        self.assertOk(self.box.keybearer("forget", "work"))
        self.edit(self.server.second_url, trap.second_url)
        self.assertFails(self.box.keybearer("token", "work"), DENIED, self.server.origin, trap.origin, "second step")
        self.assertEqual(0, trap.connections)
        self.assertAsked(1, 1)

    def test_another_second_endpoint_that_is_adopted(self):
        other = self.enterContext(TokenServer())
        other.second(lambda request: self.server.issue())
        self.add()
        self.edit(self.server.second_url, other.second_url)
        adopted = self.box.run_on_tty(
            ["keybearer", "adopt", "work"],
            [(f"May its first token be sent to {other.origin} from now on? (yes or no) ".encode(), "yes")])
        self.assertEqual(0, adopted.status, adopted)
        self.assertIn(f"second endpoint           {other.origin}".encode(), adopted.stdout)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual((1, 1), (len(self.server.second_requests), len(other.second_requests)))

    def test_a_second_endpoint_that_nobody_agreed_to(self):
        super().add()
        self.assertOk(self.box.keybearer("forget", "work"))
        self.edit('"token_url"', f'"second_url": "{self.server.second_url}", "token_url"')
        self.assertFails(self.box.keybearer("token", "work"), DENIED, "for none as its second step")
        self.assertAsked(1, 0)


class AssertionFileTest(ProviderTest):
    def setUp(self):
        super().setUp()
        self.box.secret("h.first-assertion.s", "h.other-assertion.s")
        self.server.behave(lambda request: self.server.issue())

    def add_with(self, path, *options):
        return self.add("--client-auth", "client_assertion_file", "--client-assertion-file", path, *options)

    def add(self, *options, **run):
        added = self.box.keybearer(
            "add", "work", "--token-url", self.server.token_url, "--store", "sealed-file", "--client-id", "the-id",
            *options, **run)
        self.assertOk(added)

    def asserted(self):
        return [request.form["client_assertion"] for request in self.server.requests]

    def test_read_anew_each_time(self):
        path = self.write("assertion", "h.first-assertion.s\n")
        self.add_with(path)
        form = self.server.requests[0].form
        self.assertEqual({"grant_type", "client_id", "client_assertion_type", "client_assertion"}, set(form))
        self.write("assertion", "h.other-assertion.s\r\n")
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual(["h.first-assertion.s", "h.other-assertion.s"], self.asserted())

    def test_another_file_of_an_edited_configuration(self):
        """It may hold somebody's secret, which would go to the provider."""
        path, other = self.write("assertion", "h.first-assertion.s\n"), self.write("other", "h.other-assertion.s\n")
        self.add_with(path)
        self.assertOk(self.box.keybearer("forget", "work"))
        self.edit(path, other)
        self.assertFails(self.box.keybearer("token", "work"), DENIED, path, other)
        self.assertEqual(["h.first-assertion.s"], self.asserted())
        adopted = self.box.run_on_tty(
            ["keybearer", "adopt", "work"],
            [(f"May it send what is in {other} from now on? (yes or no) ".encode(), "yes")])
        self.assertEqual(0, adopted.status, adopted)
        self.assertIn(f"assertion                 {other}".encode(), adopted.stdout)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual(["h.first-assertion.s", "h.other-assertion.s"], self.asserted())

    def test_no_file_any_more(self):
        path = self.write("assertion", "h.first-assertion.s\n")
        self.add_with(path)
        self.edit('"client_assertion_file",', '"none"')
        self.edit(f'"client_assertion_file": "{path}"', "")
        adopted = self.box.run_on_tty(
            ["keybearer", "adopt", "work"],
            [(b"May it go without that file from now on? (yes or no) ", "yes")])
        self.assertEqual(0, adopted.status, adopted)
        self.assertIn(b"now: no file", adopted.stdout)

    def publish(self, version, content):
        """As Kubernetes does: the folder behind a link is exchanged by another link."""
        folder = os.path.join(self.files, "mount", f"..{version}")
        os.makedirs(folder)
        with open(os.path.join(folder, "token"), "w") as file:
            file.write(content)
        link = os.path.join(self.files, "mount", "..data")
        os.symlink(f"..{version}", link + "_tmp")
        os.rename(link + "_tmp", link)

    def assertReplacedMeanwhile(self, path):
        self.add_with(path)

        def answer(request):
            if self.server.count > 2:
                return self.server.issue()
            self.publish(2, "h.other-assertion.s")
            return Reply(503)

        self.server.behave(answer)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual(["h.first-assertion.s"] * 2 + ["h.other-assertion.s"], self.asserted())

    def test_replaced_as_kubernetes_does(self):
        self.publish(1, "h.first-assertion.s")
        path = os.path.join(self.files, "mount", "token")
        os.symlink("..data/token", path)
        self.assertReplacedMeanwhile(path)

    def test_a_path_over_the_link_that_is_replaced(self):
        self.publish(1, "h.first-assertion.s")
        self.assertReplacedMeanwhile(os.path.join(self.files, "mount", "..data", "token"))

    def test_replaced_by_renaming(self):
        """It may be out of reach until the next call, and that is no failure."""
        path = self.write("assertion", "h.first-assertion.s")
        self.add_with(path)

        def answer(request):
            if self.server.count > 2:
                return self.server.issue()
            os.rename(self.write("new", "h.other-assertion.s"), path)
            return Reply(503)

        self.server.behave(answer)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual("h.other-assertion.s", self.asserted()[3])

    def test_a_link_out_of_its_folder(self):
        path = os.path.join(self.files, "link")
        os.symlink(self.write("assertion", "h.first-assertion.s"), path)
        self.add_with(path)
        self.assertEqual(["h.first-assertion.s"], self.asserted())

    def test_a_link_in_the_middle_that_leads_elsewhere(self):
        os.makedirs(os.path.join(self.files, "other", "deep"))
        self.write("other/deep/token", "h.first-assertion.s")
        os.mkdir(os.path.join(self.files, "mount"))
        os.symlink("../other/deep", os.path.join(self.files, "mount", "now"))
        self.add_with(os.path.join(self.files, "mount", "now", "token"))
        self.assertEqual(["h.first-assertion.s"], self.asserted())

    def test_a_later_link_out_of_the_folder(self):
        """The first link stays in it, so that it may be exchanged; the file is elsewhere all the same."""
        outside, mount = (os.path.join(self.files, name) for name in ("outside", "mount"))
        for folder in (outside, mount):
            os.mkdir(folder)
        self.write("outside/token", "h.first-assertion.s")
        os.symlink(outside, os.path.join(mount, "..data"))
        path = os.path.join(mount, "token")
        os.symlink("..data/token", path)
        self.add_with(path)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual(["h.first-assertion.s"] * 2, self.asserted())

    def test_a_long_one(self):
        self.write("assertion", "a" * 49152 + "\r\n")
        self.add_with(os.path.join(self.files, "assertion"))
        self.assertEqual(["a" * 49152], self.asserted())

    def test_what_is_no_file_of_a_token(self):
        path = self.write("assertion", "h.first-assertion.s")
        self.add_with(path)
        count = self.server.count
        for content, words in (
            (b"", "is empty"), (b"\n", "is empty"), (b"a\nb", "holds no token"), (b"a\n\n", "holds no token"),
            (b"a b", "holds no token"), (b"\xc3\xa4", "holds no token"), (b"a\0b", "holds no token"),
            (b"a" * 49153, ""), (b"a" * 100000, "too long"),
        ):
            with self.subTest(content[:8]):
                self.write("assertion", content)
                self.assertFails(self.box.keybearer("refresh", "work"), CONFIG, path, words)
        os.unlink(path)
        for make, words in (
            (lambda: None, "No such file"), (lambda: os.mkfifo(path), "is no regular file"),
            (lambda: os.symlink("/dev/zero", path), "is no regular file"), (lambda: os.symlink(path, path), ""),
            (lambda: os.mkdir(path), "is no regular file"),
        ):
            make()
            self.assertFails(self.box.keybearer("refresh", "work"), CONFIG, path, words)
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.lexists(path):
                os.unlink(path)
        self.assertEqual(count, self.server.count)


class SignatureTest(ProviderTest):
    def setUp(self):
        super().setUp()
        self.key = assertions.Key(self.files)
        self.server.behave(self.answer)

    def answer(self, request):
        self.read(request)
        return self.server.issue()

    def read(self, request):
        """Header and claims of each assertion in it."""
        found = [request.fields.get(name) for name in ("client_assertion", "assertion")] + [request.bearer]
        self.box.secret(*[token for token in found if token])
        return [assertions.read(token, public_file=self.key.public_file) for token in found if token]

    def add(self, auth, *options):
        added = self.box.keybearer(
            "add", "work", "--token-url", self.server.token_url, "--client-auth", auth, "--store", "sealed-file",
            "--client-id", "the-id", "--client-key", self.key.file, *options)
        self.assertOk(added)

    def test_a_client_that_signs(self):
        self.add("private_key_jwt", "--claim", "role=robot", "--client-key-id", "k1", "--scope", "a b",
                 "--scope-place", "claim")
        request = self.server.requests[0]
        self.assertEqual("urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                         request.form["client_assertion_type"])
        [(header, claims)] = self.read(request)
        self.assertEqual({"alg": "ES256", "typ": "JWT", "kid": "k1"}, header)
        self.assertEqual(("the-id", "the-id", self.server.token_url, "robot", "a b"),
                         tuple(claims[name] for name in ("iss", "sub", "aud", "role", "scope")))
        self.assertTrue(claims["nbf"] == claims["iat"] <= time.time() - 55 and claims["exp"] - claims["iat"] == 240)
        self.assertNotIn("scope", request.form)

    def test_another_one_for_each_attempt(self):
        self.add("private_key_jwt")
        self.server.script(Reply(503), Reply(503))
        self.assertOk(self.box.keybearer("refresh", "work"))
        ids = {self.read(request)[0][1]["jti"] for request in self.server.requests}
        self.assertEqual(4, len(ids))

    def test_a_grant_that_is_signed(self):
        self.add("none", "--grant", "jwt-bearer", "--claim", "sub=me@example.com", "--assertion-audience",
                 "https://login.example.com")
        request = self.server.requests[0]
        self.assertEqual({"grant_type": JWT_BEARER, "assertion": request.form["assertion"]}, request.form)
        [(_, claims)] = self.read(request)
        self.assertEqual(("the-id", "me@example.com", "https://login.example.com"),
                         tuple(claims[name] for name in ("iss", "sub", "aud")))

    def test_the_installation_of_an_app(self):
        """As GitHub has it: the assertion is the bearer token, and the reply has its own names."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        self.server.behave(lambda request: self.read(request) and Reply(201, {
            "token": self.server.issue().body["access_token"], "expires_at": until}))
        self.add("bearer_jwt", "--grant", "none", "--token-path", "token", "--expiry", "expires_at", "--expiry-unit",
                 "rfc3339", "--accept-status", "201", "--token-type", "none")
        request = self.server.requests[0]
        self.assertEqual(b"", request.body)
        [(_, claims)] = self.read(request)
        self.assertNotIn("sub", claims)
        self.assertEqual(self.server.token, self.token())
        self.assertEqual(1, self.server.count)

    def test_an_echo_of_an_assertion(self):
        self.add("private_key_jwt")
        self.server.behave(lambda request: self.read(request) and Reply(401, {
            "error": "invalid_client", "error_description": request.form["client_assertion"][:300]}))
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED, "invalid_client: [redacted]")

    def test_an_assertion_of_an_earlier_attempt_that_comes_back(self):
        """A server that had it before may still take it, so no error shows it."""
        self.add("private_key_jwt")

        def answer(request):
            self.read(request)
            if self.server.count < 3:
                return Reply(503)
            first = self.server.requests[0].form["client_assertion"]
            return Reply(400, {"error": "invalid_client", "error_description": first})

        self.server.requests.clear()
        self.server.behave(answer)
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED, "invalid_client: [redacted] (request")

    def test_another_audience(self):
        """The configuration was edited: the client does not sign for it."""
        self.add("private_key_jwt", "--assertion-audience", "https://login.example.com")
        self.assertOk(self.box.keybearer("forget", "work"))
        self.edit("https://login.example.com", "https://login.evil.example")
        self.assertFails(self.box.keybearer("token", "work"), DENIED, "https://login.example.com",
                         "https://login.evil.example")
        self.assertEqual(1, self.server.count)
        adopted = self.assertOk(self.box.keybearer("adopt", "work", "--yes"))
        self.assertIn("signatures for", adopted.text)
        self.assertIn("https://login.evil.example\n", adopted.text)

    def test_a_secret_that_signs(self):
        def answer(request):
            header, claims = assertions.read(request.form["client_assertion"], secret=self.server.client_secret)
            self.assertEqual(self.server.client_id, claims["sub"])
            return self.server.issue()

        self.server.behave(answer)
        super().add("--client-auth", "client_secret_jwt")
        self.assertNotIn("client_secret", self.server.requests[0].form)


class CertificateTest(ProviderTest):
    def setUp(self):
        super().setUp()
        self.key = assertions.Key(self.files)
        self.authority = Authority(self.files)
        self.server = self.enterContext(
            TokenServer(certificate=self.authority.good(), client_ca=self.key.certificate))

    def add(self, *options, **run):
        return self.box.keybearer(
            "add", "work", "--token-url", self.server.token_url, "--ca-file", self.authority.ca_file,
            "--store", "sealed-file", "--client-id", self.server.client_id, *options, **run)

    def shown(self):
        return dict(name for [name] in self.server.requests[-1].certificate["subject"])

    def test_the_certificate_is_the_proof(self):
        self.server.behave(lambda request: self.server.issue())
        for method in ("tls_client_auth", "self_signed_tls_client_auth"):
            self.assertOk(self.add("--client-auth", method, "--client-key", self.key.file, "--client-cert",
                                   self.key.certificate))
            self.assertEqual({"commonName": "client"}, self.shown())
            self.assertEqual({"grant_type", "client_id"}, set(self.server.requests[-1].form))

    def test_a_certificate_beside_a_secret(self):
        self.assertOk(self.add("--client-key", self.key.file, "--client-cert", self.key.certificate,
                               "--client-secret-stdin", stdin=f"{self.server.client_secret}\n".encode()))
        self.assertEqual({"commonName": "client"}, self.shown())
        self.assertEqual(self.server.client_secret, self.server.requests[0].form["client_secret"])

    def test_no_certificate(self):
        """Whether the reason arrives before the connection is reset is luck; we name it in any case."""
        failed = self.add("--client-secret-stdin", stdin=f"{self.server.client_secret}\n".encode())
        self.assertFails(failed, NETWORK)
        self.assertIn(b"certificate of the client", failed.stderr)
        self.assertEqual(0, self.server.count)

    def test_a_certificate_that_the_server_does_not_know(self):
        other = assertions.Key(os.path.join(self.files, "other"))
        failed = self.add("--client-auth", "tls_client_auth", "--client-key", other.file, "--client-cert",
                          other.certificate)
        self.assertFails(failed, NETWORK)
        self.assertIn(b"certificate", failed.stderr)
        self.assertEqual(0, self.server.count)


if __name__ == "__main__":
    main()
