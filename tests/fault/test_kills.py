"""Kill -9 at the system calls of what changes a client, then everything as a user sees it.

Every point is a system call of the front or of its helper, which is killed before making it.
What is then there is the old state or the new one, whole; the same command finishes the work;
nothing lies in clear and nothing is left lying about. KB_TEST_FULL=1 takes every distinct point.
"""

import base64
import collections
import json
import os
import signal
import subprocess
import unittest

from halting import FULL, Halted, World, chosen, need_halting, points_of
from harness import (
    DENIED, LOCKED, NOT_FOUND, USAGE, SandboxTest, figures, main, need_keyrings, wait_until,
)
from keyring import keyring
from token_server import TokenServer, refused

OLD_SECRET = "old+secret/that=was&there-before"
NEW_SECRET = "new+secret/that=comes&instead-of-it"
PASSPHRASE = "one that is known by heart"
NEW_PASSPHRASE = "another one, to be learned"
KILLED = 128 + signal.SIGKILL
only_whole = unittest.skipUnless(FULL, "what its neighbours do; KB_TEST_FULL=1 tries it")


class KillTest(SandboxTest):
    """One command, killed at its points. `setUp` makes the old state."""

    words = ()  # the command, without "keybearer"
    stdin = b""
    done = NOT_FOUND  # what a command may say whose work is done already
    store = "sealed-file"
    no_token = (NOT_FOUND, DENIED)  # what `token` may say then
    sample = 8  # points around the turns, in a plain run
    missed = 0.02  # of the points: what varies from run to run

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.box.secret(OLD_SECRET, NEW_SECRET)
        self.world = World(self.box.home, self.box.runtime, without=self.untouched())

    def untouched(self):
        """Directories that somebody else keeps."""
        return ()

    def serve(self):
        """A server that takes both secrets, and notes which one it was sent."""
        server = self.enterContext(TokenServer())

        def answer(request):
            self.last_sent = request.form.get("client_secret")
            return server.issue() if self.last_sent in (OLD_SECRET, NEW_SECRET) else refused()

        server.behave(answer)
        self.tokens = getattr(self, "tokens", []) + [server.accepts]
        return server

    def adding(self, name, *options, server=None):
        """The words of an `add` of everything; `lines` is what it reads."""
        server = server or self.server
        return ("add", name, "--token-url", server.token_url, "--store", self.store,
                "--client-id", server.client_id, "--client-secret-stdin", *options)

    def lines(self, secret):
        return f"{secret}\n".encode()

    def add(self, name, secret, *options):
        self.assertOk(self.box.keybearer(*self.adding(name, *options), stdin=self.lines(secret)))

    # --- what a user sees ---

    def sent(self, **run):
        """The secret that an exchange sends now, or the status that says why there is none."""
        result = self.box.keybearer("refresh", "work", **run)
        if result.status:
            self.assertEqual((b"", 2), (result.stdout, result.stderr.count(b"\n")), result)
            return result.status
        return self.last_sent

    def view(self):
        """Everything that tells the old state from the new one."""
        listed = self.assertOk(self.box.keybearer("list", "--json")).json()["profiles"]
        names = tuple(profile["name"] for profile in listed)
        shown = self.assertOk(self.box.keybearer("show", "work")).text if "work" in names else ""
        return names, shown, self.sent()

    def is_whole(self, seen):
        """Whether SEEN, neither old nor new, is what the command's documentation allows."""
        return False

    def assertToken(self):
        """Whatever `token` answers, a server takes it."""
        result = self.box.keybearer("token", "work")
        if result.status == 0:
            self.assertTrue(any(accepts(result.text) for accepts in self.tokens), result)
        else:
            self.assertIn(result.status, self.no_token, result)

    # --- one point ---

    def restore(self):
        """The old state again; no key of the one that was there stays in the kernel."""
        self.assertOk(self.box.keybearer("lock"))
        self.world.restore(self.old_files)
        self.box.keybearer("status")
        self.box.said.clear()

    def run_command(self, **run):
        return self.box.keybearer(*self.words, stdin=self.stdin, **run)

    def kill_at(self, point):
        """Whether the process came to the point, and died there."""
        halted = Halted(self.box, ["keybearer", *self.words], point.process, point.call,
                        stdin=self.stdin)
        there = halted.wait_until_there()
        if there:
            halted.decide("k")
        result = halted.wait()
        if there and point.process == 1:
            self.assertEqual(KILLED, result.status, (point, result))
        return there is not None

    def assertNothingInClear(self):
        files = self.world.now()
        for what, needle in self.box.needles():
            for path, (_, content) in files.items():
                self.assertNotIn(needle, content or b"", f"{what} in {path}")
        self.assertEqual([], self.box.leaks())

    def assertFinishes(self, seen):
        """The same command once more, and nothing is left of the first one."""
        again = self.run_command()
        if seen != self.new or again.status:
            accepted = (0, self.done) if seen == self.new else (0,)
            self.assertIn(again.status, accepted, again)
        self.assertEqual(self.new, self.view())
        left = [path for path in self.world.now() if ".kb-tmp-" in path or path.endswith(".kbf")]
        self.assertEqual([], [path for path in left if path.startswith(self.box.home)])
        self.box.keybearer("lock")
        left = [path for path in self.world.now() if ".kb-tmp-" in path]
        self.assertEqual([], left)
        self.assertStoreIsTidy()

    def assertStoreIsTidy(self):
        """Each profile has its card and one client, and nothing else lies in the vault."""
        names = sorted(name for card in self.box.cards() for name in [card["profile"]])
        self.assertEqual(sorted(self.view_names()), names)
        references = {name: self.box.references(name) for name in names}
        self.assertEqual({1}, set(map(len, references.values())) or {1}, references)
        files = [f"{ref}.kbr" for (ref,) in references.values()]
        self.assertEqual([], [ref for name in names for ref in self.box.references(name, spare=True)])
        self.assertEqual(sorted(files), self.box.client_files())

    def view_names(self):
        listed = self.assertOk(self.box.keybearer("list", "--json")).json()["profiles"]
        return [profile["name"] for profile in listed]

    def is_unchanged(self):
        """Byte for byte."""
        return self.world.now() == self.old_files

    def judge(self, point):
        """What the kill left, from what it did to the files on."""
        if self.is_unchanged() and self.count["old"] % 25:
            return "old"  # nothing to look at
        with self.subTest(point=point):
            self.assertNothingInClear()
            self.assertToken()
            seen = self.view()
            self.assertTrue(seen in (self.old, self.new) or self.is_whole(seen), seen)
            self.assertFinishes(seen)
            self.restore()
            return {self.old: "old", self.new: "new"}.get(seen, "between")
        self.restore()
        return "torn"

    def sweep(self):
        self.restore_point()
        self.old = self.view()
        self.restore()
        result, points = points_of(self.box, ["keybearer", *self.words], stdin=self.stdin)
        self.assertEqual(0, result.status, result)
        self.new = self.view()
        self.assertNotEqual(self.old, self.new)
        self.restore()
        self.count = collections.Counter()
        for point in chosen(points, self.sample, self.id()):
            if self.kill_at(point):
                self.count[self.judge(point)] += 1
            else:
                self.count["missed"] += 1
                self.restore()
        print(f"{self._testMethodName}: {len(points)} points, {dict(self.count)}", flush=True)
        figures(points=len(points), **self.count)
        self.assertEqual(0, self.count["torn"])
        self.assertGreater(self.count["old"], 0)
        self.assertGreater(self.count["new"], 0)
        self.assertLessEqual(self.count["missed"], max(1, self.missed * len(points)))

    def restore_point(self):
        self.box.keybearer("status")
        self.old_files = self.world.now()


