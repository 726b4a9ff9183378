"""What the tests of all these servers share: keys, clients, and that a token is one that its server knows."""

import functools
import json
import os
import secrets
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness import DENIED, SandboxTest
from servers import Server
from token_server import TokenServer

SAMPLE = ("RS256", "ES256", "HS256")
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
BY_KEY = tuple(f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)) + ("EdDSA",)
BY_SECRET = ("HS256", "HS384", "HS512")


def openssl(*words, stdin=None):
    return subprocess.run(["openssl", *words], input=stdin, check=True, capture_output=True).stdout


def kind_of(algorithm):
    """The words by which openssl makes a key for it."""
    if algorithm == "EdDSA":
        return "-algorithm", "ED25519"
    if algorithm in CURVES:
        return "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[algorithm]}"
    return "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"


def each(values, check, sample=None):
    """
    As a decorator: for each value a test of its own, which calls the method `check`. Those that are not in the
    SAMPLE run only where all are to.
    """

    def add(case):
        for value in values:
            name = f"test_{check.removeprefix('check_')}_{value}"
            setattr(case, name, functools.partialmethod(getattr(case, check), value))
            if sample and value not in sample:
                case.only_in_full = case.only_in_full | {name}
        return case

    return add


class ServerTest(SandboxTest):
    """The files that a person has are in FILES, which may hold keys."""

    name = None  # the server's
    certified = "ES256"  # for this algorithm are keys that certificates are about
    only_in_full = frozenset()  # names of tests
    leak_ignore = ("files",)

    @classmethod
    def version(cls):
        raise NotImplementedError

    @classmethod
    def missing(cls):
        """Why the server cannot be run, or None."""
        return None

    def setUp(self):
        if reason := self.missing():
            self.skipTest(reason)
        super().setUp()
        self.files = self.box.path("files")
        os.mkdir(self.files)

    def tearDown(self):
        """An assertion that a server got must not turn up anywhere either."""
        for server in {id(server): server for server in self.servers}.values():
            for request in server.asked():
                fields = request["fields"]
                self.box.secret(*(fields[name] for name in ("client_assertion", "assertion") if name in fields))
        super().tearDown()

    @property
    def servers(self):
        """Those that can say what came to them."""
        return [server for server in self.box._servers if hasattr(server, "asked")]

    def client(self, method, **more):
        """A client as a server's settings have it."""
        if method.startswith("client_secret"):
            more = {"client_secret": secrets.token_urlsafe(48), **more}
        return {"client_id": "keybearer-tests", "token_endpoint_auth_method": method, **more}

    def run_server(self, script, *clients, ca_file=None, **settings):
        """The server with these CLIENTS; it is the first one's."""
        origin = self.enterContext(self.start(script, {"clients": clients, **settings}))
        context = ssl.create_default_context(cafile=ca_file) if ca_file else None
        server = Server(origin, clients[0], context)
        self.box.guard(server)
        return server

    # --- keys ---

    def path(self, name):
        return os.path.join(self.files, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def key_file(self, algorithm, name="key.pem"):
        """(its path, the public key) of a new key."""
        private = openssl("genpkey", *kind_of(algorithm))
        return self.write(name, private), openssl("pkey", "-pubout", stdin=private).decode()

    def keygen(self, algorithm, *options, name="made"):
        return self.assertOk(self.box.keybearer(
            "keygen", name, "--alg", algorithm, "--store", "sealed-file", *options)).text

    def jwk(self, algorithm, name="made"):
        """Of a new key that keybearer made."""
        (key,) = json.loads(self.keygen(algorithm, "--format", "jwks", name=name))["keys"]
        return key

    def issue(self, name, extensions, authority):
        """(certificate, key) with EXTENSIONS, which AUTHORITY signed: another such pair."""
        path, _ = self.key_file(self.certified, f"{name}.key")
        request = openssl("req", "-new", "-key", path, "-subj", f"/CN={name}")
        certificate = openssl("x509", "-req", "-CA", authority[0], "-CAkey", authority[1], "-days", "2", "-set_serial",
                              "77", "-extfile", self.write("extensions", extensions), stdin=request)
        return self.write(f"{name}.pem", certificate), path

    def client_certificate(self, name, authority=None):
        """(certificate, key) of a client of that DNS name; of the authority of the server unless another is said."""
        return self.issue("client", f"subjectAltName=DNS:{name}\nextendedKeyUsage=clientAuth\n",
                          authority or (self.authority.ca_file, self.path("ca.key")))

    def with_certificate(self, pair):
        return "--client-cert", pair[0], "--client-key", pair[1]

    # --- keybearer ---

    def add(self, server, method, *options, name="work", client_id=None, token_url=None, **run):
        options = ("--client-auth", method, "--store", "sealed-file", *options)
        if method.startswith("client_secret"):
            options = (*options, "--client-secret-stdin")
            run.setdefault("stdin", f"{server.client_secret}\n".encode())
        return self.box.keybearer("add", name, "--token-url", token_url or server.token_url,
                                  "--client-id", client_id or server.client_id, *options, **run)

    def sign(self, path, server):
        """An assertion for SERVER that it has not seen: another server got it."""
        with TokenServer() as other:
            other.behave(lambda request: other.issue())
            signed = self.box.keybearer(
                "add", "signer", "--token-url", other.token_url, "--client-id", server.client_id, "--client-auth",
                "private_key_jwt", "--client-key", path, "--assertion-audience", server.token_url, "--store",
                "sealed-file")
            self.assertOk(signed)
            self.box.secret(assertion := other.requests[-1].form["client_assertion"])
        return assertion

    def assertServed(self, server, added, name="work", owner=None):
        """The token is one that the server knows as its client's, and another one follows it."""
        self.assertOk(added)
        token = self.assertOk(self.box.keybearer("token", name)).text
        self.assertOk(self.box.keybearer("refresh", name))
        other = self.assertOk(self.box.keybearer("token", name)).text
        server.issued += [token, other]
        self.assertNotEqual(token, other)
        for each_token in (token, other):
            self.assertEqual(owner or server.client_id, server.owner(each_token))

    def assertRefused(self, server, result, *reasons):
        """By the server, for one of the REASONS."""
        self.assertFails(result, DENIED, " refused the ")
        refused = server.asked()[-1]["refused"] or ""
        self.assertTrue(any(reason in refused for reason in reasons), refused)

    def steal(self, server):
        """Sends what was sent last once more, from elsewhere: the status of the answer."""
        body = urllib.parse.urlencode(server.asked()[-1]["fields"]).encode()
        try:
            with urllib.request.urlopen(server.token_url, body, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code
