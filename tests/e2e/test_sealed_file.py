"""The vault: passphrase, unlock once, lock, damage."""

import os
import shutil

from harness import (CONFIG, CORRUPT, DENIED, LOCKED, NOT_FOUND, USAGE, SandboxTest, main,
                     need_keyrings, wait_until)
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

PASSPHRASE = "correct horse battery staple"
OTHER = "another long passphrase"


class PassphraseTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_keyrings(self)
        del self.box.env["KEYBEARER_KEY_FILE"]
        self.server = self.enterContext(TokenServer())
        self.box.secret(PASSPHRASE, OTHER)

    def add(self):
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        added = self.box.add_profile("work", self.server, "--passphrase-stdin", stdin=lines)
        self.assertEqual(0, added.status, added)

    def token(self):
        return self.box.keybearer("token", "work")

    def unlock(self, passphrase, *options):
        line = f"{passphrase}\n".encode()
        return self.box.keybearer("unlock", "--passphrase-stdin", *options, stdin=line)

    def test_unlocked_by_add_locked_by_lock(self):
        self.add()
        self.assertOk(self.token())
        self.assertEqual(0, self.box.keybearer("lock").status)
        asked = self.server.count
        self.assertFails(self.token(), LOCKED)
        self.assertIn(b"keybearer unlock", self.box.said[-1].stderr)
        self.assertEqual(0, (unlocked := self.unlock(PASSPHRASE)).status, unlocked)
        self.assertOk(self.token())
        self.assertEqual(asked + 1, self.server.count)

    def test_status_knows_that_it_was_unlocked(self):
        """The last token failed because the vault was locked. That is over once it is unlocked."""
        self.add()
        self.box.keybearer("lock")
        self.assertFails(self.token(), LOCKED)
        self.assertIn(b"last error", self.box.keybearer("status").stdout)
        self.assertOk(self.unlock(PASSPHRASE))
        page = self.assertOk(self.box.keybearer("status"))
        self.assertNotIn("last error", page.text)
        profile = self.box.keybearer("status", "--json").json()["profiles"][0]
        self.assertNotIn("last_error", profile)

    def test_status_says_for_how_long_it_is_open(self):
        self.add()
        self.assertRegex(self.box.keybearer("status").stdout, rb"unlocked, for another 1[12] h \d+ min")
        self.assertOk(self.unlock(PASSPHRASE, "--ttl", "30m"))
        self.assertRegex(self.box.keybearer("status").stdout, rb"unlocked, for another (29|30) min")
        self.assertOk(self.unlock(PASSPHRASE, "--ttl", "59s"))
        self.assertRegex(self.box.keybearer("status").stdout, rb"unlocked, for another \d+ s\b")
        self.box.keybearer("lock")
        self.assertNotIn(b"for another", self.box.keybearer("status").stdout)

    def test_after_the_vault_was_thrown_away(self):
        """As a person does who forgot the passphrase: everybody names what makes a new one."""
        self.add()
        self.box.keybearer("lock")
        vault = os.path.join(self.box.data, "keybearer", "vault")
        for gone in (os.path.join(vault, "vault.kbv"), vault):
            (os.remove if os.path.isfile(gone) else shutil.rmtree)(gone)
            for words in (["token", "work"], ["run", "work", "true"], ["unlock"],
                          ["unlock", "work"], ["passwd"]):
                with self.subTest(words, gone=gone):
                    refused = self.assertFails(self.box.keybearer(*words), NOT_FOUND)
                    self.assertIn(b"hint: keybearer add work\n", refused.stderr)
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        self.assertOk(self.box.keybearer("add", "work", "--client-id", CLIENT_ID,
                                         "--client-secret-stdin", "--passphrase-stdin", stdin=lines))
        self.assertOk(self.token())

    def test_without_any_profile_nobody_is_named(self):
        for verb in ("unlock", "passwd"):
            refused = self.assertFails(self.box.keybearer(verb), NOT_FOUND, "there is no vault")
            self.assertIn(b"hint: keybearer add NAME [OPTION]... --store sealed-file\n", refused.stderr)

    def test_add_opens_a_locked_vault(self):
        self.add()
        self.box.keybearer("lock")
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        self.assertOk(self.box.add_profile("more", self.server, "--passphrase-stdin", stdin=lines))
        self.assertOk(self.token())

    def test_a_wrong_passphrase(self):
        self.add()
        self.box.keybearer("lock")
        self.assertFails(self.unlock("wrong"), DENIED, "passphrase")
        self.assertFails(self.token(), LOCKED)

    def test_an_empty_passphrase(self):
        lines = f"{CLIENT_SECRET}\n\n".encode()
        refused = self.box.add_profile("work", self.server, "--passphrase-stdin", stdin=lines)
        self.assertIn(refused.status, (USAGE, DENIED), refused)
        self.assertFalse(os.path.exists(self.box.config_file))

    def test_passphrases_on_standard_input(self):
        """Any bytes but a line end; it needs none behind it, and CR LF is one, too."""
        odd = b"caf\xc3\xa9 \xff\0 end"
        secret = f"{CLIENT_SECRET}\n".encode()
        added = self.box.add_profile(
            "work", self.server, "--passphrase-stdin", stdin=secret + odd)
        self.assertEqual(0, added.status, added)
        for line, status in (
            (odd + b"\n", 0), (odd + b"\r\n", 0), (odd.split(b"\0")[0], DENIED),
            (b"", USAGE), (b"\n", USAGE), (b"\r\n", USAGE),
            (b"p" * 1025 + b"\n", DENIED), (b"p" * (1 << 20), USAGE),
        ):
            with self.subTest(line[:30]):
                self.box.keybearer("lock")
                opened = self.box.keybearer("unlock", "--passphrase-stdin", stdin=line)
                self.assertEqual(status, opened.status, opened)
                self.assertNotIn(b"ppp", opened.stderr)

    def test_it_locks_by_itself(self):
        self.add()
        self.box.keybearer("lock")
        self.assertEqual(0, self.unlock(PASSPHRASE, "--ttl", "1s").status)
        wait_until(lambda: self.box.keybearer("status", "--json").json()["profiles"][0]["locked"],
                   "the time limit passes")
        self.assertFails(self.token(), LOCKED)

    def test_passwd(self):
        self.add()
        lines = f"{PASSPHRASE}\n{OTHER}\n".encode()
        changed = self.box.keybearer("passwd", "--passphrase-stdin", stdin=lines)
        self.assertEqual(0, changed.status, changed)
        self.box.keybearer("lock")
        self.assertFails(self.unlock(PASSPHRASE), DENIED)
        self.assertEqual(0, self.unlock(OTHER).status)
        self.assertOk(self.token())

    def test_who_has_forgotten_the_passphrase_is_told_a_command(self):
        self.add()
        self.box.keybearer("lock")
        refused = self.assertFails(self.unlock(OTHER), DENIED, "wrong passphrase")
        vault = os.path.join(self.box.data, "keybearer", "vault")
        self.assertIn(f"if it is forgotten: rm -r {vault}, then keybearer add NAME ".encode(),
                      refused.stderr)
        self.assertLess(max(map(len, refused.stderr.splitlines())), 160)

    def test_the_old_passphrase_is_no_new_one(self):
        self.add()
        refused = self.box.keybearer("passwd", "--passphrase-stdin",
                                     stdin=f"{PASSPHRASE}\n{PASSPHRASE}\n".encode())
        self.assertFails(refused, USAGE, "that is the old passphrase: nothing was changed")
        self.box.keybearer("lock")
        self.assertEqual(0, self.unlock(PASSPHRASE).status)

    def test_what_is_not_known_of_a_key_file_is_said(self):
        self.add()
        shown = self.assertOk(self.box.keybearer("status", "work")).text
        self.assertIn("the vault (sealed-file), strong", shown)
        line = f"{PASSPHRASE}\n".encode()
        changed = self.box.keybearer(
            "passwd", "--passphrase-stdin", "--key-file", self.box.key_file, stdin=line)
        self.assertOk(changed)
        shown = self.assertOk(self.box.keybearer("status", "work")).text
        self.assertIn("the vault (sealed-file), unknown", shown)
        self.assertIn("set KEYBEARER_KEY_FILE to its path", shown)
        secret = f"{self.server.client_secret}\n".encode()
        again = self.assertOk(self.box.keybearer("add", "work", "--client-secret-stdin", stdin=secret))
        self.assertIn("Its client is in the vault (sealed-file), and 127.0.0.1", again.text)
        env = {"KEYBEARER_KEY_FILE": self.box.key_file}
        shown = self.assertOk(self.box.keybearer("status", "work", env=env)).text
        self.assertIn("the vault (sealed-file), weak", shown)
        self.assertIn("move it to another one", shown)

    def test_a_key_file_is_named_where_the_vault_has_one(self):
        """Where nobody can be asked for the passphrase."""
        self.add()
        self.box.keybearer("lock")
        refused = self.box.keybearer("unlock", start_new_session=True)
        self.assertFails(refused, USAGE, "there is no terminal to ask on")
        self.assertNotIn(b"KEYBEARER_KEY_FILE", refused.stderr)

    def test_a_person_at_a_terminal(self):
        self.box.guard(self.server)
        answers = [
            (b"lient id", CLIENT_ID), (b"lient secret", CLIENT_SECRET),
            (b"assphrase", PASSPHRASE), (b"Repeat", PASSPHRASE),
        ]
        words = ["keybearer", "add", "work", "--store", "sealed-file",
                 "--token-url", self.server.token_url]
        added = self.box.run_on_tty(words, answers)
        self.assertEqual(0, added.status, added)
        self.assertOk(self.token())
        self.box.keybearer("lock")
        opened = self.box.run_on_tty(["keybearer", "unlock"], [(b"assphrase", PASSPHRASE)])
        self.assertEqual(0, opened.status, opened)
        self.assertOk(self.token())  # tearDown searches what the terminal showed


class DamageTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)
        self.box.keybearer("forget", "work")
        self.asked = self.server.count

    def files(self):
        directory = os.path.join(self.box.data, "keybearer", "vault")
        names = [name for name in sorted(os.listdir(directory)) if not name.startswith(".")]
        paths = [os.path.join(directory, name) for name in names]
        return [path for path in paths if os.path.getsize(path)]

    def test_every_file_of_the_vault_resists_tampering(self):
        self.assertGreaterEqual(len(self.files()), 2)
        for path in self.files():
            with open(path, "rb") as file:
                good = file.read()
            for place in (0, len(good) // 2, len(good) - 1):
                with self.subTest(path=path, place=place):
                    bad = bytearray(good)
                    bad[place] ^= 1
                    self.rewrite(path, bytes(bad))
                    self.assertFails(self.box.keybearer("refresh", "work"), CORRUPT)
            for bad in (b"", good[:-1], good + b"\n"):
                with self.subTest(path=path, size=len(bad)):
                    self.rewrite(path, bad)
                    self.assertFails(self.box.keybearer("refresh", "work"), CORRUPT)
            self.rewrite(path, good)
        self.assertEqual(self.asked, self.server.count)
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)

    def rewrite(self, path, content):
        with open(path, "wb") as file:
            file.write(content)

    def test_another_endpoint_in_the_configuration(self):
        with TokenServer() as thief:
            with open(self.box.config_file) as file:
                text = file.read()
            with open(self.box.config_file, "w") as file:
                file.write(text.replace(self.server.origin, thief.origin))
            refused = self.box.keybearer("token", "work")
            self.assertFails(refused, DENIED)
            self.assertIn(self.server.origin.encode(), refused.stderr)
            self.assertEqual(0, thief.connections)

    def test_a_key_file_that_others_may_read(self):
        os.chmod(self.box.key_file, 0o644)
        self.box.keybearer("lock")
        refused = self.box.keybearer("refresh", "work")
        self.assertNotEqual(0, refused.status)
        self.assertIn(f"chmod 600 {self.box.key_file}".encode(), refused.stderr)

    def test_a_key_file_that_is_missing(self):
        """It may be the vault's, or that of a vault that is still to be made."""
        self.box.env["KEYBEARER_KEY_FILE"] = self.box.path("missing")
        refused = self.box.add_profile("first", self.server)
        self.assertFails(refused, CONFIG, "does not exist")
        self.assertIn(b"only for a new vault: (umask 077; head -c 32 /dev/urandom > ", refused.stderr)
        self.assertLess(max(map(len, refused.stderr.splitlines())), 160)

    def test_another_key_file(self):
        self.rewrite(self.box.key_file, bytes(32))
        self.box.keybearer("lock")
        refused = self.box.keybearer("refresh", "work")
        self.assertIn(refused.status, (DENIED, LOCKED), refused)

    def test_removal_leaves_nothing(self):
        self.assertEqual(0, self.box.keybearer("remove", "--yes", "work").status)
        self.assertNotIn("work", [os.path.basename(path) for path in self.files()])
        self.assertEqual(4, self.box.keybearer("token", "work").status)


if __name__ == "__main__":
    main()
