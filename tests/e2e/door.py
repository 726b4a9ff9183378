"""Pages over HTTP for people who bring the right token."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from git_server import credentials_in


class Door:
    """
    Serves PAGES, bytes by their paths, on ADDRESS. ACCEPTS(token) says whether a token is good; it
    is looked for as Bearer and as the password of Basic, and asked for with CHALLENGE.
    """

    def __init__(self, accepts, pages, challenge='Basic realm="door"', address="127.0.0.1"):
        self.accepts = accepts
        self.pages = pages
        self.challenge = challenge
        self.credentials = []  # (scheme, user name, token) of every request that had any
        self._httpd = ThreadingHTTPServer((address, 0), _Handler)
        self._httpd.daemon_threads = True
        self._httpd.owner = self
        self.port = self._httpd.server_address[1]
        self.authority = f"{address}:{self.port}"
        self.origin = f"http://{self.authority}"
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def url(self, path, user=None):
        return f"http://{user}@{self.authority}{path}" if user else self.origin + path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        owner = self.server.owner
        brought = credentials_in(self.headers.get("Authorization"))
        if brought:
            owner.credentials.append(brought)
        if not brought or not owner.accepts(brought[2]):
            self._answer(401, b"", {"WWW-Authenticate": owner.challenge})
        elif self.path not in owner.pages:
            self._answer(404, b"", {})
        else:
            self._answer(200, owner.pages[self.path], {"Content-Type": "text/html"})

    do_HEAD = do_GET

    def _answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
