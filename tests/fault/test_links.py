"""Something else in the place of a file of ours: a link, a pipe, a directory, a device, a socket.

Read is only what the documentation lets be read, nothing behind a link is ever changed, and
nobody waits. Then the same with a racer that swaps the file and a link all the time.
"""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

from certificates import Authority
from faults import DEADLINE, FULL
from harness import (
    CONFIG, DENIED, NETWORK, NOT_FOUND, SYSTEM, SandboxTest, figures, find_program, main, tool,
)
from token_server import TokenServer, refused

ADDRESS = "https://api.example.com/v1"
REQUEST = json.dumps({"uri": f"{ADDRESS}/accounts"}).encode()
SWAPPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "swapper.py")
RACE = 60 if FULL else 0.5  # seconds a race


# --- what may stand in a file's place ---

def link(path, victims):
    os.symlink(os.path.join(victims, "good"), path)


def dangling(path, victims):
    os.symlink(os.path.join(victims, "not", "there"), path)


def missing(path, victims):
    """What an open() with O_CREAT would make."""
    os.symlink(os.path.join(victims, "absent"), path)


def loop(path, victims):
    os.symlink(path, path)


def hard_link(path, victims):
    os.link(os.path.join(victims, "good"), path)


def fifo(path, victims):
    os.mkfifo(path, 0o600)


def directory(path, victims):
    shutil.copytree(victims, path)


def listening_socket(path, victims):
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(os.path.dirname(path))  # the name of a socket is short
        server.bind(os.path.basename(path))
        os.chdir(here)


def zeroes(path, victims):
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))


def terminal(path, victims):
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(5, 0))


LINKS = (link, dangling, missing, loop)
ALL = (*LINKS, hard_link, fifo, directory, listening_socket)
with tempfile.TemporaryDirectory() as place:
    try:
        zeroes(os.path.join(place, "device"), place)
        ALL = (*ALL, zeroes, terminal)
    except PermissionError:
        print("skipped: no devices can be made here", flush=True)


def copy(source, target):
    if os.path.isdir(source):
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def look_at(path):
    """Mode, time of change and content of one file, or of all below a directory."""
    st = os.lstat(path)
    content = None
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            content = file.read()
    elif stat.S_ISDIR(st.st_mode):
        content = {name: look_at(os.path.join(path, name)) for name in os.listdir(path)}
    return st.st_mode, st.st_mtime_ns, content


def bearer(answer):
    return answer.json()["headers"]["Authorization"][0].removeprefix("Bearer ")


class PlaceTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", ADDRESS)
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.keybearer("get", stdin=REQUEST))
        self.other_key = self.box.path("other.key")
        shutil.copy(self.box.key_file, self.other_key)

    @contextmanager
    def replaced(self, path, make):
        """MAKE stands where PATH was; behind its links lies a good copy that nobody may touch."""
        victims = self.place_for_victims(path)
        kept = victims + ".kept"
        copy(path, os.path.join(victims, "good"))
        os.rename(path, kept)
        make(path, victims)
        before = look_at(victims)
        try:
            yield victims
            self.assertEqual(before, look_at(victims))
        finally:
            remove(path)
            os.rename(kept, path)
            shutil.rmtree(victims)

    def place_for_victims(self, path):
        """On the same file system, and where a helper may read: not Landlock is what is tested."""
        tops = (self.box.runtime, os.path.join(self.box.vault, ""), self.box.root)
        place = os.path.join(next(top for top in tops if path.startswith(top)), "victims")
        os.mkdir(place, 0o700)
        return place

    def run_quickly(self, *words, **options):
        begun = time.monotonic()
        result = self.box.keybearer(*words, **options)
        self.assertLess(time.monotonic() - begun, DEADLINE, result)
        self.assertIn(result.status, range(15), result)
        return result

    def assertTyped(self, result, *statuses):
        self.assertIn(result.status, statuses, result)
        if result.status:
            self.assertFails(result, result.status)

    def renew(self, **options):
        """Reads configuration, client file, vault and key file."""
        self.box.keybearer("lock")
        return self.run_quickly("refresh", "work", **options)

    def add_client(self):
        return self.run_quickly(
            "add", "work", "--client-id", self.server.client_id, "--client-secret-stdin",
            stdin=self.server.client_secret.encode() + b"\n")

    def add_another(self):
        return self.box.add_profile("two", self.server)

    def all_else(self, make):
        """Every other command that may meet the file, with whatever ending, but soon."""
        if not FULL and make not in (link, fifo):
            return
        for words in (["status"], ["list"], ["doctor"], ["unlock"], ["forget", "work"],
                      ["passwd", "--key-file", self.other_key], ["lock"]):
            result = self.run_quickly(*words)
            if words != ["doctor"]:
                self.assertTyped(result, *range(15))

    def works(self):
        self.assertEqual(0, (renewed := self.renew()).status, renewed)
        self.assertOk(self.box.keybearer("get", stdin=REQUEST))


