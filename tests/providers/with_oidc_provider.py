"""oidc-provider, which the OpenID Foundation certified: every way in which it lets a client prove itself."""

import hashlib

from cases import BY_KEY, BY_SECRET, each, openssl
from certificates import Authority
from harness import NETWORK
from with_npm import NpmTest

AUDIENCE = ("audience (aud) must equal",)
USED = "client assertion tokens must only be used once"
ANYONE = "urn:example:anyone"


class OidcProviderTest(NpmTest):
    name = package = "oidc-provider"

    def serve(self, *clients, **settings):
        return self.run_server("oidc_provider.mjs", *clients, **settings)


class SecretTest(OidcProviderTest):
    def check_method(self, method, **more):
        server = self.serve(self.client(method, **more))
        self.assertServed(server, self.add(server, method, "--scope", "read"))
        return server

    def test_client_secret_basic(self):
        self.check_method("client_secret_basic")

    def test_client_secret_basic_with_signs(self):
        self.check_method("client_secret_basic", client_id="a:b c+d%41", client_secret="s+e/c=r&t: %41?")

    def test_client_secret_post(self):
        self.check_method("client_secret_post", client_secret="s+e/c=r&t: %41?")

    def test_none(self):
        server = self.serve(self.client("none", grant_types=[ANYONE]))
        self.assertServed(server, self.add(server, "none", "--grant", ANYONE))

    def test_a_wrong_secret(self):
        server = self.serve(self.client("client_secret_basic"))
        refused = self.add(server, "client_secret_basic", stdin=b"not the secret\n")
        self.assertRefused(server, refused, "invalid secret provided")

    def test_another_method(self):
        """A secret is sent by a client that is to sign with it."""
        server = self.serve(self.client("client_secret_jwt"))
        self.assertRefused(server, self.add(server, "client_secret_post"), "does not match the registered")


@each(BY_SECRET, "check_client_secret_jwt")
class SecretJwtTest(OidcProviderTest):
    def check_client_secret_jwt(self, algorithm):
        server = self.serve(self.client("client_secret_jwt", token_endpoint_auth_signing_alg=algorithm))
        self.assertServed(server, self.add(server, "client_secret_jwt", "--client-alg", algorithm))

    def test_client_secret_jwt_of_another_secret(self):
        server = self.serve(self.client("client_secret_jwt"))
        refused = self.add(server, "client_secret_jwt", stdin=b"x" * 48 + b"\n")
        self.assertRefused(server, refused, "signature")


