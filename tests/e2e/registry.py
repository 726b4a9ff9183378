"""Debian's docker-registry behind a door that wants a token as the Basic password."""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from git_server import credentials_in
from harness import background, find_program, wait_until

SETTINGS = """\
version: 0.1
log: {{ level: error, accesslog: {{ disabled: true }} }}
storage:
  filesystem: {{ rootdirectory: {directory}/registry }}
http: {{ net: unix, addr: {socket}, relativeurls: true }}
"""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class Registry:
    """`address` is host:port for clients; `credentials` is what they brought."""

    def __init__(self, accepts, socket_path):
        self.accepts = accepts
        self.socket_path = socket_path
        self.credentials = []
        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
        self.httpd.daemon_threads = True
        self.httpd.owner = self
        self.address = "127.0.0.1:%d" % self.httpd.server_address[1]


@contextlib.contextmanager
def registry(directory, accepts):
    """Runs in DIRECTORY; ACCEPTS(token) guards the door."""
    socket_path = os.path.join(directory, "registry.sock")
    settings = os.path.join(directory, "registry.yml")
    with open(settings, "w") as file:
        file.write(SETTINGS.format(directory=directory, socket=socket_path))
    log = os.path.join(directory, "registry.log")
    with open(log, "wb") as output:
        program = [find_program("docker-registry"), "serve", settings]
        with background(program, stdout=output, stderr=output):
            wait_until(lambda: os.path.exists(socket_path), "docker-registry listens")
            server = Registry(accepts, socket_path)
            thread = threading.Thread(target=server.httpd.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            try:
                yield server
            finally:
                server.httpd.shutdown()
                thread.join()
                server.httpd.server_close()


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _serve(self):
        owner = self.server.owner
        body = self._body()
        credentials = credentials_in(self.headers.get("Authorization"))
        if credentials:
            owner.credentials.append(credentials)
        if credentials and credentials[0] == "Basic" and owner.accepts(credentials[2]):
            self._pass_on(body)
        else:
            self._ask()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _ask(self):
        text = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def _pass_on(self, body):
        connection = _UnixConnection(self.server.owner.socket_path)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():  # some, as Accept, come several times
            if name.lower() not in ("authorization", "transfer-encoding", "content-length"):
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(content)
        connection.close()


def write_oci_image(directory):
    """The smallest image: one layer holding an empty tar archive, in OCI layout."""
    blobs = os.path.join(directory, "blobs", "sha256")
    os.makedirs(blobs)

    def blob(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as file:
            file.write(content)
        media = f"application/vnd.oci.image.{kind}"
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(content)}

    layer = blob("layer.v1.tar", bytes(10240))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob("config.v1+json", json.dumps(config).encode()),
        "layers": [layer],
    }
    entry = blob("manifest.v1+json", json.dumps(manifest).encode())
    index = {"schemaVersion": 2, "manifests": [entry]}
    for name, content in (("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
        with open(os.path.join(directory, name), "w") as file:
            json.dump(content, file)
