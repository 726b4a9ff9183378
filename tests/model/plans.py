"""Random plans, how they are played, and the shortest that still fails."""

import itertools
import random

from steps import LONG_LIFE, QUARTER, Steps
from world import (CONFIGS, DIRECTORIES, ENDPOINTS, HOMES, PROFILES, SIDES, STORES, World,
                   has_keyrings)

LIVES = (*[LONG_LIFE] * 6, 2, 1, 0)
SCOPES = ("", "read", "write")
OFFSETS = tuple(quarters * QUARTER for quarters in (-40, -4, -1, 0, 1, 4, 40))

# How often each verb is chosen.
VERBS = {"get": 10, "crowd": 3, "add": 9, "rotate": 2, "remove": 2, "forget": 3, "refresh": 3,
         "lock": 2, "renew_ahead": 1, "together": 6, "during_exchange": 4,
         "step_during_exchange": 1, "kill": 4, "edit_scope": 2, "edit_endpoint": 1, "borrow": 6,
         "adopt": 3, "kill_adopt": 2, "move": 3, "rename": 2, "life": 3, "wait": 1, "age": 4, "clock": 4, "directory": 2,
         "side": 3}
SHARED = ("lock", "life", "wait", "age", "clock", "directory", "side")  # then somebody looks
BESIDE = ("forget", "refresh", "lock", "remove", "rotate", "add")


class Dice:
    """
    Steps without end, about three seats: a profile, the one of that name in the other
    configuration, and one in the other home. Most clients are for the same settings.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        home, config, profile = map(self.random.randrange, (HOMES, CONFIGS, PROFILES))
        other = self.random.choice((profile, profile, self.random.randrange(PROFILES)))
        self.seats = [(home, config, profile), (home, (config + 1) % CONFIGS, profile),
                      ((home + 1) % HOMES, config, other)]
        self.usual = self.any_settings()

    def steps(self):
        while True:
            [verb] = self.random.choices(list(VERBS), VERBS.values())
            make = getattr(self, verb, None)
            yield (verb, *make()) if make else (verb, self.seat())
            if verb in SHARED:
                yield "get", self.seat()

    def seat(self):
        return self.random.choice(self.seats)

    def any_settings(self):
        store = self.random.choice(STORES) if has_keyrings() else STORES[0]
        return self.random.randrange(ENDPOINTS), self.random.choice(SCOPES), store

    def settings(self):
        return self.usual if self.random.random() < 0.6 else self.any_settings()

    def add(self):
        return self.seat(), *self.settings()

    def words(self, verb):
        return (verb, *self.settings()) if verb == "add" else (verb,)

    def together(self):
        first = self.random.choice(("token", "token", "add"))
        second = self.random.choice(BESIDE if first == "token" else [*BESIDE[:-2], "add"])
        delay = self.random.choice((0, self.random.uniform(0, 0.03)))
        return self.seat(), delay, self.words(first), self.words(second)

    def during_exchange(self):
        return self.seat(), *self.words(self.random.choice(BESIDE))

    def kill(self):
        verb = self.random.choice(("add", "add", "remove", "refresh"))
        return self.seat(), self.random.uniform(0, 0.15), *self.words(verb)

    def kill_adopt(self):
        return self.seat(), self.random.uniform(0, 0.1)

    def delay(self):
        """After that it is killed; or it is not."""
        return self.random.choice((None, self.random.uniform(0, 0.1)))

    def move(self):
        return self.seat(), self.random.choice(STORES if has_keyrings() else STORES[:1]), self.delay()

    def rename(self):
        return self.seat(), self.delay()

    def edit_scope(self):
        return self.seat(), self.random.choice(SCOPES)

    def edit_endpoint(self):
        return self.seat(), self.random.randrange(ENDPOINTS)

    def borrow(self):
        seat = self.seat()
        return seat, self.random.choice((seat[0], seat[0], (seat[0] + 1) % HOMES))

    def step_during_exchange(self):
        return self.seat(), self.random.choice(OFFSETS)

    def life(self):
        return (self.random.choice(LIVES),)

    def wait(self):
        return (self.random.choice((0.5, 1.1)),)

    def age(self):
        return (self.random.choice((1, 2, 4)) * QUARTER,)

    def clock(self):
        return (self.random.choice(OFFSETS),)

    def directory(self):
        return (self.random.randrange(DIRECTORIES),)

    def side(self):
        return (self.random.choice(list(SIDES)),)


def plan_of(seed, length):
    return list(itertools.islice(Dice(seed).steps(), length))


def failure(plan):
    """What is wrong with PLAN, (number of the step, step, why), or None."""
    with World() as world:
        steps = Steps(world)
        for number, step in enumerate(plan):
            try:
                steps.do(step)
            except AssertionError as why:  # those of the harness, too
                return number, step, str(why)
        leaks = world.box.leaks()
        return (len(plan) - 1, plan[-1], f"leaks: {leaks}") if leaks else None


def shrunk(plan):
    """A plan as short as could be found in which something is wrong, too."""
    why = failure(plan)
    if why is None:
        return plan
    plan = plan[: why[0] + 1]
    piece = len(plan) // 2
    while piece:
        at = 0
        while at < len(plan):
            shorter = plan[:at] + plan[at + piece :]
            if shorter and failure(shorter):
                plan = shorter
            else:
                at += piece
        piece //= 2
    return plan
