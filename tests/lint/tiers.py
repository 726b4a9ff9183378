"""The two tiers of the tests: each test has its row, each stage its place in the ledger.

    tiers.py BUILD    a configured tree, whose folder is named after its preset
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tiers"))
import ledger  # noqa: E402
import plain  # noqa: E402
import stages  # noqa: E402
import suite  # noqa: E402

LONGEST = 100  # minutes


def of_the_table(build):
    """plain.txt has a row for every test. plain.py also sees both of its builds, and says more."""
    rows = plain.table()
    yield from (f"plain.txt has no row for {name}"
                for name in suite.tests_of(build) if plain.row_of(name, rows) is None)


def of_the_stages():
    """Each has a row in docs/security-tests.md, with its words; and none has a row too many."""
    rows = ledger.rows()
    for stage in stages.STAGES:
        if stage.minutes > LONGEST:
            yield f"the stage {stage.name} is to be cut: it takes {stage.minutes} minutes"
        if stage.name not in rows:
            yield f"{ledger.PAGE.name} has no row for the stage {stage.name}"
        elif rows[stage.name][0] != (stage.name, stage.minutes, stage.what):
            yield f"{ledger.PAGE.name}: the row of {stage.name} says something else than stages.py"
        for path in stage.covers:
            if not (ROOT / path).exists():
                yield f"the stage {stage.name} covers {path}, which is not there"
        yield from (f"the stage {stage.name} sets {path} apart, which is not there"
                    for path in stage.apart if not any(ROOT.glob(path)))
        yield from enters(stage)
    known = {stage.name for stage in stages.STAGES}
    yield from (f"{ledger.PAGE.name}: there is no stage {name}" for name in rows.keys() - known)


def enters(stage):
    """A stage that sets the commands of APART apart runs none of them."""
    if not stage.apart:
        return
    verb = re.compile(f"""["']({'|'.join(stages.APART_VERBS)})["' ]""")
    for path in stage.covers:
        if not path.startswith("tests/"):
            continue
        files = [ROOT / path] if (ROOT / path).is_file() else (ROOT / path).rglob("*.py")
        yield from (f"the stage {stage.name} runs {found[1]} in {file.name}, which it sets apart"
                    for file in files for found in verb.finditer(file.read_text()))


def of_comments():
    """A comment makes no other program; a macro, a text that looks like one, and a blank do."""
    before = '#define A 1\nint f(void)\n{\n    return A; /* one */\n}\nchar *s = "/* a */";\n'
    same = ["\n/* more\n   lines */\n" + before, before.replace(" /* one */", " // 1")]
    other = [before.replace("A 1", "A 2"), before.replace("/* a */", "/* b */"),
             before.replace("/* a", "/*  a")]
    seen = ledger.without_comments(before)
    yield from (f"taken for another program: {text}" for text in same
                if ledger.without_comments(text) != seen)
    yield from (f"taken for the same program: {text}" for text in other
                if ledger.without_comments(text) == seen)


def of_the_threats():
    """Each row of the page names its tier: plain, a stage, or both."""
    known = {stage.name for stage in stages.STAGES}
    for line in ledger.PAGE.read_text().partition("## Deep stages")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("threat", "---"):
            continue
        if len(cells) != 4:
            yield f"a row with {len(cells)} cells: {line}"
            continue
        words = set(re.findall(r"[\w-]+", cells[2]))
        if not words & (known | {"plain"}) or words - known - {"plain", "sample", "whole"}:
            yield f"no such tier: {cells[2]} ({cells[0]})"


def main():
    finds = [*of_the_table(Path(sys.argv[1])), *of_the_stages(), *of_comments(), *of_the_threats()]
    print("\n".join(finds))
    sys.exit(1 if finds else 0)


if __name__ == "__main__":
    main()
