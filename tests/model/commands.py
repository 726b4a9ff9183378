"""One command of a person: begun, and later judged by what it answered and by the rules."""

import contextlib
import os
import signal
import subprocess
import time

from harness import NOT_FOUND
from reference import Wrong
from world import name_of

STORING = ("add", "rotate")
CHANGING = (*STORING, "remove")
ASKING = (*STORING, "refresh", "token")  # each may cost one request


class Command:
    """
    WORDS are `add ENDPOINT SCOPE STORE`, `move STORE`, `rename SEAT`, or one of rotate, token,
    forget, refresh, lock, adopt and remove. BESIDE: what others do for the same seat meanwhile.
    """

    def __init__(self, world, seat, words, beside=(), **popen):
        self.world, self.rules, self.seat, self.beside = world, world.rules, seat, beside
        self.is_steady = not set(beside) & set(CHANGING)
        self.verb, *self.arguments = words
        self.call = world.call(seat)
        self.of = self.call.seat
        self.asked = world.requests()
        self.client = self.scope = None  # what it stores
        options = self.options()
        stdin = f"{self.client.secret}\n".encode() if self.client else b""
        self.running = world.start(seat, *options, stdin=stdin, **popen)

    def options(self):
        name = name_of(self.seat)
        if self.verb == "move":
            return ["move", name, "--store", *self.arguments]
        if self.verb == "rename":
            return ["rename", name, *map(name_of, self.arguments)]
        if self.verb not in STORING:
            return {"lock": ["lock"], "adopt": ["adopt", name, "--yes"],
                    "remove": ["remove", name, "--yes"]}.get(self.verb, [self.verb, name])
        if self.verb == "rotate":
            settings = self.world.settings(self.seat)
            endpoint, store = self.world.endpoint(settings), settings["store"]
            self.scope, options = settings.get("scope", ""), []
        else:
            endpoint, self.scope, store = self.arguments
            options = ["--token-url", self.world.servers[endpoint].token_url, "--store", store]
            options += ["--scope", self.scope] if self.scope else []
        self.client = self.world.new_client(self.seat, endpoint, store)
        return ["add", name, "--client-id", "an-id", "--client-secret-stdin", *options]

    def wait(self):
        self.answer = self.running.wait()
        self.succeeded = self.answer.status == 0
        return self

    def wait_for(self, seconds):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.running.process.wait(seconds)
        return self

    def end(self):
        self.wait()
        getattr(self, f"judge_{self.verb}")()
        return self

    def kill(self, delay):
        """
        After DELAY seconds, wherever it is then; with all of its processes. What it had sent
        counts as its own.
        """
        time.sleep(delay)
        try:
            os.killpg(self.running.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.running.wait()
        for server in self.world.servers:
            server.settle()
        self.rules.asked(self.requests(), int(self.verb in ASKING))

    def requests(self):
        return self.world.requests() - self.asked

    def at_most(self):
        """How many requests are enough for it."""
        needless = self.verb == "token" and self.call.needs_no_request()
        return int(self.verb in ASKING and not needless)

    # --- what is right ---

    def refused(self):
        """A client that changes meanwhile is an error that may be."""
        if self.is_steady:
            self.rules.refused(self.call, self.answer.status)

    def judge_token(self):
        if self.succeeded:
            self.rules.printed(self.call, self.answer.text)
        else:
            self.refused()

    def judge_refresh(self):
        """Beside another one it may get what that one asked for: one asks, the others wait."""
        if not self.succeeded:
            self.refused()
        elif not self.beside and self.requests() == 0:
            raise Wrong("refresh asked nobody")
        elif not self.beside:
            self.rules.renews(self.call)

    def judge_forget(self):
        if self.succeeded:
            self.rules.forgets(self.call)
        elif self.is_steady and self.of.bound and None not in self.of.clients | self.of.scopes:
            raise Wrong(f"forget failed: {self.answer}")

    def judge_lock(self):
        if not self.succeeded:
            raise Wrong(f"lock failed: {self.answer}")
        self.rules.locks(self.call)

    def judge_add(self):
        if not self.succeeded:
            raise Wrong(f"{self.verb} failed: {self.answer}")
        self.of.stores(self.client, self.scope)
        self.of.cached[self.call.place] = self.rules.newest(self.client)

    def may_refuse(self):
        """A new secret alone is not to go where the client is not bound to go."""
        return self.verb == "rotate" and self.call.bound is not True

    def judge_rotate(self):
        if not self.succeeded and self.may_refuse():
            return
        if self.call.bound is False and self.is_steady and None not in self.call.clients:
            raise Wrong("a new secret went to another place than the client's")
        self.judge_add()

    def judge_adopt(self):
        """There is a client of this seat, or of whom it takes it over: steps.py knows."""

    def judge_move(self):
        """Where the client may go, steps.py knows."""

    judge_rename = judge_move

    def judge_remove(self):
        if self.answer.status not in (0, NOT_FOUND):
            raise Wrong(f"remove failed: {self.answer}")
        self.of.stores(None, None)


def together(commands):
    """Waits for those that ran beside each other, and says what may be stored now."""
    changing = [one.wait() for one in commands if one.verb in CHANGING]
    done = [one for one in changing if one.succeeded]
    lost = [one.answer for one in changing
            if one.verb in STORING and not one.succeeded and not one.may_refuse()]
    if lost:
        raise Wrong(f"it could have waited: {lost}")
    if done:
        seat = done[0].of
        seat.may_become({one.client for one in done}, {one.scope for one in done})
        seat.bound = True
    for one in commands:
        if one not in changing:
            one.end()
