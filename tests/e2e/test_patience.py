"""A question waits for minutes, and for somebody who was away it begins anew."""

import re

import clocks
from harness import (
    SandboxTest, main, need_keyrings, need_proc, not_under_memcheck, skip, wait_until,
)
from test_terminal import Shell
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

PATIENCE = 300  # seconds, of one question
ID = "Client id (not shown while you type): "
SECRET = "Client secret (not shown): "
PROMPT = "ready> "


@not_under_memcheck("no signal suspends a program")
class PatienceTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_keyrings(self)
        need_proc(self)
        self.server = self.enterContext(TokenServer())
        self.box.guard(self.server)
        self.addCleanup(clocks.set_clocks)
        self.shell = Shell(self.box)
        self.addCleanup(self.shell.close)
        self.shell.type("keybearer add work --store sealed-file "
                        f"--token-url {self.server.token_url}\n")

    def suspend(self):
        self.shell.type("\x1a")
        self.shell.wait_for(PROMPT)
        wait_until(lambda: self.shell.helper()[1] == "T", "the helper stops")

    def wakings(self):
        """How often the helper woke up; none once it has ended."""
        helper, _ = self.shell.helper()
        if helper:
            with open(f"/proc/{helper}/status") as file:
                return int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", file.read())[1])
        return None

    def wait_until_it_looks_up(self):
        """Twice, so that it has seen how late it is."""
        seen = self.wakings()
        wait_until(lambda: (now := self.wakings()) is None or now >= (seen or 0) + 2, "it looks up")

    def test_away_for_longer_than_a_question_waits(self):
        for question, answer in ((ID, CLIENT_ID), (SECRET, CLIENT_SECRET)):
            self.shell.wait_for(question)
            self.suspend()
            clocks.set_clocks(boot=PATIENCE + 1)
            self.shell.type("fg\n")
            self.shell.wait_for(question)
            self.wait_until_it_looks_up()
            clocks.set_clocks()
            self.shell.type(answer + "\n")
        self.assertEqual("is ready", self.shell.wait_for_one_of("is ready", "error: "))


if __name__ == "__main__":
    if why := clocks.enter():
        skip(why)
    main()
