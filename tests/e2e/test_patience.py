"""A question waits for minutes, and for somebody who was away it begins anew."""

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

    def test_away_for_longer_than_a_question_waits(self):
        for question, answer in ((ID, CLIENT_ID), (SECRET, CLIENT_SECRET)):
            self.shell.wait_for(question)
            self.suspend()
            clocks.set_clocks(boot=PATIENCE + 1)
            self.shell.type("fg\n")
            self.shell.wait_for(question)
            clocks.set_clocks()
            self.shell.type(answer + "\n")
        self.assertEqual("is ready", self.shell.wait_for_one_of("is ready", "error: "))


if __name__ == "__main__":
    if why := clocks.enter():
        skip(why)
    main()
