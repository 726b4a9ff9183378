"""As much of docker's engine, on a socket, as its clients need to hand it what they know of a registry.

The real one asks the registry itself. This one looks whether the token that it was given is a good one.
"""

import base64
import json
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

API = "1.41"
HUB = "https://index.docker.io/v1/"


class Engine:
    """
    ACCEPTS(password) says whether a registry takes it. What clients brought: `pulled`, `pushed`,
    `logged_in` one login each, and `built` all logins of a build, by address.
    """

    def __init__(self, path, accepts):
        self.accepts = accepts
        self.pulled, self.pushed, self.logged_in, self.built = [], [], [], []
        self.address = f"unix://{path}"
        self._httpd = _UnixServer(path, _Handler)
        self._httpd.owner = self
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()
        os.unlink(self._httpd.server_address)

    def lets_in(self, login):
        return self.accepts(login.get("password", ""))


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def _decoded(header):
    """What a header of a client holds: names in lower case, since docker-py begins some with a capital."""
    header = header or ""
    text = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
    return json.loads(text or b"{}")


def _login(entry):
    """User name and password, or neither. Only some versions of a client add the address."""
    told = {name.lower(): value for name, value in (entry or {}).items()}
    return {name: told[name] for name in ("username", "password") if told.get(name)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "socket"

    def do_HEAD(self):
        self._answer(200, b"", "text/plain")

    def do_GET(self):
        path = urlsplit(self.path).path
        if path.endswith("/_ping"):
            self._answer(200, b"OK", "text/plain")
        elif path.endswith("/version"):
            self._json(200, {"Version": "20.10.24", "ApiVersion": API, "MinAPIVersion": "1.24",
                             "Os": "linux", "Arch": "amd64"})
        elif path.endswith("/info"):
            self._json(200, {"IndexServerAddress": HUB, "OSType": "linux", "ServerVersion": "20.10.24"})
        else:
            self._json(404, {"message": "page not found"})

    def do_POST(self):
        owner, body = self.server.owner, self._body()
        path = urlsplit(self.path).path
        if path.endswith("/auth"):
            login = _login(json.loads(body))
            owner.logged_in.append(login)
            if owner.lets_in(login):
                self._json(200, {"Status": "Login Succeeded", "IdentityToken": ""})
            else:
                self._json(401, {"message": "unauthorized: incorrect username or password"})
        elif path.endswith("/images/create"):
            self._move(owner.pulled)
        elif path.endswith("/push"):
            self._move(owner.pushed)
        elif path.endswith("/build"):
            logins = _decoded(self.headers.get("X-Registry-Config"))
            owner.built.append({address: _login(entry) for address, entry in logins.items()})
            self._stream({"stream": "Successfully built 0123456789ab\n"})
        else:
            self._json(404, {"message": "page not found"})

    def _move(self, kept):
        login = _login(_decoded(self.headers.get("X-Registry-Auth")))
        kept.append(login)
        if self.server.owner.lets_in(login):
            self._stream({"status": "Status: done"})
        else:
            text = "unauthorized: authentication required"
            self._stream({"errorDetail": {"message": text}, "error": text})

    def _body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _stream(self, message):
        self._answer(200, json.dumps(message).encode() + b"\r\n", "application/json")

    def _json(self, status, message):
        self._answer(status, json.dumps(message).encode(), "application/json")

    def _answer(self, status, content, kind):
        self.send_response(status)
        self.send_header("API-Version", API)
        self.send_header("OSType", "linux")
        self.send_header("Builder-Version", "1")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
