"""What clients sign: JSON Web Tokens, verified by Python and by the openssl program."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import tempfile


def padded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Wrong(Exception):
    """It is no assertion, or not one of this client."""


def _number(digits):
    digits = digits.lstrip(b"\0") or b"\0"
    digits = b"\0" + digits if digits[0] & 0x80 else digits
    return b"\2" + bytes([len(digits)]) + digits


def _is_es256(signed, signature, public_file):
    numbers = _number(signature[:32]) + _number(signature[32:])
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"0" + bytes([len(numbers)]) + numbers)
        file.flush()
        words = ["openssl", "dgst", "-sha256", "-verify", public_file, "-signature", file.name]
        return subprocess.run(words, input=signed, capture_output=True).returncode == 0


def read(token, secret=None, public_file=None):
    """(header, claims) of TOKEN, which SECRET signed with HS256, or the key of PUBLIC_FILE with ES256."""
    head, claims, signature = token.split(".")
    header, signed = json.loads(padded(head)), f"{head}.{claims}".encode()
    if header["typ"] != "JWT" or header["alg"] != ("HS256" if secret else "ES256"):
        raise Wrong(header)
    if secret:
        right = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        good = hmac.compare_digest(right, padded(signature))
    else:
        good = len(padded(signature)) == 64 and _is_es256(signed, padded(signature), public_file)
    if not good:
        raise Wrong("it is signed by somebody else")
    return header, json.loads(padded(claims))


class Key:
    """A P-256 key in FOLDER, with a certificate that it signed itself."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.file, self.public_file, self.certificate = (
            os.path.join(folder, name) for name in ("key.pem", "public.pem", "certificate.pem"))
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.file)
        self._openssl("pkey", "-in", self.file, "-pubout", "-out", self.public_file)
        self._openssl("req", "-x509", "-key", self.file, "-subj", "/CN=client", "-days", "2", "-out",
                      self.certificate, "-addext", "extendedKeyUsage=clientAuth")

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
