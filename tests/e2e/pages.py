"""The literal blocks of a manual page, for tests that do what it says."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs/man"


def page(name):
    return (FOLDER / name).read_text()


def blocks(name):
    """Heading -> the blocks below it, as a reader sees them."""
    found, section, block = {}, None, None
    for line in page(name).splitlines():
        if line.startswith((".Sh ", ".Ss ")):
            section = line[4:]
        elif line.startswith(".Bd "):
            block = []
        elif line == ".Ed":
            found.setdefault(section, []).append("\n".join(block) + "\n")
            block = None
        elif block is not None:
            block.append(line.replace("\\e", "\\"))
    return found


def examples(name):
    return blocks(name)["EXAMPLES"]
