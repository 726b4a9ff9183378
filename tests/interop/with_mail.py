"""Programs for mail, with the lines of keybearer-tokens(7), before servers of ours."""

import glob
import os

from certificates import Authority
from harness import SandboxTest
from imap_server import ImapServer
from pages import blocks
from smtp_server import SmtpServer
from token_server import TokenServer

ALICE = "alice@example.com"


class MailTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)
        _, self.isync, self.mutt, _ = blocks("keybearer-tokens.7")["Mail programs"]


class IsyncTest(MailTest):
    def test_mbsync(self):
        """With XOAUTH2 as printed; Debian 12's says SSLType."""
        if not glob.glob("/usr/lib/*/sasl2/libkdexoauth2.so*"):
            self.skipTest("not installed: libsasl2-modules-kdexoauth2")
        imap = self.enterContext(ImapServer(self.server.accepts))
        os.mkdir(os.path.join(self.box.home, "mail"))
        account = self.isync.replace("imap.example.com", f"127.0.0.1\nPort {imap.port}")
        account = account.replace("TLSType IMAPS", "SSLType None")
        path = os.path.join(self.box.home, ".mbsyncrc")
        with open(path, "w") as file:
            file.write(f"{account}\nIMAPStore far\nAccount work\n\nMaildirStore near\n"
                       f"Path {self.box.home}/mail/\nInbox {self.box.home}/mail/inbox\n\n"
                       "Channel work\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\n")
        done = self.box.run(["mbsync", "-q", "work"])
        self.assertEqual(0, done.status, done)
        self.assertEqual([(ALICE, self.server.token)], imap.logins)


class MuttTest(MailTest):
    def send(self, program):
        os.mkdir(self.box.path("ca"))
        authority = Authority(self.box.path("ca"))
        smtp = self.enterContext(SmtpServer(self.server.accepts, authority.good()))
        path = self.box.path("muttrc")
        with open(path, "w") as file:
            file.write(f'{self.mutt}\nset ssl_ca_certificates_file = "{authority.ca_file}"\n'
                       f'set smtp_url = "smtps://{ALICE}@127.0.0.1:{smtp.port}"\nset from = "{ALICE}"\n'
                       "set record = ''\n")
        done = self.box.run([program, "-n", "-F", path, "-s", "one", "bob@example.com"], b"Hello.\n")
        self.assertEqual(0, done.status, done)
        ((before, token),) = smtp.credentials
        self.assertEqual(self.server.token, token)
        self.assertTrue(before.startswith(f"n,a={ALICE},\x01"), before)
        (message,) = smtp.messages
        self.assertIn(b"Hello.", message)

    def test_mutt(self):
        self.send("mutt")

    def test_neomutt(self):
        self.send("neomutt")
