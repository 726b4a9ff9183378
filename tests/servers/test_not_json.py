"""No document that is no JSON gives a token, by itself or inside of a reply."""

import json
import secrets

from harness import SERVER, main
from hostile_server import HostileServer, HostileTest, answer, good_body, sample
from not_json import JSON_C_ACCEPTS, NOT_JSON


class NotJsonTest(HostileTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(HostileServer())
        self.server.issued.append(secrets.token_hex(16))
        self.store(self.server)

    def around(self, document):
        """A good reply with DOCUMENT as the value of one more member."""
        good = json.dumps(good_body(self.server.issued[-1]))
        return good[:-1].encode() + b', "x": ' + document + b"}"

    def check_all(self, names):
        self.all_at_once(self.check, names)

    def check(self, name):
        for body in (NOT_JSON[name], self.around(NOT_JSON[name])):
            _, config = self.place(self.server, answer(body))
            said = self.ask(config)
            word = "64 KiB" if len(body) > 65536 else "not strict JSON"
            self.assertFails(said, SERVER, word)

    def test_not_json_all_188_classes(self):
        self.assertEqual(188, len(NOT_JSON))
        self.check_all(sample(sorted(NOT_JSON), 1))

    def test_not_json_the_16_that_json_c_accepts(self):
        self.assertEqual(16, len(JSON_C_ACCEPTS))
        self.check_all(JSON_C_ACCEPTS)

    def test_not_json_the_frame_itself_is_json(self):
        """Else the documents would not be what is refused."""
        _, config = self.place(self.server, answer(self.around(b"1")))
        self.assertEqual(self.server.issued[-1], self.assertOk(self.ask(config)).text)


if __name__ == "__main__":
    main()
