"""A server that has not proved who it is gets no byte of the request."""

import contextlib
import os
import socket
import ssl
import struct

from bad_certificates import Forger
from harness import NETWORK, main
from hostile_server import HostileServer, HostileTest, answer, server_context

ANY_CIPHER = "ALL:eNULL:aNULL:@SECLEVEL=0"


def handshake_and_reset(connection, context, wait=False):
    """wait: for the request to have begun."""
    with connection.dup() as bare, contextlib.suppress(OSError):
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with context.wrap_socket(connection, server_side=True) as secure:
            if wait:
                secure.recv(1)


class CertificateTest(HostileTest):
    """The secret is given to `add`, whose exchange is what must not begin."""

    def setUp(self):
        super().setUp()
        place = self.box.path("authority")
        os.mkdir(place)
        self.forger = Forger(place)

    def serve(self, context=None, host="127.0.0.1", on_accept=None):
        server = self.enterContext(HostileServer(context, on_accept, host))
        self.watch(server)
        return server

    def add(self, server):
        return self.box.add_profile(
            "work", server, "--ca-file", self.forger.ca_file, "--timeout", "20")

    def assertRefused(self, certificate, host="127.0.0.1", words="certificate"):
        server = self.serve(server_context(*certificate), host)
        refused = self.add(server)
        self.assertFails(refused, NETWORK, host, words)
        self.assertEqual(0, server.bytes)
        self.assertEqual(1, server.connections)
        return refused

    def assertAccepted(self, certificate, host="127.0.0.1"):
        added = self.add(self.serve(server_context(*certificate), host))
        self.assertEqual(0, added.status, added)

    def test_certificate_the_good_ones(self):
        """Else a refusal below would mean nothing."""
        self.assertAccepted(self.forger.good())
        self.assertAccepted(self.forger.good(), "localhost")
        self.assertAccepted(self.forger.behind_intermediate(sends_it=True))

    def test_certificate_self_signed(self):
        self.assertRefused(self.forger.self_signed())

    def test_certificate_expired(self):
        refused = self.assertRefused(self.forger.expired(), words="has expired (today is 20")
        self.assertIn(b"must renew it", refused.stderr)
        self.assertNotIn(b"ca_file", refused.stderr)

    def test_certificate_not_yet_valid(self):
        self.assertRefused(self.forger.not_yet_valid(), words="is not valid yet (today is 20")

    def test_certificate_an_authority_that_is_not_the_profiles(self):
        place = self.box.path("stranger")
        os.mkdir(place)
        self.assertRefused(Forger(place).good())

    def test_certificate_wrong_names(self):
        for host, names in (
            ("127.0.0.1", "DNS:elsewhere.example"), ("127.0.0.1", "IP:127.0.0.2"),
            ("127.0.0.1", "DNS:127.0.0.1"), ("127.0.0.1", "DNS:localhost"),
            ("127.0.0.1", "DNS:*"), ("127.0.0.1", "DNS:*.0.0.1"), ("127.0.0.1", "DNS:127.0.0.*"),
            ("127.0.0.1", "IP:::1"), ("127.0.0.1", "URI:https://127.0.0.1/"),
            ("127.0.0.1", "email:me@127.0.0.1"),
            ("localhost", "IP:127.0.0.1"), ("localhost", "DNS:*"), ("localhost", "DNS:*host"),
            ("localhost", "DNS:l*"), ("localhost", "DNS:*.localhost"),
            ("localhost", "DNS:localhost.example"), ("localhost", "DNS:evil.localhost"),
            ("localhost", "DNS:localhos"), ("localhost", "DNS:localhostt"),
        ):
            with self.subTest(host=host, names=names):
                self.assertRefused(self.forger.for_names(names), host)

    def test_certificate_of_somebody_else_says_whose_it_is(self):
        for names, said in (
            ("DNS:a.example,DNS:b.example", "is for a.example, b.example, not for localhost"),
            ("IP:127.0.0.2", "is for 127.0.0.2, not for localhost"),
            (",".join(f"DNS:{i}.example" for i in range(200)), "is for 0.example, 1.example"),
        ):
            with self.subTest(said):
                refused = self.assertRefused(self.forger.for_names(names), "localhost", said)
                self.assertNotIn(b"ca_file", refused.stderr)
        self.assertRefused(self.forger.name_in_subject_only("elsewhere.example"), "localhost",
                           "elsewhere.example, not for localhost")

    def test_certificate_of_the_client_is_wanted(self):
        for newest, words in (
            (ssl.TLSVersion.TLSv1_3, "wants a certificate of the client"),
            (ssl.TLSVersion.TLSv1_2, "may want a certificate of the client"),
        ):
            with self.subTest(newest):
                context = server_context(*self.forger.good())
                context.maximum_version = newest
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.forger.ca_file)
                server = self.serve(context)
                refused = self.add(server)
                self.assertFails(refused, NETWORK, "127.0.0.1", words)
                self.assertNotIn(b"ca_file", refused.stderr)
                self.assertIn(b"tls_client_auth", refused.stderr)

    def test_certificate_of_the_client_is_wanted_and_not_waited_for(self):
        """Reset at once: whether the reason still arrives is luck, that words are ours is not."""
        context = server_context(*self.forger.good())
        context.verify_mode = ssl.CERT_REQUIRED
        server = self.serve(on_accept=lambda connection: handshake_and_reset(connection, context))
        for _ in range(5):
            refused = self.add(server)
            self.assertFails(refused, NETWORK, "127.0.0.1")
            self.assertNotIn(b"getpeername", refused.stderr)
            self.assertIn(b"certificate of the client", refused.stderr)

    def test_certificate_of_the_client_may_be_why_the_request_met_a_reset(self):
        context = server_context(*self.forger.good())
        server = self.serve(on_accept=lambda connection: handshake_and_reset(connection, context, wait=True))
        refused = self.add(server)
        self.assertFails(refused, NETWORK, "the connection broke")
        self.assertIn(b"may want a certificate of the client", refused.stderr)

    def test_certificate_wrong_usage(self):
        self.assertRefused(self.forger.for_clients())

    def test_certificate_missing_intermediate(self):
        self.assertRefused(self.forger.behind_intermediate(sends_it=False))

    def test_certificate_a_leaf_as_authority(self):
        self.assertRefused(self.forger.leaf_as_authority())

    def test_certificate_a_name_in_the_subject_only(self):
        """libcurl takes it where a certificate names nothing else: see docs/token-replies.md."""
        self.assertAccepted(self.forger.name_in_subject_only("localhost"), "localhost")
        self.assertRefused(self.forger.name_in_subject_only("elsewhere.example"), "localhost")

    def test_certificate_a_subject_that_steers_a_terminal(self):
        """The subject stands in the error: nobody checked it."""
        forged = self.forger.name_in_subject_only("\x1b]0;x\x07\x9b31m\nkeybearer: hint: evil")
        self.assertRefused(forged, "localhost")
        self.assertRegex(self.box.said[-1].stderr, rb"\A[\x20-\x7e\n]*\Z")

    def assertNoAgreement(self, context):
        server = self.serve(context)
        self.assertFails(self.add(server), NETWORK, "no secure connection")
        self.assertEqual(0, server.bytes)
        self.assertEqual(1, server.connections)

    def context(self, newest, ciphers):
        context = server_context(*self.forger.good())
        context.set_ciphers(ciphers)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest
        return context

    def test_certificate_old_versions(self):
        for newest in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(newest):
                self.assertNoAgreement(self.context(newest, ANY_CIPHER))

    def test_certificate_no_encryption_or_no_certificate(self):
        for ciphers in ("eNULL:@SECLEVEL=0", "aNULL:@SECLEVEL=0"):
            with self.subTest(ciphers):
                self.assertNoAgreement(self.context(ssl.TLSVersion.TLSv1_2, ciphers))

    def test_certificate_a_server_that_answers_in_clear(self):
        """At once, or when it has read what came: which must be a handshake only."""
        received = []

        def play(connection, reads_first):
            with contextlib.suppress(OSError):
                if reads_first:
                    received.append(connection.recv(65536))
                connection.sendall(answer({"access_token": "t", "token_type": "Bearer"}))
                connection.settimeout(5)
                while piece := connection.recv(65536):
                    received.append(piece)

        for reads_first in (False, True):
            with self.subTest(reads_first=reads_first):
                server = self.serve(on_accept=lambda one, first=reads_first: play(one, first))
                self.assertFails(self.add(server), NETWORK, "does not speak TLS")
                self.assertEqual(1, server.connections)
        self.assertNotIn(b"POST", b"".join(received))
        self.assertNotIn(server.client_id.encode(), b"".join(received))


if __name__ == "__main__":
    main("openssl")
