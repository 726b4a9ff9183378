"""A server of HTTP or HTTPS for people who bring the right token; what it answers is the test's."""

import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from git_server import credentials_in


@dataclass
class Call:
    """What a client who was let in sent."""

    method: str
    path: str
    headers: object
    body: bytes


class Service:
    """
    ACCEPTS(token) says whether a token is good; it is looked for as Bearer and as the password of
    Basic, and asked for with CHALLENGE. ANSWER(call) is (status, content type, body), or None for
    what is not there. CERTIFICATE is what Authority gives.
    """

    def __init__(self, accepts, answer, challenge='Basic realm="service"', certificate=None):
        self.accepts = accepts
        self.answer = answer
        self.challenge = challenge
        self.credentials = []  # (scheme, user name, token) of every request that had any
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._httpd.daemon_threads = True
        self._httpd.owner = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._httpd.socket = context.wrap_socket(self._httpd.socket, server_side=True)
        self.port = self._httpd.server_address[1]
        self.authority = f"127.0.0.1:{self.port}"
        self.origin = f"{'https' if certificate else 'http'}://{self.authority}"
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _serve(self):
        owner, body = self.server.owner, self._body()
        brought = credentials_in(self.headers.get("Authorization"))
        if brought:
            owner.credentials.append(brought)
        if not brought or not owner.accepts(brought[2]):
            self._send(401, "text/plain", b"")
            return
        answer = owner.answer(Call(self.command, self.path, self.headers, body))
        self._send(*(answer or (404, "text/plain", b"")))

    do_GET = do_HEAD = do_POST = do_PUT = do_PROPFIND = do_DELETE = _serve

    def _body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status, kind, body):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", self.server.owner.challenge)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
