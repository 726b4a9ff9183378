"""`setup` and what happened since: lines that somebody changed, other configurations, other files of a tool."""

import json
import os

from harness import CONFIG, DENIED, capable, find_program, main
from test_setup_says import STATE, SaysTest

CAP_DAC_OVERRIDE = 1
BLOCK = "# keybearer begin forge\ncommon --credential_helper=git.example.com=credential-helper-keybearer\n" \
        "# keybearer end forge\n"


class ChangedTest(SaysTest):
    def setUp(self):
        super().setUp()
        self.profiles(forge={"match": "https://git.example.com"})
        self.by_hand = (f"To do it by hand, put into {self.home('.bazelrc')}:\n  "
                        f"{BLOCK.splitlines()[1]}\n").encode()

    def assertLeft(self, *words, **run):
        """Nothing of the file changes, and everybody says so."""
        text = self.read(".bazelrc")
        for option in ("--dry-run", "--yes"):
            self.assertFails(self.box.keybearer("setup", "bazel", "forge", option), DENIED,
                                      '/.bazelrc: the block "keybearer begin forge" was changed since setup wrote it',
                                      stdout=self.by_hand)
            self.assertEqual(text, self.read(".bazelrc"))

    def test_a_line_in_a_block_is_the_persons(self):
        self.said("bazel", "forge")
        self.write(self.read(".bazelrc").replace("\ncommon", "\nbuild --my_own_line\ncommon"), ".bazelrc")
        self.assertLeft()
        self.assertEqual(["forge (changed)", "-"], self.table()[0]["bazel"][1:])
        self.assertIn(b"note tool bazel: connected to forge, but that was changed since setup wrote it "
                      b"(keybearer setup bazel forge)", b" ".join(self.box.keybearer("doctor").stdout.split()))
        for _ in range(2):  # it stays noted, as long as something of it is there
            self.assertIn("Left as it is, because it was changed since", self.said("bazel", "--undo"))
            self.assertIn("--my_own_line", self.read(".bazelrc"))
        self.write(BLOCK, ".bazelrc")
        self.assertIn("Taken back", self.said("bazel", "--undo"))
        self.assertFalse(os.path.exists(self.home(STATE)))

    def test_what_would_be_taken_back(self):
        """Shown before the question and by --dry-run: what really would be, and what would be left."""
        self.said("bazel", "forge")
        self.said("claude", "forge")

        def shown():
            done = self.assertOk(self.box.keybearer("setup", "--undo", "--dry-run"))
            page, _, left = done.text.partition("\nLeft as it is")
            return page, left

        page, left = shown()
        self.assertIn("- common", page)
        self.assertEqual("", left)
        text = self.write(BLOCK.replace("common", "build"), ".bazelrc")
        page, left = shown()
        self.assertNotIn("common", page)
        self.assertIn("because it was changed since: bazel,", left)
        os.chmod(self.home(".claude/settings.json"), 0o400)
        failed = self.box.keybearer("setup", "--undo", "--dry-run")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertNotIn(b"apiKeyHelper", failed.stdout)
        os.unlink(text)
        os.unlink(self.home(".claude/settings.json"))
        self.assertOk(self.box.keybearer("setup", "--undo", "--dry-run"))
        self.assertTrue(os.path.exists(self.home(STATE)))
        said = self.assertOk(self.box.keybearer("setup", "--undo")).text  # nobody need be asked about it
        self.assertEqual(2, said.count("Nothing was there any more"))
        self.assertFalse(os.path.exists(self.home(STATE)))

    def test_a_block_of_which_nothing_was_noted(self):
        self.write(BLOCK.replace("common", "build"), ".bazelrc")
        self.assertLeft()
        self.write(BLOCK, ".bazelrc")
        self.assertIn("already connected", self.said("bazel", "forge"))

    def test_a_block_of_ours_grows(self):
        """Another address of the profile is no change of somebody else's."""
        self.said("bazel", "forge")
        self.profiles(forge={"match": ["https://git.example.com", "https://two.example.com"]})
        self.assertEqual(["-", "forge"], self.table()[0]["bazel"][1:])
        self.assertIn(".bazelrc, in the place of what setup wrote there before:", self.said("bazel", "forge"))
        self.assertEqual(2, self.read(".bazelrc").count("common"))
        self.said("bazel", "--undo")
        self.assertFalse(os.path.exists(self.home(".bazelrc")))


