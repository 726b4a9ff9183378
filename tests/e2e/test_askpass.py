"""`keybearer-askpass` under git and wget themselves."""

from door import Door
from git_server import GitServer
from harness import BIN, NOT_FOUND, SandboxTest, USAGE, find_program, main
from token_server import TokenServer, refused

ASKPASS = f"{BIN}/keybearer-askpass"


class AskpassTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, *addresses):
        options = [word for address in addresses for word in ("--match", address)]
        added = self.box.add_profile("forge", self.server, "--username", "robot", *options)
        self.assertEqual(0, added.status, added)
        self.asked = self.server.count

    def break_server(self):
        self.box.keybearer("forget", "forge")
        self.server.behave(lambda request: refused())

    def answers(self, prompt):
        return self.box.run_with_open_end([ASKPASS, prompt], b"somebody else's")


class GitTest(AskpassTest):
    def setUp(self):
        super().setUp()
        self.repositories = self.box.path("repositories")
        made = self.box.run(["git", "init", "-q", "--bare", f"{self.repositories}/demo.git"])
        self.assertEqual(0, made.status, made)
        self.door = self.enterContext(GitServer(self.repositories, self.server.accepts))
        self.box.env["GIT_ASKPASS"] = ASKPASS

    def clone(self, door):
        return self.box.run(["git", "clone", "-q", f"{door.origin}/demo.git", "clone"])

    def test_git_clones(self):
        self.add(self.door.origin)
        done = self.clone(self.door)
        self.assertEqual(0, done.status, done)
        self.assertNotIn(b"keybearer", done.stderr)
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.door.credentials))

    def test_git_at_another_host(self):
        self.add(self.door.origin)
        with GitServer(self.repositories, lambda token: False) as foreign:
            failed = self.clone(foreign)
            self.assertNotEqual(0, failed.status, failed)
            self.assertEqual([], foreign.credentials)
        self.assertEqual(self.asked, self.server.count)

    def test_git_where_no_token_can_be_had(self):
        self.add(self.door.origin)
        self.break_server()
        failed = self.clone(self.door)
        self.assertNotEqual(0, failed.status, failed)
        self.assertIn(b"keybearer: error: ", failed.stderr)
        self.assertEqual([], self.door.credentials)

    def test_git_names_the_path_where_it_is_told_to(self):
        self.add(f"{self.door.origin}/demo.git")
        failed = self.clone(self.door)
        self.assertNotEqual(0, failed.status, failed)
        command = f"git config --global credential.{self.door.origin}.useHttpPath true"
        self.assertIn(command.encode(), failed.stderr)
        self.assertEqual(0, self.box.run(command.split()).status)
        self.assertEqual(0, (done := self.clone(self.door)).status, done)


class WgetTest(AskpassTest):
    """wget's prompts name no port, so the door is a proxy before one that has none."""

    def setUp(self):
        super().setUp()
        if not find_program("wget"):
            self.skipTest("not installed: wget")
        self.page = "http://127.0.0.1/file"
        self.door = self.enterContext(Door(self.server.accepts, {self.page: b"content\n"}))

    def wget(self, page):
        return self.box.run(["wget", "-q", "-O", "-", "--tries=1", f"--use-askpass={ASKPASS}",
                             "--no-hsts", page], env={"http_proxy": self.door.origin})

    def test_wget_gets_a_page(self):
        self.add("http://127.0.0.1")
        done = self.wget(self.page)
        self.assertEqual((0, b"content\n"), (done.status, done.stdout), done)
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.door.credentials))

    def test_wget_where_a_profile_has_a_path(self):
        """What would help git does not help wget, which is told so."""
        self.add("http://127.0.0.1/file")
        failed = self.wget(self.page)
        self.assertNotEqual(0, failed.status, failed)
        self.assertIn(b"hint: wget names no path", failed.stderr)
        self.assertEqual([], self.door.credentials)

    def test_wget_at_another_host(self):
        self.add("http://127.0.0.1")
        failed = self.wget("http://127.0.0.2/file")
        self.assertNotEqual(0, failed.status, failed)
        self.assertEqual([], self.door.credentials)
        self.assertEqual(self.asked, self.server.count)


class PromptTest(AskpassTest):
    def test_standard_input_has_no_end(self):
        self.add("https://git.example.com")
        name = self.assertOk(self.answers("Username for 'https://git.example.com': "))
        self.assertEqual(b"robot\n", name.stdout)
        token = self.assertOk(self.answers("Password for 'https://robot@git.example.com': "))
        self.assertEqual(f"{self.server.token}\n".encode(), token.stdout)

    def test_no_prompt_of_ours(self):
        self.add("https://git.example.com")
        for prompt in ("me@git.example.com's password: ",
                       "(me@evil.example) Password for 'https://robot@git.example.com': "):
            self.assertFails(self.answers(prompt), USAGE, "no prompt")
        self.assertFails(self.answers("Username for 'https://evil.example': "), NOT_FOUND,
                         "no profile serves")

    def test_a_terminal_sees_no_token(self):
        self.add("https://git.example.com")
        shown = self.box.run_on_tty([ASKPASS, "Password for 'https://robot@git.example.com': "])
        self.assertEqual(USAGE, shown.status, shown)
        self.assertIn(b"refusing to show a token", shown.stdout)


if __name__ == "__main__":
    main("git")
