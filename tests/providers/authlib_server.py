"""Authlib's authorization server with the clients of its settings, whose keys are JWKs or PEM."""

import os
import secrets
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # on the loopback interface

from urllib.parse import parse_qsl

from authlib.jose import JsonWebKey
from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant

import served

METHODS = ["client_secret_basic", "client_secret_post", "none", JWTBearerClientAssertion.CLIENT_AUTH_METHOD]
BY_ASSERTION = ("client_secret_jwt", "private_key_jwt")


class Client(ClientMixin):
    def __init__(self, known):
        self.known = known

    def get_client_id(self):
        return self.known["client_id"]

    def get_allowed_scope(self, scope):
        return scope if scope == "read" else ""

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.known["client_secret"], client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        known = self.known["token_endpoint_auth_method"]
        return method == (METHODS[-1] if known in BY_ASSERTION else known)

    def check_grant_type(self, grant_type):
        return grant_type == self.known.get("grant", "client_credentials")

    def key(self, headers):
        """What it signs with; HMAC only where it has a secret, and no key."""
        if headers["alg"].startswith("HS"):
            return self.known["client_secret"]
        keys = [JsonWebKey.import_key(key.get("pem") or key) for key in self.known["keys"]]
        return next((key for key in keys if key.kid == headers.get("kid")), keys[0])


def find(name):
    known = served.client(name)
    return Client(known) if known else None


class Server(AuthorizationServer):
    """query_client() finds; save_token() remembers; responses are as they come."""

    def query_client(self, client_id):
        return find(client_id)

    def save_token(self, token, request):
        served.issued[token["access_token"]] = request.client.get_client_id()

    def create_oauth2_request(self, request):
        url, body, headers = request
        return OAuth2Request("POST", url, dict(parse_qsl(body)), headers)

    def handle_response(self, status, body, headers):
        return status, dict(headers), body

    def send_signal(self, name, *args, **kwargs):
        pass


class Assertion(JWTBearerClientAssertion):
    seen = set()

    def validate_jti(self, claims, jti):
        is_new = jti not in self.seen
        self.seen.add(jti)
        return is_new

    def resolve_client_public_key(self, client, headers):
        return client.key(headers)


class Machine(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class Assertions(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return find(issuer)

    def resolve_client_key(self, client, headers, payload):
        return client.key(headers)

    def authenticate_user(self, subject):
        return subject if subject == "robot" else None

    def has_granted_permission(self, client, user):
        return True


def main():
    server = Server(["read"])
    bearer = BearerTokenGenerator(lambda *_, **__: secrets.token_urlsafe(32), expires_generator=3600)
    server.register_token_generator("default", bearer)
    server.register_grant(Machine)
    server.register_grant(Assertions)

    def token(url, body, headers):
        if "assertion" not in server.__dict__:
            server.assertion = Assertion(url)
            server.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, server.assertion)
        return server.create_token_response((url, body, headers))

    served.serve(token)


if __name__ == "__main__":
    ahead = served.settings.get("seconds_ahead", 0)
    now = time.time
    time.time = lambda: now() + ahead
    main()
