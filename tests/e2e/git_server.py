"""git over HTTP for people who bring the right token: git http-backend behind a door."""

import base64
import gzip
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BACKEND = "/usr/lib/git-core/git-http-backend"


class GitServer:
    """
    Serves the repositories below DIRECTORY. ACCEPTS(token) says whether a token is good;
    it is looked for as Bearer and as the password of Basic. CHALLENGES are the
    WWW-Authenticate lines of a 401.
    """

    def __init__(self, directory, accepts, challenges=('Basic realm="git"',)):
        self.directory = directory
        self.accepts = accepts
        self.challenges = challenges
        self.credentials = []  # (scheme, user name, token) of every request that had any
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._httpd.daemon_threads = True
        self._httpd.owner = self
        self.port = self._httpd.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()


def credentials_in(header):
    """(scheme, user name, token) of an Authorization header, or None."""
    scheme, _, rest = (header or "").partition(" ")
    if scheme == "Bearer":
        return scheme, None, rest
    if scheme == "Basic":
        user, _, password = base64.b64decode(rest).decode().partition(":")
        return scheme, user, password
    return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        self._serve(self._body())

    def _serve(self, body):
        owner = self.server.owner
        credentials = credentials_in(self.headers.get("Authorization"))
        if credentials:
            owner.credentials.append(credentials)
        if credentials and owner.accepts(credentials[2]):
            self._run_backend(body, credentials[1] or "bearer")
        else:
            self._ask()

    def _ask(self):
        self.send_response(401)
        for challenge in self.server.owner.challenges:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body

    def _run_backend(self, body, user):
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": self.server.owner.directory,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1",
        }
        answer = subprocess.run([BACKEND], input=body, env=env, capture_output=True).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = dict(fields).get("Status", "200").split()[0]
        self.send_response(int(status))
        for name, value in fields:
            if name not in ("Status", "Content-Length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
