"""A token server that plays one behaviour a path, and many clients at once against it.

A behaviour is bytes, which are the whole answer, or a function (connection, request)
that does what it likes with the socket. All rows of a table share one server, one stored
client and one sandbox: each has a configuration of its own, whose token endpoint is the
row's path, so that none sees the cache of another.
"""

import base64
import contextlib
import ctypes
import itertools
import json
import os
import secrets
import socket
import socketserver
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, quote_plus

from harness import UNDER_MEMCHECK, SandboxTest
from token_server import Request

FULL = os.environ.get("KB_TEST_FULL") == "1"
SLOW = os.environ.get("KB_TEST_SLOW") == "1"
GROWTH_KIB = 8192
PR_SET_CHILD_SUBREAPER = 36


def sample(rows, every):
    """All ROWS with KB_TEST_FULL, else one of EVERY; of eight times as many where slow."""
    return rows if FULL else rows[:: every * 8 if SLOW else every]


def answer(body, *headers, status="200 OK", content_type="application/json", length=None):
    """A whole answer; HEADERS are more lines; LENGTH is what Content-Length says."""
    if isinstance(body, dict):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    head = "\r\n".join([*lines, *headers]).encode("latin-1")
    return head + b"\r\n\r\n" + body


def good_body(token, **changes):
    body = {"access_token": token, "token_type": "Bearer", "expires_in": 3599, **changes}
    return {name: value for name, value in body.items() if value is not None}


def runs_of(text, size):
    return {text[i : i + size] for i in range(max(1, len(text) - size + 1))}


def traces_of(secret):
    """Every run of 8 of SECRET's bytes, as it is and in the encodings an echo may use."""
    raw = secret.encode()
    traces = set()
    for spelled in (raw, quote(secret, safe="").encode(), quote_plus(secret).encode()):
        traces |= runs_of(spelled, 8)
    for run in runs_of(raw, 8):
        traces |= {run.hex().encode(), run.hex().upper().encode()}
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + raw)[(0, 4, 4)[shift] : -4]
        traces |= runs_of(encoded, 8) | runs_of(encoded.translate(URL_SAFE), 8)
    return traces


URL_SAFE = bytes.maketrans(b"+/", b"-_")


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        server = self.server.owner
        if server.on_accept:
            server.on_accept(self.request)
            return
        connection = self.request
        if server.context:
            connection = _secure(connection, server.context)
        with connection:
            request = _read_request(connection, server)
            behaviour = server.behaviour(request)
            if callable(behaviour):
                behaviour(connection, request)
            else:
                connection.sendall(behaviour)
            _finish(connection)


def _secure(connection, context):
    """
    A client that is refused may have sent its request already. Closed before that was read, the
    connection would be reset, and the client might never see why.
    """
    with connection.dup() as bare:
        try:
            return context.wrap_socket(connection, server_side=True)
        except OSError:
            _finish(bare)
            raise


