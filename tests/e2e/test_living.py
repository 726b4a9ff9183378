"""Profiles that live: another name, other addresses, another store, an edit; and what asks first."""

import json
import os
import shutil

from harness import (
    BIN, CONFIG, DENIED, DISMISSED, NOT_FOUND, USAGE, SandboxTest, main, need_keyrings, wait_until,
)
from keyring import keyring
from test_terminal import PASSPHRASE, Shell
from token_server import TokenServer

PROMPT = "ready> "
FAILED = 1


class LivingTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.other = self.enterContext(TokenServer())
        self.box.guard(self.server)

    def add(self, name="work", *options, server=None):
        return self.assertOk(self.box.add_profile(name, server or self.server, *options))

    def ok(self, *words, **run):
        return self.assertOk(self.box.keybearer(*words, **run)).text

    def fails(self, words, status, *said):
        failed = self.assertFails(self.box.keybearer(*words), status)
        for word in said:
            self.assertIn(word, failed.stderr.decode())
        return failed

    def config(self):
        with open(self.box.config_file) as file:
            return file.read()

    def write(self, text):
        with open(self.box.config_file, "w") as file:
            file.write(text)

    def assertServed(self, name, server=None):
        server = server or self.server
        asked = server.count
        self.ok("refresh", name)
        self.assertEqual(asked + 1, server.count)

    def assertTidy(self, *names):
        """One client for each of these, and nothing else."""
        self.assertEqual(sorted(names), sorted(card["profile"] for card in self.box.cards()))
        self.assertEqual([1] * len(names), [len(self.box.references(name)) for name in names])
        self.assertEqual(len(names), len(self.box.client_files()))


class FreshHomeTest(LivingTest):
    def test_no_profile_is_said_and_nothing_is_made(self):
        for words in ("match", "add", "work", "https://a.example"), ("match", "remove", "work", "https://a.example"), \
                     ("rename", "work", "home"), ("move", "work", "--store", "sealed-file"), ("edit", "work"):
            with self.subTest(words):
                before = sorted(os.walk(self.box.home))
                self.assertFails(self.box.keybearer(*words), NOT_FOUND)
                self.assertEqual(before, sorted(os.walk(self.box.home)))


class RenameTest(LivingTest):
    def test_client_token_and_configuration(self):
        self.add("work", "--match", "https://api.example.com", "--env", "T={work:token}")
        self.add("home", "--env", "OTHER={work:token} {{work:token}}")
        self.write(self.config().replace('"work": {', '"work": { // the first one', 1))
        token, asked, before = self.ok("token", "work"), self.server.count, self.config()
        said = self.ok("rename", "work", "office")
        self.assertIn("Profile work is called office now.\n2 places in the env", said)
        self.assertIn("--profile work", said)
        after = before.replace('"work": {', '"office": {').replace('"T": "{work:', '"T": "{office:')
        self.assertEqual(after.replace('"OTHER": "{work:', '"OTHER": "{office:'), self.config())
        self.assertEqual(token, self.ok("token", "office"))
        self.assertEqual(token, self.ok("get", stdin=b'{"uri": "https://api.example.com/"}') and token)
        self.assertEqual(asked, self.server.count)
        self.assertServed("office")
        self.fails(["token", "work"], NOT_FOUND, "no profile")
        self.assertTidy("office", "home")

    def test_links_of_tools_are_named(self):
        self.add()
        os.mkdir(self.box.path("links"))
        link = self.box.path("links", "keybearer-pnpm-work")
        os.symlink(os.path.join(BIN, "keybearer"), link)
        path = f"{self.box.path('links')}:{os.environ['PATH']}"
        said = self.ok("rename", "work", "office", env={"PATH": path})
        self.assertIn(f"mv {link} {link.replace('-work', '-office')}\n", said)
        self.assertTrue(os.path.islink(link))

    def test_a_profile_without_a_client(self):
        self.add()
        text = self.config()
        self.ok("remove", "--yes", "work")
        self.write(text)
        self.ok("rename", "work", "office")
        self.assertIn('"office"', self.config())
        self.assertTidy()

    def test_what_a_killed_one_left_is_named(self):
        """As after `rename work home`, killed, and `remove work`: the copy is nobody's."""
        self.add()
        self.add("home")
        with open(self.box.config_file) as file:
            config = json.load(file)
        del config["profiles"]["home"]
        with open(self.box.config_file, "w") as file:
            json.dump(config, file)
        said = self.box.keybearer("doctor").text
        self.assertIn("a client is stored for home, which is no profile", said)
        self.assertIn("keybearer remove home", said)
        self.ok("remove", "home", "--yes")
        self.assertNotIn("home, which is no profile", self.box.keybearer("doctor").text)

    def test_a_key_that_waits_moves_too(self):
        self.add()
        pem = self.ok("keygen", "work", "--replace")
        self.ok("rename", "work", "office")
        self.assertEqual(pem, self.ok("show", "office", "--public-key"))
        self.assertServed("office")
        self.assertEqual(2, len(self.box.client_files()))

    def test_a_bond_stays_what_it_was(self):
        """A new name is no way around `adopt`."""
        self.add()
        self.write(self.config().replace(self.server.token_url, self.other.token_url))
        self.fails(["token", "work"], DENIED, "adopt work")
        self.ok("rename", "work", "office")
        self.fails(["token", "office"], DENIED, "adopt office")
        self.assertEqual(0, self.other.count)

    def test_refused(self):
        self.add()
        self.add("home")
        self.ok("keygen", "later", "--store", "sealed-file")
        before = self.box.client_files(), self.config()
        self.fails(["rename", "work", "home"], USAGE, "profile home already")
        self.fails(["rename", "work", "later"], USAGE, "key that keygen made", "remove later")
        self.fails(["rename", "work", "work"], USAGE, "both names")
        self.fails(["rename", "work", "of/fice"], USAGE, "cannot name")
        self.fails(["rename", "work"], USAGE, "two names")
        self.fails(["rename", "nobody", "office"], NOT_FOUND, "no profile")
        self.fails(["rename", "later", "home"], NOT_FOUND, "no profile")
        self.assertEqual(before, (self.box.client_files(), self.config()))

    def test_in_a_keyring(self):
        with keyring(self.box) as service:
            self.add("work", "--store", "secret-service")
            self.ok("rename", "work", "office")
            self.assertServed("office")
            self.assertNotIn("/collection/", service.search("profile", "work"))


