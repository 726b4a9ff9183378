"""Callers that never stop, while tokens expire, the server fails and processes are killed.

    soak.py [--hours N | --minutes N | --seconds N] [--life S] [--rate R] [--seed N]

Some workers ask ten times a second for the tokens of several profiles at two servers, as `get`,
git, docker and `token`. One `get` in a hundred is a reason to kill -9 a front or a helper, one
token request in twenty is answered badly, and one in twenty late. What must hold:

- every answer is a token of the profile that was asked for, with the margin of its life left when
  its process was started, by the server's reckoning;
- a failure has a reason: a fault of the server that still counts, or a kill;
- the token requests are at most 1.1 times those that had to be. That is: a profile's first one,
  one when its last token was due for renewal, and every one that the server failed, or whose helper
  was killed;
- peak memory and the number of files, of keys in the kernel and of processes do not grow; 32
  descriptors are enough. (A process lives for one answer: what could grow is what it leaves.)
"""

import argparse
import collections
import json
import os
import random
import re
import secrets
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from harness import BIN, SANITIZER_REPORT, Sandbox, find_program, wait_until
from token_server import Reply, TokenServer, rate_limited

PEAK = os.path.join(os.environ.get("KB_TEST_LOAD_TOOLS", ""), "peak")
SERVERS, PROFILES, WORKERS = 2, 6, 4
KILLS, FAULTS, LATE = 0.01, 0.05, 0.05  # of the gets; of the token requests
SAMPLE = 20  # every so many gets, peak memory is measured
HANGS = 120  # seconds that no answer takes, however busy the machine is
ATTEMPTS = 3  # of one exchange
# Seconds for which a failure holds everybody back, at least and at most.
HELD_LEAST = {"500": 5, "reset": 5, "stall": 5, "429": 2, "malformed": 15}
HELD_MOST = 15
SLACK = 10  # seconds that a busy machine may need between two steps of one process
TOKEN = re.compile(rb"soak-[0-9a-f]{6}-\d~[0-9a-f]{32}")


def margin(life):
    return min(60, life / 10)


def renewed_after(life):
    """The age at which a token is renewed, in the background if somebody asks then."""
    return life - margin(life) - min(300, life / 10)


@dataclass
class Asked:
    """One token request."""

    at: float
    fault: str = ""  # empty: it was answered with a token


@dataclass
class Profile:
    name: str
    host: str
    asked: list = field(default_factory=list)
    kills: list = field(default_factory=list)  # of helpers: when
    tokens: dict = field(default_factory=dict)  # token: when the server made it
    excused_until: float = 0.0  # who asks before that may be told of a failure

    def excuse(self, seconds):
        self.excused_until = max(self.excused_until, time.monotonic() + seconds + SLACK)


def needless(profile, life):
    """How many of the profile's requests nobody should have sent."""
    count = attempts = 0
    for before, now in zip(profile.asked, profile.asked[1:]):
        gap = now.at - before.at
        attempts = attempts + 1 if before.fault and gap < HELD_LEAST[before.fault] - 1 else 0
        if any(before.at - 1 <= kill <= now.at for kill in profile.kills):
            attempts = 0
        elif before.fault:
            count += attempts >= ATTEMPTS or (attempts > 0 and before.fault in ("429", "malformed"))
        else:
            count += gap < renewed_after(life) - 2
    return count


# --- the servers -----------------------------------------------------------------------


class Endpoint:
    """A token server that fails, is late, and is where helpers are killed."""

    def __init__(self, soak, profiles):
        self.soak = soak
        self.profiles = profiles
        self.by_name = {profile.name: profile for profile in profiles}
        self.server = TokenServer(client_secret=secrets.token_hex(16))
        self.server.behave(self.answer)

    def answer(self, request):
        profile = self.by_name[request.form["scope"]]
        self.soak.killer.request_arrived(profile)
        chance = self.soak.random.random() if self.soak.faulty else 1
        if chance < self.soak.faults:
            return self.fail(profile, self.soak.random.choice(list(HELD_LEAST)))
        token = f"{profile.name}~{secrets.token_hex(16)}"
        made = time.monotonic()
        profile.tokens[token] = made
        profile.asked.append(Asked(made))
        self.server.issued.append(token)
        if chance < self.soak.faults + LATE:
            self.soak.pause(1.5)
        return Reply(200, {
            "access_token": token, "token_type": "bearer", "expires_in": self.soak.life,
        })

    def fail(self, profile, fault):
        self.soak.counts[f"fault {fault}"] += 1
        profile.asked.append(Asked(time.monotonic(), fault))
        if fault == "stall":
            self.soak.pause(1.5)
        # A pause is the endpoint's.
        for held in self.profiles if fault == "429" else [profile]:
            held.excuse(HELD_MOST)
        return {
            "500": Reply(500, "<h1>oops</h1>", content_type="text/html"),
            "reset": Reply(hang_up=True),
            "stall": Reply(hang_up=True),
            "429": rate_limited(Retry_After=str(HELD_LEAST["429"])),
            "malformed": Reply(200, '{"access_token": "half'),
        }[fault]