@each(BY_KEY, "check_private_key_jwt")
@each(BY_KEY, "check_keygen")
class KeyTest(OidcProviderTest):
    def check_private_key_jwt(self, algorithm):
        """A key that a file brings; the server has it without a name."""
        path, public = self.key_file(algorithm)
        server = self.serve(self.key_client({"pem": public}, algorithm))
        self.assertServed(server, self.add(
            server, "private_key_jwt", "--client-key", path, "--client-alg", algorithm))

    def check_keygen(self, algorithm):
        """A key that keybearer makes, with the JWKS that it prints."""
        server = self.serve(self.key_client(self.jwk(algorithm), algorithm))
        self.assertServed(server, self.add(server, "private_key_jwt", name="made"), "made")

    def key_client(self, key, algorithm, **more):
        return self.client("private_key_jwt", keys=[key], token_endpoint_auth_signing_alg=algorithm, **more)

    def signer(self, **settings):
        """A server that knows the key of a file, and that file."""
        path, public = self.key_file("ES256")
        return self.serve(self.key_client({"pem": public}, "ES256"), **settings), path

    def add_signer(self, server, path, *options, **more):
        return self.add(server, "private_key_jwt", "--client-key", path, *options, **more)

    def test_several_keys(self):
        """The one that signed is named: by keybearer, and by a name of the provider's own."""
        path, public = self.key_file("ES256")
        made = self.jwk("ES256")
        others = [{"pem": self.key_file("ES256", f"other{number}.pem")[1]} for number in range(2)]
        named = [*others, {"pem": public, "kid": "k1"}]
        server = self.serve(self.client("private_key_jwt", keys=[*others, made]),
                            self.client("private_key_jwt", client_id="named", keys=named))
        self.assertServed(server, self.add(server, "private_key_jwt", name="made"), "made")
        named = self.add_signer(server, path, "--client-key-id", "k1", client_id="named")
        self.assertServed(server, named, owner="named")

    def test_another_key(self):
        server, _ = self.signer()
        path, _ = self.key_file("ES256", "other.pem")
        self.assertRefused(server, self.add_signer(server, path), "signature", "no applicable key")

    def test_another_algorithm(self):
        path, public = self.key_file("RS256")
        server = self.serve(self.key_client({"pem": public}, "PS256"))
        self.assertRefused(server, self.add_signer(server, path, "--client-alg", "RS256"), "alg mismatch")

    def test_audience_token_endpoint(self):
        server, path = self.signer()
        self.assertServed(server, self.add_signer(server, path, "--assertion-audience", "token_endpoint"))

    def test_audience_issuer(self):
        server, path = self.signer()
        self.assertServed(server, self.add_signer(
            server, path, "--assertion-audience", "issuer", "--issuer", server.origin))

    def test_audience_as_text(self):
        server, path = self.signer()
        self.assertServed(server, self.add_signer(server, path, "--assertion-audience", server.origin))

    def test_audience_wrong(self):
        server, path = self.signer()
        for words in (("--assertion-audience", "https://elsewhere.example"),
                      ("--assertion-audience", "issuer", "--issuer", f"{server.origin}/elsewhere")):
            self.assertRefused(server, self.add_signer(server, path, *words), *AUDIENCE)

    def test_stolen_assertion(self):
        """It was used: nobody uses it again. keybearer's next one is another."""
        server, path = self.signer()
        self.assertOk(self.add_signer(server, path))
        self.assertEqual((401, USED), (self.steal(server), server.asked()[-1]["refused"]))
        self.assertServed(server, self.box.keybearer("status"))

    def test_stolen_assertion_at_another_server(self):
        server, path = self.signer()
        self.assertOk(self.add_signer(server, path))
        stolen = self.write("stolen", server.asked()[-1]["fields"]["client_assertion"])
        other = self.serve(self.key_client({"pem": openssl("pkey", "-pubout", "-in", path).decode()}, "ES256"))
        brought = self.add(other, "client_assertion_file", "--client-assertion-file", stolen, name="thief")
        self.assertRefused(other, brought, *AUDIENCE)

    def test_assertion_file(self):
        """A file's assertion is taken once; so is the next one, which another program has put there."""
        server, path = self.signer()
        file = self.write("assertion", self.sign(path, server))
        self.assertOk(self.add(server, "client_assertion_file", "--client-assertion-file", file))
        self.assertRefused(server, self.box.keybearer("refresh", "work"), USED)
        self.write("assertion", self.sign(path, server))
        self.assertOk(self.box.keybearer("refresh", "work"))

    def test_a_clock_that_is_behind(self):
        """The server's, by less than what assertions are dated back."""
        server, path = self.signer(seconds_ahead=-50)
        self.assertServed(server, self.add_signer(server, path))

    def test_a_clock_that_is_ahead(self):
        server, path = self.signer(seconds_ahead=120)
        self.assertServed(server, self.add_signer(server, path))

    def test_expired(self):
        """The assertion has expired where the clock is ten minutes ahead."""
        server, path = self.signer(seconds_ahead=600)
        self.assertRefused(server, self.add_signer(server, path), "jwt expired")

    def test_not_yet_valid(self):
        server, path = self.signer(seconds_ahead=-600)
        self.assertRefused(server, self.add_signer(server, path), "not active yet", "issued in the future")