class MatchTest(LivingTest):
    def test_add_and_remove_one(self):
        self.add("work", "--match", "https://api.example.com")
        self.write(self.config().replace('"match": [', '"match": [ // mine\n'))
        before = self.config()
        self.assertIn("serves https://b.example.com/x now", self.ok("match", "add", "work", "https://b.example.com/x"))
        self.assertIn("// mine", self.config())
        self.ok("get", stdin=b'{"uri": "https://b.example.com/x/y"}')
        self.assertIn("has https://b.example.com/x already",
                      self.ok("match", "add", "work", "https://b.example.com/x"))
        self.fails(["match", "add", "work", "https://b.example.com/x?y"], USAGE, "hint: keybearer match add work")
        self.fails(["match", "remove", "work", "https://b.example.com/x?y"], NOT_FOUND, "has no match")
        self.assertIn("no longer serves", self.ok("match", "remove", "work", "https://b.example.com/x"))
        self.assertEqual(json.loads(before.replace("// mine\n", ""))["profiles"],
                         json.loads(self.config().replace("// mine\n", ""))["profiles"])
        self.assertIn("by its name only", self.ok("match", "remove", "work", "https://API.example.com:443"))
        self.fails(["match", "remove", "work", "https://api.example.com"], NOT_FOUND, "has no match")

    def test_another_profiles_address(self):
        self.add("work", "--match", "https://api.example.com")
        self.add("home")
        words = ["match", "add", "home", "https://api.example.com"]
        said = self.fails(words, USAGE, "profile work serves the same address")
        self.assertIn(b"--same-address", said.stderr)
        self.ok(*words, "--same-address")
        self.fails(["match", "remove", "home", "https://api.example.com", "--same-address"], USAGE,
                   "keybearer match remove NAME URL")
        self.fails(["match", "add", "home", "http://api.example.com"], USAGE, "error: http://api.example.com is not")
        self.fails(["match", "add", "home", "api.example.com"], USAGE, "match add home https://api.example.com")

    def test_a_slash_at_the_end(self):
        """git asks for team/app.git, however the URL was typed."""
        self.add("work", "--match", "https://git.example.com/team/app.git/")
        asks = b"protocol=https\nhost=git.example.com\npath=team/app.git\n\n"
        self.assertIn("password=", self.ok("git", "get", stdin=asks))
        self.assertIn("has https://git.example.com/team/app.git already",
                      self.ok("match", "add", "work", "https://git.example.com/team/app.git"))
        token = self.ok("token", "work")
        self.ok("match", "remove", "work", "https://git.example.com/team/app.git/")
        self.ok("match", "add", "work", "https://git.example.com/team/app.git/")
        self.assertIn("has https://git.example.com/team/app.git already",
                      self.ok("match", "add", "work", "https://git.example.com/team/app.git"))
        self.assertEqual(token, self.ok("token", "work"))

    def test_what_was_meant(self):
        """The command that is hinted at is taken."""
        self.add("corp")
        said = "keybearer match add corp https://git.example.com/team/app.git\n"
        for words in (("https://git.example.com/team/app.git", "corp"), ("corp", "git@git.example.com:team/app.git"),
                      ("corp", "http://git.example.com/team/app.git"), ("corp", "https://git.example.com/team//app.git/"),
                      ("corp", "https://me:hunter2@git.example.com/team/app.git")):
            failed = self.fails(["match", "add", *words], USAGE, f"hint: {said}")
            self.assertNotIn(b"hunter2", failed.stderr)
        self.fails(["match", "add", "corp", "https://git.example.com:0"], USAGE, "corp https://git.example.com\n")
        self.ok(*said.split()[1:])

    def test_a_presets_own_host(self):
        """It stays, though it stands in no list, when another one comes."""
        self.add("zuora", "--preset", "zuora", "--environment", "SBX")
        own = json.loads(self.ok("show", "zuora", "--json"))["match"]
        self.assertNotIn("match", json.loads(self.config())["profiles"]["zuora"])
        said = self.ok("match", "add", "zuora", "https://other.example.com")
        self.assertIn("the preset's own address", said)
        self.assertEqual([*own, "https://other.example.com/"],
                         json.loads(self.ok("show", "zuora", "--json"))["match"])
        self.ok("match", "remove", "zuora", own[0])
        self.assertEqual(["https://other.example.com/"],
                         json.loads(self.ok("show", "zuora", "--json"))["match"])