# --- the killer ------------------------------------------------------------------------


def helpers(name):
    """(pid, parent) of the helpers at work for the profile NAME.

    Not of whatever else has its name as an argument: `token NAME`, and the process that shares
    the memory of one while AddressSanitizer looks for leaks, for which it waits without end.
    """
    for pid in os.listdir("/proc"):
        try:
            if not pid.isdigit():
                continue
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                program, *words = file.read().split(b"\0")
            if program != b"keybearer-helper" or name.encode() not in words:
                continue
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                yield int(pid), int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended


class Killer:
    """Kills fronts at any time, and helpers and their fronts while a server is asked."""

    def __init__(self, soak):
        self.soak = soak
        self.fronts = {}  # pid: Popen
        self.wanted = 0  # kills that wait for a helper
        self.lock = threading.Lock()

    def wants_front(self):
        """Whether the front that is just being started is to die; every other kill waits."""
        if not self.soak.faulty or self.soak.random.random() >= self.soak.kills:
            return False
        if self.soak.random.random() < 0.5:
            return True
        with self.lock:
            self.wanted += 1
        return False

    def request_arrived(self, profile):
        with self.lock:
            if not self.wanted or not self.soak.faulty:
                return
            self.wanted -= 1
        kill = self.soak.random.choice((self.kill_helper, self.kill_helper, self.kill_front))
        moment = self.soak.random.choice((0, self.soak.random.uniform(0, 0.02)))
        if moment:
            threading.Timer(moment, kill, [profile]).start()
        else:
            kill(profile)

    def kill_helper(self, profile):
        for pid, _ in helpers(profile.name):
            profile.kills.append(time.monotonic())
            profile.excuse(0)
            try:
                os.kill(pid, signal.SIGKILL)
                self.soak.counts["killed helpers"] += 1
            except ProcessLookupError:
                pass

    def kill_front(self, profile):
        """The helper goes on."""
        for _, parent in helpers(profile.name):
            if front := self.fronts.get(parent):
                front.was_killed = True
                front.kill()
                self.soak.counts["killed fronts"] += 1


# --- the callers -----------------------------------------------------------------------


def of_get(out):
    return json.loads(out)["headers"]["Authorization"][0].removeprefix("Bearer ")


def of_git(out):
    return dict(line.split("=", 1) for line in out.splitlines() if "=" in line).get("password")


def of_docker(out):
    return json.loads(out)["Secret"]


# protocol: program and arguments, what it is asked, and the token in its answer
PROTOCOLS = {
    "get": (["keybearer", "get"], '{{"uri": "https://{host}/v1"}}', of_get),
    "git": (["git-credential-keybearer", "get"], "protocol=https\nhost={host}\n\n", of_git),
    "docker": (["docker-credential-keybearer", "get"], "{host}", of_docker),
    "token": (["keybearer", "token", "{name}"], "", str.strip),
}


