"""What steers a terminal, from everywhere that a text may come from.

The server's words, the configuration, the environment. Whatever holds the bytes, what a
person sees is 0x20 to 0x7e and line feeds, on a pipe as on a terminal; and --json is JSON
to a strict reader.
"""

import json
import os
import re

from harness import main
from strangers import VICTIM, StrangersTest, encode, sample
from token_server import Reply

TEXTS = {
    "clear": "\x1b[2J\x1b[1;1H", "title": "\x1b]0;owned\x07", "clipboard": "\x1b]52;c;aGk=\x07",
    "answer": "\x1b[6n\x1bP$q q\x1b\\", "bell": "\x07\x07", "backspace": "ok\x08\x08no",
    "del": "\x7f", "shift": "\x0e\x0f", "c1": "\u009b2J\u009d52;c;aGk=\u009c\u0085",
    "bidi": "\u202eexe.\u2066x\u2069\u061c\u200f", "zero": "a\u200bb\u200d\u2060\ufeffc",
    "lines": "x\r\nkeybearer: error: y\nz\u2028\u2029", "tab": "\t\v\f", "nul": "a\0b",
    "raw c1": "\udc9b31m\udc9d52;c;aGk=\udc9c",  # single bytes, which are no UTF-8
    "raw": "\udcff\udcfe\udcc0\udc80\udced\udca0\udc80\udcf7\udcbf\udcbf\udcbf",
    "tags": "\U000e0041\U0010ffff",
}
# Commands that talk about a profile, and what they read.
GIT = f"protocol=https\nhost={VICTIM}\n".encode()
URI = f'{{"uri":"https://{VICTIM}/"}}'.encode()
ASKING = (
    (["keybearer", "refresh", "victim"], b""), (["keybearer", "token", "victim"], b""),
    (["keybearer", "get"], URI), (["git-credential-keybearer", "get"], GIT),
    (["docker-credential-keybearer", "get"], VICTIM.encode()),
    (["keybearer", "run", "victim", "--", "true"], b""),
)
PAGES = (["status"], ["status", "victim"], ["list"], ["show", "victim"], ["doctor"])


class TerminalTest(StrangersTest):
    matches = {"victim": (f"https://{VICTIM}",)}

    def assertTameText(self, result):
        self.assertTame(result)
        self.assertRegex(result.stdout, rb"\A[\x20-\x7e\n]*\Z", result)
        return result

    def assertTameScreen(self, shown):
        """A terminal: its driver has made a CR LF of each line feed."""
        self.assertRegex(shown.stdout, rb"\A([\x20-\x7e]|\r\n)*\Z", shown)

    def look_at_pages(self, env=None):
        for words in PAGES:
            self.assertTameText(self.box.keybearer(*words, env=env))
            page = self.assertTameText(self.box.keybearer(*words, "--json", env=env))
            if page.stdout:
                self.strict_json(page.stdout)

    def ask_everything(self):
        for words, stdin in ASKING:
            result = self.assertTameText(self.box.run(words, stdin))
            self.assertIsNone(self.printed(result), result)

    def printed(self, result):
        return next((t for t in self.server.issued if t.encode() in result.stdout), None)


class ServerTest(TerminalTest):
    def replies(self, text):
        """A refusal with TEXT in each place that is shown, or that may be."""
        raw = encode(text)
        quoted = json.dumps(text, ensure_ascii=True).encode()
        loose = b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        header = re.sub(rb"[\r\n\0]", b"", raw).decode("latin-1")
        for spelled in (quoted, loose):
            for body in (
                b'{"error":"invalid_client","error_description":%s}',
                b'{"error":%s,"error_description":"x"}',
                b'{"error":"invalid_scope","error_uri":%s}',
                b'{"message":%s}',
                b'{"success":false,"reasons":[{"code":90000011,"message":%s}]}',
                b'{"success":false,"reasons":[{"code":%s,"message":"x"}],"requestId":%s}',
                b'{"access_token":%s,"token_type":"bearer"}',
                b'{"access_token":"x","token_type":%s}',
            ):
                body = body.replace(b"%s", spelled)
                yield Reply(200 if b"access" in body else 400, body)
        yield Reply(400, raw, content_type="text/plain")
        yield Reply(429, b"{}", {"Retry-After": header, "X-RateLimit-Limit-minute": header})
        yield Reply(503, b"{}", {"Zuora-Request-Id": header, "X-Request-Id": header,
                                 "WWW-Authenticate": header, "Location": header})
        yield Reply(200, b"{}", content_type=header or "x")
        yield Reply(raw=b"HTTP/1.1 400 " + encode(header.replace("\n", "")) +
                    b"\r\nContent-Length: 0\r\n\r\n")
        yield Reply(raw=raw)

    def test_steering_the_words_of_a_server(self):
        seen = 0
        for name, text in TEXTS.items():
            for number, reply in enumerate(sample(list(self.replies(text)), 27)):
                with self.subTest(text=name, reply=number):
                    self.server.behave(lambda request: reply)
                    refused = self.box.keybearer("refresh", "victim")
                    self.assertNotEqual(0, refused.status, refused)
                    self.assertTameText(refused)
                    self.assertTameText(self.box.keybearer("status", "victim"))
                    page = self.assertTameText(self.box.keybearer("status", "--json"))
                    self.strict_json(page.stdout)
                    seen += 1
        self.assertGreaterEqual(seen, len(TEXTS))

    def test_steering_in_every_command(self):
        """One reply with all of it, said by everything that asks for a token."""
        everything = "".join(TEXTS[name] for name in TEXTS if "raw" not in name)
        body = {"error": "invalid_client", "error_description": everything, "message": everything}
        self.server.behave(lambda request: Reply(401, body, {"Zuora-Request-Id": "\x1b[2J\x9b"}))
        self.box.keybearer("forget", "victim")
        self.ask_everything()
        added = self.assertTameText(self.box.add_profile("other", self.server))
        self.assertNotEqual(0, added.status)
        self.look_at_pages()

    def test_steering_on_a_terminal(self):
        everything = "".join(TEXTS[name] for name in TEXTS if "raw" not in name)
        body = {"error": "invalid_client", "error_description": everything, "message": everything}
        self.server.behave(lambda request: Reply(401, body))
        self.box.keybearer("forget", "victim")
        for words in (["refresh", "victim"], ["token", "--show", "victim"], ["status"],
                      ["status", "--json"], ["doctor"], ["show", everything.replace("\0", "")],
                      [everything.replace("\0", "")], ["token", "https://\x1b[2J.example/"]):
            with self.subTest(words):
                shown = self.box.run_on_tty(["keybearer", *words])
                self.assertNotEqual(b"", shown.stdout)
                self.assertTameScreen(shown)


