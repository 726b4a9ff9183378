"""The Zuora preset against a server of Zuora's shape."""

import json
import re

from harness import DENIED, RATE_LIMITED, SERVER, SandboxTest, main
from token_server import Reply, TokenServer, rate_limited, refused

ENTITY = "11111111-2222-3333-4444-555555555555"


class ZuoraTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, *options):
        options = ("--preset", "zuora", *options)
        return self.box.add_profile("zuora", self.server, *options)

    def test_the_documented_request(self):
        self.assertEqual(0, (added := self.add()).status, added)
        request = self.server.requests[0]
        self.assertEqual(("POST", "/oauth/token"), (request.method, request.path))
        wanted = {
            "client_id": self.server.client_id, "client_secret": self.server.client_secret,
            "grant_type": "client_credentials",
        }
        self.assertEqual(wanted, request.form)
        for name in ("authorization", "apiaccesskeyid", "apisecretaccesskey"):
            self.assertNotIn(name, request.headers)

    def test_request_headers(self):
        added = self.add(
            "--header", "Zuora-Track-Id: auto", "--header", "Zuora-Version: 2024-05-20",
            "--header", "Zuora-Org-Ids: 7fd8f337-8b1d-4d6c-9a17-6d0a6a1f1f10",
            "--header", f"Zuora-Entity-Ids: {ENTITY}",
        )
        self.assertEqual(0, added.status, added)
        self.box.keybearer("refresh", "zuora")
        sent = [request.headers for request in self.server.requests]
        self.assertEqual({ENTITY}, {headers["zuora-entity-ids"] for headers in sent})
        self.assertEqual({"2024-05-20"}, {headers["zuora-version"] for headers in sent})
        tracks = [headers["zuora-track-id"] for headers in sent]
        self.assertEqual(len(tracks), len(set(tracks)))
        for track in tracks:
            self.assertRegex(track, re.compile(r"^[ !#-&(-9<-~]{1,64}$"))

    def test_a_track_id_that_zuora_forbids(self):
        for value in ("a:b", "a;b", 'a"b', "a'b", "x" * 65, "caf\u00e9"):
            with self.subTest(value):
                refusal = self.add("--header", f"Zuora-Track-Id: {value}")
                self.assertNotEqual(0, refusal.status)
                self.assertIn(b"Zuora-Track-Id", refusal.stderr)
        self.assertEqual(0, self.server.count)

    def test_headers_that_api_calls_need(self):
        added = self.add(
            "--match", "https://rest.apisandbox.zuora.com",
            "--api-header", f"Zuora-Entity-Ids: {ENTITY}",
        )
        self.assertEqual(0, added.status, added)
        request = json.dumps({"uri": "https://rest.apisandbox.zuora.com/v1/accounts"}).encode()
        headers = self.assertOk(self.box.keybearer("get", stdin=request)).json()["headers"]
        self.assertEqual([ENTITY], headers["Zuora-Entity-Ids"])
        lines = self.assertOk(self.box.keybearer("header", "--all", "zuora")).text.split("\n")
        self.assertIn(f"Zuora-Entity-Ids: {ENTITY}", lines)

    def test_every_error_shape_becomes_one_clear_line(self):
        self.assertEqual(0, (added := self.add()).status, added)
        for status, reply in (
            (DENIED, refused()),
            (DENIED, refused(403, 90000010, "You do not have permission")),
            (DENIED, Reply(401, {"success": False, "processId": "CBCF",
                                 "reasons": [{"code": "90000011", "message": "Authentication error"}]})),
            (DENIED, Reply(401, {"success": False, "reasons": [], "requestId": "dd76fba7"})),
            (DENIED, Reply(400, {"Success": False, "Errors": [{"Code": "INVALID", "Message": "m"}]})),
            (DENIED, Reply(400, {"FaultCode": "INVALID_FIELD", "FaultMessage": "m"})),
            (DENIED, Reply(401, {"code": "ClientError", "message": "m"})),
            (DENIED, Reply(400, {"timestamp": "t", "status": 400, "error": "Bad Request", "message": "m",
                                 "path": "/oauth/token"})),
            (DENIED, Reply(401, {"message": "m"})),
            (DENIED, Reply(401, "<html>no</html>", content_type="text/html")),
            (DENIED, Reply(401, "")),
            (DENIED, Reply(401, {"error": {"code": "c", "message": "m"}})),
            (DENIED, Reply(401, {"error": "invalid_client"})),
            (SERVER, Reply(500, {"message": "m"})),
            (DENIED, Reply(200, {"success": False, "reasons": [{"code": 53100320, "message": "m"}]})),
            (RATE_LIMITED, rate_limited(Retry_After="0")),  # the last: nobody asks for a while
        ):
            with self.subTest(reply=reply.payload(), status=reply.status):
                self.server.behave(lambda request: reply)
                self.box.keybearer("forget", "zuora")
                failed = self.box.keybearer("refresh", "zuora")
                self.assertFails(failed, status, "127.0.0.1")
                if reply.status != 200:
                    self.assertIn(str(reply.status).encode(), failed.stderr)
                self.assertIn(reply.headers["Zuora-Request-Id"].encode(), failed.stderr)

    def test_an_unknown_client_hints_at_the_wrong_environment(self):
        self.assertEqual(0, (added := self.add()).status, added)
        self.server.behave(lambda request: refused())
        failed = self.box.keybearer("refresh", "zuora")
        self.assertRegex(failed.stderr, rb"hint: .*(environment|host)")

    def test_hosts_by_name(self):
        for options, host in (
            (("--environment", "SBX"), "rest.apisandbox.zuora.com"),
            (("--environment", "PROD_EU"), "rest.eu.zuora.com"),
            (("--host", "rest.zuora.com"), "rest.zuora.com"),
        ):
            with self.subTest(options):
                # The token URL is the server's: the proof must not leave this machine.
                added = self.box.add_profile(host, self.server, "--preset", "zuora", *options)
                self.assertEqual(0, added.status, added)
                shown = self.assertOk(self.box.keybearer("show", host, "--json"))
                self.assertIn(host.encode(), shown.stdout)


if __name__ == "__main__":
    main()
