"""The tests that SECURITY.md and docs/security-tests.md name: each is there."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("SECURITY.md", "docs/security-tests.md")
FOLDERS = ("e2e", "fault", "hostile", "interop", "leak", "load", "providers", "servers")  # tests/FOLDER/test_NAME.py is FOLDER.NAME


def files(pattern):
    return list((ROOT / "tests").rglob(pattern))


def has_file(name):
    return (ROOT / name).exists() if "/" in name else bool(files(name))


def has_test(folder, name):
    if folder in FOLDERS:
        return has_file(f"tests/{folder}/test_{name}.py")
    if folder == "unit" and name.startswith("secret_service"):
        return name.partition(".")[2].strip("*_") in source_of("secret_service")
    if folder == "unit":
        return bool(files(f"{name}.c"))
    if folder == "lint":
        return bool(files(f"lint/{name}.py"))
    return folder in ("bench", "fuzz", "golden", "valgrind")


def source_of(word):
    return "\n".join(path.read_text() for path in files(f"{word}_program.c"))


def has_function(pattern):
    """`test_long_line_*`, in any file of the tests."""
    words = re.compile(rf"\b{re.escape(pattern.rstrip('*'))}\w*\(")
    return any(words.search(path.read_text()) for suffix in ("py", "c")
               for path in files(f"test_*.{suffix}"))


def missing(page):
    text = (ROOT / page).read_text()
    for name in re.findall(r"`([\w/.-]+\.(?:py|c|txt))`", text):
        if not has_file(name):
            yield f"{page}: there is no file {name}"
    for folder, name in re.findall(r"`(unit|e2e|hostile|interop|providers|servers|leak)\.([\w.*]+)`", text):
        if not has_test(folder, name):
            yield f"{page}: there is no test {folder}.{name}"
    for pattern in re.findall(r"`(test_\w+\*?)`", text):
        if not has_function(pattern):
            yield f"{page}: there is no function {pattern}"


def main():
    problems = [problem for page in PAGES for problem in missing(page)]
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
