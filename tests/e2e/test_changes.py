"""Commands that change one profile beside each other, beside an editor, or after a killed one."""

import contextlib
import fcntl
import json
import os
import shutil
import struct
import subprocess
import termios
import threading

from harness import (
    BIN,
    CONFIG,
    LOCKED,
    NOT_FOUND,
    TIMEOUT,
    USAGE,
    SandboxTest,
    main,
    tool,
    wait_until,
)
from keyring import keyring
from token_server import TokenServer

KEYBEARER = os.path.join(BIN, "keybearer")


def unread(pipe):
    """The bytes in a pipe that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


class ChangesTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.other = self.enterContext(TokenServer())

    def add(self, name="work", server=None, *options):
        added = self.box.add_profile(name, server or self.server, *options)
        self.assertEqual(0, added.status, added)

    def client_file(self):
        return self.box.client_file("work")

    def config(self):
        with open(self.box.config_file, "rb") as file:
            return file.read()

    def write_config(self, text):
        """As an editor does it: another file, moved into the place."""
        with open(f"{self.box.config_file}.new", "wb") as file:
            file.write(text)
        os.rename(f"{self.box.config_file}.new", self.box.config_file)

    def edit(self):
        edited = self.config().replace(b"{", b"{ // a person's\n", 1)
        self.write_config(edited)
        return edited

    def assertServed(self, server):
        asked = server.count
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual(asked + 1, server.count)

    @contextlib.contextmanager
    def held_vault(self):
        """Somebody else writes in the vault."""
        vault = os.open(self.box.vault, os.O_RDONLY)
        try:
            fcntl.flock(vault, fcntl.LOCK_EX)
            yield
        finally:
            os.close(vault)

    # --- where nothing can be locked ---

    def test_a_file_system_without_locks(self):
        """Whoever changes something there is told so; a token needs no lock."""
        without = [tool("no_flock"), KEYBEARER]
        lines = self.server.client_secret.encode() + b"\n"
        added = self.box.run(
            [*without, "add", "work", "--token-url", self.server.token_url, "--client-id",
             self.server.client_id, "--client-secret-stdin", "--store", "sealed-file"], lines)
        self.box.guard(self.server)
        self.assertIn("has no locks", self.assertOk(added).text)
        self.assertOk(self.box.run([*without, "refresh", "work"]))
        self.assertIn("has no locks", self.assertOk(self.box.run([*without, "remove", "--yes", "work"])).text)
        self.assertEqual([], self.box.client_files())

    # --- beside another command ---

    def overtaken(self, change):
        """`add work` with nothing but a client, which waits for its secret while CHANGE happens."""
        words = ["add", "work", "--client-id", self.server.client_id, "--client-secret-stdin"]
        ours, theirs = os.pipe()
        waiting = self.box.start(["sh", "-c", f'exec "$0" "$@" <&{ours}', KEYBEARER, *words],
                                 pass_fds=[ours])
        os.close(ours)
        os.write(theirs, self.server.client_secret[:4].encode())
        wait_until(lambda: unread(theirs) == 0, "the command reads its secret")
        change()
        os.write(theirs, f"{self.server.client_secret[4:]}\n".encode())
        os.close(theirs)
        return waiting.wait()

    def test_a_client_is_not_stored_for_settings_that_changed(self):
        self.add()
        result = self.overtaken(lambda: self.add("work", self.other))
        self.assertFails(result, CONFIG, "changed meanwhile")
        self.assertServed(self.other)

    def test_nor_for_a_profile_that_moved_to_another_store(self):
        self.add()
        with keyring(self.box) as service:
            result = self.overtaken(
                lambda: self.add("work", self.server, "--store", "secret-service"))
            self.assertFails(result, CONFIG, "changed meanwhile")
            self.assertIn("/collection/", service.search("profile", "work"))
            self.assertServed(self.server)
        self.assertEqual([], self.box.client_files())

    def test_nor_for_a_profile_that_was_removed(self):
        self.add()
        result = self.overtaken(
            lambda: self.assertOk(self.box.keybearer("remove", "--yes", "work")))
        self.assertFails(result, CONFIG, "changed meanwhile")
        self.assertEqual([], self.box.client_files())

    def beside(self, name, options, change):
        """A first `add` with settings; CHANGE happens once the server has its client."""
        gate, reply, asked = threading.Event(), self.server.issue(), self.server.count
        reply.gate = gate
        self.server.script(reply)
        adding = self.box.start(
            ["keybearer", "add", name, "--token-url", self.server.token_url, "--client-id",
             self.server.client_id, "--client-secret-stdin", "--store", "sealed-file", *options],
            stdin=f"{self.server.client_secret}\n".encode())
        self.box.guard(self.server)
        try:
            wait_until(lambda: self.server.count > asked, "the server has its client")
            change()
        finally:
            gate.set()
        return adding.wait()

    def test_two_first_adds_for_one_address(self):
        """The second to be stored is refused as one that only comes then."""
        address = ("--match", "https://git.example.com")
        late = self.beside("late", address, lambda: self.add("work", self.other, *address))
        self.assertFails(late, USAGE, "profile work serves the same address")
        self.assertIn(b"--same-address", late.stderr)
        later = self.box.add_profile("late", self.server, *address)
        self.assertEqual(later.stderr, late.stderr)
        self.assertEqual(1, len(self.box.client_files()))
        self.assertEqual([], self.box.references("late") + self.box.references("late", spare=True))
        self.assertServed(self.other)

    def test_two_first_adds_for_one_address_that_both_mean_it(self):
        address = ("--match", "https://git.example.com")
        late = self.beside("late", (*address, "--same-address"),
                           lambda: self.add("work", self.other, *address))
        self.assertRegex(self.assertOk(late).text, "profile work has the same address")

    def test_two_first_adds_of_one_name(self):
        """The second to be stored replaces the first, and says so."""
        late = self.beside("work", (), lambda: self.add("work", self.other))
        self.assertIn("Note: another command added this profile while this one ran. All its settings "
                      "were replaced.\n", self.assertOk(late).text)
        again = self.box.add_profile("work", self.server)
        self.assertIn("Note: all settings of the profile that was there", self.assertOk(again).text)
        self.assertEqual(1, len(self.box.client_files()))
        self.assertServed(self.server)

    def test_two_first_adds_of_a_name_for_which_a_key_waits(self):
        """The key was there before both, and is nobody's who was renamed."""
        self.assertOk(self.box.keybearer("keygen", "work", "--store", "sealed-file"))
        (card,) = self.box.cards()
        card["clients"][0]["since"] -= 60
        self.write_card(card)
        late = self.beside("work", (), lambda: self.add("work", self.other))
        self.assertIn("Note: another command added this profile", self.assertOk(late).text)
        self.assertOk(self.box.keybearer("show", "work", "--public-key"))

    def test_a_first_add_of_a_name_that_another_profile_gets(self):
        """Nobody asked whether that one's client may go."""
        self.add("before", self.other)
        (card,) = self.box.cards()
        card["clients"][0]["since"] -= 60
        self.write_card(card)
        late = self.beside("work", (), lambda: self.assertOk(self.box.keybearer("rename", "before", "work")))
        self.assertFails(late, CONFIG, "another profile was renamed to work meanwhile")
        self.assertEqual(1, len(self.box.client_files()))
        self.assertServed(self.other)

    def test_add_of_a_profile_that_was_removed(self):
        """It replaces nothing by then."""
        self.add()
        late = self.beside("work", (), lambda: self.assertOk(self.box.keybearer("remove", "--yes", "work")))
        self.assertIn("Profile work is ready.", self.assertOk(late).text)
        self.assertNotIn("was replaced", late.text)
        self.assertNotIn("were replaced", late.text)

    # --- beside an editor, who takes no lock ---

    def test_remove_does_not_put_an_old_text_over_an_edit(self):
        self.add()
        client = self.client_file()
        self.add("home")
        with self.held_vault():
            removing = self.box.start(["keybearer", "remove", "--yes", "work"])
            wait_until(lambda: b'"work"' not in self.config(), "the profile is out")
            edited = self.edit()
            self.assertFails(removing.wait(), TIMEOUT, "work is removed", "may be left")
        self.assertEqual(edited, self.config())
        self.assertTrue(os.path.exists(client))
        self.assertIn(b"keybearer remove work", self.box.said[-1].stderr)
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))  # as it said
        self.assertFalse(os.path.exists(client))

    def test_add_does_not_put_an_old_text_over_an_edit(self):
        self.add()
        directory = os.path.dirname(self.box.config_file)
        with self.held_vault():
            adding = self.box.start(
                ["keybearer", "add", "work", "--token-url", self.other.token_url,
                 "--client-id", self.other.client_id, "--client-secret-stdin"],
                stdin=f"{self.other.client_secret}\n".encode())
            self.box.guard(self.other)
            wait_until(lambda: any(".kb-tmp-" in name for name in os.listdir(directory)),
                       "the new configuration is written, and waits for the client")
            edited = self.edit()
        self.assertFails(adding.wait(), CONFIG, "changed by somebody else")
        self.assertEqual(edited, self.config())
        self.assertEqual([os.path.basename(self.box.config_file)], os.listdir(directory))
        self.assertEqual([os.path.basename(self.client_file())], self.box.client_files())
        self.assertEqual([], self.box.references("work", spare=True))
        self.assertServed(self.server)

    # --- after a killed one ---

    def write_card(self, card):
        """As we write it, in the place of the one of the same profile."""
        (name,) = os.listdir(self.box.cards_folder)
        text = json.dumps(card, separators=(",", ":"))
        with open(os.path.join(self.box.cards_folder, name), "w") as file:
            file.write(f"KBCARD1\n{text}\n")

    def moved_half(self, **spare):
        """An `add` for another endpoint was killed: the old settings, and both clients."""
        self.add()
        settings, (old,), file = self.config(), self.box.cards("work"), self.client_file()
        shutil.copy(file, self.box.path("old.kbr"))
        self.add("work", self.other)
        (card,) = self.box.cards("work")
        shutil.copy(self.box.path("old.kbr"), file)
        card["clients"].append({**old["clients"][0], **spare})
        self.write_card(card)
        self.write_config(settings)

    def test_a_locked_vault_is_called_locked(self):
        self.moved_half()
        self.assertServed(self.server)
        self.assertOk(self.box.keybearer("lock"))
        locked = self.box.keybearer("token", "work", env={"KEYBEARER_KEY_FILE": None})
        self.assertFails(locked, LOCKED, "vault")

    def test_remove_takes_both_clients(self):
        self.moved_half()
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertEqual(([], []), (self.box.client_files(), self.box.cards()))

    def test_a_former_client_does_not_survive_a_change_of_store(self):
        """What a killed command left in the vault is cleared away by one for the keyring."""
        self.moved_half(spare=True)
        with keyring(self.box):
            self.add("work", self.server, "--store", "secret-service")
            self.assertEqual([], self.box.client_files())
            self.assertEqual([], self.box.references("work", spare=True))
            self.add("work", self.server, "--store", "sealed-file")
        self.assertEqual(1, len(self.box.client_files()))
        self.assertServed(self.server)

    def test_the_same_client_for_another_store(self):
        """Somebody edited the store: no secret was replaced, where the old one can be read."""
        words = ["add", "work", "--client-id", self.server.client_id, "--client-secret-stdin"]
        secret = f"{self.server.client_secret}\n".encode()
        with keyring(self.box) as service:
            self.add("work", self.server, "--store", "secret-service")
            self.write_config(self.config().replace(b"secret-service", b"sealed-file"))
            moved = self.assertOk(self.box.keybearer(*words, stdin=secret)).text
            self.assertIn("had that secret already", moved)
            self.assertNotIn("evoke", moved)
            self.write_config(self.config().replace(b"sealed-file", b"secret-service"))
            self.assertOk(self.box.keybearer(*words, stdin=secret))
            self.write_config(self.config().replace(b"secret-service", b"sealed-file"))
            service.lock()
            unread = self.assertOk(self.box.keybearer(*words, stdin=secret)).text
            self.assertIn("Profile work: client ", unread)
            self.assertIn("If the secret is a new one, revoke the old one", unread)

    def test_a_client_in_a_locked_keyring_is_not_called_gone(self):
        with keyring(self.box) as service:
            self.add("work", self.server, "--store", "secret-service")
            os.unlink(self.box.config_file)
            service.lock()
            result = self.box.keybearer("remove", "--yes", "work")
            self.assertNotIn(result.status, (0, NOT_FOUND), result)
            self.assertFails(result, result.status, "may keep a client", "secret-service")

    def test_remove_under_another_keyring_says_what_it_did_not_find(self):
        self.add()
        with keyring(self.box):
            self.add("work", self.server, "--store", "secret-service")
            self.add("home", self.server, "--store", "secret-service")
            self.assertNotIn("Note", self.assertOk(self.box.keybearer("remove", "--yes", "home")).text)
        shutil.rmtree(os.path.join(self.box.data, "keyrings"))
        with keyring(self.box):
            removed = self.assertOk(self.box.keybearer("remove", "--yes", "work"))
            self.assertIn("Note: its client was not in this keyring", removed.text)
        self.assertEqual([], self.box.cards())

    def test_remove_of_a_client_whose_file_is_gone_says_so(self):
        self.add()
        os.unlink(self.client_file())
        removed = self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertIn("Note: its client was not in this vault", removed.text)

    def test_a_token_that_stays_cached_is_told_of(self):
        self.add()
        cache = os.path.join(self.box.runtime, "keybearer")
        (record,) = [name for name in os.listdir(cache) if name.startswith("t-")]
        os.unlink(os.path.join(cache, record))
        os.mkdir(os.path.join(cache, record))
        removed = self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertRegex(removed.text, r"(?m)^Note: its token .* keybearer lock")

    # --- where nothing was ever added ---

    def test_remove_makes_nothing(self):
        """Nor fails where nothing can be made."""
        nowhere = {"HOME": "/proc/nowhere", "XDG_CONFIG_HOME": None, "XDG_DATA_HOME": None}
        for env in ({}, nowhere):
            with self.subTest(env):
                removed = self.box.keybearer("remove", "--yes", "work", env=env)
                self.assertFails(removed, NOT_FOUND, 'there is no profile "work": there are none yet')
        self.assertEqual([], os.listdir(self.box.config) + os.listdir(self.box.data))

    # --- beside another configuration ---

    def test_a_client_of_another_configuration_stays(self):
        self.add()
        elsewhere = self.box.path("elsewhere.json")
        with open(elsewhere, "w") as file:
            file.write("{}")
        removed = self.box.keybearer("remove", "--yes", "work", env={"KEYBEARER_CONFIG": elsewhere})
        self.assertFails(removed, NOT_FOUND)
        self.assertServed(self.server)


if __name__ == "__main__":
    main()
