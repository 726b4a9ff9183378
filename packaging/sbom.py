"""What the programs of an archive are made of, as SPDX 2.3 in JSON.

    sbom.py BUILD FOLDER VERSION TIME [TREE]

BUILD is the tree of CMake and Ninja that they come from, FOLDER what was installed of it, TIME the
source's (seconds since 1970), TREE the root of the system that it was built in. Libraries that a
program loads are those in its dynamic section; those that are in it stand in the command that
linked it. Whose they are is asked of that system's dpkg.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

# Name -> where it is installed, where it is built
PROGRAMS = {name: (f"{folder}/{name}", f"cmd/{source}/{name}") for name, folder, source in (
    ("keybearer", "bin", "keybearer"),
    ("keybearer-helper", "libexec/keybearer", "keybearer-helper"),
    ("keybearer-fetch", "libexec/keybearer", "keybearer-helper"))}
MACHINES = {"X86-64": "amd64", "AArch64": "arm64"}


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class System:
    """The Debian in TREE, as far as packages for ARCHITECTURE go."""

    def __init__(self, tree, architecture):
        self.database = f"--admindir={tree}/var/lib/dpkg"
        self.architecture = architecture

    def package_of(self, file):
        """(name, version) of the package with a FILE, which is a name or a path."""
        pattern = file if file.startswith("/") else f"*/{file}"
        names = [line.rpartition(": ")[0]
                 for line in output("dpkg-query", self.database, "-S", pattern).splitlines()]
        own = [name for name in names if name.endswith(f":{self.architecture}")]
        # What can only be there once, such as a cross compiler's C library, has no architecture there.
        for name in own or [name for name in names if ":" not in name]:
            version = output("dpkg-query", self.database, "-W", "-f", "${Version}", name)
            return name.partition(":")[0], version
        raise SystemExit(f"no package of {self.architecture} has {file}")


def architecture_of(program):
    machine = re.search(r"Machine: +.*?(X86-64|AArch64)", output("readelf", "-h", program))
    return MACHINES[machine[1]]


def loaded(program):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", output("readelf", "-d", program))


def linked_in(build, target, tree):
    """The archives of others in the program that TARGET makes."""
    command = output("ninja", "-C", build, "-t", "commands", "-s", target)
    found = re.findall(r"(?<= )/\S+\.a(?= )", command)
    if " -static " in command:
        compiler = [re.search(r" (/\S+) ", command)[1], *re.findall(r" (-B\S+)", command)]
        enter = ["chroot", tree] if tree else []
        found.append(os.path.normpath(output(*enter, *compiler, "-print-file-name=libc.a").strip()))
    return found


def sums(path):
    data = path.read_bytes()
    return [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(data).hexdigest()},
            {"algorithm": "SHA256", "checksumValue": hashlib.sha256(data).hexdigest()}]


def package(name, version, **more):
    identifier = "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)
    return {"SPDXID": identifier, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", **more}


def of_debian(name, version, architecture):
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                 "referenceLocator": f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}"
                                     f"?arch={architecture}"}
    return package(name, version, supplier="Organization: Debian", externalRefs=[reference])


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def describe(build, folder, version, when, tree):
    architecture = architecture_of(folder / PROGRAMS["keybearer"][0])
    system = System(tree, architecture)
    ours = package("keybearer", version, licenseDeclared="MIT", primaryPackagePurpose="APPLICATION")
    packages, files = {}, []
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", ours["SPDXID"])]
    for name, (place, target) in PROGRAMS.items():
        program = folder / place
        file = f"SPDXRef-File-{name}"
        files.append({"SPDXID": file, "fileName": f"./{place}", "checksums": sums(program),
                      "fileTypes": ["BINARY"], "licenseConcluded": "NOASSERTION",
                      "copyrightText": "NOASSERTION"})
        relations.append(relation(ours["SPDXID"], "CONTAINS", file))
        for kind, libraries in (("DYNAMIC_LINK", loaded(program)), ("STATIC_LINK", linked_in(build, target, tree))):
            for owner in sorted({system.package_of(library) for library in libraries}):
                made = packages.setdefault(owner, of_debian(*owner, architecture))
                relations.append(relation(file, kind, made["SPDXID"]))
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"keybearer-{version}-{architecture}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)),
                         "creators": [f"Tool: keybearer-sbom-{version}"]},
        "packages": [ours, *(packages[owner] for owner in sorted(packages))],
        "files": files, "relationships": relations,
    }
    text = json.dumps(document, sort_keys=True)
    document["documentNamespace"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, text)}"
    return document


def main():
    build, folder, version, when, *tree = sys.argv[1:]
    document = describe(build, Path(folder), version, int(when), tree[0] if tree else "")
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
