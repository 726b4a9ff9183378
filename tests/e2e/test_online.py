"""`doctor --online`: what is met on the way to an endpoint, and that nothing is brought along."""

import datetime
import json
import os
import socket
import time

import assertions
from certificates import Authority
from harness import FAILED, NOT_FOUND, USAGE, SandboxTest, main
from proxy import Proxy
from token_server import Reply, TokenServer, rate_limited

DAY = datetime.timedelta(days=1)


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + days * DAY).strftime("%Y%m%d%H%M%SZ")


def http_date(seconds):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))


class OnlineTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.files = self.box.path("files")
        os.mkdir(self.files)

    def authority(self):
        return Authority(self.files)

    def serve(self, **options):
        self.server = self.enterContext(TokenServer(**options))
        return self.server

    def add(self, *options, name="work"):
        added = self.box.add_profile(name, self.server, *options)
        self.assertEqual(0, added.status, added)
        self.asked = self.server.count, len(self.server.second_requests)

    def add_tls(self, certificate=None, *options):
        authority = self.authority()
        self.serve(certificate=certificate(authority) if certificate else authority.good())
        self.add("--ca-file", authority.ca_file, *options)
        return authority

    def edit(self, **settings):
        with open(self.box.config_file) as file:
            config = json.load(file)
        config["profiles"]["work"].update(settings)
        with open(self.box.config_file, "w") as file:
            json.dump(config, file)

    def look(self, *words, **run):
        """(check, endpoint) -> (level, text, hint) of what was found online."""
        answer = self.box.keybearer("doctor", "--online", *words, "--json", **run)
        page = answer.json()
        found = {(check["check"], check["profile"], check["endpoint"]):
                 (check["level"], check["text"], check.get("hint", ""))
                 for check in page["checks"] if "profile" in check}
        fails = any(check["level"] == "fail" for check in page["checks"])
        self.assertEqual(FAILED if fails else 0, answer.status, answer)
        return found

    def of_work(self, *words, **run):
        return {check: what for (check, profile, endpoint), what in self.look(*words, **run).items()
                if (profile, endpoint) == ("work", "token_url")}

    def assertAsked(self):
        """No token since add() returned."""
        self.assertEqual(self.asked, (self.server.count, len(self.server.second_requests)))


class WellTest(OnlineTest):
    def test_all_is_well(self):
        self.add_tls()
        found = self.of_work("work")
        host = f"127.0.0.1:{self.server.port}"
        self.assertEqual({"proxy", "name", "certificate", "clock", "endpoint"}, set(found))
        self.assertEqual(("ok", "none", ""), found["proxy"])
        self.assertEqual(("ok", f"{host} is 127.0.0.1", ""), found["name"])
        self.assertEqual(("ok", f"{host} answers (HTTP 405)", ""), found["endpoint"])
        self.assertEqual("ok", found["clock"][0])
        self.assertRegex(found["certificate"][1], "issued by .*Throw-away authority; it ends on 20..-")
        self.assertAsked()

    def test_what_is_sent(self):
        """A HEAD, and nothing that is the client's or the profile's, also with all that may be set."""
        authority = self.authority()
        self.serve(certificate=authority.good(), auth="basic_raw")
        self.add("--ca-file", authority.ca_file, "--client-auth", "client_secret_basic_raw",
                 "--scope", "a-scope", "--header", "X-Mine: a-header")
        self.of_work()
        [look] = self.server.looks
        self.assertEqual(("HEAD", "/oauth/token", b"", ""), (look.method, look.path, look.body, look.query))
        self.assertEqual({"host", "user-agent", "accept"}, set(look.headers))
        self.assertEqual("*/*", look.headers["accept"])
        self.assertAsked()

    def test_without_it_nobody_is_asked(self):
        self.serve()
        self.add()
        connections = self.server.connections
        self.box.keybearer("doctor")
        self.assertEqual(connections, self.server.connections)

    def test_one_profile_or_all(self):
        self.serve()
        self.add()
        self.add(name="other")
        self.assertEqual({"work", "other"}, {profile for _, profile, _ in self.look()})
        self.assertEqual({"other"}, {profile for _, profile, _ in self.look("other")})
        self.assertFails(self.box.keybearer("doctor", "--online", "none"), NOT_FOUND)
        self.assertFails(self.box.keybearer("doctor", "work"), USAGE, "one profile")

    def test_as_text(self):
        self.serve()
        self.add()
        page = self.assertOk(self.box.keybearer("doctor", "--online"))
        host = f"127.0.0.1:{self.server.port}"
        self.assertIn(f"ok    endpoint of profile work: {host} answers (HTTP 405)\n", page.text)
        self.assertIn("ok    certificate of profile work: none is needed: ", page.text)

    def test_any_status_is_an_answer(self):
        self.serve()
        self.add()
        for status in (200, 302, 401, 404, 503):
            self.server.look(lambda request: Reply(status, headers={"Location": "http://127.0.0.1:1/"}))
            self.assertEqual("ok", self.of_work()["endpoint"][0], status)

    def test_both_steps(self):
        self.serve()
        self.add("--second-url", self.server.second_url)
        endpoints = {endpoint: what for (check, _, endpoint), what in self.look().items()
                     if check == "endpoint"}
        self.assertEqual({"token_url", "second_url"}, set(endpoints))
        self.assertEqual(["/oauth/token", "/second"], [look.path for look in self.server.looks])
        self.assertAsked()


