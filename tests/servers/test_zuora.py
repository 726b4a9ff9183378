"""Every error body of Zuora that is known, with a preset and the right words.

Code and message come through where they are safe to show; the request's id always does.
"""

import uuid
from dataclasses import dataclass

from harness import DENIED, RATE_LIMITED, SERVER, main
from hostile_server import HostileServer, HostileTest, answer

CHALLENGE = (
    "WWW-Authenticate: Basic realm=Zuora API, ZSession realm=Zuora API, Bearer realm=Zuora API")


@dataclass
class Shape:
    name: str
    status: int
    body: object
    verdict: int
    words: tuple
    requests: int = 1
    content_type: str = "application/json"


def reasons(code, message="m1 of the reason", **more):
    return {"success": False, "processId": "CBCFED6580B4E076",
            "reasons": [{"code": code, "message": message}], **more}


def shapes():
    known = [
        ("OAuth", 400, {"error": "invalid_client"}, DENIED, "invalid_client"),
        ("OAuth 401", 401, {"error": "invalid_client", "error_description": "bad"}, DENIED, "bad"),
        ("REST", 401, reasons(53100320), DENIED, "53100320", "m1 of the reason"),
        ("REST, a code in text", 401, reasons("90000011"), DENIED, "90000011"),
        ("REST without processId", 401, {"success": False, "reasons": [
            {"code": "90000011", "message": "Authentication error"}]}, DENIED, "Authentication error"),
        ("with a requestId", 401, reasons(90000011, requestId="dd76fba7-1"), DENIED, "90000011"),
        ("Object Query", 400, {"reasons": [{"code": 53200020, "message": "m2"}],
                               "requestId": "dd76fba7-2"}, DENIED, "53200020", "m2"),
        ("Object CRUD", 400, {"Success": False, "Errors": [
            {"Code": "INVALID_VALUE", "Message": "m3"}]}, DENIED, "INVALID_VALUE", "m3"),
        ("fault", 400, {"FaultCode": "INVALID_FIELD", "FaultMessage": "m4"}, DENIED,
         "INVALID_FIELD", "m4"),
        ("flat", 401, {"code": "ClientError", "message": "m5"}, DENIED, "ClientError", "m5"),
        ("framework", 400, {"timestamp": "2026-01-01T00:00:00Z", "status": 400,
                            "error": "Bad Request", "message": "m6", "path": "/oauth/token"},
         DENIED, "Bad Request", "m6"),
        ("gateway", 403, {"message": "m7"}, DENIED, "m7"),
        ("nested", 401, {"error": {"code": "c8", "message": "m8"}}, DENIED, "c8", "m8"),
        ("several reasons", 400, {"success": False, "reasons": [
            {"code": 53100020, "message": "first"}, {"code": 1, "message": "second"}]}, DENIED,
         "53100020", "first"),
        ("no reasons", 401, {"success": False, "reasons": []}, DENIED),
        ("reasons that are none", 401, {"success": False, "reasons": "x"}, DENIED),
        ("reasons within reasons", 401, {"success": False, "reasons": [[{"code": 1}]]}, DENIED),
        ("a code that is a list", 401, reasons([1]), DENIED, "m1 of the reason"),
        ("a code that is a fraction", 401, reasons(1.5), DENIED, "m1 of the reason"),
        ("a code beyond all numbers", 401, reasons(10**30), DENIED, "m1 of the reason"),
        ("a permission", 403, reasons(90000010, "You do not have permission"), DENIED, "permission"),
        ("not found", 404, reasons(50000040), SERVER, "50000040"),
        ("a wrong method", 405, {"timestamp": 1, "status": 405, "error": "Method Not Allowed",
                                 "path": "/oauth/token"}, SERVER, "Method Not Allowed"),
    ]
    for name, status, body, verdict, *words in known:
        yield Shape(name, status, body, verdict, tuple(words))
    for name, body in (("an empty body", ""), ("HTML", "<html><h1>403 Forbidden</h1></html>")):
        for status in (401, 403):
            yield Shape(f"{name} {status}", status, body, DENIED, (), content_type="text/html")
        yield Shape(f"{name} 502", 502, body, SERVER, (), 3, "text/html")
    # The categories of codes, from APIs that report errors with status 200.
    for category, verdict, requests in (
        (10, DENIED, 1), (11, DENIED, 1), (20, DENIED, 1), (30, DENIED, 1), (40, SERVER, 1),
        (45, SERVER, 1), (50, SERVER, 3), (60, SERVER, 1), (61, SERVER, 3), (70, RATE_LIMITED, 1),
        (90, DENIED, 1), (99, SERVER, 1),
    ):
        code = 531003 * 100 + category
        yield Shape(f"200 with category {category}", 200, reasons(code), verdict,
                    (str(code),), requests)
    yield Shape("429", 429, {"message": "API rate limit exceeded"}, RATE_LIMITED,
                ("API rate limit exceeded",))
    yield Shape("429 for concurrency", 429, reasons(90000070, "too many"), RATE_LIMITED,
                ("too many",))


class ZuoraShapeTest(HostileTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(HostileServer())
        self.store(self.server, "--preset", "zuora")

    def check(self, shape):
        request_id = str(uuid.uuid4())
        lines = [f"zuora-request-id: {request_id}", "x-ratelimit-limit-minute: 100"]
        if shape.status == 401:
            lines.append(CHALLENGE)
        reply = answer(shape.body, *lines, status=f"{shape.status} x",
                       content_type=shape.content_type)
        said, requests = (self.alone if shape.verdict == RATE_LIMITED else self.beside)(reply)
        self.assertFails(
            said, shape.verdict, f"HTTP {shape.status}", request_id, *shape.words)
        self.assertEqual(shape.requests, requests)

    def beside(self, reply):
        path, config = self.place(self.server, reply)
        return self.ask(config), self.server.count(path)

    def alone(self, reply):
        """A 429 silences its endpoint: for all others, too."""
        with HostileServer() as server:
            name = f"p{server.port}"
            self.store(server, "--preset", "zuora", name=name)
            self.box.keybearer("forget", name)
            server.play("/oauth/token", reply)
            return self.box.keybearer("token", name), server.count() - 1

    def test_every_shape(self):
        self.all_at_once(self.check, list(shapes()))

    def test_the_host_is_named_and_never_another_asked(self):
        _, config = self.place(self.server, answer(reasons(90000011), status="401 x"))
        before = self.server.connections
        said = self.ask(config)
        self.assertIn(b"this client was sent to 127.0.0.1", said.stderr)
        self.assertEqual(1, self.server.connections - before)


if __name__ == "__main__":
    main()
