"""Some 380 replies, over TLS and plain, with and without a log.

Each comes to its documented error, or to a token with its documented life, by the
deadline; nothing that is said holds a run of the secret or of a token; and no helper
grows by more than 8 MiB.
"""

import os
import re

from certificates import Authority
from harness import main
from hostile_server import (GROWTH_KIB, SLOW, HostileServer, HostileTest, adopt_orphans,
                            peak_kib, sample, server_context, stopwatch)
from replies import TOKEN, Fails, all_rows

ERROR = re.compile(rb"keybearer: error: [\x20-\x7e]+\nkeybearer: hint: [\x20-\x7e]+\n")
LOG_LINE = re.compile(rb"^keybearer: log: [\x20-\x7e]*\n", re.MULTILINE)
CACHED_FROM = 60  # seconds: less may be over before the next program has started


class ReplyTest(HostileTest):
    def serve(self, context=None, *options):
        self.server = self.enterContext(HostileServer(context))
        self.server.issued.append(TOKEN)
        self.store(self.server, *options)

    def check_all(self, rows, **env):
        self.env = env
        self.all_at_once(self.check, rows)

    def check(self, row):
        path, config = self.place(self.server, row.behaviour)
        with stopwatch() as taken:
            said = self.ask(config, **self.env)
        errors = LOG_LINE.sub(b"", said.stderr)
        self.assertEqual("KEYBEARER_LOG" in self.env, errors != said.stderr, said)
        self.assertEqual(row.requests, self.server.count(path), said)
        self.assertLess(taken[0], self.timeout + 10)
        if isinstance(row.verdict, Fails):
            self.assert_failure(row.verdict, said, errors)
        else:
            self.assert_token(row.verdict, said, errors)
            self.assert_life(row.verdict, path, config)

    def assert_failure(self, verdict, said, errors):
        self.assertEqual(verdict.status, said.status, said)
        self.assertEqual(b"", said.stdout, said)
        self.assertRegex(errors, re.compile(rb"\A" + ERROR.pattern + rb"\Z"), said)
        for word in verdict.words:
            self.assertIn(word.encode(), errors.splitlines()[0], said)

    def assert_token(self, verdict, said, errors):
        self.assertEqual(0, said.status, said)
        self.assertEqual(verdict.text.encode() + b"\n", said.stdout, said)
        self.assertEqual(b"", errors, said)

    def assert_life(self, verdict, path, config):
        life = verdict.seconds
        if life is not None and life < CACHED_FROM:
            return
        status = self.ask(config, "status", "--json", "work").json()["profiles"][0]
        left = status["token_life_s"]
        self.assertLessEqual(left, life or 0)
        self.assertGreaterEqual(left, (life or 0) - 40)
        self.assertEqual(0, self.ask(config, **self.env).status)
        if life:
            self.assertEqual(1, self.server.count(path))

    def test_odd_reply_plain(self):
        self.serve()
        self.check_all(sample(all_rows(), 1))

    def test_odd_reply_over_tls_with_a_log(self):
        place = self.box.path("authority")
        os.mkdir(place)
        authority = Authority(place)
        self.serve(server_context(*authority.good()), "--ca-file", authority.ca_file)
        self.check_all(sample(all_rows(), 2), KEYBEARER_LOG="1")

    def test_echoed_other_log_levels(self):
        self.serve()
        for level in ("2", "debug", "-1"):
            self.check_all(sample(all_rows(), 20), KEYBEARER_LOG=level)
            self.box.keybearer("forget", "work")

    def test_flood_memory(self):
        if SLOW:
            self.skipTest("a sanitizer keeps freed memory")
        self.serve()
        adopt_orphans()
        peak_kib()
        self.assertOk(self.box.keybearer("refresh", "work"))
        normal = peak_kib()
        self.assertGreater(normal, 1024)
        rows = [row for row in all_rows() if isinstance(row.verdict, Fails)]
        self.check_all(sample(rows, 4))
        self.assertLessEqual(peak_kib(), normal + GROWTH_KIB)


if __name__ == "__main__":
    main("openssl")
