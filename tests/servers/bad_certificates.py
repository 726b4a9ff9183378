"""Certificates that prove nothing, made by the openssl program."""

import subprocess

from certificates import GOOD_NAMES, Authority

SERVER_USE = "extendedKeyUsage = serverAuth"
NO_AUTHORITY = "basicConstraints = critical, CA:FALSE"


class Forger(Authority):
    """An authority that signs what it should not. (certificate file, key file) each."""

    def not_yet_valid(self):
        return self._issue(GOOD_NAMES, "20990101000000Z", "20990201000000Z")

    def for_names(self, names):
        return self._issue(names)

    def for_clients(self):
        return self.sign("clients", f"subjectAltName = {GOOD_NAMES}",
                         "extendedKeyUsage = clientAuth")

    def name_in_subject_only(self, name):
        return self.sign("subject", SERVER_USE, subject=f"/CN={name}")

    def behind_intermediate(self, sends_it):
        """Signed by an authority below this one, which the server names or leaves out."""
        between = self.sign("between", "basicConstraints = critical, CA:TRUE",
                            "keyUsage = keyCertSign")
        return self._below(between, "intermediate", sends_it)

    def leaf_as_authority(self):
        """Signed by a server certificate, which is no authority."""
        leaf = self.sign("leaf", f"subjectAltName = {GOOD_NAMES}", SERVER_USE, NO_AUTHORITY)
        return self._below(leaf, "forged", True)

    def _below(self, issuer, name, sends_it):
        certificate, key = self.sign(
            name, f"subjectAltName = {GOOD_NAMES}", SERVER_USE, issuer=issuer)
        if sends_it:
            with open(certificate, "a") as chain, open(issuer[0]) as above:
                chain.write(above.read())
        return certificate, key

    def sign(self, name, *extensions, subject="/CN=leaf", issuer=None):
        stem = self._path(f"forged-{name}")
        ca, ca_key = issuer or (self.ca_file, self._path("ca.key"))
        with open(stem + ".ext", "w") as file:
            file.write("\n".join([*extensions, "subjectKeyIdentifier = hash", ""]))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-keyout", stem + ".key", "-out", stem + ".csr", "-subj", subject)
        _openssl("x509", "-req", "-in", stem + ".csr", "-CA", ca, "-CAkey", ca_key,
                 "-CAcreateserial", "-days", "1", "-sha256", "-extfile", stem + ".ext",
                 "-out", stem + ".pem")
        return stem + ".pem", stem + ".key"


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