class ConnectedTest(LivingTest):
    """What `setup` connected is named, with the commands that bring it along; they work."""

    def setUp(self):
        super().setUp()
        self.add("work", "--match", "https://git.example.com/team")
        for tool in ("git", "claude"):
            self.ok("setup", tool, "work", "--yes")

    def commands(self, said):
        """The lines of SAID that are commands of setup, each run."""
        lines = [line.strip() for line in said.splitlines() if line.startswith("  keybearer setup ")]
        for line in lines:
            self.ok(*line.split()[1:], "--yes")
        return [line.split(" ", 2)[2] for line in lines]

    def read(self, *names):
        with open(os.path.join(self.box.home, *names)) as file:
            return file.read()

    def test_rename(self):
        said = self.ok("rename", "work", "office")
        self.assertEqual(["git work --undo", "git office", "claude work --undo", "claude office"],
                         self.commands(said))
        self.assertIn("office", self.read(".claude", "settings.json"))
        self.assertIn('"office"', self.read(".local", "state", "keybearer", "setup.json"))
        self.assertNotIn('"work"', self.read(".local", "state", "keybearer", "setup.json"))

    def test_remove(self):
        said = self.ok("remove", "work", "--yes")
        self.assertEqual(["git work --undo", "claude work --undo"], self.commands(said))
        self.assertFalse(os.path.exists(os.path.join(self.box.home, ".gitconfig")))

    def test_addresses(self):
        said = self.ok("match", "add", "work", "https://other.example.com")
        self.assertEqual(["git work"], self.commands(said))
        self.assertIn("https://other.example.com", self.read(".gitconfig"))
        said = self.ok("match", "remove", "work", "https://git.example.com/team")
        self.assertEqual(["git work --undo", "git work"], self.commands(said))
        self.assertNotIn("git.example.com", self.read(".gitconfig"))
        said = self.ok("match", "remove", "work", "https://other.example.com")
        self.assertEqual(["git work --undo"], self.commands(said))

    def test_what_setup_did_not_connect_is_not_named(self):
        self.add("home", "--match", "https://home.example.com")
        for words in (["match", "add", "home", "https://b.example.com"], ["rename", "home", "flat"],
                      ["match", "add", "work", "https://git.example.com/team"], ["remove", "flat", "--yes"]):
            self.assertNotIn("setup", self.ok(*words))