class OtherConfigurationTest(SaysTest):
    def setUp(self):
        super().setUp()
        self.profiles(forge={"match": "https://git.example.com"})
        self.other = {"KEYBEARER_CONFIG": self.box.path("other.json")}
        with open(self.box.config_file) as file:
            text = file.read()
        with open(os.open(self.other["KEYBEARER_CONFIG"], os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(text.replace("git.example.com", "other.example.com"))

    def test_a_profile_of_the_same_name_replaces_nothing(self):
        for mine, theirs in (({}, self.other), (self.other, {})):
            self.said("bazel", "forge", env=mine)
            text = self.read(".bazelrc")
            failed = self.tool("bazel", "forge", env=theirs)
            self.assertEqual(DENIED, failed.status, failed)
            self.assertIn(b"for another configuration\nkeybearer: hint: keybearer setup bazel --undo", failed.stderr)
            self.assertEqual(text, self.read(".bazelrc"))
            self.said("bazel", "--undo", env=theirs)
            self.said("bazel", "forge", env=theirs)
            self.said("bazel", "--undo")

    def test_what_a_tool_needs_is_said_before_the_question(self):
        """A setting names a profile, and no configuration."""
        wanted = f"needs KEYBEARER_CONFIG={self.other['KEYBEARER_CONFIG']} in its environment, too:"
        for tool in ("claude", "git", "bazel", "cargo", "pip"):
            with self.subTest(tool):
                for option in ("--dry-run", "--yes"):
                    shown = self.assertOk(self.box.keybearer("setup", tool, "forge", option, env=self.other)).text
                    self.assertIn(wanted, " ".join(shown.split()))
                again = self.said(tool, "forge", env=self.other)
                self.assertIn(wanted, " ".join(again.split()))
                if tool != "pip":
                    self.said(tool, "--undo")
                self.assertNotIn("KEYBEARER_CONFIG", self.said(tool, "forge"))

    def test_the_usual_one_may_be_named(self):
        self.said("bazel", "forge", env={"KEYBEARER_CONFIG": self.box.config_file})
        with open(self.home(STATE)) as file:
            self.assertNotIn("config", json.load(file)["changes"][0])


class MeanwhileTest(SaysTest):
    """What was shown is what is made, however long the answer takes."""

    DOCKER = ".docker/config.json"

    def setUp(self):
        super().setUp()
        self.profiles(forge={"match": "https://git.example.com", "registry": "r.example.com"})

    def agree(self, *words, question, meanwhile):
        def answer():
            meanwhile()
            return "yes"
        return self.box.run_on_tty(["keybearer", "setup", *words], [(question + b" (yes or no) ", answer)])

    def assertRefused(self, *words, meanwhile, question=b"Make this change?"):
        done = self.agree(*words, question=question, meanwhile=meanwhile)
        self.assertEqual(CONFIG, done.status, done)
        self.assertIn(b"changed meanwhile; nothing was ", done.stdout)
        self.assertNotIn(b"is connected", done.stdout)

    def test_a_link_that_leads_to_another_file(self):
        """Whatever is in that one: its name was not shown."""
        for other in ('{"credHelpers": {"r.example.com": "pass"}}', "{}"):
            self.write("{}", "one")
            self.write(other, "two")
            os.makedirs(self.home(".docker"), exist_ok=True)
            os.symlink("../one", self.home(self.DOCKER))

            def meanwhile():
                os.unlink(self.home(self.DOCKER))
                os.symlink("../two", self.home(self.DOCKER))

            self.assertRefused("docker", "forge", meanwhile=meanwhile)
            self.assertEqual(("{}", other), (self.read("one"), self.read("two")))
            self.assertFalse(os.path.exists(self.home(STATE)))
            os.unlink(self.home(self.DOCKER))

    def test_what_stands_there(self):
        other = '{"credHelpers": {"r.example.com": "pass"}}'
        self.write("{}", self.DOCKER)
        self.assertRefused("docker", "forge", meanwhile=lambda: self.write(other, self.DOCKER))
        self.assertEqual(other, self.read(self.DOCKER))

    def test_the_profile(self):
        for later in ({}, {"forge": {"registry": "other.example.com"}}, {"other": {"registry": "r.example.com"}}):
            self.assertRefused("docker", "forge", meanwhile=lambda later=later: self.profiles(**later))
            self.assertFalse(os.path.exists(self.home(".docker")))
            self.profiles(forge={"registry": "r.example.com"})

    def test_the_rest_of_the_file_may_change(self):
        self.write("{}", self.DOCKER)
        done = self.agree("docker", "forge", question=b"Make this change?",
                          meanwhile=lambda: self.write('{"a": 1}', self.DOCKER))
        self.assertEqual(0, done.status, done)
        self.assertEqual({"a": 1, "credHelpers": {"r.example.com": "keybearer"}},
                         json.loads(self.read(self.DOCKER)))

    def test_what_would_be_taken_back(self):
        """Also where it has letters that are shown as others."""
        folder = os.path.join("f\u00f6lder", "config.json")
        env = {"DOCKER_CONFIG": self.home("f\u00f6lder")}
        self.said("docker", "forge", env=env)
        self.assertRefused("--undo", question=b"Take this back?", meanwhile=lambda: self.said("bazel", "forge"))
        self.assertTrue(os.path.exists(self.home(".bazelrc")) and os.path.exists(self.home(folder)))
        done = self.agree("--undo", question=b"Take this back?", meanwhile=lambda: None)
        self.assertEqual(0, done.status, done)
        self.assertFalse(os.path.exists(self.home(".bazelrc")) or os.path.exists(self.home(folder)))


class MovedTest(SaysTest):
    """Files that a person moved, or that another link leads to by now."""

    def setUp(self):
        super().setUp()
        self.profiles(forge={"match": "https://git.example.com", "registry": "r.example.com"})

    def link(self, target, name):
        if os.path.islink(self.home(name)):
            os.unlink(self.home(name))
        os.symlink(target, self.home(name))

    def test_a_file_that_setup_made_is_among_the_dotfiles_by_now(self):
        """Nothing but the link leads to it: removed, it would lead nowhere."""
        os.mkdir(self.home("dot"))
        for tool, name, empty in (("git", ".gitconfig", ""), ("bazel", ".bazelrc", ""),
                                  ("docker", ".docker/config.json", {})):
            with self.subTest(tool):
                self.said(tool, "forge")
                os.rename(self.home(name), self.home("dot", tool))
                self.link(self.home("dot", tool), name)
                self.assertIn("Taken back", self.said(tool, "--undo"))
                left = self.read("dot", tool)
                self.assertEqual(empty, json.loads(left) if left else left)
                self.assertIn("is connected", self.said(tool, "forge"))
                self.said(tool, "--undo")
                self.assertTrue(os.path.exists(self.home(name)))
        self.assertFalse(os.path.exists(self.home(STATE)))

    def test_a_link_that_leads_nowhere(self):
        self.link("dot/bazelrc", ".bazelrc")
        failed = self.tool("bazel", "forge")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertIn(b"is a link that leads nowhere", failed.stderr)
        self.assertIn(f"touch {self.home('.bazelrc')}".encode(), failed.stderr)
        os.mkdir(self.home("dot"))
        self.write("", ".bazelrc")
        self.said("bazel", "forge")
        self.said("bazel", "--undo")
        self.assertEqual("", self.read("dot/bazelrc"))

    def test_links_that_lead_to_each_other(self):
        self.link(".bazelrc", ".bazelrc")
        failed = self.tool("bazel", "forge")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertIn(b"hint: links on the way lead to each other: ls -l ", failed.stderr)

    def swapped(self):
        """docker is connected in one folder, and uses another by now."""
        for folder in ("one", "two"):
            self.write("{}", folder, "config.json")
        self.link("one", ".docker")
        self.said("docker", "forge")
        self.link("two", ".docker")

    def test_it_is_taken_back_where_it_was_made(self):
        self.swapped()
        shown = self.assertOk(self.box.keybearer("setup", "docker", "--undo", "--dry-run")).text
        self.assertIn(f"in {self.home('one/config.json')}:", shown)
        said = self.said("docker", "--undo")
        self.assertIn(f"Taken back: docker, {self.home('one/config.json')}: r.example.com", said)
        self.assertIn(f"Nothing was there any more: docker, {self.home('.docker/config.json')}", said)
        self.assertEqual(("{}", "{}"), (self.read("one/config.json"), self.read("two/config.json")))
        self.assertFalse(os.path.exists(self.home(STATE)))

    def test_and_where_it_was_copied_to(self):
        self.swapped()
        self.write(self.read("one/config.json"), "two/config.json")
        self.assertEqual(2, self.said("docker", "--undo").count("Taken back: docker"))
        self.assertEqual(("{}", "{}"), (self.read("one/config.json"), self.read("two/config.json")))

    def test_what_is_made_again_is_another_change(self):
        self.swapped()
        self.said("docker", "forge")
        self.assertEqual(2, self.said("docker", "--undo").count("Taken back: docker"))
        self.assertEqual(("{}", "{}"), (self.read("one/config.json"), self.read("two/config.json")))

    def test_what_cannot_be_taken_back_stays_noted(self):
        self.swapped()
        text = self.read("one/config.json")
        self.write("{", "one/config.json")
        self.assertNotEqual(0, self.tool("docker", "--undo").status)
        self.write(text, "one/config.json")
        self.assertIn("Taken back", self.said("docker", "--undo"))
        self.assertEqual("{}", self.read("one/config.json"))

    def test_notes_of_an_earlier_release(self):
        """They do not say where a link led."""
        self.swapped()
        self.link("one", ".docker")
        state = json.loads(self.read(STATE))
        self.assertEqual(self.home("one/config.json"), state["changes"][0].pop("real"))
        self.write(json.dumps(state), STATE)
        self.assertIn("Taken back", self.said("docker", "--undo"))
        self.assertEqual("{}", self.read("one/config.json"))

    def test_a_line_end_in_a_path_forges_no_line(self):
        """Of the path that is taken nothing is made; of one behind links it is shown as another letter."""
        for tool, variable in (("docker", "DOCKER_CONFIG"), ("git", "GIT_CONFIG_GLOBAL"), ("cargo", "CARGO_HOME")):
            failed = self.tool(tool, env={variable: self.home("a\n  in b:")})
            self.assertFails(failed, CONFIG, "has a line end")
        folder = "one\n  in two:"
        os.mkdir(self.home(folder))
        self.link(folder, ".docker")
        self.said("docker", "forge")
        self.link("two", ".docker")
        os.mkdir(self.home("two"))
        for words in (("--dry-run",), ()):
            shown = self.assertOk(self.box.keybearer("setup", "docker", "--undo", "--yes", *words)).text
            self.assertIn("one?  in two:/config.json", shown)
        self.assertEqual([], os.listdir(self.home(folder)))

    def test_a_folder_behind_a_link_goes_as_it_came(self):
        os.mkdir(self.home("one"))
        self.link("one", ".terraform.d")
        self.said("terraform", "forge")
        self.assertTrue(os.listdir(self.home("one")))
        self.said("terraform", "--undo")
        self.assertEqual([], os.listdir(self.home("one")))
        self.said("terraform", "forge")
        os.mkdir(self.home("two"))
        self.link("two", ".terraform.d")
        self.said("terraform", "--undo")
        self.assertEqual([], os.listdir(self.home("one")))


class LeftTest(SaysTest):
    def test_what_a_killed_setup_left_beside_a_file_goes(self):
        """It was a copy of all that stands there."""
        self.profiles(forge={"match": "https://git.example.com", "registry": "r.example.com"})
        for tool, name in (("docker", ".docker/config.json"), ("bazel", ".bazelrc")):
            left = os.path.join(os.path.dirname(name), ".kb-tmp-0123456789abcdef")
            for text in (None, "{}\n", "# mine\n"):
                self.said(tool, "forge")
                os.unlink(self.home(name))
                if text:
                    self.write(text, name)
                os.makedirs(os.path.dirname(self.home(name)), exist_ok=True)
                self.write("all of it", left)
                if tool == "docker" and text == "# mine\n":
                    self.assertNotEqual(0, self.tool(tool, "--undo").status)
                    self.write("{}", name)
                self.said(tool, "--undo")
                self.assertFalse(os.path.exists(self.home(left)))

    def test_a_helper_that_is_an_address(self):
        """With a password: none of it is shown."""
        self.profiles(forge={"match": "https://git.example.com"})
        self.write("[credential]\n\thelper = https://me:pa55@host.example/x\n\thelper = /opt/x:pa55/h\n", ".gitconfig")
        said = self.said("git")
        self.assertNotIn("pa55", said)
        self.assertIn("git asks a command", said)


class AllOrNothingTest(SaysTest):
    """Of the changes of a tool for one profile: what can be known before is looked at before the first."""

    def setUp(self):
        super().setUp()
        self.profiles(work={"match": "https://npm.example.com"}, more={"match": "https://more.example.com"})

    def assertNothing(self, *words, code=DENIED):
        before = self.files()
        shown = self.box.keybearer("setup", *words, "--dry-run")
        failed = self.tool(*words)
        for done in (shown, failed):
            self.assertEqual(code, done.status, done)
            self.assertEqual(1, done.stderr.count(b"error:"), done)
        self.assertEqual(before, self.files())
        self.assertEqual(shown.stdout, failed.stdout)
        return failed

    def files(self):
        """Paths, with what a link leads to."""
        return {os.path.join(folder, name): os.path.islink(os.path.join(folder, name)) or self.read(folder, name)
                for folder, _, names in os.walk(self.box.home) for name in names}

    def test_a_link_that_cannot_be_made(self):
        folder = self.home(".local/bin")
        os.makedirs(folder)
        os.chmod(folder, 0o777)
        failed = self.assertNothing("pnpm", "work")
        self.assertIn(b"ln -s", failed.stdout)
        self.assertIn(b"tokenHelper", failed.stdout)
        os.chmod(folder, 0o755)
        if not capable(CAP_DAC_OVERRIDE):
            os.chmod(folder, 0o555)
            self.assertNothing("pnpm", "work")
            os.chmod(folder, 0o755)
        os.rmdir(folder)
        os.symlink("/nowhere", folder)
        self.assertNothing("pnpm", "work")
        os.unlink(folder)
        self.write("a file", ".local/bin")
        self.assertNothing("pnpm", "work")

    def test_a_file_that_cannot_be_written(self):
        for tool, name in (("terraform", ".terraformrc"), ("pnpm", ".npmrc")):
            os.chmod(self.write("# mine\n", name), 0o400)
            failed = self.assertNothing(tool, "work")
            self.assertIn(b"  ln -s", failed.stdout)

    def test_what_stands_in_one_place(self):
        self.profiles(two={"registry": ["one.example.com", "two.example.com"]},
                      one={"registry": "three.example.com"})
        self.write('{"credHelpers": {"two.example.com": "My-Own"}}', ".docker/config.json")
        self.assertNothing("docker", "two")
        failed = self.tool("docker")  # the other profile is another matter
        self.assertEqual(DENIED, failed.status, failed)
        self.assertIn(b"docker is connected to one.", failed.stdout)
        self.assertEqual({"two.example.com": "My-Own", "three.example.com": "keybearer"},
                         json.loads(self.read(".docker/config.json"))["credHelpers"])

    def test_it_stops_at_the_first_that_fails(self):
        """What only git itself finds out."""
        self.profiles(a={"match": "https://one.example.com/x"}, b={"match": "https://two.example.com"})
        real = find_program("git")
        mark = self.box.path("asked")
        self.install("git", f'case "$*" in *--add*) echo "$*" >>{mark}; exit 3 ;; esac; exec {real} "$@"')
        failed = self.tool("git", env={"PATH": f"{self.tools}:{self.box.env['PATH']}"})
        self.assertEqual(1, failed.status, failed)
        with open(mark) as file:
            self.assertEqual(2, len(file.readlines()))  # of the first profile's two only one
        self.assertFalse(os.path.exists(self.home(STATE)))


class OtherFileTest(SaysTest):
    """A tool's own command is undone in the file that it wrote to, whatever the variables say by then."""

    GO = """file=${GOENV:-$HOME/.config/go/env}
    case $2 in
    -w) mkdir -p "${file%/*}"; echo "$3" >"$file" ;;
    -u) sed -i /^GOAUTH=/d "$file" ;;
    *) if [ -n "$GOAUTH" ]; then echo "$GOAUTH"; else sed -n s/^GOAUTH=//p "$file" 2>/dev/null | grep . || echo netrc; fi
    esac"""

    def setUp(self):
        super().setUp()
        self.profiles(forge={"match": "https://git.example.com"})
        self.install("go", self.GO)
        self.path = {"PATH": f"{self.tools}:{self.box.env['PATH']}"}

    def swept(self, tool, variable, usual, mine, also_with=True):
        """Undone with the variable and without, and with a like setting made by hand elsewhere."""
        env = {**self.path, variable: mine}
        for later in (self.path, env) if also_with else (self.path,):
            with self.subTest(tool, later=later):
                self.said(tool, "forge", env=env)
                with open(mine) as file:
                    self.assertIn("keybearer", file.read())
                os.makedirs(os.path.dirname(self.home(usual)), exist_ok=True)
                os.replace(mine, self.home(usual))  # by hand
                self.assertIn(f"Nothing was there any more: {tool}, {mine}", self.said(tool, "--undo", env=later))
                self.assertIn("keybearer", self.read(usual))
                os.unlink(self.home(usual))
                self.said(tool, "forge", env=env)
                shown = self.assertOk(self.box.keybearer("setup", tool, "--undo", "--dry-run", env=later)).text
                self.assertIn(mine, shown)
                self.assertIn(f"Taken back: {tool}, {mine}: ", self.said(tool, "--undo", env=later))
                self.assertFalse(os.path.exists(self.home(STATE)))
                if os.path.exists(mine):
                    with open(mine) as file:
                        self.assertNotIn("keybearer", file.read())
                    os.unlink(mine)

    def test_git(self):
        self.swept("git", "GIT_CONFIG_GLOBAL", ".gitconfig", self.box.path("other gitconfig"))

    def test_go(self):
        self.swept("go", "GOENV", ".config/go/env", self.box.path("go-env"))

    def test_go_with_a_variable_that_counts_before_its_file(self):
        self.said("go", env=self.path)
        self.assertIn("Taken back: go", self.said("go", "--undo", env={**self.path, "GOAUTH": "off"}))
        self.assertFalse(os.path.exists(self.home(".config/go/env")))

    def test_kubectl(self):
        self.need_kubectl()
        self.swept("kubectl", "KUBECONFIG", ".kube/config", self.box.path("kc1"), also_with=False)

    def test_two_files_are_two_changes(self):
        one, two = self.box.path("one"), self.box.path("two")
        for path in (one, two):
            self.said("git", env={"GIT_CONFIG_GLOBAL": path})
        self.assertEqual(2, self.said("git", "--undo").count("Taken back: git"))
        self.assertFalse(os.path.exists(one) or os.path.exists(two))

    def test_a_part_of_the_persons_in_kubectls_user(self):
        self.need_kubectl()
        self.said("kubectl", "forge")
        self.assertIn(f"  KUBECONFIG={self.home('.kube/config')} kubectl config delete-user forge\n",
                      self.assertOk(self.box.keybearer("setup", "--undo", "--dry-run")).stdout.decode())
        self.assertOk(self.box.run(["kubectl", "config", "set-credentials", "forge", "--client-certificate=/x.pem"]))
        text = self.read(".kube/config")
        for _ in range(2):
            self.assertIn("Left as it is, because it was changed since", self.said("kubectl", "--undo"))
            self.assertEqual(text, self.read(".kube/config"))
        failed = self.tool("kubectl", "forge")
        self.assertEqual(DENIED, failed.status, failed)
        self.write(text.replace("    client-certificate: /x.pem\n", ""), ".kube/config")
        self.assertIn("Taken back", self.said("kubectl", "--undo"))
        self.assertNotIn("keybearer", self.read(".kube/config"))

    def test_a_file_that_kubectl_cannot_read_is_not_gone(self):
        self.need_kubectl()
        self.said("kubectl", "forge")
        text = self.read(".kube/config")
        self.write("{", ".kube/config")
        self.assertEqual(1, self.tool("kubectl", "--undo").status)
        self.write(text, ".kube/config")
        self.assertIn("Taken back", self.said("kubectl", "--undo"))

    def need_kubectl(self):
        if not find_program("kubectl"):
            self.skipTest("not installed: kubectl")
        if b"--exec-interactive-mode" not in self.box.run(["kubectl", "config", "set-credentials", "--help"]).stdout:
            self.skipTest("kubectl is older than 1.30")

    def test_a_path_that_depends_on_the_folder(self):
        for tool, variable in (("git", "GIT_CONFIG_GLOBAL"), ("kubectl", "KUBECONFIG"), ("go", "GOENV")):
            failed = self.assertFails(self.tool(tool, "forge", env={**self.path, variable: "here"}), CONFIG,
                                      f"{variable} is no absolute path")
            self.assertIn(f"unset {variable}".encode(), failed.stderr)


if __name__ == "__main__":
    main()
