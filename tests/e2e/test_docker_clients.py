"""docker's own client and docker-py, which start our helper themselves, before an engine that looks at
what they bring."""

import importlib.util
import json
import os
import sys
import unittest

from docker_engine import HUB, Engine
from harness import SandboxTest, find_program, main
from token_server import TokenServer, refused

HOST = "registry.example.com"
IMAGE = f"{HOST}/team/app:1"


class DockerTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.engine = self.enterContext(Engine(self.box.path("engine"), self.server.accepts))
        self.box.env["DOCKER_HOST"] = self.engine.address
        self.box.env["DOCKER_BUILDKIT"] = "0"
        self.settings = os.path.join(self.box.home, ".docker", "config.json")
        os.mkdir(os.path.dirname(self.settings))
        with open(os.path.join(self.box.work, "Dockerfile"), "w") as file:
            file.write("FROM scratch\n")

    def add(self, *options, name="registry", server=None):
        added = self.box.add_profile(name, server or self.server, "--username", "robot", *options)
        self.assertEqual(0, added.status, added)
        return added

    def configure(self, **settings):
        with open(self.settings, "w") as file:
            json.dump(settings, file)

    def robot(self):
        return {"username": "robot", "password": self.server.token}

    def add_api(self):
        """An API's profile, whose endpoint takes nobody any more, and which is no registry."""
        api = self.enterContext(TokenServer())
        self.add("--match", "https://api.example.com", name="api", server=api)
        self.box.keybearer("forget", "api")
        api.behave(lambda request: refused())
        return api


@unittest.skipUnless(find_program("docker"), "docker's client is not installed")
class ClientTest(DockerTest):
    def docker(self, *words, **options):
        return self.box.run(["docker", *words], **options)

    def test_pull_and_push(self):
        self.add("--registry", HOST)
        self.configure(credHelpers={HOST: "keybearer"})
        for words, brought in (("pull", self.engine.pulled), ("push", self.engine.pushed)):
            done = self.docker(words, IMAGE)
            self.assertEqual(0, done.status, done)
            self.assertEqual([self.robot()], brought)
        self.assertEqual(1, self.server.count)

    def test_the_line_of_add_for_the_hub(self):
        """The client asks for the hub's images by another name than podman does."""
        added = self.add("--registry", "docker.io")
        members = added.text.partition("in ~/.docker/config.json:\n")[2].partition("}")[0]
        self.configure(**json.loads("{" + members + "}}"))
        done = self.docker("pull", "busybox")
        self.assertEqual(0, done.status, done)
        self.assertEqual([self.robot()], self.engine.pulled)

    def test_a_build_sends_the_registries_tokens_only(self):
        self.add("--registry", HOST)
        api = self.add_api()
        asked = api.count
        self.configure(credsStore="keybearer")
        done = self.docker("build", ".")
        self.assertEqual(0, done.status, done)
        self.assertEqual([{HOST: self.robot()}], self.engine.built)
        self.assertEqual(asked, api.count)

    def test_login_with_what_is_there(self):
        self.add("--registry", HOST)
        self.configure(credHelpers={HOST: "keybearer"})
        done = self.docker("login", HOST)
        self.assertEqual(0, done.status, done)
        self.assertIn("Login Succeeded", done.text)
        self.assertEqual([self.server.token], [login["password"] for login in self.engine.logged_in])

    def login_of_jane(self, host):
        self.engine.accepts = lambda password: password == "jane's own"
        words = ["login", "--username", "jane", "--password-stdin", host]
        return self.docker(*words, stdin=b"jane's own")

    def test_a_login_that_is_not_kept_fails(self):
        """Nothing else of it is left, either."""
        self.box.secret("jane's own")
        self.add("--registry", HOST)
        by_host, for_all = {"credHelpers": {HOST: "keybearer"}}, {"credsStore": "keybearer"}
        for host, settings in ((HOST, by_host), (HOST, for_all), ("other.example.com", for_all)):
            self.configure(**settings)
            done = self.login_of_jane(host)
            self.assertNotEqual(0, done.status, done)
            self.assertIn(b"nothing was stored", done.stderr)
            self.assertNotIn("Login Succeeded", done.text)

    def test_after_logout_there_is_a_new_token(self):
        self.add("--registry", HOST)
        self.configure(credHelpers={HOST: "keybearer"})
        self.assertEqual(0, self.docker("pull", IMAGE).status)
        done = self.docker("logout", HOST)
        self.assertEqual(0, done.status, done)
        self.assertEqual(0, self.docker("pull", IMAGE).status)
        first, second = (login["password"] for login in self.engine.pulled)
        self.assertNotEqual(first, second)
        self.assertEqual(self.server.token, second)

    def test_a_foreign_registry_gets_nothing(self):
        self.add("--registry", HOST)
        self.configure(credsStore="keybearer")
        self.assertNotEqual(0, self.docker("pull", "other.example.com/app:1").status)
        self.assertEqual([{}], self.engine.pulled)

    def test_a_failure_brings_nothing(self):
        """The client keeps to itself what we say of it: our status has it."""
        self.add("--registry", HOST)
        self.box.keybearer("forget", "registry")
        self.server.behave(lambda request: refused())
        self.configure(credHelpers={HOST: "keybearer"})
        self.assertNotEqual(0, self.docker("pull", IMAGE).status)
        self.assertEqual([{}], self.engine.pulled)
        self.assertIn("Authentication error", self.assertOk(self.box.keybearer("status")).text)


@unittest.skipUnless(importlib.util.find_spec("docker"), "docker-py is not installed")
class DockerPyTest(DockerTest):
    def docker_py(self, call):
        script = f"client = docker.APIClient(os.environ['DOCKER_HOST'], version='1.41'); {call}"
        return [sys.executable, "-W", "ignore", "-c", f"import os, docker; {script}"]

    def test_pull_and_push(self):
        self.add("--registry", HOST)
        self.configure(credHelpers={HOST: "keybearer"})
        for verb, brought in (("pull", self.engine.pulled), ("push", self.engine.pushed)):
            self.assertOk(self.box.run(self.docker_py(f"client.{verb}({HOST + '/team/app'!r}, '1')")))
            self.assertEqual([self.robot()], brought)

    def test_the_hub(self):
        self.add("--registry", "docker.io")
        self.configure(credHelpers={HUB: "keybearer", "docker.io": "keybearer"})
        self.assertOk(self.box.run(self.docker_py("client.pull('busybox', '1')")))
        self.assertEqual([self.robot()], self.engine.pulled)

    def test_a_build_sends_the_registries_tokens_only(self):
        """It lets the helper inherit its own standard input, which need not end."""
        self.add("--registry", HOST)
        api = self.add_api()
        asked = api.count
        self.configure(credsStore="keybearer")
        self.assertOk(self.box.run_with_open_end(self.docker_py("list(client.build(path='.'))"), b""))
        self.assertEqual([{HOST: self.robot()}], self.engine.built)
        self.assertEqual(asked, api.count)

    def test_a_registry_that_is_not_ours(self):
        self.add("--registry", HOST)
        self.configure(credsStore="keybearer")
        self.assertOk(self.box.run(self.docker_py("client.pull('other.example.com/app', '1')")))
        self.assertEqual([{}], self.engine.pulled)


if __name__ == "__main__":
    main()
