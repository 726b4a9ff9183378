"""`keybearer presets`: the providers as their files have them, and pages that fit a screen."""

import json
import re
import shlex
from pathlib import Path

from harness import NOT_FOUND, USAGE, SandboxTest, main

FOLDER = Path(__file__).resolve().parents[2] / "presets"
FILES = {file.stem: json.loads(file.read_text()) for file in FOLDER.glob("*.json")}
COLUMNS = 80


class PresetsTest(SandboxTest):
    def page(self, *words):
        return self.assertOk(self.box.keybearer("presets", *words)).text

    def test_the_list(self):
        header, *rows = self.page().partition("\n\n")[0].splitlines()
        self.assertEqual(["PRESET", "PROVIDER"], header.split())
        at = header.index("PROVIDER")
        self.assertEqual([(name, FILES[name]["title"]) for name in sorted(FILES)],
                         [(row[:at].strip(), row[at:]) for row in rows])
        self.assertEqual([], [row for row in rows if len(row) > COLUMNS])
        self.assertEqual(self.page(), self.assertOk(self.box.keybearer("help", "presets")).text)

    def test_each_page(self):
        """It names all that is needed, and each document; only addresses are wider than a screen."""
        for name, preset in FILES.items():
            with self.subTest(name):
                page = self.page(name)
                self.assertEqual([], [line for line in page.splitlines()
                                      if len(line) > COLUMNS and "https://" not in line])
                for source in preset["sources"]:
                    self.assertIn(f"    {source['url']}", page.splitlines())
                for choice in preset.get("choices", []):
                    self.assertIn(choice["host"], page)

    def test_each_example_is_a_command(self):
        """Nothing is missing in it, and no option is unknown: it fails for want of a client only."""
        for name, preset in FILES.items():
            with self.subTest(name):
                example = re.search(r"\nFor example:\n(.*?)\n\n", self.page(name), re.S)[1]
                words = shlex.split(example.replace("\\\n", ""))
                self.assertEqual(["keybearer", "add", name, "--preset", name], words[:5])
                shows_cert = words[-2:] == ["--client-cert", "FILE"]
                self.assertEqual(preset.get("client_cert", False), shows_cert)
                words = words[:-2] if shows_cert else words
                has_key = words[-2:] == ["--client-key", "FILE"]
                words = words[:-2] if has_key else words
                has_secret = preset["settings"].get("client_auth", "").startswith("client_secret") or not has_key
                refused = self.box.keybearer(*words[1:], "--store", "sealed-file",
                                             "--client-secret-stdin", stdin=b"secret\n")
                self.assertFails(refused, USAGE, "no id is known" if has_secret else "takes no secret")

    def test_as_json(self):
        told = json.loads(self.page("--json"))["presets"]
        self.assertEqual(sorted(FILES), [preset["name"] for preset in told])
        for preset in told:
            file = FILES[preset["name"]]
            self.assertEqual(file["title"], preset["title"])
            self.assertEqual(file.get("needs", []), preset["needs"])
            self.assertEqual(file.get("choices", []), preset["choices"])
            self.assertEqual(file["sources"], preset["sources"])
            self.assertEqual(file.get("client_cert", False), preset["client_cert"])
            self.assertEqual(sorted(file["settings"]), sorted({value["key"] for value in preset["settings"]}))
        self.assertEqual([preset for preset in told if preset["name"] == "zuora"],
                         json.loads(self.page("zuora", "--json"))["presets"])

    def test_one_that_is_none(self):
        self.assertIn(b'did you mean "zuora"?',
                      self.assertFails(self.box.keybearer("presets", "zoura"), NOT_FOUND).stderr)
        for word, several in ((b"Okta", b"okta-custom, okta-org"), (b"microsoft", b"entra, entra-cert, microsoft-graph")):
            self.assertIn(b"did you mean one of " + several + b"?",
                          self.assertFails(self.box.keybearer("presets", word.decode()), NOT_FOUND).stderr)
        self.assertIn(b"keybearer presets lists all",
                      self.assertFails(self.box.keybearer("presets", "nowhere"), NOT_FOUND).stderr)
        self.assertFails(self.box.keybearer("presets", "zuora", "ups"), USAGE)


if __name__ == "__main__":
    main()
