"""A sparse registry of crates for people who bring the right token, all in memory."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CRATE, VERSION = "demo", "1.0.0"


class CargoRegistry:
    """
    Serves one crate. ACCEPTS(value) says whether an Authorization header is good; everything
    wants one. `brought` is what callers had in it, `changes` the paths of what they changed.
    """

    def __init__(self, accepts):
        self.accepts = accepts
        self.brought = []
        self.changes = []
        self.crate = _crate()
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._httpd.daemon_threads = True
        self._httpd.owner = self
        self.origin = "http://127.0.0.1:%d" % self._httpd.server_address[1]
        self.index = f"sparse+{self.origin}/index/"
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def answer(self, path):
        """The page of PATH, or None."""
        if path == "/index/config.json":
            return json.dumps({"dl": f"{self.origin}/dl", "api": self.origin,
                               "auth-required": True}).encode()
        if path == f"/index/{CRATE[:2]}/{CRATE[2:4]}/{CRATE}":
            return json.dumps({
                "name": CRATE, "vers": VERSION, "deps": [], "features": {}, "yanked": False,
                "cksum": hashlib.sha256(self.crate).hexdigest()}).encode() + b"\n"
        if path == f"/dl/{CRATE}/{VERSION}/download":
            return self.crate
        return None


def _crate():
    """A package without a line of code, as cargo packs one."""
    files = {"Cargo.toml": f'[package]\nname = "{CRATE}"\nversion = "{VERSION}"\n',
             "src/lib.rs": ""}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{CRATE}-{VERSION}/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self._is_welcome():
            page = self.server.owner.answer(self.path)
            self._send(404 if page is None else 200, page or b"")

    def do_DELETE(self):
        if self._is_welcome():
            self.server.owner.changes.append(self.path)
            self._send(200, b'{"ok":true}')

    def _is_welcome(self):
        owner = self.server.owner
        value = self.headers.get("Authorization")
        if value:
            owner.brought.append(value)
        if value and owner.accepts(value):
            return True
        self._send(401, b"", ("WWW-Authenticate", 'Bearer realm="demo"'))
        return False

    def _send(self, status, page, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