class EnvironmentTest(TerminalTest):
    """Directories are made by others; so are variables."""

    def hostile_directory(self, text):
        path = self.box.path("work", re.sub(r"[/\0]", "", text))
        os.makedirs(path, 0o700, exist_ok=True)
        return path

    def environments(self, text):
        directory = self.hostile_directory(text)
        missing = os.path.join(directory, "missing")
        plain = text.replace("\0", "")
        return (
            {"XDG_RUNTIME_DIR": directory}, {"XDG_RUNTIME_DIR": missing},
            {"XDG_CONFIG_HOME": directory}, {"XDG_DATA_HOME": directory},
            {"HOME": directory, "XDG_CONFIG_HOME": None, "XDG_DATA_HOME": None},
            {"KEYBEARER_CONFIG": missing}, {"KEYBEARER_CONFIG": directory},
            {"KEYBEARER_KEY_FILE": missing}, {"KEYBEARER_KEY_FILE": directory},
            {"CREDENTIALS_DIRECTORY": directory, "KEYBEARER_KEY_FILE": None},
            {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={missing}"}, {"https_proxy": plain},
            {"LC_ALL": plain, "LANG": plain, "TERM": plain}, {"KEYBEARER_LOG": plain},
        )

    def test_steering_the_environment(self):
        cases = [(name, env) for name, text in TEXTS.items() for env in self.environments(text)]
        for name, env in sample(cases, 17):
            with self.subTest(text=name, env=list(env)):
                self.look_at(env)

    def look_at(self, env):
        self.assertTameText(self.box.keybearer("refresh", "victim", env=env))
        for words in (["status"], ["doctor"]):
            self.assertTameText(self.box.keybearer(*words, env=env))
        page = self.assertTameText(self.box.keybearer("status", "--json", env=env))
        if page.stdout:
            self.strict_json(page.stdout)

    def test_steering_a_program_in_the_path(self):
        for name, text in TEXTS.items():
            directory = self.hostile_directory(text)
            for program in ("git-credential-keybearer", "docker-credential-keybearer"):
                with open(os.path.join(directory, program), "w") as file:
                    file.write("#!/bin/sh\n")
                os.chmod(file.name, 0o700)
            env = {"PATH": f"{directory}:{self.box.env['PATH']}"}
            with self.subTest(name):
                self.assertTameText(self.box.keybearer("doctor", env=env))
                page = self.assertTameText(self.box.keybearer("doctor", "--json", env=env))
                self.strict_json(page.stdout)


class ConfigurationTest(TerminalTest):
    KEYS = ("token_url", "host", "preset", "environment", "tenant", "client_auth", "scope",
            "audience", "resource", "match", "registry", "username", "token_username", "store", "ca_file", "form", "headers",
            "api_headers", "timeout", "strict_scope", "unknown")

    def config(self, key, value, name="victim"):
        profile = {"token_url": self.server.token_url, "store": "sealed-file",
                   "match": [f"https://{VICTIM}"], key: value}
        return json.dumps({"profiles": {name: profile}}).encode()

    def write(self, text):
        with open(self.box.config_file, "wb") as file:
            file.write(text)

    def test_steering_the_configuration(self):
        """Most of it is refused, and the refusal is as tame as the page."""
        texts = {name: text for name, text in TEXTS.items() if "raw" not in name}  # no UTF-8
        cases = [(name, key, value) for name, text in texts.items() for key in self.KEYS
                 for value in (text, [text], {text: text})]
        for name, key, value in sample(cases, 75):
            with self.subTest(text=name, key=key, value=type(value)):
                self.write(self.config(key, value))
                for words in (["list"], ["show", "victim"]):
                    self.assertTameText(self.box.keybearer(*words))
        for name, text in texts.items():
            with self.subTest(text=name):
                self.write(self.config("scope", "x", name=text))
                self.look_at_pages()

    def test_steering_a_file_of_such_bytes(self):
        for name, text in TEXTS.items():
            for document in (encode(text), b'{"profiles":{"' + encode(text) + b'":{}}}',
                             b"// " + encode(text) + b"\n{}"):
                with self.subTest(text=name):
                    self.write(document)
                    self.look_at_pages()

    def test_steering_certificate_authorities(self):
        """The one setting that may hold other than ASCII: a path."""
        for name, text in TEXTS.items():
            if "raw" not in name and "nul" not in name:
                self.write(self.config("ca_file", f"/nowhere/{text}"))
                with self.subTest(name):
                    self.look_at_pages()
                    self.assertTameText(self.box.keybearer("refresh", "victim"))


if __name__ == "__main__":
    main()
