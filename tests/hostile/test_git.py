"""Addresses that nobody should write, on their whole way through git and back.

`git credential` takes each apart in its own way, asks the installed helper, and puts the
answer together. Both sides of the helper are recorded. A token is in git's answer only
beside the host that it belongs to, and what the helper says is lines as git reads them.
"""

import contextlib
import os

from harness import main
from strangers import OTHER, VICTIM, StrangersTest, sample

LONG = 70_000
GIT_DIED = 128

# What a repository, a submodule or a server may have written; whose token git then gets
# without and with credential.useHttpPath.
URLS = [
    (f"https://{VICTIM}/", "victim", "victim"),
    (f"https://{VICTIM}", "victim", "victim"),
    (f"https://{VICTIM}:443/a.git", "victim", "victim"),
    (f"HTTPS://VICTIM.example/a.git", "victim", "victim"),
    (f"https://{VICTIM}/team/a.git", "victim", "team"),
    (f"https://{VICTIM}/team", "victim", "team"),
    (f"https://{VICTIM}/teams/a.git", "victim", "victim"),
    (f"https://{OTHER}/team/a.git", "neighbour", "neighbour"),
    (f"https://user@{VICTIM}/a.git", "victim", "victim"),
    (f"https://us%20er@{VICTIM}/a.git", "victim", "victim"),
    (f"https://attacker.example\\@{VICTIM}/", "victim", "victim"),  # a user name to git
    (f"https://victim%2eexample/", "victim", "victim"),  # git itself decodes the host
    (f"https://{VICTIM}/team/{'x' * 1000}", "victim", "team"),
    (f"https://{VICTIM}/?%09", "victim", None),
    # line breaks, and what some reader takes for one
    (f"https://attacker.example%0ahost={VICTIM}/", None, None),
    (f"https://attacker.example?%0ahost={VICTIM}/", None, None),
    (f"https://attacker.example/%0ahost={VICTIM}/", None, None),
    (f"https://attacker.example%0d%0ahost={VICTIM}/", None, None),
    (f"https://attacker.example%0dhost={VICTIM}/", None, None),
    (f"https://attacker.example/%0d%0ahost={VICTIM}/", None, None),
    (f"https://user%0ahost={VICTIM}%0a@attacker.example/", None, None),
    (f"https://user%0dhost={VICTIM}%0d@attacker.example/", None, None),
    (f"https://{VICTIM}%0d.attacker.example/", None, None),
    (f"https://{VICTIM}%0a/", None, None),
    (f"https://{VICTIM}%00.attacker.example/", None, None),
    (f"https://attacker.example%00{VICTIM}/", None, None),
    (f"https://{VICTIM}%e2%80%a8/", None, None),
    (f"https://{VICTIM}%c2%85/", None, None),
    (f"https://{VICTIM}%1b[2J/", None, None),
    (f"https%0a://{VICTIM}/", None, None),
    (f"https://user%1b[2J@{VICTIM}/", None, None),
    (f"https://user%e2%80%ae@{VICTIM}/", None, None),
    # somebody else's host
    (f"https://{VICTIM}@attacker.example/", None, None),
    (f"https://{VICTIM}%40attacker.example/", None, None),
    (f"https://attacker.example%40{VICTIM}/", None, None),
    (f"https://attacker.example#@{VICTIM}/", None, None),
    (f"https://attacker.example?@{VICTIM}/", None, None),
    (f"https://attacker.example/{VICTIM}/", None, None),
    (f"https://{VICTIM}.attacker.example/", None, None),
    (f"https://{VICTIM}./", None, None),
    (f"https://{VICTIM}:444/", None, None),
    (f"https://{VICTIM}%3a444/", None, None),
    (f"https://{VICTIM}:0/", None, None),
    (f"https:///{VICTIM}/", None, None),
    (f"https:/{VICTIM}/", None, None),
    (f"//{VICTIM}/", None, None),
    (f"{VICTIM}/", None, None),
    (f"http://{VICTIM}/", None, None),
    (f"file://{VICTIM}/", None, None),
    (f"cert:///{VICTIM}", None, None),
    (f"ssh://{VICTIM}/", None, None),
    # paths that climb; git decodes them before it hands them on
    (f"https://{VICTIM}/team/../other", "victim", None),
    (f"https://{VICTIM}/other/../team", "victim", None),
    (f"https://{VICTIM}/other/%2e%2e/team/a.git", "victim", None),
    (f"https://{VICTIM}/other%2f..%2fteam", "victim", None),
    (f"https://{VICTIM}/other%5c..%5cteam", "victim", None),
    (f"https://{VICTIM}/team%0dx", "victim", None),
    (f"https://{VICTIM}/team%1b", "victim", None),
    # longer than any buffer
    (f"https://{'a' * LONG}.{VICTIM}/", None, None),
    (f"https://{VICTIM}{'a' * LONG}/", None, None),
    (f"https://{VICTIM}/{'a' * LONG}", "victim", None),
    (f"https://{'u' * LONG}@{VICTIM}/", None, None),
    (f"https://{VICTIM}:{'0' * LONG}443/", None, None),
    (f"{'h' * LONG}://{VICTIM}/", None, None),
]

