"""A loopback server of SMTP over TLS that takes mail from people who bring the right token."""

import base64
import socketserver
import ssl
import threading


class SmtpServer:
    """
    ACCEPTS(token) says whether a token is good for OAUTHBEARER. `credentials` and `messages` are
    what came; CERTIFICATE is what Authority gives.
    """

    def __init__(self, accepts, certificate):
        self.accepts = accepts
        self.credentials, self.messages = [], []  # (what is before the token, the token)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(socketserver.StreamRequestHandler):
    timeout = 60

    def setup(self):
        self.request = self.server.owner.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            self.answer(*line.partition(" ")[::2])

    def answer(self, word, rest):
        owner = self.server.owner
        if word == "EHLO":
            self.say("250-here", "250 AUTH OAUTHBEARER")
        elif word == "AUTH":
            self.say("235 welcome" if self.takes(rest.split(" ")[1]) else "535 wrong token")
        elif word == "DATA":
            self.say("354 go on")
            owner.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.say("250 taken")
        else:
            self.say("250 fine")

    def takes(self, encoded):
        """RFC 7628: "n,a=USER," and pairs with 0x01 behind each."""
        before, _, token = base64.b64decode(encoded).decode().partition("auth=Bearer ")
        token = token.removesuffix("\x01\x01")
        self.server.owner.credentials.append((before, token))
        return self.server.owner.accepts(token)
