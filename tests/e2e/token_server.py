"""A loopback OAuth token server that misbehaves on request.

By default it is a Zuora token endpoint: POST /oauth/token with a form, a rate limit in
the headers, error bodies of Zuora's shape. A test scripts what it does next with
`script()` (one reply each) or `behave()` (every reply), and reads `requests` afterwards.
POST /second is a second endpoint, which takes a token of the first as Bearer: `second()` makes it
another, and `second_requests` are its own. GET /api/... is a resource that wants one of the tokens
still valid. HEAD of anything is a look, which `look()` answers; `looks` are its own.

As a program it serves until its standard input ends:
    token_server.py [--lifetime SECONDS]
It prints its port on one line first. Its one client is CLIENT_ID, CLIENT_SECRET.
"""

import argparse
import base64
import http.client
import json
import secrets
import socket
import ssl
import struct
import sys
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, unquote_plus

CLIENT_ID = "f5f1b8a2-3c1d-4e6f-9a7b-0c2d4e6f8a1b"
CLIENT_SECRET = "demo+secret/with=signs&more"

ZUORA_CHALLENGE = (
    "Basic realm=Zuora API, ZSession realm=Zuora API, Bearer realm=Zuora API"
)


@dataclass
class Request:
    """What one caller sent."""

    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes
    query: str = ""
    certificate: dict = None  # the client's, as ssl describes it; None: it showed none

    @property
    def fields(self):
        """In whatever format they came."""
        if "json" in self.headers.get("content-type", ""):
            return json.loads(self.body)
        return self.form if self.body else dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self):
        pairs = parse_qsl(
            self.body.decode("ascii", "replace"),
            keep_blank_values=True,
        )
        return dict(pairs)

    @property
    def bearer(self):
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" else None


@dataclass
class Reply:
    """What the server sends, and how badly."""

    status: int = 200
    body: object = b""  # bytes, str, or anything that json.dumps takes
    headers: dict = field(default_factory=dict)
    content_type: str = "application/json"
    gate: threading.Event = None  # wait for it before answering
    drip: float = 0.0  # seconds between two bytes of the body
    cut_after: int = None  # send that much of the body, then hang up
    hang_up: bool = False  # reset the connection instead of answering
    raw: bytes = None  # these bytes instead of a whole HTTP reply

    def payload(self):
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body).encode()


def refused(status=401, code=90000011, message="Authentication error"):
    """A refusal as Zuora's REST API words it."""
    reasons = [{"code": code, "message": message}]
    headers = {"WWW-Authenticate": ZUORA_CHALLENGE} if status == 401 else {}
    return Reply(status, {"success": False, "reasons": reasons}, headers)