class Soak:
    def __init__(self, options):
        self.life = options.life
        self.rate = options.rate
        self.kills, self.faults = options.kills, options.faults
        self.seed = options.seed
        self.random = random.Random(options.seed)
        self.seconds = options.seconds
        self.faulty = False
        self.counts = collections.Counter()
        self.wrong = []  # what must not be, one line each
        self.growth = []  # samples of what must not grow
        self.killer = Killer(self)
        self.over = threading.Event()
        mark = secrets.token_hex(3)
        self.profiles = [Profile(f"soak-{mark}-{number}", f"api-{number}.example.com")
                         for number in range(PROFILES)]
        self.endpoints = [Endpoint(self, self.profiles[number::SERVERS])
                          for number in range(SERVERS)]

    def pause(self, seconds):
        threading.Event().wait(seconds)

    def complain(self, text):
        self.wrong.append(f"{time.monotonic() - self.began:.1f} s: {text}")

    # --- one answer ---

    def call(self, profile, protocol, number):
        words, request, read = PROTOCOLS[protocol]
        argv = [word.format(name=profile.name) for word in words]
        argv[0] = os.path.join(BIN, argv[0])
        measured = number % SAMPLE == 0
        dies = not measured and self.killer.wants_front()
        if measured:
            argv = [PEAK, self.peaks, *argv]
        started = time.monotonic()
        front = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.box.env, cwd=self.box.work,
        )
        front.was_killed = False
        self.killer.fronts[front.pid] = front
        out, err = self.finish(front, request.format(host=profile.host), dies)
        del self.killer.fronts[front.pid]
        self.judge(profile, protocol, started, front, read, out, err)

    def finish(self, front, request, dies):
        if dies:
            front.was_killed = True
            self.counts["killed fronts"] += 1
            threading.Timer(self.random.uniform(0, 0.03), front.kill).start()
        try:
            return front.communicate(request.encode(), timeout=HANGS)
        except subprocess.TimeoutExpired:
            front.kill()
            self.complain("no answer")
            return front.communicate()

    # --- what it was worth ---

    def judge(self, profile, protocol, started, front, read, out, err):
        self.counts["gets"] += 1
        self.counts[protocol] += 1
        what = f"{protocol} for {profile.name}: status {front.returncode}"
        if TOKEN.search(err) or any(one.server.client_secret.encode() in err
                                    for one in self.endpoints) or SANITIZER_REPORT.search(err):
            self.complain(f"{what}, said {err!r}")
        token = self.token_in(out, read)
        if token:
            self.judge_token(profile, token, started, what)
        elif TOKEN.search(out):
            self.complain(f"{what}, half an answer: {out!r}")
        elif front.was_killed:
            self.counts["died"] += 1
        elif started < profile.excused_until:
            self.counts["failures with a reason"] += 1
        else:
            self.complain(f"{what}, no reason to fail: {out!r} {err!r}")

    def token_in(self, out, read):
        try:
            return read(out.decode())
        except (ValueError, KeyError, IndexError):
            return None

    def judge_token(self, profile, token, started, what):
        made = profile.tokens.get(token)
        if made is None:
            return self.complain(f"{what}, not a token of this profile: {token}")
        self.counts["tokens"] += 1
        rest = made + self.life - started
        # Our clock and theirs are read at slightly different moments, in milliseconds.
        if rest < margin(self.life) - 0.01:
            self.complain(f"{what}, a token with {rest:.2f} s left")
        if made + self.life < time.monotonic():
            self.counts["expired while a process was held up"] += 1
        self.least_rest = min(self.least_rest, rest)

    # --- for a while ---

    def work(self, worker):
        """One worker: on its own beat, from when it started."""
        beat = WORKERS / self.rate
        number = 0
        while not self.over.wait(max(0, self.began + (number + worker / WORKERS) * beat
                                     - time.monotonic())):
            profile = self.random.choice(self.profiles)
            protocol = self.random.choice(list(PROTOCOLS))
            try:
                self.call(profile, protocol, number * WORKERS + worker)
            except Exception as fault:  # a worker that ends unseen would prove nothing
                self.complain(f"worker: {fault!r}")
            number += 1

    def sample(self):
        files, temporary = 0, 0
        for top in (self.box.root, self.box.runtime):
            for _, _, names in os.walk(top):
                left = sum(name.startswith(".kb-tmp-") for name in names)
                temporary += left
                files += len(names) - left
        # Of our keyring only: /proc/keys also has those of other namespaces.
        ring = subprocess.run(["keyctl", "show", "@u"], capture_output=True, text=True).stdout \
            if find_program("keyctl") else ""
        held = ring.count("keybearer:session:")
        self.growth.append((files, temporary, held))

    def set_up(self):
        for endpoint in self.endpoints:
            for profile in endpoint.profiles:
                added = self.box.add_profile(
                    profile.name, endpoint.server, "--match", f"https://{profile.host}",
                    "--scope", profile.name, "--username", "robot",
                )
                if added.status:
                    sys.exit(f"cannot add a profile: {added}")
        for profile in self.profiles:  # so that every file that there will be is there
            for number, protocol in enumerate(PROTOCOLS):
                self.call(profile, protocol, number)

    def run(self):
        self.least_rest = self.life
        self.began = time.monotonic()
        self.peaks = self.box.path("peaks")
        self.set_up()
        self.sample()
        self.began = time.monotonic()
        self.faulty = True
        workers = [threading.Thread(target=self.work, args=[n]) for n in range(WORKERS)]
        for worker in workers:
            worker.start()
        for _ in range(10):
            self.over.wait(self.seconds / 10)
            self.sample()
        self.over.set()
        for worker in workers:
            worker.join()
        self.took = time.monotonic() - self.began
        self.recover()

    def recover(self):
        """With a server that is well again, every profile is served, and nothing is left."""
        self.faulty = False
        for profile in self.profiles:
            def served(name=profile.name):
                return self.box.keybearer("token", name).status == 0
            wait_until(served, f"a token for {profile.name} again", HELD_MOST + HANGS)
        for profile in self.profiles:
            wait_until(lambda name=profile.name: not list(helpers(name)), "the end of all helpers")
        self.sample()
        self.wrong += self.box.leaks()

    # --- the sum of it ---

    def check_growth(self):
        first, last = self.growth[0], self.growth[-1]
        kills = self.counts["killed fronts"] + self.counts["killed helpers"]
        # A failure has a record and, with a leader that was killed, a second lock; a server one.
        if max(sample[0] for sample in self.growth) > first[0] + 2 * PROFILES + SERVERS:
            self.complain(f"files: {[sample[0] for sample in self.growth]}")
        if last[1] > kills:
            self.complain(f"{last[1]} temporary files after {kills} kills")
        if max(sample[2] for sample in self.growth) > 1:
            self.complain(f"keys: {[sample[2] for sample in self.growth]}")

    def check_memory(self):
        with open(self.peaks) as file:
            peaks = [int(line) for line in file]
        third = max(1, len(peaks) // 3)
        early, late = (statistics.median(part) for part in (peaks[:third], peaks[-third:]))
        if late > 1.1 * early + 1024:
            self.complain(f"peak memory grew from {early} to {late} KiB")
        return f"median {early:.0f} KiB at first, {late:.0f} KiB at last, most {max(peaks)} KiB"

    def check_requests(self):
        total = sum(len(profile.asked) for profile in self.profiles)
        too_many = sum(needless(profile, self.life) for profile in self.profiles)
        ratio = total / (total - too_many)
        # A short run may not be judged by one request.
        if ratio > 1.1 and too_many > 1:
            self.complain(f"{too_many} of {total} token requests were needless")
        return f"{total}, of which {too_many} needless: {ratio:.3f} times the minimum"

    def report(self):
        requests, memory = self.check_requests(), self.check_memory()
        self.check_growth()
        files, temporary, keys = zip(*self.growth)
        print(f"{self.took:.0f} s, {self.counts['gets']} gets ({self.counts['gets'] / self.took:.1f}"
              f" a second), {PROFILES} profiles, life {self.life} s, seed {self.seed}")
        print("; ".join(f"{what}: {count}" for what, count in sorted(self.counts.items())))
        print(f"token requests: {requests}")
        print(f"figure: {self.counts['gets']} gets, {len(self.wrong)} things wrong; token requests: "
              f"{requests}")
        print(f"least life left when a caller started: {self.least_rest:.1f} s")
        print(f"peak memory: {memory}")
        print(f"files {min(files)} to {max(files)}, temporary ones {temporary[-1]}, "
              f"keys {min(keys)} to {max(keys)}")
        for line in self.wrong[:20]:
            print(f"WRONG: {line}")
        print(f"{len(self.wrong)} things wrong" if self.wrong else "nothing wrong")
        return not self.wrong


def soak(options):
    world = Soak(options)
    with Sandbox() as world.box:
        for endpoint in world.endpoints:
            endpoint.server.__enter__()
        try:
            world.run()
            return world.report()
        finally:
            world.over.set()
            for endpoint in world.endpoints:
                endpoint.server.__exit__()


def parse(words):
    parser = argparse.ArgumentParser()
    for unit, seconds in (("hours", 3600), ("minutes", 60), ("seconds", 1)):
        parser.add_argument(f"--{unit}", dest="seconds", metavar="N",
                            type=lambda text, factor=seconds: factor * float(text))
    parser.add_argument("--life", type=int, default=30, help="of a token, in seconds")
    parser.add_argument("--rate", type=float, default=10, help="gets a second")
    parser.add_argument("--kills", type=float, default=KILLS, help="their share of the gets")
    parser.add_argument("--faults", type=float, default=FAULTS, help="of the token requests")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.set_defaults(seconds=600.0)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(0 if soak(parse(sys.argv[1:])) else 1)
