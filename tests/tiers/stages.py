"""The deep run's stages: what is too long for every change, each in less than 100 minutes.

A stage is stale when a file that it covers changed since its last whole pass, which
docs/security-tests.md names. What all tests share (harness, token server) is covered by the
stages that run the whole suite. What a stage does not run of what it covers does not count, nor
a change of comments alone, but for a stage that reads them. Minutes are those of two idle cores.
"""

from dataclasses import dataclass

from suite import ROOT

# Of the benchmark, what a test runs; the rest is run by hand.
COUNTED = ("tests/bench/CMakeLists.txt", "tests/bench/syscalls.py", "tests/bench/protocols.py",
           "tests/bench/world.py")
PRODUCT = ("lib", "cmd", "backends", "presets", "cmake", "CMakeLists.txt", "CMakePresets.json")
SUITE = (*PRODUCT, "docs/config.schema.json", "docs/man", "tests/unit", "tests/golden", "tests/fuzz",
         "tests/e2e", "tests/interop", "tests/providers", "tests/hostile", "tests/servers", "tests/leak", "tests/fault", "tests/load",
         *COUNTED, "tests/differential", "tests/model", "tests/lint", "tests/valgrind",
         "tests/CMakeLists.txt")
# What these verbs enter, and others only at a terminal that takes an answer, or where setup has noted a
# change. A stage whose tests give none of them does not become stale by a change of it; lint.tiers looks for
# the verbs.
APART_VERBS = ("setup", "doctor", "scan", "import", "complete", "completion", "edit")
APART = ("lib/tools/[!st]*.c", "lib/tools/[!k]*.h", "lib/tools/include/tools/[!st]*.h", "lib/loose",
         "cmd/keybearer/setup.c", "cmd/keybearer/setup_[!ao]*.c", "cmd/keybearer/doctor*.c",
         "cmd/keybearer/tool_facts.*", "cmd/keybearer/import.c", "cmd/keybearer/complete.*",
         "cmd/keybearer/candidates.c", "cmd/keybearer/edit*", "cmd/keybearer-helper/import*",
         "cmd/keybearer-helper/scan.c", "cmd/keybearer-helper/doctor.c", "cmd/keybearer-helper/edit.c")
# But for what they learn of each rule: that is a result.
MUTATIONS = tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests/mutations").iterdir())
                  if path.suffix in (".txt", ".py"))


@dataclass(frozen=True)
class Stage:
    name: str
    minutes: int
    what: str  # what it shows
    command: str  # for sh, in the source tree
    covers: tuple = PRODUCT  # paths, as git takes them
    needs: tuple = ()  # kinds of scripts/packages.txt beside those of the plain run
    right: str = ""  # what the machine must allow, or less is tested
    reads_comments: bool = False  # what tells a tool to leave a place alone stands in them
    apart: tuple = ()  # of what it covers, what it does not run


def suite(words):
    return f"python3 -B tests/tiers/suite.py {words}"


def whole(tests, only=""):
    """Every case of TESTS, a regular expression; of a program, ONLY what these patterns name."""
    limits = f"KB_TEST_ONLY='{only}' " if only else ""
    return f"{limits}KB_TEST_FULL=1 {suite('dev')} -R '^({tests})$'"


def of(*tests):
    return (*PRODUCT, *(f"tests/{test}" for test in tests))


