"""What no source of ours calls or spells, and why."""

import tree

EVERYWHERE = {
    "knows no end of its buffer": "strcpy strcat stpcpy sprintf vsprintf gets scanf",
    "leaves a text without its end, or pads it": "strncpy strncat",
    "turns nonsense into 0": "atoi atol atoll atof",
    "keeps state between callers": "strtok localtime gmtime asctime ctime strerror setlocale",
    "starts a shell": "system popen",
    "is a race": "tmpnam tempnam mktemp tmpfile",
    "grows the stack by what it is told": "alloca",
    "loads code": "dlopen",
    "looks users up through NSS": "getpwnam getpwuid getlogin",
    "predicts": "rand random srand srandom drand48",
    "jumps over cleanups": "setjmp longjmp",
    "may be optimised away": "bzero",
    "keeps a copy of what it wrote": (
        "json_object_to_json_string json_object_to_json_string_ext json_object_to_file"
        " json_object_to_fd"
    ),
}
IN_LIBRARIES = {
    "prints, and only the front prints": (
        "printf fprintf vprintf vfprintf dprintf vdprintf puts fputs putchar putc fputc"
        " fwrite perror syslog warn warnx err errx"
    ),
    "ends the process behind its caller's back": "exit _exit quick_exit",
}


def calls(name, rules):
    text = tree.code(name)
    for why, functions in rules.items():
        pattern = r"(?<![\w.>])(" + functions.replace(" ", "|") + r")\s*\("
        for where, match in tree.find(pattern, name, text):
            yield f"{where}: {match[1]}() {why}"


def comparisons(name):
    """One dialect: `if (rc)` and `!call()`, so that the eye can skip over it."""
    for where, match in tree.find(r"[!=]= KB_OK\b", name, tree.code(name)):
        yield f"{where}: {match[0]} says no more than the value itself"


def main():
    finds = []
    for name in tree.sources("lib", "backends", "cmd"):
        finds += calls(name, EVERYWHERE)
        finds += comparisons(name)
    for name in tree.sources("lib", "backends"):
        finds += calls(name, IN_LIBRARIES)
    tree.finish(finds)


if __name__ == "__main__":
    main()