class VaultFilesTest(PlaceTest):
    """Never followed, never opened a second time by name, never waited for."""

    def check(self, path, may_read=(), refusals=(DENIED, SYSTEM)):
        for make in ALL:
            with self.subTest(make.__name__), self.replaced(path, make):
                if make in may_read:
                    self.assertTyped(self.renew(), 0)
                else:
                    self.assertTyped(self.renew(), *refusals)
                self.all_else(make)
                self.assertTyped(self.add_client(), 0, *refusals)
            with open(self.config_copy, "rb") as kept, open(self.box.config_file, "rb") as now:
                self.assertEqual(kept.read(), now.read())
        self.works()

    def setUp(self):
        super().setUp()
        self.config_copy = self.box.path("config.copy")
        shutil.copy(self.box.config_file, self.config_copy)

    def test_replaced_vault_file(self):
        self.check(os.path.join(self.box.vault, "vault.kbv"))

    def test_replaced_client_file(self):
        """Each `add` makes another file: what stands in the place of the old one is not written."""
        for make in ALL:
            path = self.box.client_file("work")
            with self.subTest(make.__name__), self.replaced(path, make):
                self.assertTyped(self.renew(), DENIED, SYSTEM)
                self.all_else(make)
                self.assertTyped(self.add_client(), 0)
                if not os.path.lexists(path):
                    os.mkdir(path)
            self.assertNotEqual(path, self.box.client_file("work"))
            os.unlink(path)
            self.works()

    def test_replaced_key_file(self):
        """A service manager may hand one out under two names, or by a link."""
        self.check(self.box.key_file, may_read=(link, hard_link), refusals=(DENIED, SYSTEM, CONFIG))

    def test_replaced_vault_directory(self):
        for make in ALL:
            if make is hard_link:
                continue
            with self.subTest(make.__name__), self.cards_kept(), \
                    self.replaced(self.box.vault, make):
                wanted = NOT_FOUND if make is directory else DENIED
                self.assertTyped(self.renew(), wanted)
                self.all_else(make)
                self.assertTyped(self.add_client(), *([0] if make is directory else [DENIED]))
        self.works()

    @contextmanager
    def cards_kept(self):
        """Which clients there were before another vault stood in the place of theirs."""
        kept = self.box.path("cards.kept")
        shutil.copytree(self.box.cards_folder, kept, dirs_exist_ok=True)
        yield
        shutil.copytree(kept, self.box.cards_folder, dirs_exist_ok=True)

    def test_replaced_remove_takes_what_stands_there(self):
        for make in LINKS:
            with self.subTest(make.__name__):
                path = self.box.client_file("work")
                config, cards = self.box.path("config.before"), self.box.path("cards.before")
                shutil.copy(self.box.config_file, config)
                shutil.copytree(self.box.cards_folder, cards, dirs_exist_ok=True)
                with self.replaced(path, make):
                    removed = self.run_quickly("remove", "--yes", "work")
                    self.assertEqual(0, removed.status, removed)
                    self.assertFalse(os.path.lexists(path))
                shutil.copy(config, self.box.config_file)
                shutil.copytree(cards, self.box.cards_folder, dirs_exist_ok=True)
        self.works()


