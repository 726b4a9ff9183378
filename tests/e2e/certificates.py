"""Throw-away certificates for loopback TLS servers, made by the openssl program."""

import os
import subprocess

GOOD_NAMES = "IP:127.0.0.1,DNS:localhost"


class Authority:
    """A certificate authority in DIRECTORY.

    Each method returns (certificate file, key file) of a new server certificate.
    """

    def __init__(self, directory):
        self._directory = directory
        self._serial = 0
        self.ca_file = self._path("ca.pem")
        _openssl(
            "req", "-x509", *_new_key(self._path("ca.key")), "-out", self.ca_file,
            "-days", "2", "-subj", "/CN=Throw-away authority",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign",
        )

    def good(self):
        return self._issue(GOOD_NAMES)

    def named(self, names):
        return self._issue(names)

    def ending(self, when):
        """WHEN is a date as X.509 has it."""
        return self._issue(GOOD_NAMES, "20200101000000Z", when)

    def wrong_name(self):
        return self._issue("DNS:elsewhere.example")

    def expired(self):
        return self._issue(GOOD_NAMES, "20200101000000Z", "20200201000000Z")

    def self_signed(self):
        certificate, key = self._path("self.pem"), self._path("self.key")
        _openssl(
            "req", "-x509", *_new_key(key), "-out", certificate, "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={GOOD_NAMES}",
        )
        return certificate, key

    def _issue(self, names, start=None, end=None):
        self._serial += 1
        stem = f"leaf{self._serial}"
        request, key = self._path(stem + ".csr"), self._path(stem + ".key")
        certificate = self._path(stem + ".pem")
        _openssl("req", *_new_key(key), "-out", request, "-subj", "/CN=leaf")
        dates = ["-startdate", start, "-enddate", end] if start else ["-days", "1"]
        _openssl(
            "ca", "-batch", "-notext", "-config", self._ca_settings(stem, names),
            "-in", request, "-out", certificate, *dates,
        )
        return certificate, key

    def _ca_settings(self, stem, names):
        """`openssl ca` is the only command of OpenSSL 3.0 that sets both dates."""
        for name, text in ((f"{stem}.db", ""), (f"{stem}.serial", f"{self._serial:04x}\n")):
            with open(self._path(name), "w") as file:
                file.write(text)
        path = self._path(stem + ".cnf")
        with open(path, "w") as file:
            file.write(
                "[ca]\ndefault_ca = here\n"
                f"[here]\ndatabase = {self._path(stem + '.db')}\n"
                f"serial = {self._path(stem + '.serial')}\n"
                f"new_certs_dir = {self._directory}\n"
                f"certificate = {self.ca_file}\nprivate_key = {self._path('ca.key')}\n"
                "default_md = sha256\npolicy = any\nx509_extensions = leaf\n"
                "[any]\ncommonName = supplied\n"
                f"[leaf]\nsubjectAltName = {names}\nextendedKeyUsage = serverAuth\n"
            )
        return path

    def _path(self, name):
        return os.path.join(self._directory, name)


def _new_key(path):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
