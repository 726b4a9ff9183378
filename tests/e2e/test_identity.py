"""Nobody's token but one's own: each stored client has an identity.

Two homes, two configurations, a home without a client, a configuration of an attacker's,
a client that is replaced while its token is fetched, one that was stored by release 0.1.
"""

import contextlib
import fcntl
import json
import os
import shutil
import threading

from certificates import Authority
from harness import (
    CONFIG, CORRUPT, DENIED, DISMISSED, NOT_FOUND, USAGE, SandboxTest, blocked, find_program, main,
    need_proc, wait_until,
)
from keyring import keyring
from token_server import TokenServer, refused

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION_1 = os.path.join(HERE, "..", "golden", "sealed", "v1")
SECRETS = ("the first client's secret", "the second client's secret")


def read(path):
    with open(path) as file:
        return file.read()


class IdentityTest(SandboxTest):
    """One token server; the secret that it is sent tells whose client that was."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.box.guard(self.server)
        self.box.secret(*SECRETS)
        self.owner = {}  # token: the secret that it was issued for
        self.hold = None  # what the next answer waits for
        self.server.behave(self.answer)

    def answer(self, request):
        secret = request.form.get("client_secret")
        if secret not in (*SECRETS, self.server.client_secret):
            return refused()
        reply = self.server.issue()
        self.owner[self.server.token] = secret
        reply.gate, self.hold = self.hold, None
        return reply

    def environment(self, name):
        """The variables of another home, which shares the runtime directory."""
        home = self.box.path(name)
        os.makedirs(home, mode=0o700, exist_ok=True)
        return {"HOME": home, "XDG_CONFIG_HOME": f"{home}/c", "XDG_DATA_HOME": f"{home}/d"}

    def add(self, secret, *options, name="work", store="sealed-file", **run):
        added = self.box.keybearer(
            "add", name, "--token-url", self.server.token_url, "--store", store,
            "--client-id", "an-id", "--client-secret-stdin", *options,
            stdin=f"{secret}\n".encode(), **run)
        self.assertEqual(0, added.status, added)

    def rotate(self, secret, **run):
        self.assertOk(self.box.keybearer(
            "add", "work", "--client-id", "an-id", "--client-secret-stdin",
            stdin=f"{secret}\n".encode(), **run))

    def whose(self, *words, **run):
        """The secret behind the token that is answered."""
        answer = self.assertOk(self.box.keybearer(*(words or ("token", "work")), **run))
        return self.owner[answer.text]

    def edit(self, path=None, **settings):
        """The settings of `work` with SETTINGS; None takes one away."""
        path = path or self.box.config_file
        with open(path) as file:
            config = json.load(file)
        profile = config["profiles"]["work"]
        profile.update(settings)
        config["profiles"]["work"] = {k: v for k, v in profile.items() if v is not None}
        with open(path, "w") as file:
            json.dump(config, file)

    def write_config(self, path, **settings):
        profile = {"token_url": self.server.token_url, "store": "sealed-file", **settings}
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as file:
            json.dump({"profiles": {"work": profile}}, file)

    def client_files(self):
        return set(self.box.client_files())


class HomesTest(IdentityTest):
    """One user, one runtime directory, one name, one endpoint."""

    def test_two_homes_with_clients_of_their_own(self):
        first, second = self.environment("first"), self.environment("second")
        self.add(SECRETS[0], env=first)
        self.add(SECRETS[1], env=second)
        for _ in range(2):
            self.assertEqual(SECRETS[0], self.whose(env=first))
            self.assertEqual(SECRETS[1], self.whose(env=second))
        self.assertEqual(2, self.server.count)  # each at its `add`

    def test_a_home_without_a_client(self):
        """The same configuration, and no client: no token, however many are cached."""
        self.add(SECRETS[0])
        bare = self.environment("bare")
        self.write_config(f"{bare['XDG_CONFIG_HOME']}/keybearer/config.json")
        for _ in range(2):
            answer = self.box.keybearer("token", "work", env=bare)
            self.assertFails(answer, NOT_FOUND, "no client is stored for work")
            self.assertIn(b"keybearer add work", answer.stderr)
        self.assertEqual(SECRETS[0], self.whose())
        self.assertFalse(os.path.exists(f"{bare['XDG_DATA_HOME']}/keybearer"))

    def test_one_configuration_for_two_homes(self):
        """Shared dotfiles: KEYBEARER_CONFIG names one file, and each home has its own client."""
        shared = {"KEYBEARER_CONFIG": self.box.path("shared.json")}
        first, second = ({**self.environment(name), **shared} for name in ("first", "second"))
        self.add(SECRETS[0], env=first)
        self.assertFails(self.box.keybearer("token", "work", env=second), NOT_FOUND)
        self.add(SECRETS[1], env=second)
        self.assertEqual([SECRETS[0], SECRETS[1]], [self.whose(env=env) for env in (first, second)])

    def test_every_protocol_and_command(self):
        """None of them hands out what was cached for another client."""
        self.add(SECRETS[0], "--match", "https://api.example.com")
        bare = self.environment("bare")
        self.write_config(f"{bare['XDG_CONFIG_HOME']}/keybearer/config.json",
                          match=["https://api.example.com"])
        request = b'{"uri": "https://api.example.com/"}'
        for words, stdin in (
            (["keybearer", "token", "work"], b""), (["keybearer", "header", "work"], b""),
            (["keybearer", "get"], request), (["credential-helper-keybearer", "get"], request),
            (["git-credential-keybearer", "get"], b"protocol=https\nhost=api.example.com\n\n"),
            (["docker-credential-keybearer", "get"], b"api.example.com"),
            (["cargo-credential-keybearer", "--cargo-plugin"],
             b'{"v":1,"registry":{"index-url":"sparse+https://api.example.com/"},"kind":"get"}\n'),
            (["keybearer", "goauth", "--profile", "work"], b""),
            (["keybearer", "goauth", "https://api.example.com/m"], b""),
            (["terraform-credentials-keybearer", "get", "api.example.com"], b""),
            (["nuget-plugin-keybearer", "-Plugin"],
             b'{"RequestId":"7","Type":"Request","Method":"GetAuthenticationCredentials",'
             b'"Payload":{"Uri":"https://api.example.com/"}}\n'),
            (["keybearer", "run", "work", "--", "true"], b""),
            (["keybearer", "refresh", "work"], b""),
        ):
            with self.subTest(words):
                answer = self.box.run(words, stdin=stdin, env=bare)
                self.assertIn(b"no client is stored for work", answer.stdout + answer.stderr)
                for token in self.server.issued:
                    self.assertNotIn(token.encode(), answer.stdout)
        status = self.box.keybearer("status", "--json", "work", env=bare).json()["profiles"][0]
        self.assertEqual((0, False), (status["token_life_s"], status["client_stored"]))


class ConfigurationsTest(IdentityTest):
    """One home, a second configuration that has the same name for something."""

    def setUp(self):
        super().setUp()
        self.other = {"KEYBEARER_CONFIG": self.box.path("other", "kb.json")}
        self.add(SECRETS[0])
        self.files = self.client_files()

    def assertFirstIsWell(self):
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual(SECRETS[0], self.whose())
        self.assertLessEqual(self.files, self.client_files())

    def test_it_has_no_client_by_its_name(self):
        self.write_config(self.other["KEYBEARER_CONFIG"])
        answer = self.box.keybearer("token", "work", env=self.other)
        self.assertFails(answer, NOT_FOUND, "belongs to", self.box.config_file)
        self.assertIn(b"keybearer adopt work", answer.stderr)
        self.assertFirstIsWell()

    def test_status_and_doctor_say_what_token_says(self):
        self.write_config(self.other["KEYBEARER_CONFIG"])
        said = self.box.keybearer("token", "work", env=self.other).stderr.decode()
        hint = said.split("keybearer: hint: ")[1].rstrip("\n")
        self.assertIn("keybearer adopt work", hint)
        for words in (["status"], ["status", "work"], ["doctor"]):
            page = self.box.keybearer(*words, env=self.other).text
            self.assertIn("no client stored", page)
            self.assertIn(f" ({hint})\n", page)

    def test_adding_from_it_overwrites_nothing(self):
        self.add(SECRETS[1], env=self.other)
        self.assertEqual(SECRETS[1], self.whose(env=self.other))
        self.assertFirstIsWell()

    def test_removing_from_it_removes_nothing_else(self):
        for place in (self.other, {"XDG_CONFIG_HOME": self.box.path("xdg")}):
            path = place.get("KEYBEARER_CONFIG") or f"{place['XDG_CONFIG_HOME']}/keybearer/config.json"
            with self.subTest(place):
                self.write_config(path)
                self.assertOk(self.box.keybearer("remove", "--yes", "work", env=place))
                self.assertFirstIsWell()
                gone = self.box.keybearer("remove", "--yes", "work", env=place)
                self.assertFails(gone, NOT_FOUND, "belongs to", self.box.config_file)
                self.assertIn(b"KEYBEARER_CONFIG=", gone.stderr)
                self.assertFirstIsWell()

    def test_each_removes_its_own(self):
        self.add(SECRETS[1], env=self.other)
        self.assertOk(self.box.keybearer("remove", "--yes", "work", env=self.other))
        self.assertEqual(self.files, self.client_files())
        self.assertFirstIsWell()
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertEqual((set(), []), (self.client_files(), self.box.cards()))

    def test_the_same_in_a_keyring(self):
        """Where two homes share a keyring, too."""
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")
        with keyring(self.box) as service:
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
            self.add(SECRETS[0], store="secret-service")
            for env in (self.other, self.environment("second")):
                self.add(SECRETS[1], store="secret-service", env=env)
                self.assertEqual(SECRETS[1], self.whose(env=env))
                self.assertEqual(SECRETS[0], self.whose())
                self.assertOk(self.box.keybearer("remove", "--yes", "work", env=env))
                self.assertOk(self.box.keybearer("refresh", "work"))
            found = service.search("xdg:schema", "org.keybearer.Client")
            self.assertEqual(1, found.count("/org/freedesktop/secrets/collection/"))


class PlaceTest(IdentityTest):
    """Where a secret may go was decided when it was stored."""

    def setUp(self):
        super().setUp()
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        self.places = []

    def authority(self, name):
        place = self.box.path(name)
        os.mkdir(place)
        return Authority(place)

    def tls_server(self, authority, **options):
        server = self.enterContext(TokenServer(certificate=authority.good(), **options))
        self.box.guard(server)
        return server

    def test_a_ca_file_of_somebody_else(self):
        """A repository brings a configuration, authorities and a proxy or server of its own."""
        mine, theirs = self.authority("mine"), self.authority("theirs")
        server = self.tls_server(mine)
        trap = self.tls_server(theirs)
        self.assertEqual(0, self.box.add_profile("work", server, "--ca-file", mine.ca_file).status)
        asked = server.count
        trap_config = self.box.path("repository", "kb.json")
        self.write_config(trap_config, token_url=server.token_url, ca_file=theirs.ca_file,
                          match=["https://evil.example.com"])
        answer = self.box.keybearer("token", "work", env={"KEYBEARER_CONFIG": trap_config})
        self.assertFails(answer, NOT_FOUND, "belongs to")
        self.edit(ca_file=theirs.ca_file)
        answer = self.box.keybearer("token", "work")
        self.assertFails(answer, DENIED, "certificate authorities sha256:")
        self.assertIn(b"keybearer adopt work", answer.stderr)
        self.assertEqual((0, 0, asked), (trap.count, trap.connections, server.count))

    def test_other_content_in_the_same_file(self):
        """Of no effect on what is cached, and refused before anything is sent."""
        mine, theirs = self.authority("mine"), self.authority("theirs")
        server = self.tls_server(mine)
        self.assertEqual(0, self.box.add_profile("work", server, "--ca-file", mine.ca_file).status)
        shutil.copy(theirs.ca_file, mine.ca_file)
        connections = server.connections
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED, "authorities")
        self.assertEqual(connections, server.connections)

    def test_another_origin_is_refused_and_both_are_named(self):
        self.add(SECRETS[0])
        trap = self.enterContext(TokenServer())
        self.edit(token_url=trap.token_url)
        answer = self.box.keybearer("token", "work")
        self.assertFails(answer, DENIED, f"stored for {self.server.origin}, not for {trap.origin}")
        self.assertEqual(0, trap.count)
        status = self.box.keybearer("status", "work")
        self.assertIn(trap.origin, status.text)

    # --- adopt ---

    def moved(self):
        """The provider has a new address: nothing is served until a person has said yes."""
        self.add(SECRETS[0])
        self.before = self.client_files()
        new = self.enterContext(TokenServer())
        new.behave(self.answer)
        self.edit(token_url=new.token_url, match=["https://api.example.com/team"])
        self.assertFails(self.box.keybearer("token", "work"), DENIED)
        return new

    def test_adopting_on_a_terminal(self):
        new = self.moved()
        question = b"(yes or no) "
        refused_ = self.box.run_on_tty(["keybearer", "adopt", "work"], [(question, "no")])
        self.assertEqual(DISMISSED, refused_.status, refused_)
        self.assertFails(self.box.keybearer("token", "work"), DENIED)
        self.assertEqual(self.before, self.client_files())
        adopted = self.box.run_on_tty(["keybearer", "adopt", "work"],
                                      [(question, "maybe"), (b"Please type yes or no: ", "yes")])
        self.assertIn(f"May its secret be sent to {new.origin} from now on?".encode(), adopted.stdout)
        self.assertEqual(0, adopted.status, adopted)
        for text in (self.server.origin, new.origin, "certificate authorities", "/team"):
            self.assertIn(text.encode(), adopted.stdout)
        self.assertEqual(SECRETS[0], self.whose())
        self.assertEqual(1, new.count)
        self.assertEqual(1, len(self.client_files()))
        self.assertEqual(set(), self.before & self.client_files())
        self.assertEqual([], self.box.references("work", spare=True))

    def test_adopting_while_a_new_client_is_stored(self):
        """The yes was to another client: the new one stays."""
        self.moved()

        def yes():
            self.assertOk(self.box.keybearer("adopt", "work", "--yes"))
            self.rotate(SECRETS[1])
            return "yes"

        adopted = self.box.run_on_tty(["keybearer", "adopt", "work"], [(b"(yes or no) ", yes)])
        self.assertEqual(CONFIG, adopted.status, adopted)
        self.assertIn(b"changed meanwhile", adopted.stdout)
        self.assertEqual(SECRETS[1], self.whose())
        self.assertEqual(1, len(self.client_files()))

    def test_a_new_secret_alone_does_not_go_to_another_place(self):
        new = self.moved()
        added = self.box.keybearer("add", "work", "--client-id", "an-id", "--client-secret-stdin",
                                   stdin=f"{SECRETS[1]}\n".encode())
        self.assertFails(added, DENIED, new.origin)
        self.assertEqual(0, new.count)

    def test_adopting_without_a_terminal(self):
        new = self.moved()
        asked = self.box.run(["setsid", "-w", "keybearer", "adopt", "work"],
                             env={"PATH": f"{os.environ['KB_TEST_BIN']}:/usr/bin:/bin"})
        self.assertFails(asked, USAGE, "no terminal")
        self.assertIn(b"keybearer adopt work --yes", asked.stderr)
        adopted = self.assertOk(self.box.keybearer("adopt", "work", "--yes"))
        self.assertRegex(adopted.text, rf"{new.origin}\n +\(before: {self.server.origin}\)")
        self.assertEqual(SECRETS[0], self.whose())

    def test_adopting_other_authorities(self):
        self.add(SECRETS[0])
        first = self.whose()
        self.edit(ca_file=self.authority("mine").ca_file)
        self.assertFails(self.box.keybearer("token", "work"), DENIED, "system")
        asked = self.server.count
        self.assertOk(self.box.keybearer("adopt", "work", "--yes"))
        self.assertEqual(first, self.whose())
        self.assertEqual(asked + 1, self.server.count)  # what was cached before is nobody's now

    def test_authorities_that_are_none(self):
        """`adopt` and `add` refuse them with the same words, and nobody is asked for anything."""
        self.add(SECRETS[0])
        good = self.authority("mine").ca_file
        with open(good) as file:
            text = file.read()
        path = self.box.path("none.pem")
        for wrong in ("", "none\n", "-----BEGIN CERTIFICATE-----\n", text.replace("CERTIFICATE", "CRL"),
                      text.replace("-----END", "----END"), "-----BEGIN CERTIFICATE-----\n" * 3,
                      f"# {text.splitlines()[0]}\n", text.replace("-----\nM", "-----\n?M")):
            with self.subTest(wrong):
                with open(path, "w") as file:
                    file.write(wrong)
                self.edit(ca_file=path)
                refused_ = self.box.keybearer("adopt", "work", "--yes")
                self.assertFails(refused_, CONFIG, f"{path} cannot be read as PEM certificates")
                self.assertIn(b"or name another file with \"ca_file\"", refused_.stderr)
                new = self.box.add_profile("new", self.server, "--ca-file", path)
                self.assertFails(new, CONFIG, f"{path} cannot be read as PEM certificates")
                self.assertIn(b"or name another file with --ca-file", new.stderr)
                self.assertIn("cannot be read as PEM", self.box.keybearer("doctor").text)
        with open(path, "w") as file:
            file.write(f"CN = mine\r\n{text}")
        self.assertOk(self.box.keybearer("adopt", "work", "--yes"))
        self.assertEqual(SECRETS[0], self.whose())

    def test_nothing_to_adopt(self):
        self.add(SECRETS[0])
        files = self.client_files()
        self.assertIn("Nothing to adopt", self.assertOk(self.box.keybearer("adopt", "work")).text)
        self.assertEqual(files, self.client_files())
        self.assertFails(self.box.keybearer("adopt", "other"), NOT_FOUND)
        self.assertFails(self.box.keybearer("adopt"), USAGE)
        bare = self.environment("bare")
        self.write_config(f"{bare['XDG_CONFIG_HOME']}/keybearer/config.json")
        self.assertFails(self.box.keybearer("adopt", "work", "--yes", env=bare), NOT_FOUND)


class MovedTest(IdentityTest):
    def test_a_home_that_moved(self):
        old = self.environment("old")
        self.add(SECRETS[0], env=old)
        os.rename(self.box.path("old"), self.box.path("new"))
        new = self.environment("new")
        answer = self.box.keybearer("token", "work", env=new)
        self.assertFails(answer, NOT_FOUND, old["XDG_CONFIG_HOME"])
        self.assertIn(b"keybearer adopt work", answer.stderr)
        asked = self.box.run_on_tty(["keybearer", "adopt", "work"], [(b"(yes or no) ", "no")], env=new)
        self.assertIn(b"May this configuration use it from now on? (yes or no) ", asked.stdout)
        adopted = self.assertOk(self.box.keybearer("adopt", "work", "--yes", env=new))
        self.assertIn(f"It came from {old['XDG_CONFIG_HOME']}", adopted.text)
        self.assertEqual(SECRETS[0], self.whose(env=new))
        clients = os.path.join(new["XDG_DATA_HOME"], "keybearer")
        self.assertEqual(1, len(os.listdir(os.path.join(clients, "clients"))))
        self.assertEqual(2, len(os.listdir(os.path.join(clients, "vault"))))  # and vault.kbv

    def test_one_that_is_still_used_stays(self):
        """Adopted from a configuration that is there, a client is copied."""
        self.add(SECRETS[0])
        other = {"KEYBEARER_CONFIG": self.box.path("other.json")}
        self.write_config(other["KEYBEARER_CONFIG"])
        self.assertOk(self.box.keybearer("adopt", "work", "--yes", env=other))
        self.assertEqual(SECRETS[0], self.whose(env=other))
        self.assertOk(self.box.keybearer("remove", "--yes", "work", env=other))
        self.assertOk(self.box.keybearer("refresh", "work"))

    def test_two_keys_that_keygen_made(self):
        """One would go with the client that takes the other."""
        old = self.environment("old")
        self.add(SECRETS[0], env=old)
        self.assertOk(self.box.keybearer("keygen", "work", "--replace", env=old))
        os.rename(self.box.path("old"), self.box.path("new"))
        new = self.environment("new")
        self.assertOk(self.box.keybearer("keygen", "work", "--replace", env=new))
        refused_ = self.box.keybearer("adopt", "work", "--yes", env=new)
        self.assertFails(refused_, USAGE, "that waits for its client, and another in")
        self.assertOk(self.box.keybearer("show", "work", "--public-key", env=new))
        self.assertEqual(2, len(os.listdir(f"{new['XDG_DATA_HOME']}/keybearer/clients")))
        self.assertEqual(4, len(os.listdir(f"{new['XDG_DATA_HOME']}/keybearer/vault")))

    def test_a_home_with_two_configurations_that_moved(self):
        """Which of them a client is from must be said; what was forgotten is named, and removed."""
        old = self.environment("old")
        project = {"KEYBEARER_CONFIG": f"{old['HOME']}/project.json"}
        self.add(SECRETS[0], env=old)
        self.add(SECRETS[1], env=old | project)
        os.rename(self.box.path("old"), self.box.path("new"))
        new = self.environment("new")
        usual = f"{old['XDG_CONFIG_HOME']}/keybearer/config.json"
        refused_ = self.box.keybearer("adopt", "work", "--yes", env=new)
        self.assertFails(refused_, USAGE, usual, project["KEYBEARER_CONFIG"])
        self.assertIn(b"keybearer adopt work --from FILE", refused_.stderr)
        self.assertOk(self.box.keybearer("adopt", "work", "--from", usual, "--yes", env=new))
        self.assertEqual(SECRETS[0], self.whose(env=new))
        checks = self.box.keybearer("doctor", "--json", env=new).json()["checks"]
        (hint,) = [check["hint"] for check in checks if check["check"] == "clients"]
        self.assertIn(f"KEYBEARER_CONFIG={project['KEYBEARER_CONFIG']} keybearer remove work", hint)
        self.assertOk(self.box.keybearer("remove", "--yes", "work", env=new | project))
        self.assertEqual(1, len(os.listdir(f"{new['XDG_DATA_HOME']}/keybearer/clients")))
        self.assertEqual(2, len(os.listdir(f"{new['XDG_DATA_HOME']}/keybearer/vault")))
        self.assertFalse(os.path.exists(old["HOME"]))

    def test_a_card_under_another_configurations_name(self):
        self.add(SECRETS[0])
        other = {"KEYBEARER_CONFIG": self.box.path("other.json")}
        self.add(SECRETS[1], env=other)
        (mine,) = [card.path for card in os.scandir(self.box.cards_folder)
                   if self.box.config_file in read(card.path)]
        (its,) = [card.path for card in os.scandir(self.box.cards_folder) if card.path != mine]
        shutil.copy2(mine, its)
        self.assertFails(self.box.keybearer("remove", "--yes", "work", env=other), CORRUPT, self.box.config_file)
        self.assertEqual(SECRETS[0], self.whose())

    def test_a_path_that_no_card_can_name(self):
        """Not UTF-8: nothing is stored that could not be found again."""
        place = os.fsencode(self.box.path("A")) + b"\xe9"
        os.mkdir(place, 0o700)
        added = self.box.keybearer(
            "add", "work", "--token-url", self.server.token_url, "--store", "sealed-file",
            "--client-id", "an-id", "--client-secret-stdin", stdin=f"{SECRETS[0]}\n".encode(),
            env={"KEYBEARER_CONFIG": os.fsdecode(place + b"/kb.json")})
        self.assertFails(added, CONFIG, "not UTF-8")
        self.assertEqual([], [name for name in self.client_files() if name.endswith(".kbr")])

    def test_a_configuration_behind_a_link_that_changes(self):
        """A dotfile manager lets config.json lead to another file with each change."""
        self.add(SECRETS[0])
        store = self.box.path("store")
        os.mkdir(store)
        for number in range(2):
            target = os.path.join(store, f"{number}.json")
            shutil.copy(self.box.config_file, target)
            os.unlink(self.box.config_file)
            os.symlink(target, self.box.config_file)
            self.assertEqual(SECRETS[0], self.whose())
        folder = os.path.dirname(self.box.config_file)
        for number in range(2):
            target = os.path.join(store, f"generation-{number}")
            shutil.copytree(folder, target)
            os.unlink(folder) if os.path.islink(folder) else shutil.rmtree(folder)
            os.symlink(target, folder)
            self.assertEqual(SECRETS[0], self.whose())


class UnderWayTest(IdentityTest):
    """An exchange is under way while its client is replaced, removed or its token forgotten."""

    @contextlib.contextmanager
    def exchange(self, words=("refresh", "work")):
        """The server has the old client's secret, and does not answer before the end of this."""
        self.add(SECRETS[0])
        self.assertOk(self.box.keybearer("forget", "work"))
        gate = self.hold = threading.Event()
        running = self.box.start(["keybearer", *words])
        wait_until(lambda: self.hold is None, "the exchange begins")
        try:
            yield
        finally:
            gate.set()
            self.result = running.wait()

    def test_a_new_client(self):
        with self.exchange():
            self.rotate(SECRETS[1])
        for _ in range(3):
            self.assertEqual(SECRETS[1], self.whose())

    def test_a_new_client_and_settings(self):
        with self.exchange(("token", "work")):
            self.add(SECRETS[1], "--match", "https://new.example.com")
        self.assertEqual(SECRETS[1], self.whose())

    def test_removed(self):
        with self.exchange():
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.write_config(self.box.config_file)  # the same settings, and no client for them
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)
        self.add(SECRETS[1])
        self.assertEqual(SECRETS[1], self.whose())

    def test_forgotten(self):
        """What the exchange brings is forgotten, too: `forget` ends after it."""
        need_proc(self, "locks")
        with self.exchange():
            forgetting = self.box.start(["keybearer", "forget", "work"])
            wait_until(lambda: forgetting.process.pid in blocked(), "forget waits for the exchange")
        self.assertOk(forgetting.wait())
        asked = self.server.count
        self.assertEqual(SECRETS[0], self.whose())
        self.assertEqual(asked + 1, self.server.count)

    def test_another_refresh(self):
        """It waits for the first one, and takes what that brings."""
        need_proc(self, "locks")
        with self.exchange():
            asked = self.server.count
            refreshing = self.box.start(["keybearer", "refresh", "work"])
            wait_until(lambda: refreshing.process.pid in blocked(), "the second one waits")
        self.assertEqual(0, refreshing.wait().status)
        self.assertEqual(asked, self.server.count)
        self.assertEqual(SECRETS[0], self.whose())

    def test_who_asked_before_is_not_given_the_new_clients_token(self):
        """The exchange is paid for, and its caller gets what it asked for; nobody else does."""
        with self.exchange(("token", "work")):
            self.rotate(SECRETS[1])
        self.assertEqual(0, self.result.status)
        self.assertEqual(SECRETS[0], self.owner[self.result.text])
        self.assertEqual(SECRETS[1], self.whose())