class AddTest(KillTest):
    def setUp(self):
        super().setUp()
        self.stdin = self.lines(NEW_SECRET)

    def test_killed_the_first_client_of_all(self):
        """The vault, the configuration and their directories come into being."""
        self.words = self.adding("work")
        self.sweep()

    def test_killed_one_more_client(self):
        self.add("other", OLD_SECRET)
        self.words = self.adding("work", "--match", "https://api.example.com")
        self.sweep()

    def test_killed_a_new_secret(self):
        self.add("work", OLD_SECRET)
        self.words = ("add", "work", "--client-id", self.server.client_id,
                      "--client-secret-stdin")
        self.sweep()

    def test_killed_other_settings_and_a_new_secret(self):
        """Two files, one after the other: in between, the old settings with the new secret."""
        self.add("work", OLD_SECRET, "--match", "https://old.example.com")
        self.words = self.adding("work", "--match", "https://new.example.com")
        self.is_whole = lambda seen: seen == (*self.old[:2], NEW_SECRET)
        self.sweep()

    def test_killed_another_endpoint(self):
        """The new client is bound to the new endpoint: the old one stays until that is written."""
        self.add("work", OLD_SECRET)
        self.words = self.adding("work", server=self.serve())
        self.sweep()


class KeyTest(KillTest):
    """A client that proves itself with a key. Its server notes which, by the name it was given."""

    def serve(self):
        server = self.enterContext(TokenServer())

        def answer(request):
            assertion = request.form.get("client_assertion", "")
            head = assertion.partition(".")[0]
            named = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)) or "{}")
            self.last_sent = named.get("kid", "no name")
            return server.issue() if assertion else refused()

        server.behave(answer)
        self.tokens = getattr(self, "tokens", []) + [server.accepts]
        return server

    def key(self, name):
        """A JWK whose private number is a text, which the search for leaks knows in every spelling."""
        number = f"{name} key, never in clear on a disk!"[-32:].encode()
        self.box.secret(number.decode())
        der = bytes.fromhex("302e020100300506032b657004220420") + number
        public = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"],
                                input=der, check=True, capture_output=True).stdout[-32:]
        text = {part: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
                for part, raw in (("d", number), ("x", public))}
        return json.dumps({"kty": "OKP", "crv": "Ed25519", "kid": name, **text}).encode()

    def adding(self, name, *options, server=None):
        server = server or self.server
        return ("add", name, "--token-url", server.token_url, "--store", self.store, "--client-auth",
                "private_key_jwt", "--client-id", server.client_id, *options)

    def test_killed_a_new_key(self):
        self.assertOk(self.box.keybearer(*self.adding("work", "--client-key", "-"), stdin=self.key("old")))
        self.words, self.stdin = ("add", "work", "--client-key", "-"), self.key("new")
        self.sweep()
        self.assertEqual(("old", "new"), (self.old[-1], self.new[-1]))

    def test_killed_completing_a_key(self):
        """The key that keygen made is there until the client is; in between it is both."""
        self.assertOk(self.box.keybearer("keygen", "work", "--store", self.store))
        self.words = self.adding("work")
        self.is_whole = self.is_both
        self.sweep()

    def is_both(self, seen):
        key = self.new[1][self.new[1].index("\nkey "):]
        waiting = key.replace("\nkey     ", "\nnext_key")
        return seen == (self.new[0], self.new[1] + waiting, self.new[2])