class FaultTest(OnlineTest):
    def test_a_name_that_nobody_has(self):
        self.serve()
        self.add()
        self.edit(token_url="https://token.invalid/oauth")
        found = self.of_work()
        self.assertEqual("fail", found["name"][0])
        self.assertIn("token.invalid", found["name"][1])
        self.assertEqual({"proxy", "name", "bond"}, set(found))

    def test_the_client_is_for_another_endpoint(self):
        """It is looked at, and said not to be the client's."""
        self.serve()
        self.add()
        other = self.enterContext(TokenServer())
        self.edit(token_url=other.token_url)
        found = self.of_work()
        self.assertEqual("fail", found["bond"][0])
        self.assertIn(f"{self.server.origin}, not for {other.origin}", found["bond"][1])
        self.assertIn("keybearer adopt work", found["bond"][2])
        self.assertEqual("ok", found["endpoint"][0])
        self.assertEqual((1, 0), (len(other.looks), other.count))

    def test_nobody_listens(self):
        self.serve()
        self.add()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.edit(token_url=f"http://127.0.0.1:{listener.getsockname()[1]}/")
        found = self.of_work()
        self.assertEqual("fail", found["connection"][0])
        self.assertNotIn("endpoint", found)

    def test_certificates(self):
        authority = self.authority()
        other = self.box.path("other")
        os.mkdir(other)
        cases = (
            (authority.expired(), "has expired"),
            (authority.wrong_name(), "is for elsewhere.example"),
            (Authority(other).good(), "is not trusted"),
        )
        self.serve(certificate=authority.good())
        self.add("--ca-file", authority.ca_file)
        for certificate, word in cases:
            with self.subTest(word):
                wrong = self.enterContext(TokenServer(certificate=certificate))
                self.edit(token_url=wrong.token_url)
                found = self.of_work()
                self.assertEqual("fail", found["certificate"][0])
                self.assertIn(word, found["certificate"][1])
                self.assertNotEqual("", found["certificate"][2])
                self.assertEqual({"proxy", "name", "certificate", "bond"}, set(found))
                self.assertEqual([], wrong.looks)

    def test_a_certificate_that_ends_soon(self):
        self.add_tls(lambda authority: authority.ending(in_days(13.9)))
        self.assertEqual("note", (found := self.of_work())["certificate"][0])
        self.assertIn(", in 13 days", found["certificate"][1])
        self.assertIn("renew", found["certificate"][2])

    def test_a_certificate_with_time_left(self):
        self.add_tls(lambda authority: authority.ending(in_days(14.1)))
        self.assertEqual("ok", (found := self.of_work())["certificate"][0])
        self.assertIn(", in 14 days", found["certificate"][1])

    def test_clocks(self):
        self.serve()
        self.add()
        cases = ((-50, "ok", "as the server's"), (50, "ok", "as the server's"),
                 (-7200, "note", "2 h 0 min ahead of the server"), (7205, "note", "2 h 0 min behind the server"))
        for seconds, level, text in cases:
            self.server.look(lambda request: Reply(
                raw=f"HTTP/1.1 400 No\r\nDate: {http_date(seconds)}\r\nContent-Length: 0\r\n\r\n".encode()))
            found = self.of_work()["clock"]
            self.assertEqual(level, found[0], found)
            self.assertIn(text, found[1])
        self.server.look(lambda request: Reply(raw=b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"))
        self.assertEqual("note", self.of_work()["clock"][0])

    def test_a_clock_that_signs(self):
        """What is signed says when, so that there a wrong clock means no token."""
        self.serve()
        self.server.behave(lambda request: self.server.issue())
        self.add("--client-auth", "client_secret_jwt")
        self.server.look(lambda request: Reply(
            raw=f"HTTP/1.1 400 No\r\nDate: {http_date(7200)}\r\nContent-Length: 0\r\n\r\n".encode()))
        self.assertEqual("fail", (found := self.of_work())["clock"][0])
        self.assertIn("signs", found["clock"][1])

    def test_an_answer_that_is_none(self):
        self.serve()
        self.add()
        for raw, word in ((b"SSH-2.0-OpenSSH_9\r\n", "HTTP"), (b"", "closed without an answer"),
                          (b"HTTP/1.1 200 \x1b[31mred\r\nX\x1b: y\r\n\r\n", "")):
            self.server.look(lambda request: Reply(raw=raw))
            level, text, _ = self.of_work()["endpoint"]
            self.assertEqual("fail", level)
            self.assertIn(word, text)
        page = self.box.keybearer("doctor", "--online")
        self.assertNotIn(b"\x1b", page.stdout + page.stderr)

    def test_an_answer_without_end(self):
        self.serve()
        self.add()
        self.server.look(lambda request: Reply(
            raw=b"HTTP/1.1 200 OK\r\n" + 80 * (b"X: " + 1000 * b"x" + b"\r\n")))
        level, text, _ = self.of_work()["endpoint"]
        self.assertEqual(("fail", True), (level, "64 KiB" in text), text)

    def test_it_asked_for_silence(self):
        self.serve()
        self.add()
        self.server.script(rate_limited(Retry_After="60"))
        self.box.keybearer("refresh", "work")
        connections = self.server.connections
        level, text, hint = self.of_work()["endpoint"]
        self.assertEqual("note", level)
        self.assertIn("asked for a pause", text)
        self.assertIn("keybearer doctor --online work", hint)
        self.assertEqual(connections, self.server.connections)

    def test_a_certificate_of_the_client(self):
        """It stays where it is, and its absence is no fault of the way."""
        key, authority = assertions.Key(self.files), self.authority()
        self.serve(certificate=authority.good(), client_ca=key.certificate)
        self.server.behave(lambda request: self.server.issue())
        added = self.box.keybearer(
            "add", "work", "--token-url", self.server.token_url, "--ca-file", authority.ca_file,
            "--store", "sealed-file", "--client-id", self.server.client_id, "--client-auth",
            "tls_client_auth", "--client-key", key.file, "--client-cert", key.certificate)
        self.assertOk(added)
        found = self.of_work()["endpoint"]
        self.assertEqual("note", found[0], found)
        self.assertIn("the client's certificate", found[1])
        self.assertIn("keybearer refresh work", found[2])
        self.assertEqual([], self.server.looks)


class ProxyTest(OnlineTest):
    def setUp(self):
        super().setUp()
        authority = self.authority()
        self.serve(certificate=authority.named("DNS:token.example.com"))
        self.server.token_url = f"https://token.example.com:{self.server.port}/oauth/token"
        self.proxy = self.enterContext(Proxy(self.server.port))
        self.box.secret("proxy-password")
        place = self.proxy.url.removeprefix("http://")
        self.box.env["https_proxy"] = f"http://me:proxy-password@{place}"
        self.place = place
        self.add("--ca-file", authority.ca_file)

    def test_it_leads_there(self):
        found = self.of_work()
        self.assertEqual(("ok", f"{self.place}, from https_proxy", ""), found["proxy"])
        self.assertIn("the proxy finds token.example.com", found["name"][1])
        self.assertEqual("ok", found["endpoint"][0])
        self.assertEqual(1, len(self.server.looks))

    def test_no_proxy(self):
        found = self.of_work(env={"no_proxy": "token.example.com"})
        self.assertEqual("ok", found["proxy"][0])
        self.assertIn("no_proxy names token.example.com", found["proxy"][1])
        self.assertEqual("fail", found["name"][0])
        self.assertEqual(([], 1), (self.server.looks, len(self.proxy.requests)))

    def test_loopback(self):
        self.edit(token_url=f"https://127.0.0.1:{self.server.port}/")
        self.assertIn("is this machine", self.of_work()["proxy"][1])

    def test_a_proxy_that_is_none(self):
        for value in ("socks9://me:proxy-password@127.0.0.1:1", "http://me:proxy-password@127.0.0.1:1"):
            found = self.of_work(env={"https_proxy": value})
            self.assertEqual(["fail"], [found[check][0] for check in found if check != "bond"], found)
            self.assertIn("proxy", found)


if __name__ == "__main__":
    main("openssl")