class ReplacedTest(IdentityTest):
    """Settings or client change between the front, which found them, and its helper."""

    REQUEST = b'{"uri": "https://api.example.com/"}'
    GIT = b"protocol=https\nhost=api.example.com\n\n"
    EACH = ["keybearer", "goauth", "--profile", "work"]

    def setUp(self):
        super().setUp()
        need_proc(self, "locks")
        self.add(SECRETS[0], "--match", "https://api.example.com")
        self.assertOk(self.box.keybearer("forget", "work"))

    def meanwhile(self, words, change, stdin=b""):
        """What WORDS say, of which CHANGE() comes when they have found their client."""
        directory = os.path.join(self.box.runtime, "keybearer")
        with contextlib.ExitStack() as leading:
            for name in os.listdir(directory):
                if name.endswith(".1"):
                    lock = leading.enter_context(open(os.path.join(directory, name)))
                    fcntl.flock(lock, fcntl.LOCK_EX)
            running = self.box.start(words, stdin)
            wait_until(lambda: running.process.pid in blocked() or running.process.poll() is not None,
                       "it waits for its turn")
            change()
        return running.wait()

    def test_a_new_client_fails_nobody(self):
        for words, stdin in (
            (["keybearer", "token", "work"], b""), (["keybearer", "get"], self.REQUEST),
            (["git-credential-keybearer", "get"], self.GIT),
            (["keybearer", "run", "work", "--", "sh", "-c", 'echo "$BEARER_TOKEN"'], b""),
            (["keybearer", "refresh", "work"], b""),
        ):
            with self.subTest(words):
                self.rotate(SECRETS[0])
                self.assertOk(self.box.keybearer("forget", "work"))
                answer = self.meanwhile(words, lambda: self.rotate(SECRETS[1]), stdin)
                self.assertOk(answer)
                token = self.server.token if "refresh" not in words else "has a new token"
                self.assertIn(token, answer.text)
                self.assertEqual(SECRETS[1], self.owner[self.server.token])

    def test_new_settings_fail_nobody(self):
        answer = self.meanwhile(["keybearer", "token", "work"], lambda: self.edit(scope="new"))
        self.assertOk(answer)
        self.assertEqual("new", self.server.requests[-1].form["scope"])

    def test_new_addresses_get_no_other_settings_token(self):
        """Nor do the old ones get a token of the new settings."""
        answer = self.assertOk(self.meanwhile(
            self.EACH, lambda: self.edit(match=["https://new.example.com"], scope="new")))
        self.assertIn("new.example.com", answer.text)
        self.assertNotIn("api.example.com", answer.text)
        self.assertIn(self.server.token, answer.text)
        self.assertEqual("new", self.server.requests[-1].form["scope"])

    def test_one_that_is_removed_is_nobodys(self):
        remove = lambda: self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        for words, stdin in ((["keybearer", "get"], self.REQUEST),
                             (["git-credential-keybearer", "get"], self.GIT)):
            with self.subTest(words):
                self.add(SECRETS[0], "--match", "https://api.example.com")
                self.assertOk(self.box.keybearer("forget", "work"))
                during = self.meanwhile(words, remove, stdin)
                after = self.box.run(words, stdin)
                self.assertEqual((after.status, after.stdout, after.stderr),
                                 (during.status, during.stdout, during.stderr))
        self.add(SECRETS[0])
        self.assertOk(self.box.keybearer("forget", "work"))
        self.assertFails(self.meanwhile(["keybearer", "token", "work"], remove), NOT_FOUND)
        self.add(SECRETS[0], "--match", "https://api.example.com")
        self.assertOk(self.box.keybearer("forget", "work"))
        self.assertFails(self.meanwhile(self.EACH, remove), NOT_FOUND)

    def test_a_client_that_is_lost_is_looked_for_once(self):
        """Its card still names it: nothing changed, and no second helper would find it."""
        os.unlink(self.box.client_file("work"))
        answer = self.box.keybearer("token", "work", env={"KEYBEARER_LOG": "1"})
        self.assertEqual(NOT_FOUND, answer.status, answer)
        self.assertEqual(1, answer.stderr.count(b"a helper asks"), answer)


