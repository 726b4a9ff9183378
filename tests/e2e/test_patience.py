"""A question waits for minutes, and for somebody who was away it begins anew."""

import json
import os
import re

import clocks
from harness import (
    SandboxTest, find_program, main, need_keyrings, need_proc, not_under_memcheck, skip, wait_until,
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


@not_under_memcheck("no signal suspends a program")
class ProofTest(SandboxTest):
    def test_all_proofs_of_setup_have_one_end(self):
        """Three profiles, and a git that says something for ever, and nothing of use."""
        self.addCleanup(clocks.set_clocks)
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700)
        with open(os.open(self.box.config_file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            json.dump({"profiles": {name: {
                "token_url": "https://t.example", "store": "sealed-file", "username": "robot",
                "match": f"https://{name}.example"} for name in ("a", "b", "c")}}, file)
        tools, asked = self.box._directory("tools"), self.box.path("asked")
        with open(os.open(f"{tools}/git", os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write(f'#!/bin/sh\ncase "$*" in *fill*) echo >>{asked}\n'
                       'while echo wait; do sleep 0.1; done ;; esac\n'
                       f'exec {find_program("git")} "$@"\n')
        shell = Shell(self.box)
        self.addCleanup(shell.close)
        shell.type(f"PATH={tools}:$PATH keybearer setup git --yes\n")
        shell.wait_for("Waiting for git")
        clocks.set_clocks(boot=31)
        shell.wait_for("git is connected to a, but no answer came in time: keybearer token a")
        shell.wait_for("keybearer token c")
        with open(asked) as file:
            self.assertEqual(1, len(file.readlines()))


if __name__ == "__main__":
    if why := clocks.enter():
        skip(why)
    main()