class KeygenTest(KillTest):
    """There is a key afterwards or none, and no profile."""

    words = ("keygen", "work", "--store", "sealed-file")
    done = USAGE  # there is one already

    def view(self):
        shown = self.box.keybearer("show", "work", "--public-key")
        self.assertIn(shown.status, (0, NOT_FOUND), shown)
        return shown.status

    def view_names(self):
        return ["work"]

    def test_killed_a_key_is_made(self):
        self.sweep()


class AdoptTest(KillTest):
    """The client is bound to what the configuration says now: before, it is refused."""

    words = ("adopt", "work", "--yes")
    done = 0

    def test_killed_adopting_another_endpoint(self):
        self.add("work", OLD_SECRET)
        other = self.serve()
        self.edit(lambda text: text.replace(self.server.token_url, other.token_url))
        self.sweep()
        self.assertEqual((DENIED, OLD_SECRET), (self.old[-1], self.new[-1]))

    def test_killed_adopting_a_client_of_a_configuration_that_moved(self):
        self.add("work", OLD_SECRET)
        moved = self.box.path("moved.json")
        os.rename(self.box.config_file, moved)
        self.box.env["KEYBEARER_CONFIG"] = moved
        self.sweep()
        self.assertEqual((NOT_FOUND, OLD_SECRET), (self.old[-1], self.new[-1]))

    def edit(self, change):
        with open(self.box.config_file) as file:
            text = change(file.read())
        with open(self.box.config_file, "w") as file:
            file.write(text)


