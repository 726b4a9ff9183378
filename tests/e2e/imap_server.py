"""A loopback server of IMAP with an empty mailbox, which takes messages from people who bring the right token."""

import base64
import re
import socketserver
import threading


class ImapServer:
    """
    ACCEPTS(token) says whether a token is good, as a password or by XOAUTH2. `logins`, pairs of a user
    and a token, and `messages` are what came.
    """

    def __init__(self, accepts):
        self.accepts = accepts
        self.logins, self.messages = [], []
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

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def handle(self):
        self.say("* OK ready")
        while line := self.rfile.readline().decode():
            tag, _, command = line.strip().partition(" ")
            self.answer(tag, command)
            if command.upper() == "LOGOUT":
                return

    def answer(self, tag, command):
        owner, word = self.server.owner, command.split(" ")[0].upper()
        if word == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2")
        elif word in ("LOGIN", "AUTHENTICATE"):
            owner.logins.append(self.asked_by_xoauth2() if word == "AUTHENTICATE" else
                                tuple(part.strip('"') for part in command.split(" ")[1:]))
            if not owner.accepts(owner.logins[-1][1]):
                self.say(f"{tag} NO wrong password")
                return
        elif word == "LIST":
            self.say('* LIST () "/" INBOX')
        elif word == "SELECT":
            self.say("* FLAGS ()", "* 0 EXISTS", "* 0 RECENT", "* OK [UIDVALIDITY 1]", "* OK [UIDNEXT 1]")
        elif word == "LOGOUT":
            self.say("* BYE")
        elif word == "APPEND":
            self.say("+ go on")
            owner.messages.append(self.rfile.read(int(re.search(r"\{(\d+)\}", command)[1])))
            self.rfile.readline()
        self.say(f"{tag} OK done")

    def asked_by_xoauth2(self):
        self.say("+ ")
        said = base64.b64decode(self.rfile.readline()).decode()
        return re.fullmatch("user=(.*)\x01auth=Bearer (.*)\x01\x01", said).groups()
