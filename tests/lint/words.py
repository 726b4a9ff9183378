"""What no file of the project says: unfinished work, and where it was written."""

import tree

BANNED = {
    r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b": "unfinished work",
    r"\.\./sha" r"red\b": "a folder that is not ours",
    r"(?<![\w.$}])/wo" r"rk/": "a path of somebody's machine",
    r"(?<![\w.$}])/ro" r"ot/": "a path of somebody's machine",
    r"<{7} |>{7} ": "a conflict that nobody resolved",
}


def main():
    finds = []
    for name in tree.tracked():
        text = tree.read(name)
        for pattern, why in BANNED.items():
            finds += [f"{where}: {match[0].strip()}: {why}"
                      for where, match in tree.find(pattern, name, text)]
    tree.finish(finds)


if __name__ == "__main__":
    main()
