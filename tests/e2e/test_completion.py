"""Completion: what `keybearer complete` answers, and what bash, zsh and fish make of it."""

import json
import os
import pty
import re
import select
import subprocess
import termios
import time

from harness import BIN, PATIENCE, SandboxTest, find_program, main

SHARE = os.path.join(os.path.dirname(BIN), "share")
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
# Keys of the shells as they are set up below.
COMPLETE, INSERT_ALL, REPORT, CLEAR = b"\t", b"\x14", b"\x0f", b"\x15"

PROFILES = {
    "work": {"token_url": "https://sso.example/token",
             "match": ["https://api.example.com/v1", "https://git.example:8443"]},
    "work-2": {"token_url": "https://sso.example/token", "store": "sealed-file"},
    "other": {"preset": "zuora", "environment": "SBX"},
}
ADDRESSES = {"https://api.example.com/v1", "https://git.example:8443"}


def presets():
    folder = os.path.join(os.path.dirname(__file__), "../../presets")
    return {name.removesuffix(".json") for name in os.listdir(folder) if name.endswith(".json")}


def leave_keys_alone(terminal):
    """Between two lines of a shell, too: what is typed then is not for the terminal."""
    modes = termios.tcgetattr(terminal)
    modes[3] &= ~(termios.ICANON | termios.IEXTEN)
    termios.tcsetattr(terminal, termios.TCSANOW, modes)


class CompletionTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.write(json.dumps({"profiles": PROFILES}))

    def write(self, text):
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700, exist_ok=True)
        with open(os.open(self.box.config_file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def answer(self, *words):
        """Candidate -> description, of what follows WORDS; a line of another kind has none."""
        answered = self.assertOk(self.box.keybearer("complete", "--", *words))
        lines = [line.partition("\t") for line in answered.text.split("\n") if line]
        return {word: description if tab else None for word, tab, description in lines}


class AnswerTest(CompletionTest):
    def check(self, words, wanted):
        self.assertEqual(set(wanted), set(self.answer(*words)), words)

    def commands(self):
        overview = self.box.keybearer("help").text
        return re.findall(r"^  ([a-z]+) +\S", overview[: overview.index("First steps")], re.M)

    def test_commands(self):
        commands = self.commands()
        self.assertGreater(len(commands), 30)
        self.check([""], commands)
        self.check(["help", ""], {*commands, "presets"})
        self.check(["re"], [command for command in commands if command.startswith("re")])
        self.assertEqual("list the profiles", self.answer("list")["list"])

    def test_all_options_of_all_commands(self):
        for command in self.commands():
            page = self.box.keybearer("help", command).text
            lines = page.split("\n")
            options = set(re.findall(r"^  (--[\w-]+)", page, re.M))
            options |= set(re.findall(r"(?<=[ \[])(--[\w-]+)", lines[0]))
            if command == "presets":  # `help presets` lists them
                options = {"--json"}
            given = {word for word in self.answer(command, "--") if len(word) > 2 and word != ":file"}
            self.assertEqual(options, given, command)

    def test_an_option_of_one_word(self):
        self.check(["match", "add", "work", "https://a", "--"], ["--same-address"])
        self.check(["match", "remove", "work", "https://a", "--"], [])

    def test_descriptions(self):
        options = self.answer("keygen", "--")
        self.assertEqual("read the vault's passphrase from standard input, one line", options["--passphrase-stdin"])
        self.assertTrue(self.answer("add", "x", "--client-a")["--client-auth"])

    def test_profiles(self):
        for words in (["show"], ["remove"], ["status", "--json"], ["unlock", "--ttl", "8h"], ["run"],
                      ["run", "--env", "NAME"], ["git", "--profile"], ["refresh"], ["unlock", "--"]):
            with self.subTest(words):
                self.check([*words, ""], PROFILES)
        self.check(["show", "work-"], ["work-2"])
        self.check(["get", "--profile=o"], ["--profile=other"])
        self.check(["show", "work", "--json", ""], ["--json", "--public-key", "--format"])

    def test_profiles_and_addresses(self):
        self.check(["token", ""], {*PROFILES, *ADDRESSES})
        self.check(["header", "--all", "https://git"], ["https://git.example:8443"])

    def test_presets_and_environments(self):
        self.check(["presets", ""], presets())
        self.check(["add", "x", "--preset", "zuora"], [name for name in presets() if name.startswith("zuora")])
        for words in (["--preset", "zuora", "--environment", "SBX"], ["--preset=zuora", "--environment", "SBX"]):
            self.check(["add", "x", *words], ["SBX", "SBX_EU", "SBX_NA"])
        self.check(["add", "--preset", "zuora", "--host", "rest.apis"], ["rest.apisandbox.zuora.com"])
        self.assertIn("SBX", self.answer("add", "x", "--environment", ""))

    def test_choices(self):
        self.check(["add", "x", "--store", ""], ["secret-service", "sealed-file"])
        self.check(["keygen", "x", "--store=se"], ["--store=secret-service", "--store=sealed-file"])
        self.check(["keygen", "x", "--format", ""], ["pem", "jwk", "jwks", "certificate"])
        self.check(["show", "x", "--format", ""], ["pem", "jwk", "jwks"])
        self.check(["keygen", "x", "--alg", "E"], ["ES256", "ES384", "ES512", "EdDSA"])
        self.check(["add", "x", "--body", ""], ["form", "json", "query"])
        self.assertEqual("GitLab CLI", self.answer("run", "--for", "gl")["glab"])

    def test_files(self):
        for words in (["add", "x", "--client-key", ""], ["add", "x", "--ca-file=/et"], ["adopt", "x", "--from", "a"],
                      ["passwd", "--key-file", ""]):
            self.check(words, [":file"])

    def test_command_of_run(self):
        self.check(["run", "work", ""], ["--"])
        self.check(["run", "work", "--", ""], [":command 3"])
        self.check(["run", "--env", "X", "--", "work", "--", "make", "--keep"], [":command 6"])
        self.check(["run", "work", "make", ""], [":command 2"])
        self.check(["run", "work", "--", "show", "--"], [":command 3"])

    def test_nothing_to_say(self):
        for words in (["nothing", ""], ["show", "work", "more"], ["unlock", "--ttl", ""], ["list", "--json", "x"],
                      ["add", "x", "--client-id", ""], ["run", "--file", ""], ["unlock", "--", "--"],
                      ["add", "x", "--unknown="], ["keygen", "work", "x"]):
            with self.subTest(words):
                self.check(words, [])
        for words in ([], ["--"], ["x", "y"]):
            self.assertEqual(b"", self.assertOk(self.box.keybearer("complete", *words)).stdout)

    def test_is_no_command_for_people(self):
        self.assertNotIn("complete", self.box.keybearer("help").text)
        self.assertNotIn("complete", self.answer(""))
        self.assertNotIn(b"complete", self.box.keybearer("complet").stderr)

    def test_nothing_that_was_typed_comes_back(self):
        for word in ("\x1b[2J", "--\x1b[2J=", "--store=\x1b", "$(id)"):
            self.check(["add", word], [])
            self.check(["add", word, "--store", "se"], ["secret-service", "sealed-file"])


class ConfigurationTest(CompletionTest):
    """Whatever is wrong with it, somebody is typing."""

    def assertNames(self, *names):
        self.assertEqual(set(names), set(self.answer("show", "")))
        self.assertIn("--json", self.answer("show", "x", "--"))

    def test_none(self):
        os.unlink(self.box.config_file)
        self.assertEqual({"--json", "--public-key", "--format"}, set(self.answer("show", "x", "--")))
        self.assertEqual({}, self.answer("show", ""))

    def test_broken(self):
        for text in ("", "{", '{"profiles": {"a": {}', '{"profiles": {"a": {"b": wrong}}}', "\0", "[]"):
            self.write(text)
            self.assertNames()

    def test_wrong_settings_keep_the_names(self):
        self.write('{"profiles": {"work": {"stoer": "x"}, "b": {}, /* "c": {} */}}')
        self.assertNames("work", "b")

    def test_others_may_write_it(self):
        os.chmod(self.box.config_file, 0o666)
        self.assertNames()

    def test_no_file(self):
        os.unlink(self.box.config_file)
        os.mkfifo(self.box.config_file)
        self.assertNames()

    def test_names_and_addresses_are_harmless(self):
        self.write(json.dumps({"profiles": {"a\nb": {}, "\x1b[2J": {}, "$(id)": {}, "-x": {}, "good": {
            "match": ["https://x\x1b]0;t\x07", "https://a b", "https://ä.example"]}}}))
        self.assertEqual({"good"}, set(self.answer("token", "")))

    def test_large(self):
        self.write(json.dumps({"profiles": {f"p{i}": {} for i in range(5000)}}))
        self.assertEqual(5000, len(self.answer("show", "")))


class ShellTest(CompletionTest):
    """The same for each shell: `all_of(LINE)` is what may stand for LINE's last word."""

    shell = None

    def setUp(self):
        super().setUp()
        if not find_program(self.shell):
            self.skipTest(f"not installed: {self.shell}")
        # An address with what shells take for more than text.
        config = {**PROFILES, "odd": {"token_url": "https://sso.example/token", "match": "ftp://x/$(touch${IFS}ran);&'a"}}
        self.write(json.dumps({"profiles": config}))
        for name in ("my key.pem", "key2.pem"):
            with open(os.path.join(self.box.work, name), "w"):
                pass
        self.begin()

    def begin(self):
        pass

    def check(self, line, *wanted):
        self.assertEqual(sorted(wanted), sorted(self.all_of(line)), line)

    def check_all(self):
        self.check("keybearer ref", "refresh")
        self.check("keybearer show --", "--json", "--public-key", "--format")
        self.check("keybearer show wo", "work", "work-2")
        self.check("keybearer add x --preset zuora", *[name for name in presets() if name.startswith("zuora")])
        self.check("keybearer add x --preset=zuora --environment SBX", "SBX", "SBX_EU", "SBX_NA")
        self.check("keybearer add x --store=s", "--store=secret-service", "--store=sealed-file")
        self.check("keybearer token https:", *ADDRESSES)
        self.check("keybearer token https://git.", "https://git.example:8443")
        self.check("keybearer run --for gl", "glab")
        self.check("keybearer run work -- mkfif", "mkfifo")
        self.check("keybearer unlock --ttl 8h wo", "work", "work-2")
        self.check("keybearer passwd --key-file key2", "key2.pem")
        self.assertFalse(os.path.exists(os.path.join(self.box.work, "ran")))


class FishTest(ShellTest):
    shell = "fish"

    def all_of(self, line):
        done = self.assertOk(self.box.run(["fish", "-c", 'complete -C "$argv[1]"', line], env={
            "XDG_DATA_DIRS": f"{SHARE}:/usr/share"}))
        return [found.partition("\t")[0] for found in done.text.split("\n") if found]

    def test_fish(self):
        self.check_all()
        self.check("keybearer passwd --key-file my", "my key.pem")
        self.check("keybearer passwd --key-file=my", "--key-file=my key.pem")
        self.check("keybearer token ftp", "ftp://x/$(touch${IFS}ran);&'a")
        described = self.box.run(["fish", "-c", "complete -C 'keybearer lis'"],
                                 env={"XDG_DATA_DIRS": f"{SHARE}:/usr/share"})
        self.assertEqual("list\tlist the profiles", described.text)


class TerminalTest(ShellTest):
    """A shell at a terminal, which says on a key what its line has become."""

    words = None  # how it is started
    setup = None  # what is typed first

    def begin(self):
        self.master, slave = pty.openpty()
        leave_keys_alone(slave)
        env = self.box.environment({"XDG_DATA_DIRS": f"{SHARE}:/usr/share", "TERM": "dumb", "PS1": ""})
        self.process = subprocess.Popen(self.words, stdin=slave, stdout=slave, stderr=slave, env=env,
                                        cwd=self.box.work, start_new_session=True)
        os.close(slave)
        self.addCleanup(self.end)
        with open(self.box.path("setup"), "w") as file:
            file.write(self.setup)
        os.write(self.master, f". {self.box.path('setup')}\n".encode())
        self.wait_for(rb"<<ready>>")

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def wait_for(self, pattern):
        shown, deadline = b"", time.monotonic() + PATIENCE
        while not (found := re.search(pattern, shown)):
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, shown)
            shown += os.read(self.master, 65536)
        return found

    def typed(self, line, key):
        """What LINE is after KEY."""
        os.write(self.master, CLEAR + line.encode() + key + REPORT)
        return self.wait_for(rb"<<([^<>]*)>>")[1].decode()

    def all_of(self, line):
        """The words that came for the last one; bash writes the part that it leaves only once."""
        last = line.rpartition(" ")[2]
        found = self.typed(line, INSERT_ALL)
        self.assertEqual(line[: len(line) - len(last)], found[: len(line) - len(last)], found)
        words = found[len(line) - len(last):].split()
        before = re.match("(?:.*[:=])?", last)[0]
        return [word if word.startswith(before) else before + word for word in words]


class BashTest(TerminalTest):
    shell = "bash"
    words = ["bash", "--norc", "--noprofile", "-i"]
    keys = """
        report() { printf '<''<%s>>\\n' "$READLINE_LINE"; }
        bind -x '"\\C-o": report'
        bind '"\\C-t": insert-completions'
        bind 'set enable-bracketed-paste off'
        printf '<''<ready>>\\n'
    """
    setup = f". {SHARE}/bash-completion/completions/keybearer" + keys

    def test_bash(self):
        self.check_all()
        self.check_typing()

    def check_typing(self):
        self.assertEqual("keybearer refresh ", self.typed("keybearer ref", COMPLETE))
        self.assertEqual("keybearer token https://git.example:8443 ",
                         self.typed("keybearer token https://g", COMPLETE))
        self.assertEqual("keybearer token 'https://git.example:8443' ",
                         self.typed("keybearer token 'https://g", COMPLETE))
        self.assertEqual("keybearer get --profile=other ", self.typed("keybearer get --profile=ot", COMPLETE))
        self.assertEqual("keybearer passwd --key-file=my\\ key.pem ",
                         self.typed("keybearer passwd --key-file=my", COMPLETE))
        odd = self.typed("keybearer token ftp", COMPLETE)
        echoed = subprocess.run(["bash", "-c", odd.replace("keybearer token", "printf %s")], cwd=self.box.work,
                                stdout=subprocess.PIPE)
        self.assertEqual(b"ftp://x/$(touch${IFS}ran);&'a", echoed.stdout)
        self.assertFalse(os.path.exists(os.path.join(self.box.work, "ran")))


class BashCompletionTest(BashTest):
    """The same, where Debian's package finds the script by the name of the command."""

    setup = f". {BASH_COMPLETION}" + BashTest.keys

    def begin(self):
        if not os.path.exists(BASH_COMPLETION):
            self.skipTest("not installed: bash-completion")
        super().begin()


class BashAloneTest(BashTest):
    """There is no other program to be found, and another `keybearer` where the person is."""

    def begin(self):
        self.words = [find_program("bash"), *self.words[1:]]
        self.box.env["PATH"] = BIN
        with open(os.open(os.path.join(self.box.work, "keybearer"), os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write("#!/bin/sh\n: >ran\n")
        super().begin()

    def test_bash(self):
        self.check("keybearer show wo", "work", "work-2")
        self.check("keybearer passwd --key-file key2", "key2.pem")
        self.check_typing()
        self.typed("./keybearer show wor", COMPLETE)
        self.typed("keybearer $(./keybearer) `./keybearer` ${x:=y} show ", COMPLETE)
        self.assertFalse(os.path.exists(os.path.join(self.box.work, "ran")))


class ZshTest(TerminalTest):
    shell = "zsh"
    words = ["zsh", "-f", "-i"]
    setup = f"""
        bindkey -e
        unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste
        fpath=({SHARE}/zsh/site-functions $fpath)
        autoload -Uz compinit
        compinit -u -D
        report() {{ print -r -- '<'"<$BUFFER>>" >&2 }}
        take_all() {{ compstate[insert]=all }}
        every() {{ comppostfuncs=(take_all); zle complete-word }}
        zle -N report
        zle -N every
        bindkey '^O' report
        bindkey '^T' every
        bindkey '^U' kill-whole-line
        print '<''<ready>>'
    """

    def test_zsh(self):
        self.check_all()
        self.assertEqual("keybearer refresh ", self.typed("keybearer ref", COMPLETE))
        self.assertEqual("keybearer token https://git.example:8443 ",
                         self.typed("keybearer token https://g", COMPLETE))
        self.assertEqual("keybearer passwd --key-file=my\\ key.pem ",
                         self.typed("keybearer passwd --key-file=my", COMPLETE))
        odd = self.typed("keybearer token ftp", COMPLETE)
        echoed = subprocess.run(["zsh", "-fc", odd.replace("keybearer token", "printf %s")], cwd=self.box.work,
                                stdout=subprocess.PIPE)
        self.assertEqual(b"ftp://x/$(touch${IFS}ran);&'a", echoed.stdout)


del CompletionTest, ShellTest, TerminalTest

if __name__ == "__main__":
    main()
