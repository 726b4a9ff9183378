"""oauthlib's server for back ends, with the clients of its settings. How a client proves itself is its user's."""

import base64
import json
import os
import secrets
from types import SimpleNamespace
from urllib.parse import unquote_plus

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # on the loopback interface

from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

import served


def proof(request):
    """(id, secret), from where the client put them."""
    scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        return tuple(map(unquote_plus, base64.b64decode(pair).decode().split(":")))
    return request.client_id, request.client_secret


class Validator(RequestValidator):
    def authenticate_client(self, request, *args, **kwargs):
        name, secret = proof(request)
        known = served.client(name)
        if not known or not secrets.compare_digest(known["client_secret"], secret or ""):
            return False
        request.client = SimpleNamespace(client_id=name)
        return True

    def validate_grant_type(self, client_id, grant_type, client, request, *args, **kwargs):
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id, request, *args, **kwargs):
        return ["read"]

    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        return scopes == ["read"]

    def save_bearer_token(self, token, request, *args, **kwargs):
        served.issued[token["access_token"]] = request.client.client_id


def main():
    server = BackendApplicationServer(Validator())

    def token(url, body, headers):
        told, answer, status = server.create_token_response(url, "POST", body, dict(headers.items()))
        return status, told, json.loads(answer)

    served.serve(token)


if __name__ == "__main__":
    main()
