"""What is said in several places because other people's tools read it there: versions, and what is built with.

CMakeLists.txt has the version, scripts/packages.txt the packages; debian/, the rpm spec and the
README repeat them.
"""

import re

import tree

# Debian's build-essential has them, and lintian wants them left out.
ESSENTIAL = {"gcc", "libc6-dev"}


def packages(kind):
    return set(re.findall(rf"^{kind} +(\S+)", tree.read("scripts/packages.txt"), re.M))


def build_depends():
    """Name -> the profile without which it is needed, or ""."""
    field = re.search(r"^Build-Depends:(.*?)^\S", tree.read("debian/control"), re.M | re.S)[1]
    return dict(re.findall(r"([\w.+-]+)(?: \([^)]*\))?(?: <!(\w+)>)?(?:,|\s*$)", field))


def wrong_versions():
    version = re.search(r"^project\(keybearer VERSION ([\d.]+)", tree.read("CMakeLists.txt"), re.M)[1]
    others = {
        "debian/changelog": re.match(r"keybearer \(([\d.]+)\)", tree.read("debian/changelog")),
        "packaging/keybearer.spec": re.search(r"^Version: +(\S+)$", tree.read("packaging/keybearer.spec"), re.M),
    }
    for name, found in others.items():
        if not found or found[1] != version:
            yield f"{name}:1: has another version than CMakeLists.txt ({version})"


def wrong_dependencies():
    wanted = {name: "" for name in packages("build") - ESSENTIAL}
    wanted |= {name: "nocheck" for name in packages("check")} | {"debhelper-compat": ""}
    found = build_depends()
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            yield f"debian/control: {name} is not what scripts/packages.txt says of build and check"


def wrong_libraries():
    """The spec names what CMake looks for."""
    asked = set(re.findall(r"^pkg_check_modules\(\w+ REQUIRED IMPORTED_TARGET ([\w-]+>=[\d.]+)\)$",
                           tree.read("cmake/Dependencies.cmake"), re.M))
    named = {f"{name}>={least}" for name, least in re.findall(
        r"^BuildRequires: +pkgconfig\((?!libcrypto)([\w-]+)\) >= ([\d.]+)$",
        tree.read("packaging/keybearer.spec"), re.M)}
    for name in sorted(asked ^ named):
        yield f"packaging/keybearer.spec: {name} is not what cmake/Dependencies.cmake asks for"


if __name__ == "__main__":
    tree.finish([*wrong_versions(), *wrong_dependencies(), *wrong_libraries()])