class ReadOnlyTest(LivingTest):
    """A configuration that its owner made read-only is left alone, and only what changes it says so."""

    def test_each_command_that_changes_it(self):
        self.add("work", "--match", "https://api.example.com")
        os.chmod(self.box.config_file, 0o400)
        before, files = self.config(), self.box.client_files()
        said = f"chmod u+w {self.box.config_file}"
        for words in (["match", "add", "work", "https://b.example.com"], ["edit"], ["rename", "work", "office"],
                      ["match", "remove", "work", "https://api.example.com"], ["remove", "work", "--yes"]):
            with self.subTest(words):
                self.fails(words, CONFIG, "is read-only", said)
        new = self.box.add_profile("home", self.server)
        self.assertFails(new, CONFIG, "is read-only")
        with keyring(self.box):
            self.fails(["move", "work", "--store", "secret-service"], CONFIG, said)
        self.assertEqual((before, files), (self.config(), self.box.client_files()))
        self.assertEqual(0o400, os.stat(self.box.config_file).st_mode & 0o777)
        self.assertIn("already", self.ok("match", "add", "work", "https://api.example.com"))
        self.assertServed("work")


class NameTest(LivingTest):
    def test_an_address_in_place_of_a_name(self):
        self.add("work", "--match", "https://git.example.com")
        for verb in "show", "status", "remove", "refresh", "forget", "edit":
            self.fails([verb, "https://git.example.com/a"], NOT_FOUND, "profile work serves it: give that name")


class MoveTest(LivingTest):
    def test_there_and_back(self):
        self.add()
        self.add("home")
        with keyring(self.box) as service:
            token, asked = self.ok("token", "work"), self.server.count
            self.assertIn("no longer in the vault", self.ok("move", "work", "--store", "secret-service"))
            self.assertEqual(asked, self.server.count)
            self.assertIn("/collection/", service.search("profile", "work"))
            self.assertEqual(1, len(self.box.client_files()))
            self.assertServed("work")
            self.assertIn("already", self.ok("move", "work", "--store", "secret-service"))
            self.ok("move", "work", "--store", "sealed-file")
            self.assertNotIn("/collection/", service.search("profile", "work"))
            self.assertServed("work")
            self.assertNotEqual(token, self.ok("token", "work"))
        self.assertTidy("work", "home")

    def test_refused(self):
        self.add()
        before = self.config()
        self.fails(["move", "work"], USAGE, "needs --store")
        self.fails(["move", "work", "--store", "pocket"], USAGE, "no such --store")
        self.fails(["move", "work", "--store", "secret-service"], 13, "hint: do nothing: the client stays where it is")
        self.fails(["move", "nobody", "--store", "sealed-file"], NOT_FOUND)
        self.write(before.replace(self.server.token_url, self.other.token_url))
        with keyring(self.box):
            self.fails(["move", "work", "--store", "secret-service"], DENIED, "adopt work")
        self.write(before)
        self.assertServed("work")
        self.assertTidy("work")


class KeyFileTest(LivingTest):
    def passwd(self, *words, line=PASSPHRASE):
        return self.box.keybearer("passwd", *words, "--passphrase-stdin", stdin=f"{line}\n".encode())

    def test_the_key_file_goes_and_the_passphrase_stays(self):
        need_keyrings(self)
        self.box.secret(PASSPHRASE)
        self.add()
        gone = ["--remove-key-file", "--yes"]
        self.assertFails(self.passwd(*gone), DENIED, "no passphrase")
        self.assertOk(self.passwd())
        self.assertFails(self.passwd("--remove-key-file"), USAGE, "terminal")
        self.assertFails(self.passwd(*gone, line="not this one"), DENIED)
        self.assertServed("work")
        self.assertIn("KEYBEARER_KEY_FILE", self.assertOk(self.passwd(*gone)).text)
        self.ok("lock")
        self.fails(["token", "work"], DENIED)
        env = {"KEYBEARER_KEY_FILE": None}
        self.assertOk(self.box.keybearer("unlock", "--passphrase-stdin", env=env,
                                         stdin=f"{PASSPHRASE}\n".encode()))
        self.ok("refresh", "work", env=env)
        self.assertFails(self.passwd(*gone), NOT_FOUND, "no key file")


