"""Glewlwyd's OpenID Connect plugin: secrets and keys that sign."""

import hashlib
import hmac
import json
import os
import secrets
import subprocess

import glewlwyd
from assertions import padded
from certificates import Authority
from cases import BY_KEY, BY_SECRET, SAMPLE, ServerTest, each
from harness import DENIED, find_program

PLUGIN = glewlwyd.PLUGIN | {"module": "oidc", "name": "oidc", "display_name": "OpenID Connect"}
SETTINGS = {
    "iss": "http://127.0.0.1/", "allow-non-oidc": True, "auth-type-token-enabled": False,
    "auth-type-id-token-enabled": False, "auth-type-none-enabled": False, "request-parameter-allow": True,
    "client-pubkey-parameter": "pubkey", "client-jwks-parameter": "jwks", "client-cert-source": "TLS",
    "client-cert-use-endpoint-aliases": False,
}


def owner(token):
    """The client of a TOKEN that the server signed; its introspection is for clients with a secret."""
    signed, _, signature = token.rpartition(".")
    right = hmac.new(PLUGIN["parameters"]["key"].encode(), signed.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(right, padded(signature)):
        return None
    return json.loads(padded(signed.partition(".")[2]))["client_id"]


class GlewlwydTest(ServerTest):
    name = "glewlwyd"
    leak_ignore = ("files", "glewlwyd")  # its own database
    authority = None  # None: without TLS

    @classmethod
    def version(cls):
        done = subprocess.run([find_program("glewlwyd"), "--version"], capture_output=True, text=True)
        return (done.stdout + done.stderr).strip()

    @classmethod
    def missing(cls):
        return None if find_program("glewlwyd") else "not installed: glewlwyd"

    def setUp(self):
        super().setUp()
        self.serve()

    def serve(self):
        place = self.box.path("glewlwyd")
        os.mkdir(place)
        self.server = self.enterContext(glewlwyd.glewlwyd(place, self.authority))
        self.server.token_url = f"{self.server.origin}/api/oidc/token"
        plugin = PLUGIN | {"parameters": PLUGIN["parameters"] | SETTINGS}
        self.assertEqual((200, b""), self.server.call("POST", "/api/mod/plugin/", plugin))
        self.server.owner = owner
        self.box.guard(self.server)

    def register(self, method, **more):
        """Instead of the client that is there; it has another secret."""
        self.server.client_id = f"signer-{method}"
        self.server.client_secret = secrets.token_urlsafe(48)
        client = {
            "client_id": self.server.client_id, "name": method, "enabled": True, "confidential": True,
            "client_secret": self.server.client_secret, "authorization_type": ["client_credentials"],
            "redirect_uri": [], "scope": [glewlwyd.SCOPE], "token_endpoint_auth_method": [method], **more}
        self.assertEqual((200, b""), self.server.call("POST", "/api/client/", client))

    def add(self, method, *options, **more):
        return super().add(self.server, method, "--scope", glewlwyd.SCOPE, *options, **more)

    def assertServed(self, added, name="work"):
        super().assertServed(self.server, added, name)

    def assertRefused(self, result):
        """It does not say why."""
        self.assertFails(result, DENIED, "refused the client", "HTTP 403")


@each(BY_SECRET, "check_client_secret_jwt", SAMPLE)
@each(BY_KEY, "check_private_key_jwt", SAMPLE)
@each(BY_KEY, "check_keygen", SAMPLE)
class ProofTest(GlewlwydTest):
    def test_client_secret_basic(self):
        self.register("client_secret_basic")
        self.assertServed(self.add("client_secret_basic"))

    def test_client_secret_post(self):
        self.register("client_secret_post")
        self.assertServed(self.add("client_secret_post"))

    def check_client_secret_jwt(self, algorithm):
        self.register("client_secret_jwt", token_endpoint_signing_alg=algorithm)
        self.assertServed(self.add("client_secret_jwt", "--client-alg", algorithm))

    def check_private_key_jwt(self, algorithm):
        path, public = self.key_file(algorithm)
        self.register("private_key_jwt", pubkey=public, token_endpoint_signing_alg=algorithm)
        self.assertServed(self.add("private_key_jwt", "--client-key", path, "--client-alg", algorithm))

    def check_keygen(self, algorithm):
        self.register("private_key_jwt", jwks={"keys": [self.jwk(algorithm)]}, token_endpoint_signing_alg=algorithm)
        self.assertServed(self.add("private_key_jwt", name="made"), "made")

    def signer(self):
        """The file of a key that the server knows."""
        path, public = self.key_file("ES256")
        self.register("private_key_jwt", pubkey=public)
        return path

    def test_another_key(self):
        self.signer()
        path, _ = self.key_file("ES256", "other.pem")
        self.assertRefused(self.add("private_key_jwt", "--client-key", path))

    def test_another_algorithm(self):
        path, public = self.key_file("RS256")
        self.register("private_key_jwt", pubkey=public, token_endpoint_signing_alg="PS256")
        self.assertRefused(self.add("private_key_jwt", "--client-key", path, "--client-alg", "RS256"))

    def test_audience_wrong(self):
        path = self.signer()
        self.assertRefused(self.add("private_key_jwt", "--client-key", path, "--assertion-audience", "issuer",
                                    "--issuer", self.server.origin))

    def test_assertion_file(self):
        """A file's assertion is taken once."""
        file = self.write("assertion", self.sign(self.signer(), self.server))
        self.assertOk(self.add("client_assertion_file", "--client-assertion-file", file))
        self.assertRefused(self.box.keybearer("refresh", "work"))

    def test_a_secret_of_a_client_that_signs(self):
        self.register("client_secret_jwt")
        self.assertRefused(self.add("client_secret_post"))


class CertificateTest(GlewlwydTest):
    """Over TLS."""

    def serve(self):
        self.authority = Authority(self.files)
        super().serve()

    def add(self, method, *options, **more):
        return super().add(method, "--ca-file", self.authority.ca_file, *options, **more)

    def test_tls_client_auth(self):
        self.register("tls_client_auth", tls_client_auth_san_dns="robot.example")
        pair = self.client_certificate("robot.example")
        self.assertServed(self.add("tls_client_auth", *self.with_certificate(pair)))

    def test_tls_client_auth_of_another(self):
        self.register("tls_client_auth", tls_client_auth_san_dns="robot.example")
        pair = self.client_certificate("other.example")
        self.assertRefused(self.add("tls_client_auth", *self.with_certificate(pair)))

    def test_self_signed_tls_client_auth(self):
        self.skipTest("over TLS the server verifies every certificate against its authority; it refuses curl, too")
