"""Output that goes nowhere is told: an answer never vanishes in silence."""

import os

from harness import SYSTEM, SandboxTest, main, not_under_memcheck
from token_server import TokenServer


class OutputTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", "https://x.example")
        self.assertEqual(0, added.status, added)

    def calls(self):
        git = b"protocol=https\nhost=x.example\n"
        return (
            (["keybearer", "token", "work"], b""),
            (["keybearer", "get"], b'{"uri": "https://x.example"}'),
            (["git-credential-keybearer", "get"], git),
            (["docker-credential-keybearer", "get"], b"x.example"),
            (["keybearer", "status"], b""),
            (["keybearer", "help"], b""),
        )

    def test_a_device_that_is_full(self):
        for words, stdin in self.calls():
            with self.subTest(words), open("/dev/full", "wb") as full:
                self.assertFails(self.box.run(words, stdin, stdout=full), SYSTEM)

    @not_under_memcheck("valgrind opens a file of its own in that place")
    def test_a_closed_output(self):
        for words, stdin in self.calls():
            with self.subTest(words):
                script = ["sh", "-c", 'exec "$@" >&-', "sh", *words]
                self.assertFails(self.box.run(script, stdin), SYSTEM)

    def test_a_reader_that_went_away(self):
        for words, stdin in self.calls():
            with self.subTest(words):
                reader, writer = os.pipe()
                os.close(reader)
                failed = self.box.run(words, stdin, stdout=writer)
                os.close(writer)
                self.assertEqual((SYSTEM, b""), (failed.status, failed.stderr), failed)

    def test_all_descriptors_closed(self):
        script = "exec keybearer token work <&- >&- 2>&-"
        self.assertEqual(SYSTEM, self.box.run(["sh", "-c", script]).status)


if __name__ == "__main__":
    main()
