"""The deep run: stages that are too long for every change.

    sh scripts/test --deep                     the stages, and which are stale
    sh scripts/test --deep [--record] NAME...  runs them; "stale" and "all" name several
    sh scripts/test --deep --needs NAME...     the kinds of packages that they need

With --record, a whole pass of a clean tree is written into the ledger.
"""

import re
import subprocess
import sys
import time

import ledger
import stages
from suite import ROOT, say

FIGURE = re.compile(r"^figure: (.*)$", re.MULTILINE)
SUMMARY = re.compile(r"^\d+% tests passed, .*$", re.MULTILINE)


def last_passes():
    known = ledger.rows()
    return {stage.name: known[stage.name][1] if stage.name in known else ledger.Pass("", "", "")
            for stage in stages.STAGES}


def chosen(names):
    last = last_passes()
    if names == ["all"]:
        return list(stages.STAGES)
    if names == ["stale"]:
        return [stage for stage in stages.STAGES if ledger.stale(stage, last[stage.name])]
    return stages.named(names)


def show():
    last = last_passes()
    print(f"{'stage':18} {'min':>3}  {'last pass':10}  what it shows")
    for stage in stages.STAGES:
        passed = last[stage.name]
        print(f"{stage.name:18} {stage.minutes:3}  {passed.date or 'never':10}  {stage.what}")
        needs = [*stage.needs, *filter(None, [stage.right])]
        if needs:
            print(f"{'':35} needs: {', '.join(needs)}")
        if why := ledger.stale(stage, passed):
            print(f"{'':35} STALE: {why}")


def run(stage):
    """Whether the stage passed, and its figures. What it says is kept in build/deep, too."""
    say(f"deep: {stage.name}: {stage.what}")
    log = ROOT / "build/deep" / f"{stage.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with log.open("w") as file:
        process = subprocess.Popen(["sh", "-c", stage.command], cwd=ROOT, text=True, errors="replace",
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        for line in process.stdout:
            print(line, end="", flush=True)
            file.write(line)
    passed = process.wait() == 0
    said = log.read_text()
    minutes = (time.monotonic() - begin) / 60
    figures = [*FIGURE.findall(said), *SUMMARY.findall(said), f"{minutes:.0f} min"]
    return passed, "; ".join(figures).replace("|", "/")


def main():
    words = sys.argv[1:]
    if words[:1] == ["--needs"]:
        kinds = {kind for stage in chosen(words[1:]) for kind in stage.needs}
        print(" ".join(sorted(kinds)))
        return 0
    is_recorded = words[:1] == ["--record"]
    names = words[1:] if is_recorded else words
    if not names:
        show()
        return 0
    if is_recorded and not ledger.is_clean():
        raise SystemExit("Only a committed tree can be recorded.")
    failed = []
    for stage in chosen(names):
        passed, figures = run(stage)
        print(f"\n{stage.name}: {'passed' if passed else 'FAILED'}: {figures}", flush=True)
        if not passed:
            failed.append(stage.name)
        elif is_recorded:
            ledger.record(stage, figures)
    if failed:
        print(f"Failed: {' '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
