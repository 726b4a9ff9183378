"""What cmake/presets.cmake makes of a preset's file: every byte of a text, and an error for what is none.

    preset_rows.py COMPILER
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What C, CMake or JSON would take for something else.
AWKWARD = r'''a\b "c" \" \\ \n ; [x] ]] [[ ${TO} $ENV{HOME} @TO@ ??/ ??= %s %% # // /* */ 'd' \0 \x41 {host}'''

GOOD = {
    "title": AWKWARD,
    "help": "first\nsecond", "client_cert": True,
    "settings": {"token_url": AWKWARD, "timeout": 30, "strict_scope": True, "match": ["a;b", "c"],
                 "form": {"x": AWKWARD}},
    "needs": [{"key": "host", "example": "h"}],
    "sources": [{"fact": "f", "url": "u", "seen": "s"}],
}

# The texts of a row: title and the like, values by their keys' order, needs, sources.
TEXTS = ["odd-1", AWKWARD, "first\nsecond", "",
         "form", "x", AWKWARD, "match", "", "a;b", "match", "", "c", "strict_scope", "", "true",
         "timeout", "", "30", "token_url", "", AWKWARD,
         "host", "", "", "h", "f", "u", "s"]
COUNTS = [6, 1, 0, 0, 0, 0, 1, 1]

PROGRAM = r"""
#include "preset_table.h"
#include <stdio.h>
#include <string.h>
int main(void)
{
    const struct kb_preset_row *row = &kb_preset_rows[0];
    const char *text = row->texts;
    printf("%d %d %d %d %d %d %d %d", row->values, row->needs, row->hosts, row->headers, row->env,
        row->hints, row->sources, row->client_cert);
    for (int i = 0; i < TEXTS; i++, text += strlen(text) + 1)
        printf("%c%s", 0, text);
    return 0;
}
"""


def made(folder, name, text):
    """cmake's run with a preset NAME whose file is TEXT."""
    (folder / f"{name}.json").write_text(text)
    return subprocess.run(
        ["cmake", f"-DFROM={folder}", f"-DPRESETS={name}", f"-DTO={folder}/rows.c",
         "-P", ROOT / "cmake/presets.cmake"], text=True, capture_output=True)


def read_back(folder, compiler):
    (folder / "main.c").write_text(PROGRAM)
    includes = [f"-I{ROOT}/lib/{path}" for path in
                ("config", "config/include", "core/include", "base/include")]
    subprocess.run([compiler, "-std=gnu17", "-trigraphs", "-w", f"-DTEXTS={len(TEXTS)}", *includes,
                    "rows.c", "main.c", "-o", "rows"], cwd=folder, check=True)
    counts, *texts = subprocess.run([folder / "rows"], capture_output=True, check=True).stdout.split(b"\0")
    return [int(count) for count in counts.split()], [text.decode() for text in texts]


def changed(**members):
    return json.dumps({**GOOD, **members})


# What is wrong with a file, and a word of the error.
BAD = [
    ("[]", "JSON object"), ("{", "JSON object"),
    (changed(sources=[]), "sources"), (changed(title=""), "empty"), (changed(title=7), "string"),
    (changed(client_cert="yes"), "true"),
    (changed(tittle="x"), "tittle"), (changed(settings={}), "settings"),
    (changed(settings={"token_url": None}), "token_url"), (changed(settings={"match": []}), "empty"),
    (changed(settings={"form": {"a;b": "c"}}), "name a member"),
    (changed(needs=[{"key": "host"}]), "example"), (changed(needs={"key": "host"}), "ARRAY"),
    (changed(needs=[{"key": "host", "example": "h", "hnit": "x"}]), "hnit"),
    (changed(help="é"), "ASCII"), (changed(help="\t"), "ASCII"),
    (changed(headers=[{"name": "X"}]), "max"), (changed(headers=[{"name": "X", "max": 1, "auto": 1}]), "true"),
    (changed(choices=[{"host": "h"}]), "title"), (changed(sources=[{"fact": "f", "url": "u"}]), "seen"),
]


def main():
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = made(folder, "odd-1", json.dumps(GOOD))
        if done.returncode:
            failures.append(f"a good file: {done.stderr}")
        elif read_back(folder, sys.argv[1]) != (COUNTS, TEXTS):
            failures.append(f"other texts: {read_back(folder, sys.argv[1])}")
        for text, word in BAD:
            done = made(folder, "odd-1", text)
            if not done.returncode or word not in done.stderr or "odd-1.json" not in done.stderr:
                failures.append(f"{text}: {word} is not in {done.stderr!r}")
        if not made(folder, "Odd_1", json.dumps(GOOD)).returncode:
            failures.append("a name with other characters")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
