"""
docs/another-provider.md as a reader follows it: each command as printed, before providers that are
as the page says.

The hosts of the page lead to a server of ours: a proxy takes every host there, and `keybearer add`
is told of its certificate, and of the vault.
"""

import base64
import json
import os
import re
import secrets
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from certificates import Authority
from harness import BIN, SEARCH, SandboxTest, main
from proxy import Proxy
from test_readme import blocks, commands
from token_server import Reply, TokenServer

PAGE = Path(__file__).resolve().parents[2] / "docs/another-provider.md"
HOSTS = ("login.example.com", "harbour.example.com", "sso.example.com", "gate.example.com",
         "sign.example.com")


class Providers(TokenServer):
    """What the page says of each address. `served`: the API calls that had their token."""

    def __init__(self, certificate, public_key):
        super().__init__(certificate=certificate)
        self.public_key = public_key
        self.behave(self.reply)
        self.served = []
        self.gate_token = None

    def reply(self, request):
        own = {"login.example.com": self.machine, "gate.example.com": self.exchange,
               "sign.example.com": self.signed}
        return own.get(request.headers["host"], lambda _: None)(request)

    def machine(self, request):
        wanted = {"clientId": self.client_id, "clientSecret": self.client_secret, "kind": "machine"}
        if (request.path != "/v1/machine" or request.headers["content-type"] != "application/json"
                or "authorization" in request.headers or json.loads(request.body) != wanted):
            return Reply(400, {"error": "invalid_request"})
        return Reply(200, {"token": {"accessToken": self.new_token(), "expiresIn": 3600}, "status": "ok"})

    def exchange(self, request):
        wanted = {"access_token": self.issued[-1], "service": "gate"}
        if request.path != "/exchange" or "authorization" in request.headers or request.form != wanted:
            return Reply(400, {"error": "invalid_request"})
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        self.gate_token = self.new_token()
        return Reply(200, {"gate_token": self.gate_token, "valid_until": end.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def signed(self, request):
        form = request.form
        header, claims, signature = form.pop("client_assertion").split(".")
        said = json.loads(plain(claims))
        wanted = {"grant_type": "client_credentials", "client_id": self.client_id,
                  "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        if (form != wanted or said["iss"] != self.client_id or said["sub"] != self.client_id
                or said["aud"] != "https://sign.example.com/oauth2/token"
                or json.loads(plain(header))["alg"] != "ES256"
                or not is_signed(f"{header}.{claims}", plain(signature), self.public_key)):
            return Reply(401, {"error": "invalid_client"})
        return self.issue()

    def new_token(self):
        self.issued.append(secrets.token_hex(16))
        return self.issued[-1]

    def reply_to_api_request(self, request):
        host, token = request.headers["host"], request.headers.get("x-gate-token")
        wanted = self.gate_token
        if host != "gate.example.com":
            token, wanted = request.bearer, self.issued[-1]
        if not token or token != wanted:
            return Reply(401, {"error": "no token"})
        self.served.append(host + request.path)
        return Reply(200, {"ok": True})


def plain(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_signed(text, signature, public_key):
    """ES256: openssl wants the two numbers of the signature in DER."""
    halves = [signature[:32].lstrip(b"\0"), signature[32:].lstrip(b"\0")]
    halves = [b"\0" + half if half[0] & 0x80 else half for half in halves]
    numbers = b"".join(b"\2" + bytes([len(half)]) + half for half in halves)
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"\x30" + bytes([len(numbers)]) + numbers)
        file.flush()
        words = ["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", file.name]
        verified = subprocess.run(words, input=text.encode(), stdout=subprocess.DEVNULL)
        return len(signature) == 64 and verified.returncode == 0


class PageTest(SandboxTest):
    def setUp(self):
        super().setUp()
        place = self.box.path("world")
        os.mkdir(place)
        authority = Authority(place)
        certificate = authority.named(",".join(f"DNS:{host}" for host in HOSTS))
        self.world = self.enterContext(Providers(certificate, self.box.path("work/signer.pem")))
        self.box.guard(self.world)
        proxy = self.enterContext(Proxy(self.world.port))
        tools = self.box._directory("tools")
        with open(os.open(f"{tools}/keybearer", os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write(f'#!/bin/sh\n[ "$1" != add ] || set -- "$@" --store sealed-file --ca-file {authority.ca_file}\n'
                       f'exec {BIN}/keybearer "$@"\n')
        self.box.env.update({"PATH": f"{tools}:{BIN}:{SEARCH}", "https_proxy": proxy.url,
                             "CURL_CA_BUNDLE": authority.ca_file})

    def answer(self, shown):
        """What the reader types at what the terminal shows: (how much of that is read, the line)."""
        question = shown.rpartition(b"\n")[2].decode().lower()
        if question == "connect git now? (yes or no) ":
            return len(shown), "no"
        if question.endswith(": "):
            for word, line in (("secret", self.world.client_secret), ("id", self.world.client_id)):
                if word in question:
                    return len(shown), line
        return None

    def test_every_command(self):
        for block in blocks(PAGE.read_text()):
            self.assertIn(block.kind, ("sh", "text"), block.line)
            for command, _ in commands(block) if block.kind == "sh" else ():
                done = self.box.run_on_tty(["bash", "-e", "-o", "pipefail", "-c", command], self.answer)
                self.assertEqual(0, done.status, f"{PAGE.name}:{block.line}: {done}")
                self.assertNotIn(b"keybearer: error", done.stdout, f"{PAGE.name}:{block.line}")
                done.stdout = b""  # the terminal shows what was typed
        self.assertEqual(["login.example.com", "sso.example.com", "gate.example.com", "sign.example.com"],
                         [request.headers["host"] for request in self.world.requests])
        self.assertEqual(["harbour.example.com/v1/ships", "gate.example.com/v1/doors",
                          "sign.example.com/v1/papers"], self.world.served)

    def test_options_are_those_of_the_commands(self):
        explained = "".join(self.assertOk(self.box.keybearer("help", word)).text for word in ("add", "keygen"))
        options = set(re.findall(r"`(--[a-z-]+)", PAGE.read_text()))
        self.assertGreater(len(options), 20)
        self.assertEqual(set(), {option for option in options if f"  {option} " not in explained})


if __name__ == "__main__":
    main("openssl", "curl")