class EditTest(LivingTest):
    def editor(self, script):
        """A program that gets the file as "$1"; it notes what it was given."""
        path = self.box.path("editor")
        with open(path, "w") as file:
            file.write(f'#!/bin/sh\necho "$@" >> {path}.called\n{script}\n')
        os.chmod(path, 0o755)
        return {"VISUAL": path, "EDITOR": "false", "TOLD": "by a person"}

    def folder(self):
        return sorted(os.listdir(os.path.dirname(self.box.config_file)))

    def test_what_is_right_replaces_it(self):
        self.add()
        env = self.editor(f'test "$TOLD" = "by a person" || exit 1\n'
                          f'stat -c %a "$1" "$(dirname "$1")" > {self.box.path("modes")}\n'
                          'sed -i "s/sealed-file\\"/sealed-file\\" \\/* mine *\\//" "$1"; echo swap > "$1~"')
        self.assertIn("replaced", self.ok("edit", env=env))
        self.assertIn('"sealed-file" /* mine */', self.config())
        with open(self.box.path("modes")) as file:
            self.assertEqual("600\n700\n", file.read())
        self.assertEqual([os.path.basename(self.box.config_file)], self.folder())
        self.assertServed("work")

    def test_nothing_changed(self):
        self.add()
        before = os.stat(self.box.config_file)
        self.assertEqual("Nothing was changed.", self.ok("edit", env=self.editor("true")))
        self.assertEqual(before.st_ino, os.stat(self.box.config_file).st_ino)

    def test_what_is_wrong_does_not(self):
        self.add()
        before = self.config()
        for script, status, said in (
            (': > "$1"', DISMISSED, "empty"),
            ('rm "$1"', NOT_FOUND, ""),
            ('ln -sf /etc/hostname "$1"', DENIED, ""),
            ('sed -i s/sealed/pealed/ "$1"; exit 3', FAILED, "the editor failed"),
        ):
            with self.subTest(script):
                failed = self.box.keybearer("edit", env=self.editor(script))
                self.assertFails(failed, status, *filter(None, [said]))
                self.assertEqual(before, self.config())
                self.assertEqual([os.path.basename(self.box.config_file)], self.folder())

    def test_a_text_that_nobody_refused_is_kept(self):
        """Whatever was in its way: it is named, and the configuration stays."""
        self.add()
        config = self.box.config_file
        for script, status, said in (
            ('sed -i s/token_url/token_ulr/ "$1"', CONFIG, ":6:7: "),
            ('echo "{" > "$1"', CONFIG, ":2:1: "),
            ('echo "// mine" >> "$1"; kill -PIPE $$', FAILED, "the editor failed"),
            (f'echo "// mine" >> "$1"; chmod 400 {config}', CONFIG, "read-only"),
            ('echo "// mine" >> "$1"; chmod 000 "$1"', None, ""),
            ('head -c 5000000 /dev/zero > "$1"', None, ""),
        ):
            with self.subTest(script):
                before = self.config()
                failed = self.box.keybearer("edit", env=self.editor(script))
                os.chmod(config, 0o600)
                if status is None and failed.status == 0:
                    continue  # by who may read whatever its mode says
                self.assertNotEqual(0, failed.status)
                if status:
                    self.assertFails(failed, status, said)
                self.assertEqual(before, self.config())
                (kept,) = [name for name in self.folder() if name.startswith(".edit-")]
                kept = os.path.join(os.path.dirname(config), kept)
                self.assertIn(f"hint: your text is in {kept}/config.json; ".encode(), failed.stderr)
                self.assertGreater(os.path.getsize(f"{kept}/config.json"), 0)
                shutil.rmtree(kept)

    def test_a_text_that_others_could_have_written(self):
        """Not in that folder: an editor's mode is none of their business."""
        self.add()
        self.ok("edit", env=self.editor('echo "// mine" >> "$1"; chmod 666 "$1"'))
        self.assertTrue(self.config().endswith("// mine\n"))

    def test_somebody_else_changed_it_meanwhile(self):
        """Their text stays, and the person's is kept."""
        self.add()
        theirs = self.config() + "// theirs\n"
        env = self.editor(f'echo "// mine" >> "$1"; echo "// theirs" >> {self.box.config_file}')
        failed = self.assertFails(self.box.keybearer("edit", env=env), CONFIG, "somebody else")
        self.assertEqual(theirs, self.config())
        (kept,) = [name for name in self.folder() if name.startswith(".edit-")]
        copy = os.path.join(os.path.dirname(self.box.config_file), kept, "config.json")
        self.assertIn(f"hint: your text is in {copy}; keybearer edit, ".encode(), failed.stderr)
        with open(copy) as file:
            self.assertIn("// mine", file.read())

    def killed_edit(self, script):
        """The editor ends keybearer, as a terminal that is closed may; the folder stays."""
        killed = self.box.keybearer("edit", env=self.editor(
            f"{script}\nread -r _ _ _ keybearer _ < /proc/$PPID/stat; kill -9 $keybearer"))
        self.assertEqual(-9, killed.status)

    def test_a_killed_one_that_said_something_new_is_named(self):
        self.add()
        before = self.config()
        self.killed_edit('echo "// mine" >> "$1"')
        self.assertEqual(before, self.config())
        (kept,) = [name for name in self.folder() if name.startswith(".edit-")]
        kept = os.path.join(os.path.dirname(self.box.config_file), kept)
        self.assertIn(kept, self.ok("edit", env=self.editor("true")).replace("\n", " "))
        with open(os.path.join(kept, "config.json")) as file:
            self.assertEqual(before + "// mine\n", file.read())

    def test_a_killed_one_with_what_an_editor_keeps_is_named(self):
        self.add()
        self.killed_edit(': > "$(dirname "$1")/.config.json.swp"')
        self.assertIn(".edit-", self.ok("edit", env=self.editor("true")))
        self.assertEqual(2, len(self.folder()))

    def test_a_killed_one_without_a_word_goes(self):
        self.add()
        self.killed_edit("true")
        self.assertEqual("Nothing was changed.", self.ok("edit", env=self.editor("true")))
        self.assertEqual([os.path.basename(self.box.config_file)], self.folder())

    def test_one_that_is_at_work_is_left_alone(self):
        self.add()
        inner = self.box.path("inner")
        with open(inner, "w") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(inner, 0o755)
        keybearer = os.path.join(BIN, "keybearer")
        said = self.ok("edit", env=self.editor(f'VISUAL={inner} {keybearer} edit > {inner}.said; test -e "$1"'))
        self.assertEqual("Nothing was changed.", said)
        with open(f"{inner}.said") as file:
            self.assertEqual("Nothing was changed.\n", file.read())

    def test_what_comes_next_is_said(self):
        self.add()
        self.add("home")
        env = self.editor(f'for file; do :; done; sed -i "s|{self.server.token_url}|{self.other.token_url}|; '
                          's/.home.: {/\\"elsewhere\\": {/" "$file"')
        said = self.ok("edit", "work", env=env)
        self.assertIn("keybearer adopt work", said)
        self.assertIn("elsewhere has no client yet", said)
        self.assertIn("keybearer remove home", said)

    def test_a_name_that_was_edited(self):
        self.add()
        self.add("home")
        env = self.editor('sed -i "s/.work.: {/\\"office\\": {/" "$1"')
        said = self.ok("edit", env=env).replace("\n", " ")
        self.assertIn("Change the name back, then: keybearer rename work office", said)
        self.assertNotIn("keybearer add office", said)
        self.assertNotIn("keybearer remove", said)
        self.ok("edit", env=self.editor('sed -i "s/.office.: {/\\"work\\": {/" "$1"'))
        self.ok("rename", "work", "office")
        self.assertServed("office")

    def test_names_and_lines(self):
        self.add()
        self.fails(["edit", "nobody"], NOT_FOUND, "no profile")
        env = self.editor("true")
        os.rename(self.box.path("editor"), self.box.path("nano"))
        self.ok("edit", "work", env={**env, "VISUAL": f"{self.box.path('nano')} -w"})
        with open(self.box.path("editor.called")) as file:
            self.assertRegex(file.read(), r"^-w \+4 /.*/config\.json\n$")

    def test_a_broken_configuration_can_be_mended(self):
        self.add()
        text = self.config()
        self.write(text.replace("token_url", "token_ulr"))
        for words in ["token", "work"], ["list"]:
            self.fails(words, CONFIG, 'did you mean "token_url"? (keybearer edit)')
        self.assertFails(self.box.keybearer("edit", env=self.editor("true")), CONFIG,
                         "nothing was changed, and it is still wrong: ", ":6:7: ")
        self.ok("edit", env=self.editor('sed -i s/token_ulr/token_url/ "$1"'))
        self.assertEqual(text, self.config())


