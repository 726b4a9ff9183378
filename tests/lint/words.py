"""What no file of the project says: unfinished work, where it was written, what is no English, another word for a thing."""

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

GAP = r"[\s*#/]+"  # between two words, also where a comment or a page goes on in the next line
LOCKED = r"(?:vault|keyring)"

# Line 4 of docs/style.md. A file and a lid are opened; what is locked is unlocked.
OTHER_WORDS = {
    rf"(?i)\bsealed{GAP}vault\b": "it is the vault",
    rf"(?i)\b(?:an?|the|one){GAP}(?:encrypted|sealed){GAP}files?\b": "it is the vault",
    rf"(?i)\bopen(?:s|ed|ing)?{GAP}(?:an?|the|that|this){GAP}{LOCKED}\b(?!')": "it is unlocked",
    rf"(?i)\b(?:an?|the){GAP}open{GAP}{LOCKED}\b": "it is unlocked",
    rf"(?i)\b{LOCKED}{GAP}(?:(?:is|was|stays?|can|cannot|be|not|that){GAP})*open\b": "it is unlocked",
    rf"(?i)\bclos(?:e|es|ed|ing){GAP}(?:the|a){GAP}{LOCKED}\b": "it is locked",
}


def main():
    finds = []
    for name in tree.tracked():
        text = tree.read(name)
        for pattern, why in (BANNED | OTHER_WORDS).items():
            finds += [f"{where}: {match[0].strip()}: {why}"
                      for where, match in tree.find(pattern, name, text)]
        for phrase, better in ENGLISH.items():
            pattern = r"(?i)\b" + phrase.replace(" ", r"[\s*]+")
            finds += [f"{where}: {' '.join(match[0].split())}: say {better}"
                      for where, match in tree.find(pattern, name, text)]
    tree.finish(finds)


if __name__ == "__main__":
    main()
