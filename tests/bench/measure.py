"""The measurements of bench.py, and the table that they make."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from urllib.parse import urlencode

import protocols
import world
from certificates import Authority
from endpoint import endpoint
from harness import Sandbox
from keyring import keyring
from token_server import TokenServer

# As openssl genpkey makes them.
KEYS = {"ES256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "RS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]}
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


class Table:
    """Prints as it grows; knows whether everything was reached."""

    def __init__(self):
        self.missed = 0
        self._row("what", "value", "target", "")

    def ratio(self, what, value, target, note=""):
        self._verdict(what, f"{value:.2f}", target, value <= target, note)

    def context(self, what, value):
        self._row(what, f"{value:.2f}", "-", "")

    def number(self, what, value, target, note=""):
        self._verdict(what, str(value), target, value <= target, note)

    def _verdict(self, what, value, target, reached, note):
        self.missed += not reached
        self._row(what, value, target, ("reached" if reached else "MISSED") + note)

    def _row(self, what, value, target, verdict):
        print(f"{what:<58} {value:>9} {target!s:>9}  {verdict}", flush=True)


class Candidate:
    def __init__(self, name, command, stdin=None, prepare=None, env=None):
        self.name = name
        self.words = [f"{key}={value}" for key, value in (env or {}).items()]
        self.words += ["<", stdin] if stdin else []
        self.words += [*prepare, ","] if prepare else []
        self.words += [*command, ";"]


class Measured:
    """COLUMNS of nanoseconds and kilobytes by candidate."""

    def __init__(self, candidates, lines):
        rows = [[cell.split(":") for cell in line.split()] for line in lines]
        self.time = {}
        self.memory = {}
        for i, candidate in enumerate(candidates):
            self.time[candidate.name] = [int(row[i][0]) for row in rows]
            self.memory[candidate.name] = max(int(row[i][1]) for row in rows)

    def ratio(self, name, base):
        return statistics.median(a / b for a, b in zip(self.time[name], self.time[base]))

    def milliseconds(self, name):
        return f"  ({statistics.median(self.time[name]) / 1e6:.2f} ms)"


class Bench:
    def __init__(self, options, table):
        self.options = options
        self.table = table
        self.tools = os.path.join(options.build, "tests", "bench")
        self.dynamic = os.path.join(options.build, "stage", "bin", "keybearer")
        self.static = options.static and os.path.join(options.static, "stage", "bin", "keybearer")
        self.floor = Candidate("floor", [os.path.join(self.tools, "floor")])
        self.linked = Candidate("linked", [os.path.join(self.tools, "linked")])

    def pace(self, box, candidates, rounds, copies=1):
        words = [word for candidate in candidates for word in candidate.words]
        command = [os.path.join(self.tools, "pace"), str(rounds), str(copies), *words]
        done = subprocess.run(command, env=box.environment(), cwd=box.work, capture_output=True)
        if done.returncode != 0:
            sys.exit(done.stderr.decode())
        return Measured(candidates, done.stdout.decode().splitlines()[rounds // 20 :])

    def request(self, box):
        return write(box.path("request"), world.REQUEST)

    def gets(self, box, **options):
        """A cached get of each build."""
        stdin = self.request(box)
        found = [Candidate("dynamic", [self.dynamic, "get"], stdin, **options)]
        if self.static:
            found.append(Candidate("static", [self.static, "get"], stdin, **options))
        return found

    # --- from the cache ---

    def hot(self, box):
        gets = self.gets(box)
        many = Candidate("many", [self.dynamic, "get"], self.request(box),
                         env={"KEYBEARER_CONFIG": thousand_profiles(box)})
        self.check(box, many)
        seen = self.pace(box, [self.floor, self.linked, *gets, many], self.options.rounds)
        note = seen.milliseconds
        self.table.context("floor with the same libraries loaded / floor",
                           seen.ratio("linked", "floor"))
        self.table.ratio("cached get / floor, dynamic", seen.ratio("dynamic", "floor"), 1.65,
                         note("dynamic"))
        if self.static:
            self.table.ratio("cached get / floor, static front", seen.ratio("static", "floor"),
                             1.2, note("static"))
        self.table.ratio("cached get, 1000 profiles / 1 profile", seen.ratio("many", "dynamic"),
                         1.15)
        self.table.number("peak memory of a cached get, kB", seen.memory["dynamic"], 3 * 1024)

    def check(self, box, candidate):
        """One run for the memory of the match; it must be right."""
        self.pace(box, [candidate], 1)

    def parallel(self, box):
        seen = self.pace(box, [self.floor, *self.gets(box)], self.options.rounds // 15, copies=200)
        cpus = f"  ({os.cpu_count()} CPUs)"
        self.table.ratio("200 parallel gets / 200 floors, dynamic",
                         seen.ratio("dynamic", "floor"), 1.9, cpus)
        if self.static:
            self.table.ratio("200 parallel gets / 200 floors, static front",
                             seen.ratio("static", "floor"), 1.4, cpus)

    def protocols(self, box):
        """Each as its tool asks, beside a `get`: a process, a question, an answer."""
        get = Candidate("get", [self.dynamic, "get"], self.request(box))
        others = [Candidate(question.name, [self.dynamic, *question.words],
                            protocols.write_stdin(box, question), env=question.env)
                  for question in protocols.QUESTIONS]
        seen = self.pace(box, [get, *others], self.options.rounds)
        for other in others:
            self.table.ratio(f"cached {other.name} / cached get", seen.ratio(other.name, "get"), 1.2,
                             seen.milliseconds(other.name))

    def completion(self, box):
        """What a person waits for behind a key, beside an answer from the same configuration."""
        many = {"KEYBEARER_CONFIG": thousand_profiles(box)}
        get = Candidate("get", [self.dynamic, "get"], self.request(box), env=many)
        others = [Candidate(name, [self.dynamic, "complete", "--", *words], env=many)
                  for name, words in (("commands", [""]), ("options", ["add", "x", "--"]),
                                      ("1000 profiles", ["show", ""]), ("one profile", ["show", "other-77"]))]
        self.check(box, get)
        seen = self.pace(box, [get, *others], self.options.rounds)
        for other in others:
            self.table.ratio(f"completion, {other.name} / cached get", seen.ratio(other.name, "get"),
                             1.5, seen.milliseconds(other.name))

    def counts(self, box):
        for name, program, limit in (("dynamic", self.dynamic, 77), ("static", self.static, 47)):
            if not program:
                continue
            trace = world.trace(box, [program, "get"], world.REQUEST)
            self.table.number(f"system calls of a cached get, {name}", len(trace), limit)
            self.table.number(f"programs it starts, {name}", trace.calls.count("execve"), 1)
            self.table.number(f"objects it maps, {name}", len(trace.objects), 3,
                              "  " + " ".join(trace.objects))

    # --- from the server ---

    def cold(self, box):
        authority = Authority(box.path())
        with endpoint(box, *authority.good()) as server, keyring(box):
            ca = ["--ca-file", authority.ca_file]
            world.add_profile(box, server, "sealed", "https://sealed.example", *ca)
            world.add_profile(box, server, "desktop", "https://desktop.example", *ca,
                              "--store", "secret-service")
            for name, kind in KEYS.items():
                add_signing_profile(box, server, name, kind, *ca)
            self.cold_run(box, server, authority)

    def cold_run(self, box, server, authority):
        both = write(box.path("bundle.pem"), read(BUNDLE) + read(authority.ca_file))
        form = {"grant_type": "client_credentials", "client_id": server.client_id,
                "client_secret": server.client_secret}
        body = write(box.path("form"), urlencode(form).encode())
        curl = [shutil.which("curl"), "-sS", "--fail", "-d", f"@{body}", server.token_url]
        candidates = [
            self.uncached("sealed"),
            self.uncached("desktop"),
            *map(self.uncached, KEYS),
            Candidate("same CA", [*curl, "--cacert", authority.ca_file]),
            Candidate("bundle", [*curl, "--cacert", both]),
        ]
        if self.static:
            candidates.append(self.uncached("sealed", "static", self.static))
        rounds = self.options.rounds
        asked = server.count
        seen = self.pace(box, candidates, rounds)
        if server.count - asked != rounds * len(candidates):
            sys.exit("some answers came from the cache")
        self.report_cold(seen)

    def uncached(self, profile, name=None, program=None):
        return Candidate(name or profile, [program or self.dynamic, "token", profile],
                         prepare=[self.dynamic, "forget", profile])

    def report_cold(self, seen):
        note = seen.milliseconds
        self.table.ratio("cold get, sealed file / curl with the same CA",
                         seen.ratio("sealed", "same CA"), 1.05, note("sealed"))
        if self.static:
            self.table.ratio("cold get, sealed file, static front / curl with the same CA",
                             seen.ratio("static", "same CA"), 1.05, note("static"))
        self.table.ratio("cold get, sealed file / curl with the default bundle",
                         seen.ratio("sealed", "bundle"), 0.45, note("bundle"))
        self.table.ratio("cold get, Secret Service / curl with the default bundle",
                         seen.ratio("desktop", "bundle"), 0.8, note("desktop"))
        for name, most in (("ES256", 1.15), ("RS256", 1.35)):
            self.table.ratio(f"cold get with a signature, {name} / with a secret",
                             seen.ratio(name, "sealed"), most, note(name))
        self.table.number("peak memory of a cold get, sealed file, kB", seen.memory["sealed"],
                          25 * 1024)
        self.table.number("peak memory of a cold get, Secret Service, kB",
                          seen.memory["desktop"], 25 * 1024)

    def run(self):
        for part in self.options.parts:
            with TokenServer() as server, Sandbox() as box:
                world.add_profile(box, server)
                protocols.prepare(box, server)
                self.measure(part, box)

    def measure(self, part, box):
        try:
            getattr(self, part)(box)
        except world.Unmeasurable as reason:
            print(f"{part}: not measured, {reason}")


def add_signing_profile(box, server, name, kind, *options):
    """A profile whose client proves itself with a new key."""
    key = box.path(f"{name}.pem")
    subprocess.run(["openssl", "genpkey", "-quiet", *kind, "-out", key], check=True)
    added = box.keybearer("add", name, "--token-url", server.token_url, "--match",
                          f"https://{name}.example", "--client-auth", "private_key_jwt",
                          "--client-id", server.client_id, "--client-key", key,
                          "--store", "sealed-file", *options)
    if added.status != 0:
        raise AssertionError(added)


def thousand_profiles(box):
    """The sandbox's configuration with 999 more profiles; its path."""
    with open(box.config_file) as file:
        config = json.load(file)
    for i in range(999):
        config["profiles"][f"other-{i}"] = {
            "token_url": f"https://sso{i}.example.com/oauth2/token",
            "match": [f"https://git{i}.example.com"],
            "store": "sealed-file",
        }
    path = write(box.path("config-1000.json"), json.dumps(config).encode())
    box.lend_client("work", path)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return path
