"""
Programs for packages of Python that take a password from their environment, with the lines of
keybearer-keyring(1) and an index of ours. poetry and pdm stop before they install: that needs more packages.
"""

import os

from harness import SandboxTest
from pages import examples
from service import Service
from test_keyring import PAGES, WHEEL, wheel
from token_server import TokenServer

POETRY = """[tool.poetry]
name = "app"
version = "1.0"
description = ""
authors = []
[tool.poetry.dependencies]
python = "^3.8"
demo = "1.0"
[[tool.poetry.source]]
name = "corp"
url = "{}/simple/"
default = true
"""
PDM = """[project]
name = "app"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["demo==1.0"]
"""


class PythonTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.index = self.enterContext(Service(self.server.accepts, self.answer))
        self.uploads = []
        added = self.box.add_profile("corp", self.server, "--match", self.index.origin)
        self.assertEqual(0, added.status, added)

    def answer(self, call):
        if call.method == "POST":
            self.uploads.append(call.body)
            return 200, "text/plain", b""
        body = PAGES.get(call.path)
        return body and (200, "text/html" if call.path.endswith("/") else "application/octet-stream", body)

    def run_as_printed(self, program, **env):
        (block,) = [text for text in examples("keybearer-keyring.1") if " twine " in text]
        lines = [line for line in block.replace("\\\n", "").splitlines()
                 if line.startswith("url=") or f" -- {program} " in line]
        script = "\n".join(lines).replace("https://", "http://").replace("pypi.example.com", self.index.authority)
        done = self.box.run(["sh", "-ec", script.replace(f"{program} install", f"{program} lock")], env=env)
        self.assertEqual(0, done.status, done)
        self.assertEqual({("Basic", "oauth2", self.server.token)}, set(self.index.credentials))
        self.assertEqual(1, self.server.count)

    def lock(self, program, project, **env):
        with open(os.path.join(self.box.work, "pyproject.toml"), "w") as file:
            file.write(project)
        self.run_as_printed(program, **env)
        with open(os.path.join(self.box.work, f"{program}.lock")) as file:
            locked = file.read()
        self.assertIn('name = "demo"', locked)
        self.assertNotIn(self.server.token, locked)

    def test_twine(self):
        os.mkdir(os.path.join(self.box.work, "dist"))
        with open(os.path.join(self.box.work, "dist", WHEEL), "wb") as file:
            file.write(wheel())
        self.run_as_printed("twine", TWINE_NON_INTERACTIVE="1")
        self.assertIn(b"Metadata-Version", self.uploads[0])

    def test_poetry(self):
        self.lock("poetry", POETRY.format(self.index.origin), POETRY_VIRTUALENVS_CREATE="false")

    def test_pdm(self):
        self.lock("pdm", PDM, PDM_USE_VENV="0", PDM_CHECK_UPDATE="0")
