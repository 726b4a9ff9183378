"""Authlib: clients that prove themselves by secrets and by assertions, and assertions as a grant."""

import json

from cases import BY_KEY, BY_SECRET, SAMPLE, each
from with_debian import DebianTest

SIGNS = "s+e/c=r&t%41"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class AuthlibTest(DebianTest):
    name = "authlib"
    package = "Authlib"

    def serve(self, *clients, **settings):
        return self.run_server("authlib_server.py", *clients, **settings)


class SecretTest(AuthlibTest):
    def check_method(self, method, **more):
        server = self.serve(self.client(method, **more))
        self.assertServed(server, self.add(server, method, "--scope", "read"))

    def test_client_secret_basic(self):
        self.check_method("client_secret_basic")

    def test_client_secret_basic_raw_with_signs(self):
        """It does not decode the pair, which RFC 6749 section 2.3.1 asks for; an error's hint says what helps."""
        server = self.serve(self.client("client_secret_basic", client_secret=SIGNS))
        refused = self.add(server, "client_secret_basic")
        self.assertRefused(server, refused, "invalid_client")
        self.assertIn(b"--client-auth client_secret_basic_raw", refused.stderr)
        self.assertServed(server, self.add(server, "client_secret_basic_raw"))

    def test_client_secret_post(self):
        self.check_method("client_secret_post", client_secret=SIGNS)

    def test_none(self):
        self.check_method("none")

    def test_a_wrong_secret(self):
        server = self.serve(self.client("client_secret_post"))
        self.assertRefused(server, self.add(server, "client_secret_post", stdin=b"x\n"), "invalid_client")


@each(BY_SECRET, "check_client_secret_jwt", SAMPLE)
@each(BY_KEY, "check_private_key_jwt", SAMPLE)
@each(BY_KEY, "check_keygen", SAMPLE)
class AssertionTest(AuthlibTest):
    def check_client_secret_jwt(self, algorithm):
        server = self.serve(self.client("client_secret_jwt"))
        self.assertServed(server, self.add(server, "client_secret_jwt", "--client-alg", algorithm))

    def check_private_key_jwt(self, algorithm):
        server, path = self.signer(algorithm)
        self.assertServed(server, self.add_signer(server, path, "--client-alg", algorithm))

    def check_keygen(self, algorithm):
        server = self.serve(self.client("private_key_jwt", keys=[self.jwk(algorithm)]))
        self.assertServed(server, self.add(server, "private_key_jwt", name="made"), "made")

    def signer(self, algorithm="ES256", **settings):
        path, public = self.key_file(algorithm)
        return self.serve(self.client("private_key_jwt", keys=[{"pem": public}]), **settings), path

    def add_signer(self, server, path, *options):
        return self.add(server, "private_key_jwt", "--client-key", path, *options)

    def test_another_key(self):
        server, _ = self.signer()
        path, _ = self.key_file("ES256", "other.pem")
        self.assertRefused(server, self.add_signer(server, path), "invalid_client")

    def test_audience_wrong(self):
        server, path = self.signer()
        refused = self.add_signer(server, path, "--assertion-audience", f"{server.origin}/elsewhere")
        self.assertRefused(server, refused, "invalid_client")

    def test_stolen_assertion(self):
        server, path = self.signer()
        self.assertServed(server, self.add_signer(server, path))
        self.assertEqual(400, self.steal(server))

    def test_expired(self):
        """The error's hint says that it is the clock."""
        server, path = self.signer(seconds_ahead=600)
        refused = self.add_signer(server, path)
        self.assertRefused(server, refused, "invalid_client")
        self.assertRegex(refused.stderr, rb"this machine's clock is (599|60\d) s behind the server's")


@each(BY_KEY, "check_jwt_bearer", SAMPLE)
class GrantTest(AuthlibTest):
    """The assertion is the grant: the client proves nothing else."""

    def grantor(self, algorithm="RS256", **settings):
        path, public = self.key_file(algorithm)
        return self.serve(self.client("none", grant=JWT_BEARER, keys=[{"pem": public}]), **settings), path

    def grant(self, server, path, *options, name="work"):
        return self.add(server, "none", "--grant", "jwt-bearer", "--client-key", path, *options, name=name)

    def check_jwt_bearer(self, algorithm):
        server, path = self.grantor(algorithm)
        self.assertServed(server, self.grant(server, path, "--client-alg", algorithm))

    def test_jwt_bearer_sub(self):
        server, path = self.grantor()
        self.assertServed(server, self.grant(server, path, "--claim", "sub=robot", "--scope", "read"))

    def test_jwt_bearer_another_sub(self):
        server, path = self.grantor()
        refused = self.grant(server, path, "--claim", "sub=somebody")
        self.assertRefused(server, refused, 'Invalid "sub" value')

    def test_jwt_bearer_expired(self):
        server, path = self.grantor(seconds_ahead=600)
        self.assertRefused(server, self.grant(server, path), "expired")

    def test_jwt_bearer_key_file(self):
        """A file as Google hands it out: whose key it is and where it is sent stands in it."""
        path, public = self.key_file("RS256")
        server = self.serve(self.client(
            "none", client_id="robot@corp.example", grant=JWT_BEARER, keys=[{"pem": public}]))
        with open(path) as file:
            key = {"type": "service_account", "private_key_id": "k1", "private_key": file.read(),
                   "client_email": server.client_id, "token_uri": server.token_url}
        added = self.box.keybearer("add", "work", "--grant", "jwt-bearer", "--client-auth", "none", "--store",
                                   "sealed-file", "--client-key", self.write("google.json", json.dumps(key)))
        self.assertServed(server, added)