class VersionOneTest(IdentityTest):
    """A home of release 0.1: its client opens, is told of, and is replaced."""

    PROFILE, ORIGIN = "zuora-sandbox", "https://rest.apisandbox.zuora.com"

    def setUp(self):
        super().setUp()
        shutil.copytree(os.path.join(VERSION_1, "vault"), self.box.vault)
        for directory in (os.path.dirname(self.box.vault), self.box.vault):
            os.chmod(directory, 0o700)
        for name in os.listdir(self.box.vault):
            os.chmod(os.path.join(self.box.vault, name), 0o600)
        shutil.copy(os.path.join(VERSION_1, "key-file.bin"), self.box.key_file)
        os.chmod(self.box.key_file, 0o600)
        self.write(self.box.config_file)
        self.box.secret("golden=secret/with+marks")

    def write(self, path, **settings):
        profile = {"token_url": f"{self.ORIGIN}/oauth/token", "store": "sealed-file", **settings}
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as file:
            json.dump({"profiles": {self.PROFILE: profile}}, file)

    def reaches_the_network(self, **run):
        """The client was read: only then is the proxy asked, which is not there."""
        env = {**run.pop("env", {}), "https_proxy": "http://127.0.0.1:1"}
        result = self.box.keybearer("refresh", self.PROFILE, env=env, **run)
        return result.status == 7

    def test_it_opens(self):
        self.assertTrue(self.reaches_the_network())
        (card,) = self.box.cards(self.PROFILE)
        self.assertNotIn("bound", card["clients"][0])
        self.assertTrue(self.reaches_the_network())
        self.assertIn(f"{self.PROFILE}.kbc", self.box.client_files())

    def test_it_opens_where_no_card_can_be_written(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        keybearer = os.path.dirname(self.box.vault)
        os.chmod(keybearer, 0o500)
        self.addCleanup(os.chmod, keybearer, 0o700)
        self.assertTrue(self.reaches_the_network())
        self.assertTrue(self.reaches_the_network())

    def test_it_is_told_of(self):
        page = self.box.keybearer("status", self.PROFILE)
        self.assertIn("not bound to its certificate authorities\n"
                      f"              (keybearer adopt {self.PROFILE})\n",
                      self.assertOk(page).text)
        finding = [line for line in self.box.keybearer("doctor").text.splitlines()
                   if "not bound" in line]
        self.assertRegex(finding[0], r"^weak")
        self.assertOk(self.box.keybearer("adopt", self.PROFILE, "--yes"))
        self.assertNotIn("not bound", self.box.keybearer("status", self.PROFILE).text)

    def test_it_stays_with_its_origin(self):
        self.write(self.box.config_file, token_url=self.server.token_url)
        result = self.box.keybearer("token", self.PROFILE)
        self.assertFails(result, DENIED, f"stored for {self.ORIGIN}, not for {self.server.origin}")
        self.assertEqual(0, self.server.count)

    def test_adopting_it(self):
        self.assertOk(self.box.keybearer("adopt", self.PROFILE, "--yes"))
        self.assertTrue(self.reaches_the_network())
        (card,) = self.box.cards(self.PROFILE)
        self.assertEqual({"token": self.ORIGIN, "ca": "system"}, card["clients"][0]["bound"])
        self.assertCountEqual(
            ["corp.git_1.kbc", os.path.basename(self.box.client_file(self.PROFILE))],
            self.box.client_files())

    def test_adopting_it_from_another_configuration(self):
        """It moves: the usual configuration has it no more."""
        other = {"KEYBEARER_CONFIG": self.box.path("other.json")}
        self.write(other["KEYBEARER_CONFIG"])
        self.assertOk(self.box.keybearer("adopt", self.PROFILE, "--yes", env=other))
        self.assertTrue(self.reaches_the_network(env=other))
        self.assertFails(self.box.keybearer("token", self.PROFILE), NOT_FOUND)
        self.assertNotIn(f"{self.PROFILE}.kbc", self.box.client_files())

    def former(self):
        """What an unfinished `add` of release 0.1 left."""
        client = os.path.join(self.box.vault, f"{self.PROFILE}.kbc")
        shutil.copy(client, client[:-1] + "f")

    def test_adding_replaces_it_and_what_it_was_replacing(self):
        self.former()
        self.write(self.box.config_file, token_url=self.server.token_url)
        self.assertOk(self.box.keybearer(
            "add", self.PROFILE, "--client-id", "an-id", "--client-secret-stdin",
            stdin=f"{SECRETS[0]}\n".encode()))
        self.assertEqual(SECRETS[0], self.whose("token", self.PROFILE))
        self.assertCountEqual(
            ["corp.git_1.kbc", os.path.basename(self.box.client_file(self.PROFILE))],
            self.box.client_files())

    def test_removing_it(self):
        self.former()
        self.assertOk(self.box.keybearer("remove", "--yes", self.PROFILE))
        self.assertEqual(["corp.git_1.kbc"], self.box.client_files())
        self.assertFails(self.box.keybearer("remove", "--yes", self.PROFILE), NOT_FOUND)

    def test_doctor_names_what_is_nobodys(self):
        """A client that no card names, and what release 0.1 left when its profile is gone."""
        self.former()
        stray = "0123456789abcdef" * 2 + ".kbr"
        shutil.copy(os.path.join(self.box.vault, "corp.git_1.kbc"), os.path.join(self.box.vault, stray))
        found = {check["text"]: check["hint"] for check in
                 self.box.keybearer("doctor", "--json").json()["checks"] if check["check"] == "vault"}
        self.assertEqual(2, len(found), found)
        for name, but in ((stray, ", unless the folder clients beside it was lost"),
                          (f"{self.PROFILE}.kbf", "")):
            (hint,) = [hint for text, hint in found.items() if name in text]
            self.assertEqual(f"rm {self.box.vault}/{name}{but}", hint)

    def test_nobody_is_told_to_delete_what_an_unreadable_card_may_name(self):
        self.add(SECRETS[0])
        (card,) = os.scandir(self.box.cards_folder)
        os.chmod(card.path, 0o644)
        checks = self.box.keybearer("doctor", "--json").json()["checks"]
        self.assertEqual([], [check for check in checks if "rm " in check.get("hint", "")])
        (found,) = [check for check in checks if check["check"] == "clients"]
        self.assertEqual(f"chmod 600 {card.path}", found["hint"])

    def test_a_card_that_cannot_be_read_may_own_it(self):
        self.add(SECRETS[0], name="another")
        (card,) = os.scandir(self.box.cards_folder)
        os.chmod(card.path, 0o644)
        self.assertFails(self.box.keybearer("token", self.PROFILE), DENIED, card.path)
        os.chmod(card.path, 0o600)
        self.assertTrue(self.reaches_the_network())

    def test_it_is_one_configurations_only(self):
        """The usual one's; another takes it over when it is told to."""
        other = {"KEYBEARER_CONFIG": self.box.path("other.json")}
        self.write(other["KEYBEARER_CONFIG"])
        answer = self.box.keybearer("token", self.PROFILE, env=other)
        self.assertFails(answer, NOT_FOUND, "not the home's usual configuration")
        elsewhere = {"XDG_CONFIG_HOME": self.box.path("elsewhere")}
        self.write(f"{elsewhere['XDG_CONFIG_HOME']}/keybearer/config.json")
        home = {"HOME": self.box.path("repository"), "XDG_CONFIG_HOME": None}
        self.write(f"{home['HOME']}/.config/keybearer/config.json")
        for env in (elsewhere, home):
            for words in (["token"], ["remove"], ["remove"]):
                self.box.keybearer(*words, self.PROFILE, env=env)
                self.assertIn(f"{self.PROFILE}.kbc", self.box.client_files())
            self.write(f"{elsewhere['XDG_CONFIG_HOME']}/keybearer/config.json")
            self.write(f"{home['HOME']}/.config/keybearer/config.json")
            self.assertFails(self.box.keybearer("token", self.PROFILE, env=env), NOT_FOUND)
        self.assertTrue(self.reaches_the_network())
        answer = self.box.keybearer("token", self.PROFILE, env=other)
        self.assertFails(answer, NOT_FOUND, "belongs to", self.box.config_file)
        for words in (["remove", "--yes", self.PROFILE], ["remove", "--yes", self.PROFILE]):
            self.box.keybearer(*words, env=other)
            self.assertIn(f"{self.PROFILE}.kbc", self.box.client_files())
        self.assertTrue(self.reaches_the_network())


if __name__ == "__main__":
    main()