# The same by its parts, as a program that calls `git credential` may send it.
DESCRIPTIONS = [
    f"protocol=https\nhost=attacker.example\rhost={VICTIM}\n",
    f"protocol=https\nhost={VICTIM}\r.attacker.example\n",
    f"protocol=https\nhost=attacker.example\npath=x\rhost={VICTIM}\n",
    f"protocol=https\nhost=attacker.example\nusername=x\rhost={VICTIM}\n",
    f"protocol=https\nhost=attacker.example\nwwwauth[]=x\rhost={VICTIM}\n",
    f"protocol=https\nhost=\npath={VICTIM}\n",
    f"protocol=\nhost={VICTIM}\n",
    f"host={VICTIM}\n",
    f"protocol=https\n",
    f"protocol=https\rhost={VICTIM}\nhost=attacker.example\n",
]


class GitCredentialTest(StrangersTest):
    matches = {
        "victim": (f"https://{VICTIM}",),
        "team": (f"https://{VICTIM}/team",),
        "neighbour": (f"https://{OTHER}",),
    }
    leak_ignore = ("recorded",)

    def setUp(self):
        super().setUp()
        self.sent, self.answered = (self.box.path("recorded", name) for name in ("in", "out"))
        os.mkdir(self.box.path("recorded"), 0o700)
        # tee -p: recorded to the end, also for somebody who has stopped reading.
        self.helper = (f'!f() {{ tee -p "{self.sent}" | git-credential-keybearer "$@"'
                       f' | tee -p "{self.answered}"; }}; f')

    def credential(self, action, text, *settings):
        """`git credential ACTION`, and no other helper than ours."""
        for path in (self.sent, self.answered):
            open(path, "wb").close()
        words = ["git", "-c", "credential.helper=", "-c", f"credential.helper={self.helper}"]
        for setting in settings:
            words += ["-c", f"credential.{setting}"]
        with everybody_ended() as held:
            return self.box.run([*words, "credential", action], text.encode(), pass_fds=[held])

    def recorded(self):
        """The lines that the helper said, as a pair of a key and a value each."""
        with open(self.answered, "rb") as file:
            return git_lines(file.read())

    def check(self, text, profile, *settings):
        result = self.assertTame(self.credential("fill", text, *settings))
        self.assertEqual(profile, self.owner(result), result)
        with open(self.sent, "rb") as file:
            request = file.read()
        said = self.recorded()
        if said and result.status == GIT_DIED and not result.stdout:
            # git refused half way: what its helper says to the first half reaches nobody.
            self.assertEqual(f"protocol=https\nhost={VICTIM}\n".encode(), request)
            return
        if not profile:
            self.assertEqual([], said, request)
            return
        self.assertEqual(["username", "password", "password_expiry_utc"], [k for k, _ in said])
        filled = git_lines(result.stdout)
        self.assertEqual(len(filled), len(dict(filled)), result)  # git says each thing once
        host = OTHER if profile == "neighbour" else VICTIM
        self.assertEqual(("https", host), (
            dict(filled)["protocol"].lower(), dict(filled)["host"].lower().removesuffix(":443")))

    def test_injected_fill(self):
        cases = [(url, profile, protect, use_path) for url, plain, with_path in URLS
                 for use_path, profile in (("false", plain), ("true", with_path))
                 for protect in ("true", "false")]
        # the sample: all of it with git's own protection switched off
        for url, profile, protect, use_path in sample(cases[::-1], 5):
            with self.subTest(url=url[:80], protect=protect, use_path=use_path):
                self.check(f"url={url}\n", profile, f"protectProtocol={protect}",
                           f"useHttpPath={use_path}")

    def test_injected_fill_by_parts(self):
        for text in DESCRIPTIONS:
            for protect in ("true", "false"):
                with self.subTest(text=text, protect=protect):
                    self.check(text, None, f"protectProtocol={protect}")
        self.check(f"protocol=https\nhost={VICTIM}\n", "victim")
        # git reads up to the NUL, and asks for no more than that
        self.check(f"protocol=https\nhost={VICTIM}\0.attacker.example\n", "victim")

    def test_injected_a_carriage_return_before_the_line_end(self):
        """git refuses it; told not to (protectProtocol=false), it sends a line that ends in
        CR LF, which is a line end to us as it is to git when it reads."""
        for url, settings, profile in (
            (f"https://{VICTIM}%0d/", (), "victim"),
            (f"https://{VICTIM}%0d%0d/", (), None),
            (f"https://{VICTIM}/team%0d", ("useHttpPath=true",), "team"),
            (f"https://{VICTIM}/team%0d%0d", ("useHttpPath=true",), None),
        ):
            with self.subTest(url):
                refused = self.credential("fill", f"url={url}\n", *settings)
                self.assertEqual((128, b""), (refused.status, refused.stdout), refused)
                told = self.credential("fill", f"url={url}\n", "protectProtocol=false", *settings)
                self.assertEqual(profile, self.owner(told), told)

    def test_injected_approve_and_reject(self):
        """What git would have stored or erased for such an address touches nothing of ours."""
        token = self.tokens["victim"]
        for url, plain, _ in URLS:
            if not plain:
                for action in ("approve", "reject"):
                    user = "" if "@" in url else "username=victim\n"
                    text = f"url={url}\n{user}password={token}\n"
                    with self.subTest(url=url[:80], action=action):
                        self.assertTame(self.credential(action, text, "protectProtocol=false"))
                        self.assertEqual([], self.recorded())
        for name in self.tokens:
            self.assertEqual(name, self.owner(self.box.keybearer("token", name)))

    def test_injected_what_git_was_told_it_can_give_back(self):
        """fill, approve, reject: the cached token goes with the last of them."""
        filled = self.credential("fill", f"url=https://{VICTIM}/\n").stdout.decode()
        self.assertEqual(0, self.credential("approve", filled).status)
        self.assertEqual("victim", self.owner(self.box.keybearer("token", "victim")))
        self.assertEqual(0, self.credential("reject", filled).status)
        self.assertNotEqual(self.tokens["victim"], self.box.keybearer("token", "victim").text)

    def test_injected_as_a_git_with_authtype_asks(self):
        """The recorded requests once more, with what git sends since 2.46."""
        more = ("capability[]=authtype\ncapability[]=state\n"
                f'wwwauth[]=Bearer realm="x", host="{VICTIM}"\n').encode()
        for url, plain, with_path in URLS:
            for use_path, profile in (("false", plain), ("true", with_path)):
                with self.subTest(url=url[:80], use_path=use_path):
                    self.credential("fill", f"url={url}\n", "protectProtocol=false",
                                    f"useHttpPath={use_path}")
                    with open(self.sent, "rb") as file:
                        request = file.read()
                    if not request:
                        continue  # git refused to ask
                    answer = self.assertTame(self.git(more + request))
                    self.assertEqual(profile, self.owner(answer), answer)
                    keys = [key for key, _ in git_lines(answer.stdout)]
                    self.assertEqual(["capability[]", "authtype", "credential", "ephemeral",
                                      "password_expiry_utc"] if profile else [], keys)


@contextlib.contextmanager
def everybody_ended():
    """
    Yields a descriptor, and waits until nobody who got it is left. A git that refuses in the
    middle of its request leaves the helper behind, whose recording would otherwise begin, and
    empty the files, at any time later.
    """
    ended, held = os.pipe()
    with open(ended, "rb") as ending:
        try:
            yield held
        finally:
            os.close(held)
        ending.read()


def git_lines(text):
    """TEXT as git reads it: whole lines, each with a '='; nothing that git would die of."""
    if text and not text.endswith(b"\n"):
        raise AssertionError(f"no line end: {text!r}")
    lines = [line.partition("=") for line in text.decode("ascii").split("\n")[:-1]]
    for key, equals, value in lines:
        if not key or not equals or not value.isprintable():
            raise AssertionError(f"no line of git's: {text!r}")
    return [(key, value) for key, _, value in lines]


if __name__ == "__main__":
    main("git")