def _read_request(connection, server):
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection, server)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in
               (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += _receive(connection, server)
    method, path, _ = lines[0].split(" ")
    return Request(method, path, headers, body)


def _receive(connection, server):
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionError("the client left")
    with server.lock:
        server.bytes += len(piece)
    return piece


def _finish(connection):
    """Ends our side and lets the client take all of it before the socket goes."""
    with contextlib.suppress(OSError):
        if isinstance(connection, ssl.SSLSocket):
            connection = connection.unwrap()
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        while connection.recv(65536):
            pass


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def process_request(self, request, client_address):
        with self.owner.lock:
            self.owner.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the test."""


class HostileServer:
    """Serves between __enter__ and __exit__; has what Sandbox.add_profile() reads.

    context: an ssl.SSLContext for TLS. on_accept: takes the bare socket instead.
    """

    def __init__(self, context=None, on_accept=None, host="127.0.0.1"):
        self.client_id = secrets.token_hex(8)
        # Long enough to be found in pieces, with signs that every encoding spells its way.
        self.client_secret = f"{secrets.token_urlsafe(15)}+/={secrets.token_urlsafe(15)}"
        self.issued = [secrets.token_hex(16)]
        self.context = context
        self.on_accept = on_accept
        self.connections = 0
        self.bytes = 0  # of requests, behind TLS
        self.requests = []
        self.lock = threading.Lock()
        self._behaviours = {}
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.owner = self
        self.port = self._listener.server_address[1]
        self.origin = f"{'https' if context or on_accept else 'http'}://{host}:{self.port}"
        self.token_url = f"{self.origin}/oauth/token"
        self.play("/oauth/token", answer(good_body(self.issued[0])))
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    def play(self, path, behaviour):
        self._behaviours[path] = behaviour

    def behaviour(self, request):
        with self.lock:
            self.requests.append(request)
        return self.behaviour_of(request.path)

    def behaviour_of(self, path):
        return self._behaviours[path]

    def count(self, path="/oauth/token"):
        with self.lock:
            return sum(request.path == path for request in self.requests)


def hold(connection):
    """Keeps the connection open, silently, until the client has gone."""
    connection.settimeout(60)
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


def drip(data, seconds):
    """A behaviour: DATA, a byte every now and then."""

    def play(connection, _):
        pause = threading.Event()
        for byte in data:
            connection.sendall(bytes([byte]))
            pause.wait(seconds)

    return play


def stall_after(data):
    """A behaviour: DATA, then nothing."""

    def play(connection, _):
        connection.sendall(data)
        hold(connection)

    return play


def endless(head, piece):
    """A behaviour: HEAD, then PIECE for as long as the client takes it."""

    def play(connection, _):
        block = piece * max(1, 65536 // len(piece))
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while True:
                connection.sendall(block)

    return play


class HostileTest(SandboxTest):
    """A sandbox with ways to run one command against many paths of one server."""

    timeout = 20  # of every profile, in seconds
    clients = 4  # at once

    def setUp(self):
        super().setUp()
        self._serial = itertools.count()
        self._watched = []

    def watch(self, server):
        """No 8-byte run of SERVER's secret, nor of its tokens, may be said anywhere."""
        self._watched.append(server)

    def tearDown(self):
        for server in self._watched:
            traces = set().union(*map(traces_of, [server.client_secret, *server.issued]))
            for result in self.box.said:
                found = [trace for trace in traces if trace in result.stderr]
                self.assertEqual([], found, result)
        super().tearDown()

    def store(self, server, *options, name="work"):
        """Stores SERVER's client by one good exchange."""
        self.watch(server)
        added = self.box.add_profile(name, server, *options)
        self.assertEqual(0, added.status, added)

    def configuration(self, url, **changes):
        """A copy of the configuration in which profile `work` has URL for its endpoint."""
        with open(self.box.config_file) as file:
            config = json.load(file)
        profile = config["profiles"]["work"]
        profile.update({"token_url": url, "timeout": self.timeout, **changes})
        path = self.box.path(f"config-{next(self._serial)}.json")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            json.dump(config, file)
        self.box.lend_client("work", path)
        return path

    def place(self, server, behaviour, **changes):
        """BEHAVIOUR at a path of its own: that path, and a configuration which names it."""
        path = f"/row/{next(self._serial)}"
        server.play(path, behaviour)
        return path, self.configuration(server.origin + path, **changes)

    def ask(self, config, *arguments, **env):
        arguments = arguments or ("token", "work")
        return self.box.keybearer(*arguments, env={"KEYBEARER_CONFIG": config, **env})

    def all_at_once(self, function, rows):
        """FUNCTION(row) for all ROWS; the failures together, each with its row's name."""
        problems = []

        def run(row):
            try:
                function(row)
            except Exception as problem:  # every row is told, not only the first
                problems.append(f"{getattr(row, 'name', row)}: {problem!r}")

        # Each has its deadlines, and valgrind keeps a processor busy.
        with ThreadPoolExecutor(2 if UNDER_MEMCHECK else self.clients) as pool:
            list(pool.map(run, rows))
        if problems:
            self.fail("\n".join(sorted(problems)))


def adopt_orphans():
    """Helpers that outlive their fronts become children of ours, see peak_kib()."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("cannot become a subreaper")


def peak_kib():
    """The largest memory that a helper had which ended since the last call, in KiB.

    For a moment without programs of ours: it takes the ends of all children.
    """
    peak = 0
    while True:
        try:
            _, _, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return peak
        peak = max(peak, usage.ru_maxrss)


@contextlib.contextmanager
def stopwatch():
    """Yields a list that holds the seconds of the block afterwards."""
    taken = []
    start = time.monotonic()
    yield taken
    taken.append(time.monotonic() - start)
