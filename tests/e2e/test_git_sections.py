"""Which sections of its settings git asks helpers of: what doctor reads of them, and git as the judge."""

import os

from harness import BIN, SandboxTest, find_program, main
from token_server import TokenServer

SECTIONS = (
    "", "https://git.example.com", "https://git.example.com/", "https://GIT.example.com", "HTTPS://git.example.com",
    "https://git.example.com:443", "https://git.example.com:0443", "https://git.example.com:", "https://git.example.com:0",
    "https://git.example.com:8443", "https://git.example.com.", "http://git.example.com", "https://example.com",
    "https://git.example.com/team", "https://git.example.com/team/", "https://git.example.com/team/a",
    "https://git.example.com/teams", "https://git.example.com/tea",
    "https://git.example.com/./team", "https://git.example.com/x/../team", "https://git.example.com/../team",
    "https://git.example.com/%74eam", "https://git.example.com/team?x", "https://git.example.com?x",
    "https://git%2eexample.com", "https://me@git.example.com", "https://me@git.example.com/team",
    "https://*.example.com", "https://*.example.com/team", "https://git*.example.com", "https://*", "https://*.*.*",
    "https://", "https:///", "https:///team", "HTTPS://", "http://", "://git.example.com", "://", "://git.example.com/team",
    "git.example.com", "git.example.com/", "git.example.com:443", "GIT.example.com", "git.example.com/team", "/team",
    "team", "me@git.example.com", "*.example.com", "git%2eexample.com", "git.example.com?x", "git.example.com/team/a",
    "https://git.example.com:8443/team", "git.example.com:8443",
    "https://me@other.org", "https://git.example.com@other.org", "https://*.corp.net", "https://*.example.org",
    "https://*.com", "gitlab.corp.net/team", "me@other.org", "https://other.org/%74eam", "https://other.org/../x",
    "https://git.example.com.evil", "other.org/git.example.com", "other.org", "https://other.org:0443",
)
# Never asked here, and left open: it takes git to decode and resolve them.
UNSURE = ("https://git.example.com/../team", "https://git%2eexample.com", "git%2eexample.com")
ADDRESSES = ("https://git.example.com", "https://git.example.com/team", "https://git.example.com:8443")


class SectionsTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.real = find_program("git")
        if not self.real:
            self.skipTest("not installed: git")
        self.server = self.enterContext(TokenServer())
        self.log = self.box.path("asked")
        self.box.env["GIT_CONFIG_NOSYSTEM"] = "1"
        self.box.env["GIT_TERMINAL_PROMPT"] = "0"

    def configure(self, helpers, ours=""):
        """HELPERS: section -> value."""
        with open(os.path.join(self.box.home, ".gitconfig"), "w") as file:
            for section, helper in helpers.items():
                file.write(f'[credential "{section}"]\n\thelper = "{helper}"\n')
            if ours:
                file.write(f'[credential "{ours}"]\n\thelper = keybearer\n\tuseHttpPath\n')

    def asked(self, url):
        """The numbers of the sections whose helper git starts for it."""
        with open(self.log, "w"):
            pass
        self.box.run(["git", "credential", "fill"], f"url={url}\n\n".encode(),
                     env={"PATH": f"{os.path.dirname(self.real)}:/usr/bin:/bin"})
        with open(self.log) as file:
            return {int(line) for line in file}

    def judge(self, address):
        """How many of the requests for ADDRESS make git start the helper of each section, and of how many."""
        self.configure({section: f"!echo {number} >> {self.log}; :" for number, section in enumerate(SECTIONS)})
        scheme, rest = address.split("://")
        asked = [self.asked(begin + end) for begin in (address, f"{scheme}://me@{rest}")
                 for end in ("", "/", "/team", "/a", "/team/a", "/teams", "/tea")]
        return {section: sum(number in one for one in asked)
                for number, section in enumerate(SECTIONS)}, len(asked)

    def said(self, sections, address):
        """"", "all", "part" and "open": the words of each section, and whether it was left open."""
        names = {section: f"h{number}" for number, section in enumerate(sections)}
        self.configure(names, address)
        checks = {check["check"]: check for check in self.box.keybearer(
            "doctor", "--json", env={"PATH": BIN}).json()["checks"]}
        text = checks["tool git"]["text"]
        parts = text.split("; ")
        self.assertIn("connected to forge", parts[0])
        self.assertNotIn(" more", text)
        before = next((part.split() for part in parts if part.startswith("before keybearer it asks")), ())
        part = next((part.split() for part in parts if part.startswith("for a part of its addresses")), ())
        where = {section: "all" if any(name == word.strip(",") for word in before)
                 else "part" if any(name == word.strip(",") for word in part) else ""
                 for section, name in names.items()}
        return where, "leave open whom else" in text

    def test_git_is_the_judge(self):
        for address in ADDRESSES:
            self.box.add_profile("forge", self.server, "--match", address, "--username", "robot")
            times, most = self.judge(address)
            with self.subTest(address, asked="never"):
                never = [section for section, count in times.items() if count == 0 and section not in UNSURE]
                self.assertEqual(({section: "" for section in never}, False), self.said(never, address))
            some = [section for section, count in times.items() if count > 0]
            where, _ = self.said(some, address)
            for section in some:
                with self.subTest(section, address=address, asked=times[section]):
                    if where[section]:
                        self.assertEqual("all" if times[section] == most else "part", where[section])
                    else:
                        self.assertEqual(({section: ""}, True), self.said([section], address))


if __name__ == "__main__":
    main()