class ConfigurationTest(PlaceTest):
    """The one file that may be a link: it is followed for reading, and stays one when written."""

    UNUSABLE = (loop, fifo, directory, listening_socket, dangling, missing, *ALL[8:])

    def test_replaced_read(self):
        for make in ALL:
            with self.subTest(make.__name__), self.replaced(self.box.config_file, make):
                result = self.run_quickly("get", stdin=REQUEST)
                if make in (link, hard_link):
                    self.assertOk(result)
                else:
                    self.assertTyped(self.renew(), CONFIG, SYSTEM)
                self.all_else(make)
        self.works()

    def test_replaced_written(self):
        for make in self.UNUSABLE:
            with self.subTest(make.__name__), self.replaced(self.box.config_file, make):
                self.assertTyped(self.add_another(), CONFIG, DENIED, SYSTEM)
                self.assertTyped(self.run_quickly("remove", "--yes", "work"), CONFIG, SYSTEM)
        for make in (dangling, missing):
            with self.subTest(make.__name__), self.replaced(self.box.config_file, make):
                self.assertTyped(self.add_another(), CONFIG)
                self.assertTrue(os.path.islink(self.box.config_file))
        with self.subTest("hard_link"), self.replaced(self.box.config_file, hard_link):
            self.assertTyped(self.add_another(), 0)
            self.assertEqual(0, self.run_quickly("remove", "--yes", "two").status)
        self.works()

    def test_replaced_a_link_to_the_real_one(self):
        place = self.box.path("dotfiles")
        os.mkdir(place)
        real = os.path.join(place, "keybearer.json")
        os.rename(self.box.config_file, real)
        os.symlink(real, self.box.config_file)
        self.assertTyped(self.add_another(), 0)
        self.assertTrue(os.path.islink(self.box.config_file))
        with open(real) as file:
            self.assertEqual({"work", "two"}, set(json.load(file)["profiles"]))
        self.assertEqual(["keybearer.json"], os.listdir(place))

    def test_replaced_directory(self):
        folder = os.path.dirname(self.box.config_file)
        for make in ALL:
            if make is hard_link:
                continue
            with self.subTest(make.__name__), self.replaced(folder, make):
                result = self.renew()
                self.assertTyped(result, *([0] if make is link else [NOT_FOUND, CONFIG, SYSTEM]))
                self.all_else(make)
        self.works()


class CacheFilesTest(PlaceTest):
    """Whatever lies there, the right token is printed; a record is replaced, never written to."""

    def cache(self, start):
        top = os.path.join(self.box.runtime, "keybearer")
        found = [os.path.join(top, name) for name in os.listdir(top) if name.startswith(start)]
        self.assertNotEqual([], found)
        return found[0]

    def assertAnswered(self):
        answer = self.assertOk(self.run_quickly("get", stdin=REQUEST))
        self.assertIn(bearer(answer), self.server.issued)

    def check(self, path, command, kinds=ALL):
        for make in kinds:
            with self.subTest(os.path.basename(path)[:8] + " " + make.__name__):
                with self.replaced(path, make):
                    self.assertAnswered()
                    self.assertTyped(self.run_quickly("status"), 0)
                    command()
                    self.assertAnswered()
                    self.assertTyped(self.run_quickly("forget", "work"), 0, SYSTEM)
                    self.assertAnswered()

    def refreshed(self):
        self.assertEqual(0, (renewed := self.run_quickly("refresh", "work")).status, renewed)

    def locked(self):
        self.assertTyped(self.run_quickly("lock"), 0, SYSTEM)

    def failed(self):
        self.server.script(refused())
        self.assertFails(self.run_quickly("refresh", "work"), DENIED)

    def test_replaced_records(self):
        for start in "tpm":
            self.refreshed()
            self.assertAnswered()
            self.check(self.cache(start + "-"), self.refreshed)
        self.works()

    def test_replaced_record_of_a_failure(self):
        self.failed()
        self.check(self.cache("o-"), self.refreshed)
        self.works()

    def test_replaced_flight_lock(self):
        self.refreshed()
        top = os.path.join(self.box.runtime, "keybearer")
        (name,) = [name for name in os.listdir(top) if name.startswith("f-") and name.endswith(".1")]
        self.check(os.path.join(top, name), self.refreshed)

    def test_replaced_session_lock(self):
        self.check(self.cache("f-session"), self.locked)

    def test_replaced_session_key(self):
        """In a file only where the kernel's keyring is forbidden."""
        self.box.keybearer("lock")
        front = shutil.which("keybearer", path=self.box.env["PATH"])

        def weak(*words, **options):
            begun = time.monotonic()
            result = self.box.run([tool("no_keyctl"), "EPERM", front, *words], **options)
            self.assertLess(time.monotonic() - begun, DEADLINE)
            return result

        self.assertOk(weak("get", stdin=REQUEST))
        path = self.cache("session.key")
        for make in ALL:
            with self.subTest(make.__name__), self.replaced(path, make):
                for _ in range(2):
                    answer = self.assertOk(weak("get", stdin=REQUEST))
                    self.assertIn(bearer(answer), self.server.issued)