def rate_limited(**headers):
    """429; name headers with underscores: rate_limited(Retry_After="2")."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(429, {"message": "API rate limit exceeded"}, named)


class TokenServer:
    """Serves between __enter__ and __exit__.

    auth: "post", "basic" (form-encoded first, RFC 6749 2.3.1) or "basic_raw".
    certificate: (certificate file, key file) for TLS.
    client_ca: a file of authorities; clients must show a certificate of one of them.
    port: that of a server that has ended; 0 for one that is free.
    """

    def __init__(
        self,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        lifetime=3599,
        auth="post",
        certificate=None,
        port=0,
        client_ca=None,
    ):
        self.client_id = client_id
        self.client_secret = client_secret
        self.lifetime = lifetime
        self.auth = auth
        self.requests = []  # for tokens, in order of arrival
        self.second_requests, self._second = [], None
        self.api_requests = []
        self.looks, self._look = [], lambda request: Reply(405)
        self.connections = 0  # ever made
        self.open, self.change = 0, threading.Condition()  # those that are served now
        self.issued = []  # every token ever given out
        self._revoked = set()
        self._queue = []
        self._behaviour = None
        self._lock = threading.Lock()
        self._httpd = _HTTPServer(("127.0.0.1", port), _Handler)
        self._httpd.owner = self
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            if client_ca:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(client_ca)
            self._httpd.socket = context.wrap_socket(
                self._httpd.socket,
                server_side=True,
                do_handshake_on_connect=False,
            )
            scheme = "https"
        self.port = self._httpd.server_address[1]
        self.origin = f"{scheme}://127.0.0.1:{self.port}"
        self.token_url = f"{self.origin}/oauth/token"
        self.second_url = f"{self.origin}/second"
        self._thread = threading.Thread(
            target=self._httpd.serve_forever,
            kwargs={"poll_interval": 0.05},
            daemon=True,
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def settle(self):
        """
        Waits until all that was sent before, also by who is dead by now, has been counted. Calls
        are taken in their order, so ours comes behind them. Not for a server with TLS.
        """
        last = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        last.request("GET", "/count")
        last.getresponse().read()
        last.close()
        with self.change:
            if not self.change.wait_for(lambda: self.open == 0, 60):
                raise AssertionError("a connection stays open")

    @property
    def count(self):
        """Token requests that arrived."""
        return len(self.requests)

    @property
    def token(self):
        """The token issued last."""
        return self.issued[-1]

    def script(self, *replies):
        """The next token requests get these replies; None is a proper token."""
        with self._lock:
            self._queue.extend(replies)

    def behave(self, function):
        """FUNCTION(request) makes every reply; None from it, or as it, is a proper token."""
        self._behaviour = function

    def second(self, function):
        """FUNCTION(request) makes every reply of the second endpoint."""
        self._second = function

    def look(self, function):
        """FUNCTION(request) answers every HEAD."""
        self._look = function

    def revoke(self, token):
        self._revoked.add(token)

    def accepts(self, token):
        return token in self.issued and token not in self._revoked

    # --- the endpoint ---

    def reply_to_token_request(self, request):
        with self._lock:
            self.requests.append(request)
            scripted = self._queue.pop(0) if self._queue else None
        if scripted is None and self._behaviour:
            scripted = self._behaviour(request)
        reply = scripted or self._zuora(request)
        self._add_zuora_headers(request, reply)
        return reply

    def reply_to_second_request(self, request):
        self.second_requests.append(request)
        if self._second:
            return self._second(request)
        return self.issue() if self.accepts(request.bearer) else refused()

    def reply_to_look(self, request):
        self.looks.append(request)
        return self._look(request)

    def reply_to_api_request(self, request):
        self.api_requests.append(request)
        if self.accepts(request.bearer):
            return Reply(200, {"success": True})
        return refused()

    def issue(self, scope=None):
        token = secrets.token_hex(16)
        self.issued.append(token)
        body = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.lifetime,
            "jti": secrets.token_hex(16),
        }
        if scope:
            body["scope"] = scope
        return Reply(200, body)

    def _zuora(self, request):
        form = request.fields
        if form.get("grant_type") != "client_credentials":
            return Reply(400, {"error": "unsupported_grant_type"})
        if self.auth == "post" and "authorization" in request.headers:
            return Reply(400, {"error": "invalid_request"})
        if self._client_of(request) != (self.client_id, self.client_secret):
            return refused()
        return self.issue(form.get("scope"))

    def _client_of(self, request):
        if self.auth == "post":
            return request.fields.get("client_id"), request.fields.get("client_secret")
        if "client_secret" in request.fields:
            return None
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return None
        name, _, password = base64.b64decode(text).decode().partition(":")
        if self.auth == "basic":
            return unquote_plus(name), unquote_plus(password)
        return name, password

    def _add_zuora_headers(self, request, reply):
        defaults = {
            "Zuora-Request-Id": str(uuid.uuid4()),
            "X-RateLimit-Limit-minute": "100",
            "X-RateLimit-Remaining-minute": str(max(0, 100 - self.count)),
        }
        if "zuora-track-id" in request.headers:
            defaults["Zuora-Track-Id"] = request.headers["zuora-track-id"]
        sent = {name.lower() for name in reply.headers}
        for name, value in defaults.items():
            if name.lower() not in sent:
                reply.headers[name] = value


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def process_request(self, request, client_address):
        self.owner.connections += 1
        with self.owner.change:
            self.owner.open += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.owner.change:
                self.owner.open -= 1
                self.owner.change.notify_all()

    def handle_error(self, request, client_address):
        """A peer that hangs up or refuses our certificate is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        owner = self.server.owner
        request = self._request(self.rfile.read(length))
        if request.path == "/second":
            self._send(owner.reply_to_second_request(request))
        else:
            self._send(owner.reply_to_token_request(request))

    def do_GET(self):
        owner = self.server.owner
        request = self._request(b"")
        if request.path == "/count":
            self._send(Reply(200, f"{owner.count}\n", content_type="text/plain"))
        else:
            self._send(owner.reply_to_api_request(request))

    def do_HEAD(self):
        self._send(self.server.owner.reply_to_look(self._request(b"")))

    def _request(self, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        shown = getattr(self.connection, "getpeercert", lambda: None)()
        return Request(self.command, unquote(path), headers, body, query, shown)

    def _send(self, reply):
        if reply.gate:
            reply.gate.wait(60)
        if reply.hang_up:
            self._reset()
        elif reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
        else:
            self._send_whole(reply)

    def _reset(self):
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def _send_whole(self, reply):
        body = reply.payload()
        self.send_response(reply.status)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.cut_after is not None:
            body = body[: reply.cut_after]
            self.close_connection = True
        if reply.drip:
            self._drip(body, reply.drip)
        else:
            self.wfile.write(body)

    def _drip(self, body, seconds):
        pause = threading.Event()
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            pause.wait(seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lifetime", type=int, default=3599)
    options = parser.parse_args()
    with TokenServer(lifetime=options.lifetime) as server:
        print(server.port, flush=True)
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
