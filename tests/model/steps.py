"""
The steps of a plan. Each is plain data, so that a run can be repeated and shrunk: (verb,
argument...). Doing one raises Wrong when what came of it is against the rules.
"""

import contextlib
import threading
import time

import clocks
from commands import ASKING, CHANGING, Command, together
from harness import NOT_FOUND, wait_until
from reference import Client, Wrong
from world import CONFIGS, LONG_LIFE, PROFILES

CROWD = 5
LONG_WAIT = 0.3  # seconds in which a command ends that waits for nobody
# The quarters of a long life: whatever the clocks were set to, no token is nearly over by chance.
QUARTER = LONG_LIFE // 4
NEARLY_OVER = LONG_LIFE - 300  # from then on a token is renewed in the background


class Steps:
    def __init__(self, world):
        self.world, self.rules = world, world.rules

    def do(self, step):
        verb, *arguments = step
        getattr(self, f"do_{verb}")(*arguments)
        if self.world.misled:
            raise Wrong(f"a server saw secrets that it must not see: {self.world.misled}")

    def one(self, seat, *words):
        """A command that has the machine to itself."""
        command = Command(self.world, seat, words).end()
        self.rules.asked(command.requests(), command.at_most())
        return command

    def do_get(self, seat):
        got = self.one(seat, "token")
        if got.succeeded:
            self.rules.learned(got.call, got.answer.text)
        return got

    def do_crowd(self, seat):
        """Several at once: one request is enough, unless tokens die while they are handed out."""
        crowd = [Command(self.world, seat, ["token"]) for _ in range(CROWD)]
        texts = {one.answer.text for one in [one.end() for one in crowd] if one.succeeded}
        if self.world.life == LONG_LIFE:
            self.rules.asked(crowd[0].requests(), crowd[0].at_most())
            if len(texts) > 1:
                raise Wrong(f"{len(texts)} tokens for {CROWD} at once")

    def do_add(self, seat, endpoint, scope, store):
        self.one(seat, "add", endpoint, scope, store)

    def do_rotate(self, seat):
        """A new secret for the settings that there are."""
        if self.world.settings(seat):
            self.one(seat, "rotate")

    def do_remove(self, seat):
        self.one(seat, "remove")

    def do_forget(self, seat):
        self.one(seat, "forget")
        self.do_get(seat)

    def do_refresh(self, seat):
        """What is answered then is new, and costs no second request."""
        refreshed = self.one(seat, "refresh")
        client = refreshed.of.client()
        if refreshed.succeeded and client:
            refreshed.of.cached[refreshed.call.place] = self.rules.newest(client)
        self.do_get(seat)

    def do_lock(self, seat):
        """Of everybody who is the same user no token is left. The key file unlocks the vault again."""
        self.one(seat, "lock")

    def do_renew_ahead(self, seat):
        """The old token is handed out while one helper fetches the next."""
        self.do_refresh(seat)
        of = self.rules.seat(seat)
        token = of.cached.get(self.world.place())
        lives_long = token and token.life == LONG_LIFE == self.world.life
        if not lives_long or not clocks.SHIFT:
            return
        self.do_age(NEARLY_OVER)
        asked = self.world.requests()
        if self.text_now(seat) != token.text:
            raise Wrong("who asked had to wait for the next token")
        # While a helper is on its way out nobody else begins: then the next call does.
        wait_until(lambda: self.text_now(seat) != token.text, "the next token")
        self.rules.renewals.discard(token.text)
        self.rules.asked(self.world.requests() - asked, 1)
        self.do_get(seat)
        self.do_age(LONG_LIFE - NEARLY_OVER)

    def text_now(self, seat):
        return Command(self.world, seat, ["token"]).end().answer.text

    # --- beside each other ---

    def do_together(self, seat, delay, *commands):
        """Each begins DELAY seconds after the one before."""
        asked = self.world.requests()
        verbs = [words[0] for words in commands]
        if "rotate" in verbs and not self.world.settings(seat):
            return
        running = []
        for number, words in enumerate(commands):
            others = verbs[:number] + verbs[number + 1 :]
            running.append(Command(self.world, seat, words, others))
            time.sleep(delay)
        together(running)
        self.rules.asked(self.world.requests() - asked, sum(verb in ASKING for verb in verbs))
        self.settle(seat)

    @contextlib.contextmanager
    def held_exchange(self, seat, beside=()):
        """A `token` of the seat, which the server lets wait for what happens within."""
        self.one(seat, "forget")
        self.world.gate = gate = threading.Event()
        self.world.arrived.clear()
        held = Command(self.world, seat, ["token"], beside)
        while not self.world.arrived.wait(0.02) and held.running.process.poll() is None:
            pass
        self.world.gate = None
        try:
            yield held
        finally:
            gate.set()

    def do_during_exchange(self, seat, *words):
        """The other command ends before the exchange does, or waits for it."""
        if words[0] == "rotate" and not self.world.settings(seat):
            return
        asked = self.world.requests()
        with self.held_exchange(seat, words[:1]) as held:
            other = Command(self.world, seat, words, ["token"]).wait_for(LONG_WAIT)
        other.end()
        held.end()
        self.rules.asked(self.world.requests() - asked, 1 + (words[0] in ASKING))
        self.settle(seat)

    def do_step_during_exchange(self, seat, offset):
        """
        Who waits is answered, by one request and perhaps a second one. Whether a life counts on
        the clock before the step or on the one after is open, so what is cached goes in the end.
        """
        asked = self.world.requests()
        with self.held_exchange(seat) as held:
            self.do_clock(offset)
            if self.world.arrived.is_set():
                self.rules.may_count_from(self.world.now())
        held.end()
        self.rules.asked(self.world.requests() - asked, 2)
        self.one(seat, "token")
        self.one(seat, "forget")

    def do_kill(self, seat, delay, *words):
        killed = Command(self.world, seat, words, start_new_session=True)
        killed.kill(delay)
        if killed.verb in CHANGING:
            killed.of.may_store(killed.client, killed.scope)
        killed.of.cached.clear()
        self.settle(seat)

    def settle(self, seat):
        """
        What is cached is of the client that is stored: asking anew shows which that is. Where
        nothing works, the last command again must get there, whichever it was.
        """
        self.do_get(seat)
        self.one(seat, "forget")
        if not self.do_get(seat).succeeded and len(self.rules.seat(seat).clients) > 1:
            self.do_remove(seat)

    # --- the configuration ---

    def do_edit_scope(self, seat, scope):
        settings, of = self.world.settings(seat), self.rules.seat(seat)
        if settings:
            settings.pop("scope", None)
            self.world.edit(seat, settings | ({"scope": scope} if scope else {}))
            of.may_become(of.clients, {scope})

    def do_edit_endpoint(self, seat, endpoint):
        """The configuration names another server: the client was not stored for that."""
        settings, of = self.world.settings(seat), self.rules.seat(seat)
        if settings:
            url = self.world.servers[endpoint].token_url
            self.world.edit(seat, settings | {"token_url": url})
            of.may_become(of.clients, of.scopes)
            of.bound = all(client is None or client.endpoint == endpoint for client in of.clients)

    def do_borrow(self, seat, home):
        """The settings of another configuration, maybe of another home; its client stays there."""
        source, of = other_configuration(seat, home), self.rules.seat(seat)
        settings = self.world.settings(source)
        if settings and not self.world.settings(seat):
            self.world.edit(seat, settings)
            of.may_become({None}, {settings.get("scope", "")})

    def do_adopt(self, seat):
        settings, of = self.world.settings(seat), self.rules.seat(seat)
        if not settings:
            return
        client = of.client() or self.client_to_adopt(seat, settings)
        endpoint = self.world.endpoint(settings)
        may_be = bool(client) and client.keyring in (None, self.world.keyring(seat))
        if may_be:
            self.world.bonds[client.secret].add(endpoint)
        adopted = self.one(seat, "adopt")
        if adopted.succeeded != may_be:
            raise Wrong(f"of {client}: {adopted.answer}")
        if may_be:
            of.stores(Client(client.secret, endpoint, client.keyring), settings.get("scope", ""))

    def do_kill_adopt(self, seat, delay):
        """The same command again gets there."""
        if self.world.settings(seat):
            Command(self.world, seat, ["adopt"], start_new_session=True).kill(delay)
            self.do_adopt(seat)
            self.do_get(seat)

    def do_move(self, seat, store, killed_after=None):
        """As it is, to another store; the same command again gets there."""
        settings, of = self.world.settings(seat), self.rules.seat(seat)
        client, here = of.client(), self.world.keyring(seat)
        if not settings or not client or of.bound is None:
            return
        is_there = settings["store"] == store
        may_be = of.bound and (is_there or client.keyring in (None, here))
        self.kill_first(killed_after, seat, "move", store)
        moved = self.one(seat, "move", store)
        if moved.succeeded != may_be:
            raise Wrong(f"of {client}: {moved.answer}")
        if may_be and not is_there:
            keyring = here if store == "secret-service" else None
            of.stores(Client(client.secret, client.endpoint, keyring), settings.get("scope", ""))
        self.do_get(seat)

    def do_rename(self, seat, killed_after=None):
        """To a name that nobody has, and back."""
        free = (*seat[:2], (seat[2] + 1) % PROFILES)
        of = self.rules.seat(seat)
        is_known = len(of.clients) == 1 and len(of.scopes) == 1
        is_free = not self.world.settings(free) and self.rules.seat(free).clients == {None}
        if self.world.settings(seat) and is_known and is_free:
            self.kill_first(killed_after, seat, "rename", free)
            if self.rename(seat, free):
                self.rename(free, seat)

    def rename(self, old, new):
        """Whether it has the new name now. One that was killed may have got as far as that."""
        client = self.rules.seat(old).client()
        is_done = bool(self.world.settings(new))
        may_be = is_done or not client or client.keyring in (None, self.world.keyring(old))
        renamed = self.one(old, "rename", new)
        if renamed.succeeded != may_be and not (is_done and renamed.answer.status == NOT_FOUND):
            raise Wrong(f"of {client}: {renamed.answer}")
        if may_be:
            self.rules.renamed(old, new)
            self.do_get(new)
        return may_be

    def kill_first(self, delay, seat, *words):
        if delay is not None:
            Command(self.world, seat, words, start_new_session=True).kill(delay)

    def client_to_adopt(self, seat, settings):
        """That of the other configuration of the same home."""
        source = other_configuration(seat, seat[0])
        there = self.world.settings(source)
        same_store = there and there["store"] == settings["store"]
        return self.rules.seat(source).client() if same_store else None

    # --- what they share ---

    def do_life(self, life):
        self.world.life = life

    def do_wait(self, seconds):
        time.sleep(seconds)

    def do_age(self, seconds):
        """Time goes by, on both clocks."""
        self.world.set_clocks(self.world.wall + seconds, self.world.boot + seconds)

    def do_clock(self, offset):
        """Somebody sets the wall clock, wrong by that much."""
        self.world.set_clocks(self.world.boot + offset, self.world.boot)

    def do_directory(self, number):
        """Another login's runtime directory."""
        self.world.directory = number

    def do_side(self, side):
        if self.world.can_take(side):
            self.world.side = side


def other_configuration(seat, home):
    _, config, profile = seat
    return home, (config + 1) % CONFIGS, profile
