"""Token exchange, at a server that was written from RFC 8693 (exchange_server.py)."""

import base64
import hashlib
import hmac
import json
import secrets
import time

from cases import ServerTest
from servers import in_python


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class ExchangeTest(ServerTest):
    name = "rfc8693"

    @classmethod
    def version(cls):
        return "2020-01"  # the RFC's

    def start(self, script, settings):
        return in_python(script, settings)

    def setUp(self):
        super().setUp()
        self.secret = secrets.token_urlsafe(32)
        self.server = self.run_server(
            "exchange_server.py", self.client("client_secret_post"), subject_secret=self.secret,
            targets=["https://api.example", "billing"])
        self.box.secret(self.secret)

    def subject(self, life=300, secret=None):
        """A file with a token of a user."""
        claims = {"sub": "robot", "exp": int(time.time()) + life, "jti": secrets.token_hex(8)}
        signed = ".".join(unpadded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
        signature = hmac.new((secret or self.secret).encode(), signed.encode(), hashlib.sha256).digest()
        token = f"{signed}.{unpadded(signature)}"
        self.box.secret(token)
        return self.write("subject", token + "\n")

    def exchange(self, path, *options):
        return self.add(self.server, "client_secret_post", "--grant", "token-exchange", "--subject-token-file", path,
                        *options)

    def assertExchanged(self, added, *targets):
        self.assertServed(self.server, added, owner={
            "client": self.server.client_id, "subject": "robot", "targets": sorted(targets)})

    def test_a_jwt(self):
        self.assertExchanged(self.exchange(self.subject()))

    def test_an_access_token(self):
        kind = "urn:ietf:params:oauth:token-type:access_token"
        self.assertExchanged(self.exchange(self.subject(), "--subject-token-type", kind))

    def test_for_services(self):
        targets = "billing", "https://api.example"
        added = self.exchange(self.subject(), "--audience", targets[0], "--resource", targets[1])
        self.assertExchanged(added, *targets)

    def test_for_another_service(self):
        failed = self.exchange(self.subject(), "--audience", "elsewhere")
        self.assertNotEqual(0, failed.status)
        self.assertIn(b"invalid_target", failed.stderr)

    def test_an_expired_token(self):
        failed = self.exchange(self.subject(life=-60))
        self.assertNotEqual(0, failed.status)
        self.assertIn(b"the subject token has expired", failed.stderr)

    def test_read_anew(self):
        """The first file is over; another program has put a new token into its place."""
        self.assertOk(self.exchange(self.subject()))
        self.subject(life=-60)
        self.assertNotEqual(0, self.box.keybearer("refresh", "work").status)
        self.subject()
        self.assertOk(self.box.keybearer("refresh", "work"))

    def test_a_forged_token(self):
        failed = self.exchange(self.subject(secret="somebody else's"))
        self.assertNotEqual(0, failed.status)
        self.assertIn(b"the subject token is not ours", failed.stderr)
