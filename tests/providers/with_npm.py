"""Servers from npm, which `sh scripts/providers` put into build/providers."""

import json
import os

from cases import ServerTest
from servers import MODULES, NODE, in_node

MADE_BY = "sh scripts/providers gets it"


class NpmTest(ServerTest):
    package = None

    @classmethod
    def missing(cls):
        found = os.path.exists(NODE) and os.path.isdir(os.path.join(MODULES, cls.package))
        return None if found else f"there is no {cls.package} in build/providers ({MADE_BY})"

    @classmethod
    def version(cls):
        with open(os.path.join(MODULES, cls.package, "package.json")) as file:
            return json.load(file)["version"]

    def start(self, script, settings):
        return in_node(script, settings)