class CertificateTest(OidcProviderTest):
    """Over TLS; everybody may show a certificate."""

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.files)

    def serve(self, *clients, **more):
        certificate, key = self.authority.good()
        texts = {}
        for name, path in (("cert", certificate), ("key", key), ("ca", self.authority.ca_file)):
            with open(path) as file:
                texts[name] = file.read()
        return super().serve(*clients, tls=texts, ca_file=self.authority.ca_file)

    def add(self, server, method, *options, **more):
        return super().add(server, method, "--ca-file", self.authority.ca_file, *options, **more)

    def tls_client(self, name):
        return self.client("tls_client_auth", tls_client_auth_san_dns=name)

    def test_tls_client_auth(self):
        server = self.serve(self.tls_client("robot.example"))
        pair = self.client_certificate("robot.example")
        self.assertServed(server, self.add(server, "tls_client_auth", *self.with_certificate(pair)))

    def test_tls_client_auth_rsa(self):
        server = self.serve(self.tls_client("robot.example"))
        self.certified = "RS256"
        pair = self.client_certificate("robot.example")
        self.assertServed(server, self.add(server, "tls_client_auth", *self.with_certificate(pair)))

    def test_tls_client_auth_chain(self):
        """The server knows the authority of the authority; the client sends what lies between."""
        server = self.serve(self.tls_client("robot.example"))
        above = self.authority.ca_file, self.path("ca.key")
        between = self.issue("between", "basicConstraints=critical,CA:TRUE", above)
        certificate, key = self.client_certificate("robot.example", authority=between)
        with open(certificate) as leaf, open(between[0]) as rest:
            chain = self.write("chain.pem", leaf.read() + rest.read())
        self.assertServed(server, self.add(server, "tls_client_auth", *self.with_certificate((chain, key))))

    def test_tls_client_auth_of_another(self):
        server = self.serve(self.tls_client("robot.example"))
        pair = self.client_certificate("other.example")
        refused = self.add(server, "tls_client_auth", *self.with_certificate(pair))
        self.assertRefused(server, refused, "certificate subject value does not match")

    def test_tls_client_auth_by_a_stranger(self):
        """It has the right name, and signed itself."""
        server = self.serve(self.tls_client("robot.example"))
        path, _ = self.key_file("ES256")
        own = self.write("own.pem", openssl(
            "req", "-x509", "-key", path, "-subj", "/CN=x", "-addext", "subjectAltName=DNS:robot.example"))
        refused = self.add(server, "tls_client_auth", *self.with_certificate((own, path)))
        self.assertRefused(server, refused, "client certificate was not verified")

    def self_signed(self, certificate):
        return self.client("self_signed_tls_client_auth", keys=[{"pem": certificate}])

    def test_self_signed_tls_client_auth(self):
        path, _ = self.key_file("ES256")
        own = openssl("req", "-x509", "-key", path, "-subj", "/CN=client", "-days", "2").decode()
        server = self.serve(self.self_signed(own))
        pair = self.write("own.pem", own), path
        self.assertServed(server, self.add(server, "self_signed_tls_client_auth", *self.with_certificate(pair)))

    def test_self_signed_tls_client_auth_keygen(self):
        server = self.serve(self.self_signed(self.keygen("ES256", "--format", "certificate")))
        self.assertServed(server, self.add(server, "self_signed_tls_client_auth", name="made"), "made")

    def test_self_signed_tls_client_auth_keygen_rsa(self):
        server = self.serve(self.self_signed(self.keygen("RS256", "--format", "certificate")))
        self.assertServed(server, self.add(server, "self_signed_tls_client_auth", name="made"), "made")

    def test_self_signed_tls_client_auth_of_another(self):
        server = self.serve(self.self_signed(self.keygen("ES256", "--format", "certificate", name="other")))
        self.keygen("ES256", "--format", "certificate")
        refused = self.add(server, "self_signed_tls_client_auth", name="made")
        self.assertRefused(server, refused, "unregistered client certificate")

    def test_private_key_jwt_over_tls(self):
        """Its audience is an address of https."""
        server = self.serve(self.client("private_key_jwt", keys=[self.jwk("PS256")]))
        self.assertServed(server, self.add(server, "private_key_jwt", name="made"), "made")

    def test_a_secret_beside_a_certificate(self):
        """The server binds the token to what the client showed."""
        path, _ = self.key_file("ES256")
        own = self.write("own.pem", openssl("req", "-x509", "-key", path, "-subj", "/CN=client", "-days", "2"))
        server = self.serve(self.client("client_secret_basic", tls_client_certificate_bound_access_tokens=True))
        added = self.add(server, "client_secret_basic", *self.with_certificate((own, path)))
        self.assertServed(server, added)
        digest = hashlib.sha256(openssl("x509", "-in", own, "-outform", "DER")).hexdigest()
        self.assertEqual({digest}, {request["certificate"] for request in server.asked()})

    def test_a_server_that_is_not_trusted(self):
        server = self.serve(self.client("client_secret_basic"))
        refused = OidcProviderTest.add(self, server, "client_secret_basic")
        self.assertFails(refused, NETWORK, "not trusted")
        self.assertEqual([], server.asked())