class CheckTest(LivingTest):
    def findings(self, *words):
        checked = self.box.keybearer("config", "check", *words, "--json")
        report = json.loads(checked.stdout)
        self.assertEqual(checked.status == 0, report["right"])
        return checked.status, [(one["id"], one["level"]) for one in report["findings"]]

    def test_all_is_right(self):
        self.add()
        self.assertEqual((0, []), self.findings())
        self.assertIn("is right", self.ok("config", "check"))

    def test_every_profile_that_is_wrong(self):
        self.write_profiles(a={"token_ulr": "x"}, b={"preset": "zuorra", "store": "sealed-file"},
                            c={"token_url": "https://t.example", "store": "sealed-file"})
        self.assertEqual((CONFIG, [("profile", "error"), ("profile", "error"), ("no_client", "warning")]),
                         self.findings())
        shown = self.box.keybearer("config", "check")
        self.assertEqual(2, shown.text.count("error: "), shown)
        self.assertIn("errors: 2, warnings: 1", shown.text)

    def write_profiles(self, **profiles):
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700, exist_ok=True)
        self.write(json.dumps({"profiles": profiles}, indent=2))

    def test_warnings(self):
        self.add("work", "--match", "https://api.example.com")
        self.add("home", "--match", "https://api.example.com", "--same-address")
        self.assertEqual((FAILED, [("same_address", "warning")]), self.findings())
        self.add("third", "--match", "https://api.example.com", "--same-address")
        self.assertEqual((FAILED, [("same_address", "warning")] * 3), self.findings())
        self.ok("remove", "third", "--yes")
        self.write(self.config().replace(self.server.token_url, self.other.token_url, 1))
        self.assertEqual([("same_address", "warning"), ("other_bond", "warning")], self.findings()[1])
        self.ok("match", "remove", "home", "https://api.example.com")
        self.write(self.config().replace(self.other.token_url, self.server.token_url))
        self.assertEqual((0, []), self.findings())

    def test_another_file(self):
        path = self.box.path("work", "mine.json")
        shutil.copy(self.add() and self.box.config_file, path)
        self.assertEqual((0, []), self.findings(path))
        self.assertEqual((0, []), self.findings("mine.json"))
        os.chmod(path, 0o666)
        self.assertEqual((CONFIG, [("file", "error")]), self.findings(path))
        os.unlink(path)
        self.fails(["config", "check", path], NOT_FOUND, "cannot be found")
        self.fails(["config"], USAGE, "check")

    def test_a_file_with_terminal_codes(self):
        self.write_profiles()
        self.write('{"profiles": {"a\\u001b[31m": {}}}')
        self.assertNotIn(b"\x1b", self.box.keybearer("config", "check").stdout)


