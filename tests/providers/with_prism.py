"""
Prism, which reads Zuora's description of its token endpoint (zuora-oauth.openapi.yaml) and refuses each
request that does not fit it.
"""

import os
import secrets
import uuid

from cases import each
from harness import DENIED, RATE_LIMITED
from servers import FOLDER, MODULES, NODE, Server, program
from with_npm import NpmTest

DESCRIPTION = os.path.join(FOLDER, "zuora-oauth.openapi.yaml")
TOKEN = "c652cbc0ea384b9f81856a93a2a74538"  # the description's example
OPTIONAL = {"Zuora-Track-Id": "from the tests, 7", "Zuora-Version": "2024-05-20", "Zuora-Org-Ids": str(uuid.uuid4())}
ERRORS = {
    "400_oauth": (DENIED, "invalid_request"), "401_oauth": (DENIED, "invalid_client"),
    "401_reasons": (DENIED, "90000011"), "401_gateway": (DENIED, "HTTP 401"), "403_reasons": (DENIED, "90000010"),
    "429_gateway": (RATE_LIMITED, "is limiting requests"),
}


class Described(Server):
    def asked(self):
        """It does not tell."""
        return []


@each(OPTIONAL, "check_header")
@each(OPTIONAL, "check_without")
@each(ERRORS, "check_error")
class PrismTest(NpmTest):
    name = "prism"
    package = "@stoplight/prism-cli"

    def setUp(self):
        super().setUp()
        with open(DESCRIPTION) as file:
            self.description = file.read()

    def require(self, header):
        """As if it had to be there, so that it is noticed when it is not."""
        before, name, after = self.description.partition(f"name: {header}\n")
        self.assertTrue(name)
        self.description = before + name + after.replace("required: false", "required: true", 1)

    def serve(self):
        path = self.write("zuora.yaml", self.description)
        prism = os.path.join(MODULES, self.package, "dist/index.js")
        origin = self.enterContext(program((NODE, prism, "mock", "--errors", "-h", "127.0.0.1", "-p", "0", path)))
        server = Described(origin, {"client_id": str(uuid.uuid4()), "client_secret": secrets.token_hex(21)})
        server.token_url = f"{origin}/oauth/token"
        return server

    def add(self, *headers):
        options = [word for header in headers for word in ("--header", header)]
        return self.box.add_profile("zuora", self.serve(), "--preset", "zuora", *options)

    def assertFits(self, *headers):
        self.assertOk(self.add(*headers))
        self.assertEqual(TOKEN, self.assertOk(self.box.keybearer("token", "zuora")).text)

    def check_header(self, name):
        self.require(name)
        self.assertFits(f"{name}: {OPTIONAL[name]}")

    def check_without(self, name):
        """What would be said if the one before did not send it."""
        self.require(name)
        self.assertFails(self.add(), DENIED, "HTTP 400", "invalid_request")

    def test_no_header(self):
        self.assertFits()

    def test_track_id_auto(self):
        self.require("Zuora-Track-Id")
        self.assertFits("Zuora-Track-Id: auto")

    def test_all_headers(self):
        for name in OPTIONAL:
            self.require(name)
        self.assertFits("Zuora-Entity-Ids: 11111111-2222-3333-4444-555555555555",
                        *(f"{name}: {value}" for name, value in OPTIONAL.items()))

    def check_error(self, name):
        status, words = ERRORS[name]
        code, example = name.split("_")
        self.assertFails(self.add(f"Prefer: code={code}, example={example}"), status, words)

    def test_another_body(self):
        """A client id of another length is none of Zuora's."""
        self.description = self.description.replace("minLength: 36, maxLength: 36", "minLength: 9, maxLength: 9")
        self.assertFails(self.add(), DENIED, "HTTP 400", "invalid_request")
