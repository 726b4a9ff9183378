"""
What the servers in Python share. Each gets its settings on standard input, and says on its first line which
port it has. Besides what it does itself, GET /owner says whose the token is that is brought, and GET /asked
what came to the token endpoint: {fields, refused}.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

settings = json.load(sys.stdin)
asked = []
issued = {}  # the client of each token


def client(name):
    """Of the settings, or None."""
    return next((client for client in settings["clients"] if client["client_id"] == name), None)


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        brought = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self._send(200, asked if self.path == "/asked" else issued.get(brought), {})

    def do_POST(self):
        """The server's `token(url, body, headers)` gives (status, headers, object)."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        url = f"http://{self.headers['Host']}{self.path}"
        status, headers, answer = self.server.token(url, body, self.headers)
        refused = None if status == 200 else answer.get("error_description") or answer["error"]
        asked.append({"fields": dict(parse_qsl(body)), "refused": refused})
        self._send(status, answer, headers)

    def _send(self, status, answer, headers):
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(token):
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.token = token
    print(f"http://127.0.0.1:{httpd.server_address[1]}", flush=True)
    httpd.serve_forever()