class AskingTest(LivingTest):
    """What destroys the only copy of a secret asks, or is told --yes."""

    def setUp(self):
        super().setUp()
        self.shell = Shell(self.box)
        self.addCleanup(self.shell.close)

    def type(self, line, then=PROMPT):
        self.shell.type(line + "\n")
        return self.shell.wait_for(then)

    def test_nothing_goes_without_a_terminal(self):
        self.add()
        self.fails(["remove", "work"], USAGE, "terminal", "keybearer remove work --yes")
        self.assertServed("work")
        self.ok("keygen", "later", "--store", "sealed-file")
        pem = self.ok("show", "later", "--public-key")
        self.fails(["keygen", "later", "--replace"], USAGE, "keygen later --replace --yes")
        self.assertEqual(pem, self.ok("show", "later", "--public-key"))
        self.ok("keygen", "later", "--replace", "--yes")
        self.assertNotEqual(pem, self.ok("show", "later", "--public-key"))
        self.fails(["remove", "later"], USAGE, "remove later --yes")

    def test_a_key_of_keygen_does_not_go_for_a_file(self):
        self.ok("keygen", "work", "--store", "sealed-file")
        pem = self.ok("show", "work", "--public-key")
        words = self.add_of_a_file()
        self.fails(words, USAGE, "terminal", "--yes")
        self.assertEqual(pem, self.ok("show", "work", "--public-key"))
        self.server.behave(lambda request: self.server.issue())
        self.ok(*words, "--yes")
        self.assertNotEqual(pem, self.ok("show", "work", "--public-key"))

    def test_a_yes_is_to_the_key_that_was_there(self):
        """Another one was made while the question stood."""
        self.ok("keygen", "work", "--store", "sealed-file")
        self.type("keybearer keygen work --replace", "(yes or no) ")
        other = self.ok("keygen", "work", "--replace", "--yes")
        self.assertIn("changed meanwhile", self.type("yes"))
        self.assertEqual(other, self.ok("show", "work", "--public-key"))

    def add_of_a_file(self):
        key = self.box.path("key.pem")
        os.system(f"openssl genpkey -algorithm ED25519 -out {key} 2>/dev/null; chmod 600 {key}")
        return ["add", "work", "--token-url", self.server.token_url, "--client-id", "an-id",
                "--client-auth", "private_key_jwt", "--store", "sealed-file", "--client-key", key]

    def test_a_yes_to_add_is_to_the_key_that_was_there(self):
        self.ok("keygen", "work", "--store", "sealed-file")
        self.server.behave(lambda request: self.server.issue())
        self.type("keybearer " + " ".join(self.add_of_a_file()), "(yes or no) ")
        other = self.ok("keygen", "work", "--replace", "--yes")
        self.assertIn("changed meanwhile", self.type("yes"))
        self.assertEqual(other, self.ok("show", "work", "--public-key"))

    def test_a_key_that_is_made_while_add_proves_its_client_stays(self):
        """There was none to ask about, and the client of the file is stored for nobody."""
        made = []

        def make_and_issue(_):
            made.append(self.ok("keygen", "work", "--store", "sealed-file"))
            return self.server.issue()

        self.server.behave(make_and_issue)
        self.fails(self.add_of_a_file(), CONFIG, "changed meanwhile")
        self.assertEqual(made, [self.ok("show", "work", "--public-key")])

    def test_a_yes_of_the_command_line_is_to_what_was_there(self):
        self.test_a_key_that_is_made_while_add_proves_its_client_stays()
        self.server.behave(lambda _: self.ok("keygen", "work", "--replace", "--yes") and self.server.issue())
        self.fails([*self.add_of_a_file(), "--yes"], CONFIG, "changed meanwhile")
        self.server.behave(lambda _: self.server.issue())
        self.ok(*self.add_of_a_file(), "--yes")

    def test_add_takes_no_key_but_the_one_it_read(self):
        self.ok("keygen", "work", "--store", "sealed-file")
        made = []

        def make_and_issue(_):
            made.append(self.ok("keygen", "work", "--replace", "--yes"))
            return self.server.issue()

        self.server.behave(make_and_issue)
        self.fails(self.add_of_a_file()[:-2], CONFIG, "changed meanwhile")
        self.assertEqual(made, [self.ok("show", "work", "--public-key")])

    def test_no_question_where_nothing_is_lost(self):
        self.add()
        text = self.config()
        self.ok("remove", "--yes", "work")
        self.write(text)
        self.ok("remove", "work")

    def test_remove_on_a_terminal(self):
        self.add()
        shown = self.type("keybearer remove work", "(yes or no) ")
        self.assertIn("no other copy", shown)
        self.type("", PROMPT)
        self.assertServed("work")
        self.type("keybearer remove work", "(yes or no) ")
        self.type("why", "Please type yes or no: ")
        self.assertIn("Removed profile work.", self.type("yes"))
        self.assertTidy()

    def test_an_edit_that_is_wrong_on_a_terminal(self):
        """It is opened again with what was typed, until it is right or given up."""
        self.add()
        script = self.box.path("editor")
        with open(script, "w") as file:
            file.write('#!/bin/sh\ngrep -q wrong "$1" && sed -i "s/wrong/\\/\\/ right/" "$1" || echo wrong >> "$1"\n')
        os.chmod(script, 0o755)
        self.type(f"VISUAL={script}; export VISUAL")
        shown = self.type("keybearer edit", "(yes or no) ")
        self.assertIn("config.json:", shown)
        self.type("yes")
        wait_until(lambda: "// right" in self.config(), "the edit is taken")
        before = self.config()
        self.type("keybearer edit", "(yes or no) ")
        shown = self.type("no")
        self.assertIn("your text was dropped", shown)
        self.assertNotIn("config.json:", shown)
        self.assertEqual(before, self.config())
        self.assertEqual(["config.json"], os.listdir(os.path.dirname(self.box.config_file)))

    def test_a_key_at_that_question_says_where_the_text_is(self):
        self.add()
        before = self.config()
        script = self.box.path("editor")
        with open(script, "w") as file:
            file.write('#!/bin/sh\necho wrong >> "$1"\n')
        os.chmod(script, 0o755)
        self.type(f"VISUAL={script}; export VISUAL")
        for key in "\x03", "\x1c", "\x04":
            with self.subTest(key):
                self.type("keybearer edit", "(yes or no) ")
                self.shell.type(key)
                shown = self.shell.wait_for(PROMPT)
                (kept,) = [name for name in os.listdir(os.path.dirname(self.box.config_file)) if ".edit-" in name]
                copy = os.path.join(os.path.dirname(self.box.config_file), kept, "config.json")
                self.assertIn(f"your text is in {copy};", shown.replace("\r\n", ""))
                with open(copy) as file:
                    self.assertEqual(before + "wrong\n", file.read())
                self.assertEqual(before, self.config())
                shutil.rmtree(os.path.dirname(copy))


if __name__ == "__main__":
    main("openssl")
