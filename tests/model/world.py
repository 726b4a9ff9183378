"""The commands of a few persons who share what they should not notice that they share.

Each step is plain data, so that a run can be repeated and shrunk: (verb, argument...). Doing a
step returns nothing, and raises Wrong when what came of it is against the rules.
"""

import json
import os
import random
import shutil
import signal
import tempfile
import threading
import time

from harness import BIN, NOT_FOUND, Sandbox, tool
from reference import Client, Rules, Token, Wrong
from token_server import Reply, TokenServer, refused

HOMES, CONFIGS, PROFILES, ENDPOINTS, CROWD = 2, 2, 2, 2, 5
LIVES = (3600, 3600, 3600, 2, 1, 0)
SCOPES = ("", "read", "write")

# How often each verb is chosen.
VERBS = {"get": 10, "crowd": 3, "add": 5, "add_during_exchange": 2, "kill_add": 2, "remove": 2,
         "kill_remove": 1, "forget": 3, "refresh": 3, "lock": 1, "edit_scope": 2, "edit_endpoint": 1,
         "adopt": 2, "live": 3, "wait": 1, "lose_runtime_directory": 1, "refuse_keyring": 1}


class World:
    """Two homes on one machine; in each two configurations with profiles of the same names."""

    def __init__(self, box):
        self.box = box
        self.rules = Rules()
        self.servers = [TokenServer() for _ in range(ENDPOINTS)]
        for server in self.servers:
            server.behave(lambda request, server=server: self.exchange(server, request))
        self.life = 3600
        self.known = set()  # secrets that the servers take
        self.gate = None  # an exchange waits for it
        self.arrived = threading.Event()
        self.keyring_is_refused = False
        self.count = 0

    def __enter__(self):
        for server in self.servers:
            server.__enter__()
        for home in range(HOMES):
            for place in ("home", "config", "data"):
                os.makedirs(self.path(home, place), 0o700, exist_ok=True)
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.__exit__()

    def path(self, home, *names):
        return self.box.path(f"person{home}", *names)

    # --- the servers ---

    def exchange(self, server, request):
        secret = request.form.get("client_secret", "")
        life, gate = self.life, self.gate
        self.arrived.set()
        if secret not in self.known:
            return refused()
        reply = server.issue(request.form.get("scope"))
        reply.body["expires_in"] = life
        # Whoever asked waits for it, however short its life; nobody else may have it later.
        self.rules.issued(Token(reply.body["access_token"], secret, request.form.get("scope", ""),
                                time.time() + max(life, 0)))
        return Reply(reply.status, reply.body, gate=gate)

    def requests(self):
        return sum(server.count for server in self.servers)

    # --- one person's commands ---

    def environment(self, seat):
        home, config, _ = seat
        named = self.path(home, "config", f"other{config}.json")
        return {"HOME": self.path(home, "home"), "XDG_CONFIG_HOME": self.path(home, "config"),
                "XDG_DATA_HOME": self.path(home, "data"),
                "KEYBEARER_CONFIG": named if config else None}

    def config_file(self, seat):
        home, config, _ = seat
        return (self.path(home, "config", f"other{config}.json") if config else
                self.path(home, "config", "keybearer", "config.json"))

    def words(self, *words):
        """As somebody whose container forbids the kernel's keyrings, or not."""
        return [self.box.no_keyctl, "EPERM", *words] if self.keyring_is_refused else [*words]

    def run(self, seat, *words, stdin=b""):
        program = os.path.join(self.box.bin, "keybearer")
        return self.box.run(self.words(program, *words), stdin, env=self.environment(seat))

    def start(self, seat, *words, stdin=b"", **popen):
        program = os.path.join(self.box.bin, "keybearer")
        return self.box.start(self.words(program, *words), stdin, env=self.environment(seat), **popen)

    def add_words(self, seat, endpoint, scope):
        server = self.servers[endpoint]
        options = ["--scope", scope] if scope else []
        return ["add", name_of(seat), "--token-url", server.token_url, "--store", "sealed-file",
                "--client-id", server.client_id, "--client-secret-stdin", *options]

    def new_client(self, endpoint):
        self.count += 1
        client = Client(f"secret-number-{self.count}-of-the-model", endpoint)
        self.known.add(client.secret)
        self.box.secret(client.secret)
        return client

    # --- the steps ---

    def do(self, step):
        verb, *arguments = step
        getattr(self, f"do_{verb}")(*arguments)

    def do_get(self, seat):
        of = self.rules.seat(seat)
        before, asked, asked_at = set(of.clients), self.requests(), time.time()
        answer = self.run(seat, "token", name_of(seat))
        if answer.status == 0:
            self.rules.printed(of, before, answer.text, asked_at)
            self.rules.learned(of, answer.text)
        else:
            self.rules.refused(of, answer.status)
        self.rules.asked(asked, self.requests(), 1)

    def do_crowd(self, seat):
        """Several at once: one request is enough, unless tokens die while they are handed out."""
        of = self.rules.seat(seat)
        before, asked, asked_at = set(of.clients), self.requests(), time.time()
        all_of_them = [self.start(seat, "token", name_of(seat)) for _ in range(CROWD)]
        for answer in [one.wait() for one in all_of_them]:
            if answer.status == 0:
                self.rules.printed(of, before, answer.text, asked_at)
            else:
                self.rules.refused(of, answer.status)
        if self.life >= 3600:
            self.rules.asked(asked, self.requests(), 1)

    def do_add(self, seat, endpoint, scope):
        client = self.new_client(endpoint)
        added = self.run(seat, *self.add_words(seat, endpoint, scope), stdin=line(client.secret))
        if added.status:
            raise Wrong(f"add failed: {added}")
        self.rules.seat(seat).stores(client, scope)

    def do_add_during_exchange(self, seat, endpoint, scope):
        """An exchange with the old client ends after the new one is stored."""
        of = self.rules.seat(seat)
        before, asked_at = set(of.clients), time.time()
        self.run(seat, "forget", name_of(seat))
        self.gate = gate = threading.Event()
        self.arrived.clear()
        old = self.start(seat, "token", name_of(seat))
        while not self.arrived.wait(0.02) and old.process.poll() is None:
            pass
        self.gate = None
        self.do_add(seat, endpoint, scope)
        gate.set()
        answer = old.wait()
        if answer.status == 0:
            self.rules.printed(of, before, answer.text, asked_at)
        self.do_get(seat)

    def do_kill_add(self, seat, endpoint, scope, delay):
        client = self.new_client(endpoint)
        running = self.start(seat, *self.add_words(seat, endpoint, scope),
                             stdin=line(client.secret), start_new_session=True)
        kill(running, delay)
        self.rules.seat(seat).may_store(client, scope)
        self.settle(seat)

    def do_remove(self, seat):
        of = self.rules.seat(seat)
        removed = self.run(seat, "remove", name_of(seat))
        if removed.status not in (0, NOT_FOUND):
            raise Wrong(f"remove failed: {removed}")
        of.stores(None, None)

    def do_kill_remove(self, seat, delay):
        running = self.start(seat, "remove", name_of(seat), start_new_session=True)
        kill(running, delay)
        self.rules.seat(seat).may_store(None, None)
        self.settle(seat)

    def do_forget(self, seat):
        """Afterwards nothing is answered without a request."""
        of = self.rules.seat(seat)
        self.run(seat, "forget", name_of(seat))
        asked = self.requests()
        answer = self.run(seat, "token", name_of(seat))
        if answer.status == 0 and self.requests() == asked:
            raise Wrong("a token that was forgotten is still there")
        if answer.status:
            self.rules.refused(of, answer.status)

    def do_refresh(self, seat):
        of = self.rules.seat(seat)
        asked = self.requests()
        answer = self.run(seat, "refresh", name_of(seat))
        if answer.status == 0:
            if self.requests() == asked:
                raise Wrong("refresh asked nobody")
        else:
            self.rules.refused(of, answer.status)

    def do_lock(self, seat):
        """Of everybody who is the same user: no token is left. The key file opens the vault again."""
        self.run(seat, "lock")

    def do_edit_scope(self, seat, scope):
        of = self.rules.seat(seat)
        if self.edit(seat, lambda profile: profile.__setitem__("scope", scope or "any")):
            of.scopes = {scope or "any"}

    def do_edit_endpoint(self, seat, endpoint):
        """The configuration names another server: the client was not stored for that."""
        of = self.rules.seat(seat)
        url = self.servers[endpoint].token_url
        if of.is_known() and self.edit(seat, lambda profile: profile.__setitem__("token_url", url)):
            [client] = of.clients
            of.bound = client is None or client.endpoint == endpoint

    def do_adopt(self, seat):
        of = self.rules.seat(seat)
        adopted = self.run(seat, "adopt", name_of(seat), "--yes")
        if of.is_known() and None not in of.clients:
            if adopted.status:
                raise Wrong(f"adopt failed: {adopted}")
            of.bound = True
            with open(self.config_file(seat)) as file:
                url = json.load(file)["profiles"][name_of(seat)]["token_url"]
            [client] = of.clients
            [endpoint] = [n for n, server in enumerate(self.servers) if server.token_url == url]
            of.clients = {Client(client.secret, endpoint)}

    def do_live(self, life):
        self.life = life

    def do_wait(self, seconds):
        time.sleep(seconds)

    def do_lose_runtime_directory(self):
        """A new login: another directory, the same user."""
        self.box.env["XDG_RUNTIME_DIR"] = self.box.other_runtime()

    def do_refuse_keyring(self, refused_now):
        self.keyring_is_refused = refused_now

    # --- what a killed command left ---

    def settle(self, seat):
        """Whatever is there is one of the possible states, and says which."""
        of = self.rules.seat(seat)
        self.life, life = 3600, self.life
        self.run(seat, "forget", name_of(seat))
        answer = self.run(seat, "token", name_of(seat))
        self.life = life
        if answer.status == 0:
            self.rules.printed(of, set(of.clients), answer.text, time.time())
            self.rules.learned(of, answer.text)
            of.scopes = {scope for scope in of.scopes if scope is not None}
        else:
            self.rules.refused(of, answer.status)
            # Nothing that works: the same command again must get there, whichever it was.
            self.do_remove(seat)

    def edit(self, seat, change):
        """Whether there is such a profile, which is changed as by an editor."""
        try:
            with open(self.config_file(seat)) as file:
                config = json.load(file)
            change(config["profiles"][name_of(seat)])
        except (FileNotFoundError, KeyError):
            return False
        temporary = self.config_file(seat) + ".new"
        with open(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(config, file)
        os.rename(temporary, self.config_file(seat))
        return True


def name_of(seat):
    return f"p{seat[2]}"


def line(secret):
    return f"{secret}\n".encode()


def kill(running, delay):
    """After DELAY seconds, wherever it is then; all of its processes."""
    time.sleep(delay)
    try:
        os.killpg(running.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    running.wait()


def steps(dice):
    """Steps without end."""
    def seat():
        return dice.randrange(HOMES), dice.randrange(CONFIGS), dice.randrange(PROFILES)

    arguments = {
        "add": lambda: (seat(), dice.randrange(ENDPOINTS), dice.choice(SCOPES)),
        "kill_add": lambda: (seat(), dice.randrange(ENDPOINTS), dice.choice(SCOPES),
                             dice.uniform(0, 0.3)),
        "kill_remove": lambda: (seat(), dice.uniform(0, 0.1)),
        "edit_scope": lambda: (seat(), dice.choice(SCOPES)),
        "edit_endpoint": lambda: (seat(), dice.randrange(ENDPOINTS)),
        "live": lambda: (dice.choice(LIVES),),
        "wait": lambda: (dice.choice((0.5, 1.1)),),
        "lose_runtime_directory": lambda: (),
        "refuse_keyring": lambda: (dice.random() < 0.3,),
    }
    arguments["add_during_exchange"] = arguments["add"]
    verbs, weights = zip(*VERBS.items())
    while True:
        [verb] = dice.choices(verbs, weights)
        yield (verb, *arguments.get(verb, lambda: (seat(),))())


def play(plan):
    """Does the steps of PLAN in a new world. Raises Wrong with the number of the step."""
    with ModelBox() as box, World(box) as world:
        for number, step in enumerate(plan):
            try:
                world.do(step)
            except Wrong as why:
                raise Wrong(number, step, str(why)) from None
        leaks = box.leaks()
        if leaks:
            raise Wrong(len(plan) - 1, plan[-1], f"leaks: {leaks}")


class ModelBox(Sandbox):
    """A sandbox whose programs may be run under another program, and with new runtime directories."""

    def __init__(self):
        super().__init__()
        self.bin, self.no_keyctl = BIN, tool("no_keyctl")
        self._runtimes = []

    def other_runtime(self):
        self._runtimes.append(tempfile.mkdtemp(prefix="kb-e2e-", dir="/dev/shm"))
        return self._runtimes[-1]

    def close(self):
        super().close()
        for directory in self._runtimes:
            shutil.rmtree(directory, ignore_errors=True)


def plan_of(seed, length):
    stream = steps(random.Random(seed))
    return [next(stream) for _ in range(length)]
