"""
A server of token exchange, written from RFC 8693: no package has one. Subject tokens are JWTs that
the `subject_secret` of its settings signed; the new token is for who brought one.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import parse_qsl

import served

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPES = {name: f"urn:ietf:params:oauth:token-type:{name}" for name in ("access_token", "jwt", "id_token")}
ONCE = ("grant_type", "scope", "requested_token_type", "subject_token", "subject_token_type", "actor_token",
        "actor_token_type", "client_id", "client_secret")


class Refused(Exception):
    pass


def bytes_of(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token):
    signed, _, signature = token.rpartition(".")
    right = hmac.new(served.settings["subject_secret"].encode(), signed.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(right, bytes_of(signature)):
        raise Refused("invalid_request", "the subject token is not ours")  # section 2.2.2
    claims = json.loads(bytes_of(signed.partition(".")[2]))
    if claims["exp"] < time.time():
        raise Refused("invalid_request", "the subject token has expired")
    return claims


def exchange(pairs):
    """Section 2.1: what must and what may stand in a request; `resource` and `audience` several times."""
    fields = dict(pairs)
    names = [name for name, _ in pairs]
    if fields.get("grant_type") != GRANT:
        raise Refused("unsupported_grant_type", "only token exchange")
    if any(names.count(name) > 1 for name in ONCE):
        raise Refused("invalid_request", "a parameter stands there twice")
    known = served.client(fields.get("client_id"))
    if not known or not secrets.compare_digest(known["client_secret"], fields.get("client_secret", "")):
        raise Refused("invalid_client", "who is that?")
    if not fields.get("subject_token") or fields.get("subject_token_type") not in TYPES.values():
        raise Refused("invalid_request", "no subject token, or of no type")
    if ("actor_token" in fields) != ("actor_token_type" in fields):
        raise Refused("invalid_request", "an actor and its type come together")
    targets = {value for name, value in pairs if name in ("audience", "resource")}
    if not targets <= set(served.settings["targets"]):
        raise Refused("invalid_target", "not for that service")
    wanted = fields.get("requested_token_type", TYPES["access_token"])
    if wanted != TYPES["access_token"]:
        raise Refused("invalid_request", "no tokens of that type")
    claims = claims_of(fields["subject_token"])
    token = secrets.token_urlsafe(32)
    served.issued[token] = {"client": known["client_id"], "subject": claims["sub"], "targets": sorted(targets)}
    return {"access_token": token, "issued_token_type": wanted, "token_type": "Bearer", "expires_in": 300}


def token(url, body, headers):
    try:
        return 200, {"Cache-Control": "no-store"}, exchange(parse_qsl(body))
    except Refused as refused:
        error, description = refused.args
        status = 401 if error == "invalid_client" else 400
        return status, {}, {"error": error, "error_description": description}


if __name__ == "__main__":
    served.serve(token)