STAGES = (
    Stage("suite-developed", 9, "every test, as developed", suite("dev"), SUITE,
          right="root, for what a trace of a process shows"),
    Stage("suite-user", 9, "every test, as developed, by an ordinary user",
          suite("--user dev -L user"), SUITE, right="root, to become one"),
    Stage("suite-gcc", 9, "every test under gcc's AddressSanitizer and UBSan", suite("asan"), SUITE),
    Stage("suite-clang", 9, "every test under clang's", suite("asan-clang"), SUITE, ("clang",)),
    Stage("suite-static", 3, "system calls and memory of a static front",
          suite("static-front -L 'bench|leak'"), (*of("leak"), *COUNTED)),
    Stage("analysis", 8, "gcc's analyser, clang's warnings, clang-tidy, cppcheck: no finding",
          "sh scripts/analyse", (*PRODUCT, ".clang-tidy", ".cppcheck-suppressions"),
          ("clang", "analysis"), reads_comments=True),
    Stage("fuzzing", 14, "every fuzz target with new inputs, a minute each",
          suite("fuzz -L fuzzing"),
          (*PRODUCT, "tests/fuzz"), ("clang",)),
    Stage("coverage", 8, "which lines the tests execute: 95 % of a parser, 90 % of all",
          "sh scripts/coverage", SUITE, ("clang",)),
    Stage("memcheck-units", 20, "units, golden exchanges, fuzz inputs under memcheck",
          "sh scripts/memcheck units", of("unit", "golden", "fuzz", "valgrind"), ("memcheck",)),
    Stage("memcheck-programs", 67, "the programs, end to end, under memcheck",
          "sh scripts/memcheck programs",
          of("e2e", "hostile", "servers", "fault", "load", "differential", "valgrind"), ("memcheck",)),
    Stage("mutations", 90, "each rule broken once, if anything of it changed since: a test fails",
          "sh scripts/mutations -j 2 --changed --learn",
          SUITE + MUTATIONS),
    Stage("requests", 8, "every length, byte and address of hostile requests",
          whole(r"unit\.test_hostile_.*|hostile\..*"), of("unit/proto", "hostile")),
    Stage("servers", 8, "every reply, stall and end of a hostile server",
          whole(r"servers\..*|differential\..*"), of("servers", "differential")),
    Stage("desktops", 5, "KeePassXC and KWallet themselves, and their dialogs",
          suite(r"dev -R '^e2e\.(keepassxc|kwallet)$'"),
          of("e2e/test_keepassxc.py", "e2e/keepassxc.py", "e2e/test_kwallet.py", "e2e/kwallet.py",
             "e2e/screen.py", "e2e/keyring.py"), ("desktop",)),
    Stage("clients", 5, "other people's programs, of Debian 12 and 13 and from npm, take our answers",
          "sh scripts/clients", of("interop", "e2e"), ("clients",),
          "root, to make and to enter a tree of Debian 13"),
    Stage("packages", 45, "package and archives: built twice alike, read by lintian, used on a fresh Debian 12; arm64's units under qemu",
          "sh scripts/package all", (*PRODUCT, "debian", "packaging", "scripts/package", "scripts/lib.sh", "docs/man",
                                     *of("packages", "unit", "golden")[len(PRODUCT):]), ("package",),
          "root, to make and to enter trees of Debian"),
    Stage("providers", 3, "servers that are not ours, of Debian and from npm, take every proof of a client",
          "sh scripts/providers", of("providers", "e2e")),
    Stage("leaks", 12, "every process's memory and /proc, thousands of calls", whole(r"leak\..*"),
          of("leak"), right="root, to see other processes' environments"),
    Stage("errnos", 40, "every system call fails in every way", whole(r"fault\.errnos"),
          of("fault/test_errnos.py", "fault/faults.py", "fault/fail_call.c"), right="ptrace", apart=APART),
    Stage("allocations", 15, "every allocation fails", whole(r"fault\.allocations"),
          of("fault/test_allocations.py", "fault/short_of_memory.c")),
    Stage("files", 15, "races for files, no room, short reads and writes, signals",
          whole(r"fault\.(links|room|shorts)"),
          of("fault/test_links.py", "fault/test_room.py", "fault/test_shorts.py", "fault/swapper.py",
             "fault/faults.py", "fault/fail_call.c"), right="root, for devices and mounts"),
    Stage("waiters-killed", 30, "the leader of 50 is killed before and after every system call that others can tell",
          whole(r"fault\.waiters", "*killed*"),
          of("fault/test_waiters.py", "fault/halting.py", "fault/halt_at.c"), right="ptrace", apart=APART),
    Stage("waiters-stopped", 35, "the leader of 50 is stopped there",
          whole(r"fault\.waiters", "*stopped*"),
          of("fault/test_waiters.py", "fault/halting.py", "fault/halt_at.c"), right="ptrace", apart=APART),
    Stage("kills-file", 25, "kill -9 before and after every such call, sealed file with a key file",
          whole(r"fault\.kills", "*.AddTest.* *.AdoptTest.* *.RemoveTest.* *.RenameTest.* "
                "*.MoveTest.* *.ForgetTest.* *.PasswdTest.*"),
          of("fault/test_kills.py", "fault/halting.py", "fault/halt_at.c"), right="ptrace", apart=APART),
    Stage("kills-passphrase", 12, "the same, a vault with a passphrase",
          whole(r"fault\.kills", "*.Passphrase*"),
          of("fault/test_kills.py", "fault/halting.py", "fault/halt_at.c"), right="ptrace", apart=APART),
    Stage("kills-keyring-1", 65, "the same, gnome-keyring: add",
          whole(r"fault\.kills", "*.KeyringTest.*client* *.KeyringTest.*remove* *.KeyringTest.test_killed_a_new_secret"),
          of("fault/test_kills.py", "fault/halting.py", "fault/halt_at.c"), right="ptrace", apart=APART),
    Stage("kills-keyring-2", 65, "the same, gnome-keyring: add over another",
          whole(r"fault\.kills", "*.KeyringTest.*other* *.KeyringTest.*another*"),
          of("fault/test_kills.py", "fault/halting.py", "fault/halt_at.c"), right="ptrace", apart=APART),
    Stage("load", 5, "10,000 cached answers, 200 callers for tokens of two seconds, a thousand choices of the store",
          whole(r"load\.cached|load\.clocks|load\.short_lives|e2e\.keyrings|e2e\.keys|e2e\.single_flight|unit\.secret_service\.every_choice"),
          of("load", "e2e/test_keyrings.py", "e2e/test_keys.py", "e2e/test_single_flight.py")),
    Stage("model", 60, "an hour of random commands of several persons, against a model of whose token is right",
          whole(r"model\..*"), of("model", "load/shifted_clock.c"), apart=APART),
    Stage("soak", 30, "half an hour of calls, kills, faults and expiries",
          "sh scripts/soak --minutes 30", of("load"), apart=APART),
)


def named(names):
    """The stages called NAMES; ends the program where there is none of that name."""
    known = {stage.name: stage for stage in STAGES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"there is no stage {', '.join(unknown)}")
    return [known[name] for name in names]