class PassphraseTest(KillTest):
    """The same where only a passphrase unlocks the vault, and is asked for each time."""

    no_token = (NOT_FOUND, DENIED, LOCKED)
    sample = 3  # each look derives a key

    def setUp(self):
        super().setUp()
        need_keyrings(self)
        del self.box.env["KEYBEARER_KEY_FILE"]
        self.box.secret(PASSPHRASE, NEW_PASSPHRASE)

    def adding(self, name, *options, **more):
        return super().adding(name, "--passphrase-stdin", *options, **more)

    def lines(self, secret):
        return f"{secret}\n{PASSPHRASE}\n".encode()

    def sent_by(self, passphrase):
        """The secret that is sent when this unlocks the vault, or why there is none."""
        self.assertOk(self.box.keybearer("lock"))
        line = f"{passphrase}\n".encode()
        opened = self.box.keybearer("unlock", "--passphrase-stdin", stdin=line)
        return opened.status or self.sent()


class PassphraseAddTest(PassphraseTest):
    def view(self):
        opened = self.sent_by(PASSPHRASE)
        return *super().view(), opened

    def test_killed_a_vault_comes_into_being(self):
        self.stdin = self.lines(NEW_SECRET)
        self.words = self.adding("work")
        self.sweep()

    @only_whole
    def test_killed_a_new_secret_in_a_locked_vault(self):
        self.add("work", OLD_SECRET)
        self.stdin = self.lines(NEW_SECRET)
        self.words = self.adding("work")
        self.sweep()


class PassphrasePasswdTest(PassphraseTest):
    """The vault has the old passphrase or the new one, never none and never both."""

    done = DENIED

    def view(self):
        return tuple(self.sent_by(word) for word in (PASSPHRASE, NEW_PASSPHRASE))

    @only_whole
    def test_killed_a_new_passphrase(self):
        self.add("work", OLD_SECRET)
        self.words = ("passwd", "--passphrase-stdin")
        self.stdin = f"{PASSPHRASE}\n{NEW_PASSPHRASE}\n".encode()
        self.sweep()
        self.assertEqual(((OLD_SECRET, DENIED), (DENIED, OLD_SECRET)), (self.old, self.new))


class RemoveTest(KillTest):
    words = ("remove", "--yes", "work")

    def test_killed_remove(self):
        """The profile goes first: what a kill leaves of its client, the same command takes away."""
        self.add("work", OLD_SECRET)
        self.add("other", OLD_SECRET)
        self.sweep()


class RenameTest(KillTest):
    """One name or the other, with its client; what is left of the other goes with the next rename."""

    words = ("rename", "work", "office")

    def view(self):
        return tuple(self.view_names()), self.sent(), self.sent("office")

    def sent(self, name="work", **run):
        result = self.box.keybearer("refresh", name, **run)
        return result.status or self.last_sent

    def test_killed_rename(self):
        """A template of another profile has the name that there is."""
        self.add("work", OLD_SECRET)
        self.add("other", OLD_SECRET, "--env", "T={work:token}")
        self.sweep()
        self.assertEqual(((OLD_SECRET, NOT_FOUND), (NOT_FOUND, OLD_SECRET)),
                         (self.old[1:], self.new[1:]))

    def test_killed_rename_with_a_key_that_waits(self):
        self.add("work", OLD_SECRET)
        self.assertOk(self.box.keybearer("keygen", "work", "--replace"))
        self.sweep()

    def assertStoreIsTidy(self):
        """As many as there were, under one name, and none of them spare."""
        if len(self.view_names()) > 1:
            return super().assertStoreIsTidy()
        (card,) = self.box.cards()
        self.assertEqual([2, "office"], [len(card["clients"]), card["profile"]])
        self.assertNotIn("spare", str(card))
        self.assertEqual(2, len(self.box.client_files()))


class MoveTest(KillTest):
    """From the vault into gnome-keyring: in the one or the other, and at last not in both."""

    words = ("move", "work", "--store", "secret-service")
    done = 0
    sample = 4
    missed = 0.05

    def untouched(self):
        return [os.path.join(self.box.data, "keyrings")]

    def setUp(self):
        super().setUp()
        self.keyring = self.enterContext(keyring(self.box))

    def keyring_file(self):
        status = os.stat(os.path.join(self.box.data, "keyrings", "login.keyring"))
        return status.st_ino, status.st_mtime_ns

    def restore_point(self):
        super().restore_point()
        self.old_keyring = self.keyring_file()

    def restore(self):
        """What came into the keyring is taken out by its card; the vault is put back as it was."""
        self.box.keybearer("remove", "--yes", "work")
        super().restore()
        self.old_keyring = self.keyring_file()

    def is_unchanged(self):
        return super().is_unchanged() and self.keyring_file() == self.old_keyring

    def assertStoreIsTidy(self):
        self.assertEqual([], self.box.client_files())
        (card,) = self.box.cards()
        self.assertEqual(["secret-service"], [client["store"] for client in card["clients"]])
        wait_until(lambda: self.keyring.search("xdg:schema", "org.keybearer.Client").count(
            "/org/freedesktop/secrets/collection") == 1, "the keyring holds one client")

    def test_killed_move(self):
        self.add("work", OLD_SECRET)
        self.sweep()


