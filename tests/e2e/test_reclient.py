"""reclient's credentials helper, with a client made of the rules of remote-apis-sdks."""

import datetime
import json

from harness import CONFIG, SERVER, USAGE, SandboxTest, main
from token_server import Reply, TokenServer

EARLY = datetime.timedelta(minutes=5)


class HelperError(Exception):
    """No credentials: the build does not begin."""


class Client:
    """Asks a helper for the headers of its calls; again when they have five minutes left."""

    def __init__(self, box, *args):
        self.box, self.args = box, args
        self.calls = 0
        self.expiry, self.headers, self.token = None, None, None

    def metadata(self, now):
        if self.expiry is None or self.expiry < now + EARLY:
            self._refresh()
        return self.headers

    def _refresh(self):
        self.calls += 1
        done = self.box.run(["keybearer", *self.args])
        if done.stderr:
            raise HelperError(f"logged as an error: {done}")
        if done.status != 0:
            raise HelperError(done)
        answer = json.loads(done.stdout)
        if not all(isinstance(value, str) for value in answer["headers"].values()):
            raise HelperError("wrong value type for headers")
        self.token, self.headers = answer["token"], answer["headers"]
        if not self.token and not self.headers:
            raise HelperError("both token and headers are empty, invalid credentials")
        # Go's UnixDate: the day is filled up with a space.
        expiry = datetime.datetime.strptime(answer["expiry"], "%a %b %d %H:%M:%S UTC %Y")
        if f"{expiry:%a %b} {expiry.day:2} {expiry:%H:%M:%S} UTC {expiry:%Y}" != answer["expiry"]:
            raise HelperError("invalid expiry format")
        self.expiry = expiry.replace(tzinfo=datetime.timezone.utc)


class ReclientTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--api-header", "X-Org:blue")
        self.assertEqual(0, added.status, added)
        self.now = datetime.datetime.now(datetime.timezone.utc)

    def test_calls_of_one_build(self):
        client = Client(self.box, "reclient", "work")
        wanted = {"Authorization": f"Bearer {self.server.token}", "X-Org": "blue"}
        for second in range(3):
            self.assertEqual(wanted, client.metadata(self.now + datetime.timedelta(seconds=second)))
        self.assertEqual((1, self.server.token), (client.calls, client.token))
        self.assertGreater(client.expiry, self.now + EARLY)
        self.assertLess(client.expiry, self.now + datetime.timedelta(seconds=self.server.lifetime))
        client.metadata(client.expiry - EARLY + datetime.timedelta(seconds=1))
        self.assertEqual(2, client.calls)

    def test_a_life_that_nobody_knows(self):
        self.box.keybearer("forget", "work")
        endless = self.server.issue()
        del endless.body["expires_in"]
        self.server.behave(lambda request: endless)
        self.assertFails(self.box.keybearer("reclient", "work"), CONFIG, "nobody says how long")

    def test_a_failure_leaves_standard_output_empty(self):
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: Reply(500, {}))
        with self.assertRaises(HelperError):
            Client(self.box, "reclient", "work").metadata(self.now)
        self.assertFails(self.box.said[-1], SERVER)

    def test_a_terminal_sees_a_token_only_when_asked(self):
        token = self.box.keybearer("token", "work").text.encode()
        refused = self.box.run_on_tty(["keybearer", "reclient", "work"])
        self.assertEqual(USAGE, refused.status, refused)
        self.assertNotIn(token, refused.stdout)
        shown = self.box.run_on_tty(["keybearer", "reclient", "--show", "work"])
        self.assertIn(token, shown.stdout)
        self.box.said.clear()  # on a terminal stderr and stdout are one

    def test_standard_input_is_left_alone(self):
        answer = self.box.run_with_open_end(["keybearer", "reclient", "work"], b"the person's words\n")
        self.assertIn(self.server.token.encode(), self.assertOk(answer).stdout)


if __name__ == "__main__":
    main()
