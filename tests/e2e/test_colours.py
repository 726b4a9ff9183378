"""Colours: for a person at a terminal, and for nobody else."""

from harness import SandboxTest, main
from token_server import TokenServer

ESCAPE = b"\x1b["


class ColoursTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.box.env["TERM"] = "xterm"
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)

    def shown(self, *words, **env):
        return self.box.run_on_tty(["keybearer", *words], env=env).stdout

    def test_errors_and_hints(self):
        shown = self.shown("show", "none")
        self.assertIn(b"keybearer: \x1b[31merror:\x1b[0m there is no profile \"none\"", shown)
        self.assertIn(b"\nkeybearer: \x1b[36mhint:\x1b[0m ", shown)

    def test_findings(self):
        shown = self.shown("doctor")
        self.assertIn(b"\n\x1b[32mok \x1b[0m   configuration: ", b"\n" + shown)
        self.assertIn(b"\n\x1b[32mok \x1b[0m   privileges: ", b"\n" + shown)

    def test_warnings_and_errors_of_the_configuration(self):
        with open(self.box.config_file, "w") as file:
            file.write("{")
        self.assertIn(b"\x1b[31merror:\x1b[0m ", self.shown("config", "check"))

    def test_who_wants_none(self):
        wishes = ({"NO_COLOR": "1"}, {"NO_COLOR": "0"}, {"TERM": "dumb"}, {"TERM": ""}, {"TERM": None})
        for wish in wishes:
            for words in (("show", "none"), ("doctor",)):
                with self.subTest(wish, words=words):
                    self.assertNotIn(ESCAPE, self.shown(*words, **wish))
        self.assertIn(ESCAPE, self.shown("show", "none", NO_COLOR=""))

    def test_what_programs_read(self):
        for words in (("doctor", "--json"), ("status", "--json"), ("config", "check", "--json"), ("list",),
                      ("credential-helper", "get", "--show")):
            with self.subTest(words):
                self.assertNotIn(ESCAPE, self.shown(*words) if "--json" in words
                                 else self.box.keybearer(*words, stdin=b"{}").stdout)
        for words in (("show", "none"), ("doctor",)):
            said = self.box.keybearer(*words)
            self.assertNotIn(ESCAPE, said.stdout + said.stderr)

    def test_a_protocol_at_a_terminal(self):
        """A tool may show it as its own, or look for words in it."""
        for words in (("token", "none"), ("get",)):
            shown = self.shown(*words)
            self.assertIn(b"keybearer: error: ", shown)
            self.assertNotIn(ESCAPE, shown)

    def test_only_our_words(self):
        """Not those of a name, nor behind the beginning of a line."""
        shown = self.shown("show", "error:hint:")
        self.assertEqual(2, shown.count(b"\x1b[0m"), shown)


if __name__ == "__main__":
    main()