class KeyringTest(AddTest):
    """The same where gnome-keyring keeps the clients: it is no file that could be put back."""

    store = "secret-service"
    sample = 6
    missed = 0.05  # how often a thread of GLib's waits differs more

    test_killed_one_more_client = only_whole(AddTest.test_killed_one_more_client)
    test_killed_the_first_client_of_all = only_whole(AddTest.test_killed_the_first_client_of_all)
    test_killed_other_settings_and_a_new_secret = only_whole(
        AddTest.test_killed_other_settings_and_a_new_secret)

    def untouched(self):
        return [os.path.join(self.box.data, "keyrings")]

    def setUp(self):
        super().setUp()
        self.keyring = self.enterContext(keyring(self.box))
        self.olds = []

    def add(self, name, secret, *options):
        super().add(name, secret, *options)
        self.olds.append((name, secret, *options))

    def restore(self):
        """What is stored is taken away and stored again; the server must be the first one."""
        olds, self.olds = self.olds, []
        for name in ("work", "other"):
            self.box.keybearer("remove", "--yes", name)
        super().restore()
        for old in olds:
            self.add(*old)
        self.box.said.clear()
        self.old_files, self.old_keyring = self.world.now(), self.keyring_file()

    def keyring_file(self):
        """The daemon writes it anew for every change, before it answers."""
        status = os.stat(os.path.join(self.box.data, "keyrings", "login.keyring"))
        return status.st_ino, status.st_mtime_ns

    def is_unchanged(self):
        return super().is_unchanged() and self.keyring_file() == self.old_keyring

    def items(self, schema):
        return self.keyring.search("xdg:schema", schema).count("/org/freedesktop/secrets/collection")

    def assertStoreIsTidy(self):
        """At last: the service may still have to hear that a program of ours is gone."""
        profiles = len(self.view_names())
        self.assertEqual(profiles, len(self.box.cards()))
        self.assertEqual(profiles, sum(len(card["clients"]) for card in self.box.cards()))
        for schema, count in (("FormerClient", 0), ("Client", profiles)):
            wait_until(lambda: self.items(f"org.keybearer.{schema}") == count,
                       f"the keyring holds {count} {schema}")

    def test_killed_remove(self):
        self.add("work", OLD_SECRET)
        self.add("other", OLD_SECRET)
        self.words = ("remove", "--yes", "work")
        self.stdin = b""
        self.sweep()


class ForgetTest(KillTest):
    words = ("forget", "work")
    done = 0

    def view(self):
        """Whether the token is still there: the same one is answered, without a request."""
        self.last_sent = None
        token = self.assertOk(self.box.keybearer("token", "work")).text
        return "cached" if self.last_sent is None and token == self.token else "forgotten"

    def restore(self):
        """With another token: its record and the key for it went together."""
        super().restore()
        self.token = self.assertOk(self.box.keybearer("token", "work")).text
        self.old_files = self.world.now()

    def test_killed_forget(self):
        self.add("work", OLD_SECRET)
        self.token = self.assertOk(self.box.keybearer("token", "work")).text
        self.sweep()


class PasswdTest(KillTest):
    """The vault has one key file or the other, never none and never two."""

    done = DENIED  # the old key file opens nothing any more, and there is no passphrase to ask for

    def view(self):
        self.assertOk(self.box.keybearer("lock"))
        files = (self.box.key_file, self.new_key)
        return tuple(self.sent(env={"KEYBEARER_KEY_FILE": path}) for path in files)

    def assertToken(self):
        pass

    def test_killed_a_new_key_file(self):
        self.new_key = self.box.path("new.key")
        with open(os.open(self.new_key, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(os.urandom(32))
        self.add("work", OLD_SECRET)
        self.words = ("passwd", "--key-file", self.new_key)
        self.sweep()
        self.assertEqual(((OLD_SECRET, DENIED), (DENIED, OLD_SECRET)), (self.old, self.new))


if __name__ == "__main__":
    need_halting()
    main()
