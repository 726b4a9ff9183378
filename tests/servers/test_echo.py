"""A server that gives back what it was sent, in every place and spelling, is not repeated.

Searched for is every run of 8 bytes of the secret, as it is and encoded.
"""

import base64
import html
import json
from urllib.parse import quote, quote_plus

from harness import DENIED, main
from hostile_server import HostileServer, HostileTest, answer, good_body, sample

SPELLINGS = {
    "raw": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "percent, some": lambda text: quote(text, safe="+"),
    "form": quote_plus,
    "every byte percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "html": html.escape,
    "html numbers": lambda text: "".join(f"&#{byte};" for byte in text.encode()),
    "json": lambda text: json.dumps(text)[1:-1],
    "json escapes": lambda text: "".join(f"\\u{byte:04x}" for byte in text.encode()),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in more": lambda text: base64.b64encode(b"n=" + text.encode() + b"&x").decode(),
    "base64 in more of it": lambda text: base64.b64encode(b"n=1" + text.encode() + b"&").decode(),
    "first half": lambda text: text[: len(text) // 2],
    "second half": lambda text: text[len(text) // 2 :],
    "middle": lambda text: "..." + text[5:-5] + "...",
    "all but the last": lambda text: text[:-1] + "*",
    "far behind": lambda text: "x" * 190 + text,
    "at the cut": lambda text: "x" * 1010 + text,
    "twice": lambda text: text + text,
    "with line ends": lambda text: "\r\n" + text + "\r\n",
    "in a control sequence": lambda text: f"\x1b]0;{text}\x07",
}


def places(echo):
    """Answers that carry ECHO wherever we read something."""
    clean = echo.replace("\r", "").replace("\n", "").replace("\x1b", "").replace("\x07", "")
    unauthorized = {"status": "401 Unauthorized"}
    for body in (
        {"error": echo}, {"error": "invalid_client", "error_description": echo},
        {"error": {"code": echo, "message": echo, "status": echo}}, {"message": echo},
        {"reasons": [{"code": echo, "message": echo}], "success": False},
        {"Errors": [{"Code": echo, "Message": echo}]}, {"errors": [{"code": echo, "message": echo}]},
        {"FaultCode": echo, "FaultMessage": echo}, {"errorCode": echo, "errorSummary": echo},
        {"title": echo, "detail": echo}, {echo: echo, "error": "x"}, {"requestId": echo},
        {"error": "x", "processId": echo, "trace_id": echo}, {echo: {echo: [echo]}},
    ):
        yield answer(body, **unauthorized)
        yield answer(body)
    yield answer(f"<html>{echo}</html>", **unauthorized, content_type="text/html")
    yield answer(echo, **unauthorized, content_type="text/plain")
    yield answer(good_body(None), content_type=clean)
    yield answer(good_body(None, error=None), content_type=f"text/{clean}")
    for name in (
        "Zuora-Request-Id", "X-Request-Id", "Request-Id", "x-ms-request-id", "X-Correlation-Id",
        "Zuora-Track-Id", "X-Echo", "Location", "Retry-After", "RateLimit-Limit", "Set-Cookie",
        "Server",
    ):
        yield answer({"error": "x"}, f"{name}: {clean}", **unauthorized)
    yield answer("", f'WWW-Authenticate: Basic realm="{clean}"', **unauthorized)
    yield answer("", f"{clean}: {clean}", **unauthorized)
    yield answer("", f"Location: /?{clean}", status="302 Found")
    yield answer("", status=f"401 {clean}")
    yield f"HTTP/1.1 {clean}\r\n\r\n".encode("latin-1")
    yield f"{clean}\r\n\r\n".encode("latin-1")
    yield answer({"error": "x"}, clean, **unauthorized)
    yield answer({"error": "x"}, f"Content-Length: {clean}", **unauthorized)
    yield answer({"error": "x"}, f"Transfer-Encoding: {clean}", **unauthorized)
    yield answer({"access_token": "x y", "token_type": echo})
    yield answer({"access_token": echo + " ", "token_type": "Bearer"})
    yield answer({"access_token": "x", "token_type": echo})
    yield answer({"access_token": "x", "token_type": "Bearer", "scope": echo, "expires_in": echo})


class EchoTest(HostileTest):
    def serve(self, *options):
        self.server = self.enterContext(HostileServer())
        self.store(self.server, *options)

    def check(self, behaviour):
        _, config = self.place(self.server, behaviour)
        said = self.ask(config, KEYBEARER_LOG="1")
        self.assertRegex(said.stderr, rb"\A[\x20-\x7e\n]*\Z")
        self.assertTrue(said.status == 0 or said.stdout == b"", said)

    def check_echoes_of(self, text, every):
        answers = [one for spell in SPELLINGS.values() for one in places(spell(text))]
        self.all_at_once(self.check, sample(answers, every))

    def test_echoed_the_secret_everywhere(self):
        self.serve()
        self.check_echoes_of(self.server.client_secret, 7)

    def test_echoed_the_whole_request(self):
        """Sent back as it came, its header included."""
        for method in ("client_secret_post", "client_secret_basic", "client_secret_basic_raw"):
            self.server = self.enterContext(HostileServer())
            self.box.keybearer("remove", "--yes", "work")
            self.store(self.server, "--client-auth", method, "--preset", "zuora",
                       "--header", "Zuora-Track-Id: auto")
            request = self.server.requests[-1]
            for text in (request.body.decode(), request.headers.get("authorization", "")):
                self.check_echoes_of(text, 23)

    def test_echoed_every_command(self):
        self.serve("--match", "https://api.example")
        secret = self.server.client_secret
        echo = {"error": "invalid_client", "error_description": f"{secret} {secret[3:20]}"}
        self.server.play("/oauth/token", answer(echo, status="401 x"))
        uri = json.dumps({"uri": "https://api.example/"}).encode()
        git = b"protocol=https\nhost=api.example\n\n"
        docker = b"https://api.example"
        for level in (None, "0", "1", "2"):
            for command, stdin in (
                (("token", "work"), b""), (("header", "work"), b""), (("refresh", "work"), b""),
                (("get",), uri), (("git", "get"), git), (("docker", "get"), docker),
                (("run", "work", "--", "true"), b""), (("show", "work"), b""), (("list",), b""),
                (("status", "work"), b""), (("status", "--json"), b""),
            ):
                with self.subTest(level=level, command=command):
                    self.box.keybearer("forget", "work")
                    said = self.box.keybearer(*command, stdin=stdin, env={"KEYBEARER_LOG": level})
                    self.assertNotIn(secret[3:20].encode(), said.stdout)
                    self.assertNotIn(secret.encode(), said.stdout)
        added = self.box.add_profile("again", self.server)
        self.assertFails(added, DENIED, "invalid_client")


if __name__ == "__main__":
    main()