class AuthorityTest(PlaceTest):
    """The file of the profile's authorities is the person's, and may be a link; it is not waited for."""

    def setUp(self):
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        super().setUp()
        place = self.box.path("authority")
        os.mkdir(place)
        self.authority = Authority(place)
        self.tls = self.enterContext(TokenServer(certificate=self.authority.good()))
        self.ca_file = self.box.path("ca.pem")
        shutil.copy(self.authority.ca_file, self.ca_file)

    def test_replaced_authorities(self):
        added = self.box.add_profile("tls", self.tls, "--ca-file", self.ca_file)
        self.assertEqual(0, added.status, added)
        for make in ALL:
            with self.subTest(make.__name__), self.replaced(self.ca_file, make):
                result = self.run_quickly("refresh", "tls")
                if make in (link, hard_link):
                    self.assertTyped(result, 0)
                else:
                    self.assertTyped(result, CONFIG, NETWORK, DENIED)
        self.assertEqual(0, self.run_quickly("refresh", "tls").status)


class RaceTest(PlaceTest):
    """A file and a link to another good one, in turns, some hundred times a second."""

    @contextmanager
    def swapped(self, path, victim):
        before = look_at(victim)
        command = [sys.executable, "-B", SWAPPER, path, victim]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(b"begun\n", process.stdout.readline())
            yield time.monotonic() + RACE
        finally:
            turns, _ = process.communicate(timeout=DEADLINE)
        self.assertGreater(int(turns), RACE)
        self.assertEqual(before, look_at(victim))

    def victim_of(self, path):
        """A place on the same file system, for a good file that is never to be used."""
        return os.path.join(self.place_for_victims(path), "good")

    def race(self, path, victim, step, mend=None):
        """STEP until the time is up; how often it ended in which way. MEND comes after it."""
        tally = {}
        with self.swapped(path, victim) as end:
            while time.monotonic() < end:
                result = step()
                self.assertTyped(result, *range(15))
                tally[result.status] = tally.get(result.status, 0) + 1
        print(f"{os.path.basename(path)}: how often which status: {tally}")
        figures(races=1, steps=sum(tally.values()))
        if mend:
            self.assertTyped(mend(), 0)
        self.works()

    def test_replaced_race_for_the_client_file(self):
        """The victim is a client of the same vault and profile, with another secret."""
        kept = self.box.path("kept")
        self.server.client_secret = other = "another " + self.server.client_secret
        self.box.secret(other)
        self.assertTyped(self.add_client(), 0)
        shutil.copy2(self.box.client_file("work"), kept)
        self.server.client_secret = self.server.client_secret.removeprefix("another ")
        self.assertTyped(self.add_client(), 0)
        path = self.box.client_file("work")
        victim = self.victim_of(path)
        shutil.move(kept, victim)
        sent = len(self.server.requests)
        self.race(path, victim, lambda: self.run_quickly("refresh", "work"))
        used = {request.form["client_secret"] for request in self.server.requests[sent:]}
        self.assertEqual({self.server.client_secret}, used)

    def test_replaced_race_for_the_vault(self):
        """The victim opens with another key file."""
        self.other_key = self.box.path("wrong.key")
        with open(os.open(self.other_key, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(os.urandom(32))
        path = os.path.join(self.box.vault, "vault.kbv")
        victim = self.victim_of(path)
        shutil.copy2(path, victim + ".mine")
        changed = self.box.keybearer("passwd", "--key-file", self.other_key)
        self.assertEqual(0, changed.status, changed)
        os.rename(path, victim)
        os.rename(victim + ".mine", path)
        self.box.keybearer("lock")
        env = {"KEYBEARER_KEY_FILE": self.other_key}

        def step():
            refused = self.run_quickly("refresh", "work", env=env)
            self.assertIn(refused.status, (DENIED, NOT_FOUND), refused)
            return self.run_quickly("refresh", "work")

        self.race(path, victim, step)

    def test_replaced_race_for_the_vault_directory(self):
        path = self.box.vault
        victim = self.victim_of(path)
        self.server.client_secret = other = "another " + self.server.client_secret
        self.box.secret(other)
        self.assertTyped(self.add_client(), 0)
        shutil.copytree(path, victim)
        self.server.client_secret = self.server.client_secret.removeprefix("another ")
        self.assertTyped(self.add_client(), 0)
        sent = len(self.server.requests)
        self.race(path, victim, lambda: self.run_quickly("refresh", "work"))
        used = {request.form["client_secret"] for request in self.server.requests[sent:]}
        self.assertEqual({self.server.client_secret}, used)

    def test_replaced_race_for_the_key_file(self):
        """Behind the link lies the right key, in the file itself a wrong one: it is one of both."""
        path = self.box.path("raced.key")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(os.urandom(32))
        victim = self.victim_of(path)
        shutil.copy2(self.box.key_file, victim)
        self.box.keybearer("lock")
        env = {"KEYBEARER_KEY_FILE": path}

        def step():
            refused = self.run_quickly("refresh", "work", env=env)
            self.assertIn(refused.status, (0, DENIED, CONFIG), refused)
            return self.run_quickly("refresh", "work")

        self.race(path, victim, step)

    def test_race_for_a_record(self):
        """The victim is an older token, as good as the newer one."""
        top = os.path.join(self.box.runtime, "keybearer")
        (name,) = [name for name in os.listdir(top) if name.startswith("t-")]
        path = os.path.join(top, name)
        victim = self.victim_of(path)
        shutil.copy2(path, victim)
        older = self.server.token
        self.assertEqual(0, self.run_quickly("refresh", "work").status)

        def step():
            answer = self.run_quickly("get", stdin=REQUEST)
            self.assertEqual(0, answer.status, answer)
            self.assertNotEqual(older, bearer(answer))
            return answer

        self.race(path, victim, step)

    def test_replaced_race_for_what_is_written(self):
        """passwd and add write while links come and go: never through one."""
        keys = [self.box.key_file, self.other_key]
        path = os.path.join(self.box.vault, "vault.kbv")
        victim = self.victim_of(path)
        shutil.copy2(path, victim)
        self.race(path, victim, lambda: self.run_quickly("passwd", "--key-file", keys[1]))
        (card,) = os.listdir(self.box.cards_folder)
        path = os.path.join(self.box.cards_folder, card)
        shutil.copy2(path, victim)
        # Where an older card is put back, its client is gone: nothing is sent, and `add` mends it.
        self.race(path, victim, self.add_client, mend=self.add_client)


if __name__ == "__main__":
    main()
