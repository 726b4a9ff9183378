"""What no file of the project says: unfinished work, where it was written, and what is no English."""

import tree

BANNED = {
    r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b": "unfinished work",
    r"\.\./sha" r"red\b": "a folder that is not ours",
    r"(?<![\w.$}])/wo" r"rk/": "a path of somebody's machine",
    r"(?<![\w.$}])/ro" r"ot/": "a path of somebody's machine",
    r"<{7} |>{7} ": "a conflict that nobody resolved",
}
# What readers stumbled over, and what it should be. A line may end between two words.
ENGLISH = {
    "example a" " tool": "one example per tool",
    "clients that" " buy": "clients that obtain",
    "stands" " behind": "must come before, or follows",
    "stand" " behind": "must come before, or follow",
    "goes" " before": "overrides",
    "can start" " nothing": "cannot start programs",
    "somebody else's" " making": "supplied by an attacker",
    "belongs" " into": "belongs in",
    "belong" " into": "belong in",
    "told on" " standard": "logged to standard",
    "rest of" " life": "remaining lifetime",
    "in" " vain": "for nothing, or gave up",
    "the same" " again:": "repeat the passphrase:",
    "too many" " requests:": "is limiting requests",
}


def main():
    finds = []
    for name in tree.tracked():
        text = tree.read(name)
        for pattern, why in BANNED.items():
            finds += [f"{where}: {match[0].strip()}: {why}"
                      for where, match in tree.find(pattern, name, text)]
        for phrase, better in ENGLISH.items():
            pattern = r"(?i)\b" + phrase.replace(" ", r"[\s*]+")
            finds += [f"{where}: {' '.join(match[0].split())}: say {better}"
                      for where, match in tree.find(pattern, name, text)]
    tree.finish(finds)


if __name__ == "__main__":
    main()
