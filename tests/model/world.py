"""A few persons on one machine, who share what they should not notice that they share.

Two homes; in each two configurations with profiles of the same names. All have the same user id,
runtime directories and token servers. Each home has a session bus with a keyring of its own.
"""

import contextlib
import json
import os
import threading
import time

import clocks
from harness import BIN, Sandbox, background, find_program, tool, wait_until
from keyring import keyring
from reference import Call, Client, Moment, Rules, Token
from token_server import Reply, TokenServer, refused

HOMES, CONFIGS, PROFILES, ENDPOINTS, DIRECTORIES = 2, 2, 2, 2, 2
LONG_LIFE = 3600
STORES = ("sealed-file", "secret-service")

# How a command sees the kernel's keyrings, and which session key it has there.
SIDES = {"login": "kernel", "second login": "kernel", "forbidden": "file", "namespace": "namespace"}
PLACES = [(directory, key) for directory in range(DIRECTORIES) for key in set(SIDES.values())]


class Person:
    """One home, as harness.py and keyring.py look at a sandbox."""

    def __init__(self, box, number):
        self._box, self._number = box, number
        self.data = self.path("data")
        for name in ("home", "config", "data"):
            os.makedirs(self.path(name), 0o700)
        self.env = {**box.env, "HOME": self.path("home"), "XDG_CONFIG_HOME": self.path("config"),
                    "XDG_DATA_HOME": self.data}

    def path(self, *names):
        return self._box.path(f"person{self._number}", *names)

    def environment(self):
        return self.env


class World:
    def __init__(self):
        self.rules = Rules(PLACES)
        self.life = LONG_LIFE  # of the tokens that are issued from now on
        self.bonds = {}  # secret: the servers that may see it
        self.misled = []  # secrets that another one saw
        self.gate = None  # an exchange waits for it
        self.arrived = threading.Event()
        self.directory, self.side = 0, "login"
        self.count = 0

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.box = stack.enter_context(Sandbox())
            self.servers = [stack.enter_context(TokenServer()) for _ in range(ENDPOINTS)]
            self.persons = [Person(self.box, number) for number in range(HOMES)]
            self.keyrings = list(range(HOMES))  # whose each home asks
            self.set_clocks(0, 0)
            self.stack = stack.pop_all()
        for server in self.servers:
            server.behave(lambda request, server=server: self.exchange(server, request))
            self.box.guard(server)
        return self

    def __exit__(self, *what):
        return self.stack.__exit__(*what)

    # --- the servers ---

    def exchange(self, server, request):
        try:
            return self.reply(server, request)
        finally:
            self.arrived.set()

    def reply(self, server, request):
        secret, scope = request.form.get("client_secret", ""), request.form.get("scope", "")
        if self.servers.index(server) not in self.bonds.get(secret, ()):
            self.misled.append(secret)
            return refused()
        life, gate, now = self.life, self.gate, self.now()
        body = {**server.issue(scope).body, "expires_in": life}
        self.rules.issued(Token(body["access_token"], secret, scope, now, life))
        return Reply(200, body, {"X-RateLimit-Remaining-minute": "99"}, gate=gate)

    def requests(self):
        return sum(server.count for server in self.servers)

    def new_client(self, seat, endpoint, store):
        self.count += 1
        client = Client(f"secret-number-{self.count}-of-the-model", endpoint,
                        self.keyring(seat) if store == "secret-service" else None)
        self.bonds[client.secret] = {endpoint}
        self.box.secret(client.secret)
        return client

    # --- clocks ---

    def now(self):
        """In here the clocks are as shifted as for the programs."""
        return Moment(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))

    def set_clocks(self, wall, boot):
        """By so many seconds against the machine's."""
        self.wall, self.boot = wall, boot
        if clocks.SHIFT:
            clocks.set_clocks(wall, boot)

    # --- places ---

    def runtime(self):
        path = os.path.join(self.box.runtime, f"login{self.directory}")
        os.makedirs(path, 0o700, exist_ok=True)
        return path

    def place(self):
        return self.directory, SIDES[self.side]

    def prefix(self, side):
        """What a command is started with, to be on that side."""
        if side == "namespace":
            return ["nsenter", f"--user={self.namespace()}", "--preserve-credentials"]
        return {"login": [], "second login": [tool("new_session")],
                "forbidden": [tool("no_keyctl"), "EPERM"]}[side]

    def can_take(self, side):
        """Whether this machine allows it."""
        try:
            return self.box.run([*self.prefix(side), "true"]).status == 0
        except (AssertionError, FileNotFoundError):
            return False

    def namespace(self):
        """A user namespace, whose root or user is the same user outside."""
        if not hasattr(self, "_namespace"):
            same_user = "--map-root-user" if os.geteuid() == 0 else "--map-current-user"
            program = ["unshare", "--user", same_user, "sleep", "infinity"]
            holder = self.stack.enter_context(background(program))
            self._namespace = f"/proc/{holder.pid}/ns/user"
            wait_until(lambda: os.readlink(self._namespace) != os.readlink("/proc/self/ns/user"),
                       "a namespace")
        return self._namespace

    def keyring(self, seat):
        """Whose keyring the seat's home asks."""
        return self.keyrings[seat[0]]

    def bus(self, seat):
        """The address of that; started when it is first needed."""
        owner = self.persons[self.keyring(seat)]
        if "DBUS_SESSION_BUS_ADDRESS" not in owner.env:
            self.stack.enter_context(keyring(owner))
        return owner.env["DBUS_SESSION_BUS_ADDRESS"]

    # --- one person's commands ---

    def call(self, seat):
        self.rules.begins(self.place())
        return Call(self.rules.seat(seat), self.place(), self.keyring(seat), self.now())

    def config_file(self, seat):
        home, config, _ = seat
        names = (f"other{config}.json",) if config else ("keybearer", "config.json")
        return self.persons[home].path("config", *names)

    def environment(self, seat):
        env = dict(self.persons[seat[0]].env, XDG_RUNTIME_DIR=self.runtime())
        if has_keyrings():
            env["DBUS_SESSION_BUS_ADDRESS"] = self.bus(seat)
        if seat[1]:
            env["KEYBEARER_CONFIG"] = self.config_file(seat)
        return env

    def start(self, seat, *words, stdin=b"", **popen):
        program = os.path.join(BIN, "keybearer")
        words = [*self.prefix(self.side), program, *words]
        return self.box.start(words, stdin, self.environment(seat), **popen)

    def settings(self, seat):
        """Those of the seat's profile, as its configuration has them, or None."""
        try:
            with open(self.config_file(seat)) as file:
                return json.load(file)["profiles"].get(name_of(seat))
        except FileNotFoundError:
            return None

    def edit(self, seat, settings):
        """As an editor puts them there."""
        path = self.config_file(seat)
        config = {"profiles": {}}
        if os.path.exists(path):
            with open(path) as file:
                config = json.load(file)
        config["profiles"][name_of(seat)] = settings
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        with open(os.open(path + ".new", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(config, file)
        os.rename(path + ".new", path)

    def endpoint(self, settings):
        """Which server they name."""
        urls = [server.token_url for server in self.servers]
        return urls.index(settings["token_url"])


def name_of(seat):
    return f"p{seat[2]}"


def has_keyrings():
    return bool(find_program("gnome-keyring-daemon") and find_program("dbus-daemon"))
