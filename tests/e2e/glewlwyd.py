"""Glewlwyd, an OAuth server that this project did not write, from nothing to a client.

The program of the Debian package runs with a configuration and an SQLite file of our
own; none of the package's set-up is needed. One confidential client may use the client
credentials grant for one scope.
"""

import base64
import contextlib
import http.client
import json
import os
import secrets
import socket
import sqlite3
import ssl
from urllib.parse import urlencode

from harness import background, find_program, wait_until

SCOPE = "repo.read"
ADMIN = {"username": "admin", "password": "password"}  # as the schema creates it

SETTINGS = """\
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="WARNING"
cookie_domain="127.0.0.1"
cookie_secure=0
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{root}/usr/lib/glewlwyd/user"
user_middleware_module_path="{directory}/none"
client_module_path="{root}/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="{root}/usr/lib/glewlwyd/scheme"
plugin_module_path="{root}/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = {{ type = "sqlite3"; path = "{directory}/glewlwyd.db" }};
"""

OVER_TLS = """\
use_secure_connection=true
secure_connection_pem_file="{certificate}"
secure_connection_key_file="{key}"
secure_connection_ca_file="{ca}"
"""

PLUGIN = {
    "module": "oauth2-glewlwyd",
    "name": "glwd",
    "display_name": "OAuth 2",
    "enabled": True,
    "parameters": {
        "jwt-type": "sha",
        "jwt-key-size": "256",
        "key": secrets.token_hex(32),
        "access-token-duration": 3600,
        "refresh-token-duration": 1209600,
        "code-duration": 600,
        "refresh-token-rolling": True,
        "auth-type-code-enabled": False,
        "auth-type-implicit-enabled": False,
        "auth-type-password-enabled": False,
        "auth-type-client-enabled": True,
        "auth-type-refresh-enabled": False,
        "auth-type-device-enabled": False,
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
    },
}


class Glewlwyd:
    """`token_url`, `client_id`, `client_secret`: as a harness.Sandbox wants a server."""

    def __init__(self, port, ca_file=None):
        self.port = port
        self.origin = f"{'https' if ca_file else 'http'}://127.0.0.1:{port}"
        self._context = ssl.create_default_context(cafile=ca_file) if ca_file else None
        self.token_url = f"{self.origin}/api/glwd/token"
        self.client_id = "keybearer-tests"
        self.client_secret = secrets.token_urlsafe(24)
        self.issued = []
        self._cookie = None

    def _connect(self):
        if self._context:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=self._context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def call(self, method, path, body=None, headers=None):
        """(status, body) of a request as the administrator."""
        connection = self._connect()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self._cookie:
            sent["Cookie"] = self._cookie
        connection.request(method, path, body if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        text = answer.read()
        cookie = answer.getheader("Set-Cookie")
        if cookie:
            self._cookie = cookie.partition(";")[0]
        connection.close()
        return answer.status, text

    def knows(self, token):
        """Whether the server itself calls TOKEN active (RFC 7662)."""
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        connection = self._connect()
        headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request("POST", "/api/glwd/introspect", urlencode({"token": token}), headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer["active"] and answer["scope"] == SCOPE

    def listens(self):
        try:
            return self.call("GET", "/config")[0] == 200
        except OSError:
            return False

    def set_up(self):
        client = {
            "client_id": self.client_id,
            "name": "end-to-end tests",
            "confidential": True,
            "enabled": True,
            "password": self.client_secret,
            "client_secret": self.client_secret,
            "authorization_type": ["client_credentials"],
            "token_endpoint_auth_method": ["client_secret_basic"],
            "redirect_uri": [],
            "scope": [SCOPE],
        }
        scope = {"name": SCOPE, "display_name": SCOPE, "password_required": False, "scheme": {}}
        for path, body in (
            ("/api/auth/", ADMIN),
            ("/api/scope/", scope),
            ("/api/mod/plugin/", PLUGIN),
            ("/api/client/", client),
        ):
            status, text = self.call("POST", path, body)
            if status != 200:
                raise AssertionError(f"Glewlwyd refuses {path}: {status} {text!r}")


@contextlib.contextmanager
def glewlwyd(directory, authority=None):
    """Runs in DIRECTORY, which must exist; over TLS where there is an AUTHORITY, which clients' certificates are of."""
    program = find_program("glewlwyd")
    root = program.removesuffix("/usr/bin/glewlwyd")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.mkdir(os.path.join(directory, "none"))
    settings = os.path.join(directory, "glewlwyd.conf")
    with open(settings, "w") as file:
        text = SETTINGS.format(port=port, directory=directory, root=root)
        if authority:
            certificate, key = authority.good()
            text = text.replace("http://127", "https://127")
            text += OVER_TLS.format(certificate=certificate, key=key, ca=authority.ca_file)
        file.write(text)
    database = sqlite3.connect(os.path.join(directory, "glewlwyd.db"))
    with open(f"{root}/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3") as file:
        database.executescript(file.read())
    database.close()
    with open(os.path.join(directory, "glewlwyd.log"), "wb") as log:
        with background([program, f"--config-file={settings}"], stdout=log, stderr=log):
            server = Glewlwyd(port, authority and authority.ca_file)
            wait_until(server.listens, "glewlwyd listens")
            server.set_up()
            yield server
