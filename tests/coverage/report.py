"""Which lines the tests executed: report.py TRACE, an lcov file of the whole run.

Prints the coverage of every file, of every layer and of all, and fails where a parser or
the whole is below what is promised. `-v` names the lines that nothing executed.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHOLE = 90  # percent of all lines
PARSER = 95  # percent of each of the files below

# What reads bytes that somebody else wrote.
PARSERS = {
    "requests": "lib/proto/docker.c lib/proto/get.c lib/proto/git.c lib/proto/lines.c"
                " lib/proto/plain.c lib/proto/talk.c",
    "addresses": "lib/core/url.c lib/config/match.c",
    "configuration": "lib/config/config.c lib/config/check.c lib/config/complete.c"
                     " lib/config/edit.c lib/config/reader.c lib/config/source.c",
    "JSON": "lib/base/json.c lib/base/json_lex.c",
    "replies": "lib/oauth/error_reply.c lib/oauth/lifetime.c lib/oauth/rate_limit.c"
               " lib/oauth/refusal.c lib/oauth/request_id.c lib/oauth/retry_after.c"
               " lib/oauth/scope.c lib/oauth/spelling.c lib/oauth/token_reply.c"
               " lib/core/http.c lib/net/receive.c",
    "vault": "backends/vault_format.c backends/sealed_client.c backends/keyring_file.c"
             " lib/core/client.c",
    "keys": "lib/sign/decrypt.c lib/base/der.c lib/sign/json_text.c lib/sign/jwk_read.c"
            " lib/sign/key_file_json.c lib/sign/key_read.c lib/sign/parts_der.c lib/sign/pem.c",
    "frame": "lib/core/frame.c lib/core/report.c lib/core/pack_pairs.c lib/base/pack.c",
    "cache records": "lib/cache/record.c lib/cache/outcome.c lib/cache/routes.c"
                     " lib/cache/tokens.c lib/core/route.c lib/core/token.c",
}


class Lines:
    """Of one file or of many: how many there are, and which of them nobody executed."""

    def __init__(self):
        self.count = 0
        self.missed = []

    def add(self, other):
        self.count += other.count
        self.missed += other.missed

    @property
    def percent(self):
        return 100 * (self.count - len(self.missed)) / self.count

    def __str__(self):
        return f"{self.percent:6.1f} %  {self.count - len(self.missed):5} of {self.count:5}"


def files(trace):
    """Name -> Lines, for our own sources."""
    found, lines = {}, None
    for row in trace:
        word, _, rest = row.rstrip("\n").partition(":")
        if word == "SF":
            name = re.sub(r"^(\./)+", "", rest.removeprefix(f"{ROOT}/"))
            ours = re.match(r"(lib|backends|cmd)/.*\.c$", name)
            lines = found.setdefault(name, Lines()) if ours else None
        elif word == "DA" and lines is not None:
            number, count = rest.split(",")[:2]
            lines.count += 1
            if int(count) == 0:
                lines.missed.append(int(number))
    return found


def together(found, names):
    total = Lines()
    for name in names:
        total.add(found[name])
    return total


def show_missed(found):
    for name, lines in found.items():
        text = (ROOT / name).read_text().splitlines()
        for number in lines.missed:
            print(f"{name}:{number}: {text[number - 1].strip()}")


def show(found):
    for name, lines in found.items():
        print(f"{lines}  {name}")
    print()
    for folder in sorted({str(Path(name).parent) for name in found}):
        inside = [name for name in found if str(Path(name).parent) == folder]
        print(f"{together(found, inside)}  {folder}/")
    print()


def judge(found):
    """Prints the promised numbers; how many of them do not hold."""
    broken = 0
    for what, names in PARSERS.items():
        low = [name for name in names.split() if found[name].percent < PARSER]
        print(f"{together(found, names.split())}  {what}" + "".join(
            f"\n    below {PARSER} %: {name}" for name in low))
        broken += len(low)
    whole = together(found, found)
    print(f"{whole}  all")
    print(f"figure: {str(whole).strip()}")
    if whole.percent < WHOLE:
        print(f"    below {WHOLE} %")
        broken += 1
    return broken


def main():
    with open(sys.argv[1], encoding="utf-8") as trace:
        found = files(trace)
    if "-v" in sys.argv[2:]:
        show_missed(found)
    show(found)
    sys.exit(1 if judge(found) else 0)


if __name__ == "__main__":
    main()
