"""The layer law: base < core < config < {proto, cache, oauth, net, sign, tools, loose, backends} < cmd.

The compiler already refuses a header of a target that is not linked; this names the
offender, and sees what a careless target_link_libraries() would let through.
"""

import tree

BELOW = {"base": set(), "core": {"base"}, "config": {"base", "core"}}
for sibling in ("proto", "cache", "oauth", "net", "sign", "tools", "loose", "backends"):
    BELOW[sibling] = {"base", "core", "config"}

MAY_INCLUDE = {f"lib/{layer}" if layer != "backends" else layer: below | {layer}
               for layer, below in BELOW.items()}
MAY_INCLUDE["cmd/keybearer"] = set(BELOW) - {"oauth", "net", "sign", "backends"}
MAY_INCLUDE["cmd/keybearer-helper"] = set(BELOW) - {"proto", "tools"}

# Headers that only some folders may include: who reads a stored client holds its proof.
ONLY_HELPERS = "core/client_decode.h"

# Libraries that only one folder may touch.
ONLY_IN = {
    "curl/": "lib/net",
    "openssl/": "lib/sign",
    "libsecret/": "backends",
    "glib": "backends",
    "gio/": "backends",
}


def wrong_layer(name, folder):
    for where, match in tree.find(r'#\s*include\s+"(\w+)/[^"]+"', name, tree.read(name)):
        if match[1] in BELOW and match[1] not in MAY_INCLUDE[folder]:
            yield f"{where}: {folder} must not include {match[1]}"


def wrong_library(name, folder):
    for where, match in tree.find(r"#\s*include\s+<([^>]+)>", name, tree.read(name)):
        for header, home in ONLY_IN.items():
            if match[1].startswith(header) and folder != home:
                yield f"{where}: only {home} may include <{match[1]}>"


def wrong_reader(name, folder):
    """The front, and what it links, cannot read a client."""
    if folder in ("backends", "cmd/keybearer-helper") or "/decode/" in name:
        return
    for where, match in tree.find(r'#\s*include\s+"([^"]+)"', name, tree.read(name)):
        if match[1] == ONLY_HELPERS:
            yield f"{where}: {folder} must not read a stored client"


def climbing(name):
    for where, match in tree.find(r'#\s*include\s+"[^"]*\.\./[^"]*"', name, tree.read(name)):
        yield f"{where}: {match[0]} goes around the layers"


def main():
    finds = []
    for folder in MAY_INCLUDE:
        for name in tree.sources(folder):
            finds += wrong_layer(name, folder)
            finds += wrong_library(name, folder)
            finds += wrong_reader(name, folder)
            finds += climbing(name)
    tree.finish(finds)


if __name__ == "__main__":
    main()
