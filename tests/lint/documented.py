"""What the code accepts, the manual pages and the schema say, and the other way round.

Reads the tables in the source: the keys of a profile, the presets, the options of `add`,
the exit statuses, the protocols. A row without its line of documentation fails, and so does a line of
documentation without its row.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def source(path):
    return (ROOT / path).read_text()


def table(text, start):
    """The text of the table that begins with START."""
    begin = text.index(start)
    return text[begin : text.index("\n};", begin)]


def setting_rows():
    """(key, option, smallest, largest) of each setting; limits of numbers only."""
    text = source("lib/config/settings.c")
    macros = dict(re.findall(r"^#define (DAY|MONTH) \(?([\w *]+)\)?$", text, re.M))

    def number(word):
        product = 1
        for factor in macros.get(word, word).split("*"):
            factor = factor.strip()
            product *= number(factor) if factor in macros else int(factor)
        return product

    row = (r'\{"(\w+)", (?:"([\w-]+)"|NULL), KB_SETTING_(\w+),\s*PLACE\(\w+\),\s*(?:\w+),'
           r"\s*(\d+),\s*([\w -]+),")
    for key, option, kind, low, high in re.findall(row, table(text, "kb_setting settings[]")):
        is_number = kind == "SECONDS"
        yield key, option, number(low) if is_number else None, number(high) if is_number else None


def key_rows():
    """Key -> (smallest, largest) for numbers, None for the others."""
    return {key: None if low is None else (low, high) for key, _, low, high in setting_rows()}


def client_auth_rows():
    """How presets call a method -> its name."""
    text = source("lib/core/include/core/client_auths.def")
    return dict(re.findall(r"^KB_CLIENT_AUTH\((\w+), (\w+), \w+\)$", text, re.M))


def preset_files():
    """Preset -> what its file says."""
    files = sorted((ROOT / "presets").glob("*.json"), key=lambda file: file.stem)
    return {file.stem: json.loads(file.read_text()) for file in files}


def preset_members():
    """What a preset's file may say, as cmake/presets.cmake takes it: member -> the members in it."""
    text = source("cmake/presets.cmake")
    rows = re.findall(r'object_rows\(rows "\$\{json\}" (\w+) ([^)]*)\)', text)
    inner = {name: set(re.findall(r'"(\w+)\??"', words)) for name, words in rows}
    headers = re.search(r'only_members\("\$\{object\}" (name [^)]*)\)', text)[1]
    outer = re.search(r'only_members\("\$\{json\}" ([^)]*)\)', text)[1]
    return {name: inner.get(name, set()) for name in outer.split()} | {"headers": set(headers.split())}


def choice_rows():
    """Key -> the texts that it may have."""
    text = source("lib/config/settings.c")
    lists = {name: set(re.findall(r'"([\w-]+)"', words)) for name, words in
             re.findall(r"^static const char \*const (\w+)\[\] = \{(.*?), NULL\};", text, re.M | re.S)}
    lists["kb_client_auth_names"] = set(client_auth_rows().values())
    lists["kb_jws_alg_names"] = set(re.findall(r'^ *\[KB_JWS_\w+\] = "(\w+)",', source("lib/core/client.c"), re.M))
    rows = re.findall(r'\{"(\w+)", (?:"[\w-]+"|NULL),[^{}]*?, (\w+)\}', table(text, "kb_setting settings[]"))
    return {key: lists[name] for key, name in rows if name != "NULL"}


def documented_keys(man):
    """Key -> the choices listed below it, between the endpoint's section and the presets' one."""
    return listed(man[man.index(".Sh THE TOKEN ENDPOINT") : man.index(".Sh PRESETS")])


def listed(text):
    """What is in the lists of a manual page's TEXT -> what is in the lists below it."""
    keys, depth = {}, 0
    for word, names in re.findall(r"^\.(Bl|El|It Li)(?: (.*))?", text, re.M):
        if word == "It Li" and depth == 1:
            keys[names] = choices = set()
        elif word == "It Li":
            choices.update(names.split(" , "))
        else:
            depth += 1 if word == "Bl" else -1
    return keys


class Comparison:
    def __init__(self):
        self.failures = 0

    def same(self, what, code, documentation):
        for name in sorted(set(code) - set(documentation)):
            self.fail(f"{what}: {name} is in the code and not documented")
        for name in sorted(set(documentation) - set(code)):
            self.fail(f"{what}: {name} is documented and not in the code")

    def fail(self, text):
        print(text)
        self.failures += 1


def compare_keys(comparison, man, schema):
    keys, documented = key_rows(), documented_keys(man)
    properties = schema["$defs"]["profile"]["properties"]
    comparison.same("keys in keybearer-config(5)", keys, documented)
    comparison.same("keys in the schema", keys, properties)
    for name, choices in choice_rows().items():
        named = documented[name] if name in documented else ()
        comparison.same(f"{name} in keybearer-config(5)", choices, named)
        comparison.same(f"{name} in the schema", choices, properties[name]["enum"])
    for name, limits in keys.items():
        has = properties.get(name, {})
        if limits and limits != (has.get("minimum"), has.get("maximum")):
            comparison.fail(f"the schema's limits of {name} are not {limits}")
    top = re.search(r"top_keys\[\] = \{(.*?)\}", source("lib/config/config.c")).group(1)
    comparison.same("top level in the schema", re.findall(r'"(.*?)"', top), schema["properties"])


def compare_presets(comparison, schema):
    presets = preset_files()
    man = source("docs/man/keybearer-presets.5")
    enum = schema["$defs"]["profile"]["properties"]["preset"]["enum"]
    comparison.same("presets in the schema", presets, enum)
    comparison.same(
        "presets in keybearer-presets(5)",
        {f"{name} {preset['title']}" for name, preset in presets.items()},
        {" ".join(row) for row in re.findall(r"^\.It Li ([\w-]+)\n(.*)$", man[man.index(".Sh PRESETS") :], re.M)},
    )
    comparison.same(
        "hosts in keybearer-presets(5)",
        {f"{name} {choice.get('name', '(none)')} {choice['host']}: {choice['title']}"
         for name, preset in presets.items() for choice in preset.get("choices", [])},
        {" ".join(row) for row in re.findall(r"^\.It Li ([\w-]+) Cm (\S+)\n(.*)$", man, re.M)},
    )
    members = preset_members()
    documented = listed(man[man.index(".Sh THE FILE") : man.index(".Sh PRESETS")])
    comparison.same("a preset's members in keybearer-presets(5)", members, documented)
    for name, inner in members.items():
        comparison.same(f"{name} in keybearer-presets(5)", inner, documented.get(name, set()))


def compare_add(comparison, man):
    """`help add` is made from the table."""
    options = [option for _, option, _, _ in setting_rows() if option]
    options += re.findall(r'\{\.name = "([\w-]+)"', source("cmd/keybearer-helper/add_options.c"))
    page = man[man.index(".It Cm add") : man.index(".It Cm remove")]
    in_page = re.findall(r"^\.It Fl -([\w-]+)", page, re.M)
    comparison.same("options of add in keybearer(1)", options, in_page)
    for key, choices in choice_rows().items():
        option = page[page.index(f".It Fl -{key.replace('_', '-')} ") :]
        named = re.findall(r"^\.Ql ([\w-]+)", option[: option.index("\n.It ")], re.M)
        comparison.same(f"{key} in keybearer(1)", choices, named)


def compare_statuses(comparison, man):
    text = source("lib/base/include/base/error.h")
    numbers = re.findall(r"^    KB_(?:ERR_)?\w+ = (\d+),", text, re.M)
    section = man[man.index(".Sh EXIT STATUS") : man.index(".Sh EXAMPLES")]
    documented = re.findall(r"^\.It (\d+)$", section, re.M)
    comparison.same("exit statuses in keybearer(1)", numbers, documented)


def protocol_rows():
    """(word, links, manual) of each line of protocols.def, as cmake/Protocols.cmake reads it."""
    text = source("lib/proto/protocols.def")
    row = r'^KB_PROTO\((\w+), KB_BY_(?:WORD|LINK|PROFILE), KB_LINKS\(([^)]*)\), "[^"]*", "([\w-]+)\(1\)", '
    rows = re.findall(row, text, re.M)
    assert rows and len(rows) == len(re.findall(r"^KB_PROTO\(", text, re.M)), "a row is none"
    return [(word, re.findall(r'"([^"]+)"', links), manual) for word, links, manual in rows]


def called_in_cases():
    """The words and links that the golden cases call protocols by."""
    for path in (ROOT / "tests/golden/cases").glob("*.json"):
        for case in json.loads(path.read_text()):
            program, word, *_ = [*case["argv"], ""]
            name = program.rpartition("/")[2]
            yield word if name == "keybearer" else name


def compare_protocol_lists(comparison, man):
    """What has a list of all protocols, each by hand."""
    rows = protocol_rows()
    words = {word for word, _, _ in rows}
    comparison.same("protocols in keybearer(1)", words,
                    words & set(re.findall(r"^\.It Cm (\w+)", man, re.M)))
    pages = {manual for _, _, manual in rows} - {"keybearer"} | {"keybearer-import", "keybearer-setup"}
    also = man[man.index(".Sh SEE ALSO") : man.index(".Sh STANDARDS")]
    comparison.same("SEE ALSO in keybearer(1)", pages, re.findall(r"^\.Xr (\S+) 1\b", also, re.M))
    called = set(called_in_cases())
    for word, links, _ in rows:
        names = (link.rpartition("/")[2] for link in links)
        if word not in called and not any(name.startswith(link) for link in names for name in called):
            comparison.fail(f"tests/golden has no case of {word}")


def protocol_source(word):
    """The file that defines kb_proto_WORD."""
    texts = [path.read_text() for path in (ROOT / "lib/proto").glob("*.c")]
    (text,) = [text for text in texts if f"const struct kb_proto kb_proto_{word} = {{" in text]
    return text


def protocol_page(word, manual):
    """What MANUAL says about the protocol: all of it, unless other commands are in it."""
    text = source(f"docs/man/{manual}.1")
    if manual != "keybearer":
        return text
    return re.search(rf"^\.It Cm {word}\b.*?(?=^\.It Cm )", text, re.M | re.S)[0]


def options_in(text):
    """The rows of the table of options in the function that TEXT begins with."""
    return re.findall(r'\{\.name = "([\w-]+)"', text[: text.index("\n}\n")])


def compare_protocols(comparison):
    rows = protocol_rows()
    common = source("lib/proto/common.c").partition("enum kb_err kb_proto_options(")[2]
    for word, links, manual in rows:
        text, page = protocol_source(word), protocol_page(word, manual)
        start = text[text.index(f" {word}_start(") :]
        taken = options_in(start)
        if " kb_proto_options(" in start[: start.index("\n}\n")]:
            taken += options_in(common)
        details = re.search(r"\.details = (.*?),\n", table(text, f"kb_proto kb_proto_{word} ="),
                            re.S)
        helped = re.findall(r'"  --([\w-]+)', details[1]) if details else []
        comparison.same(f"options of {word} in `help`", taken, helped)
        comparison.same(f"options of {word} in {manual}(1)", taken,
                        re.findall(r"Fl -([\w-]+)", page))
        comparison.same(f"links of {word} in {manual}(1)", links,
                        [link for link in links if link in page])
    pages = {path.stem for path in (ROOT / "docs/man").glob("*.1")}
    comparison.same("manual pages", {"keybearer", "keybearer-import", "keybearer-setup"} | {manual for _, _, manual in rows}, pages)


def compare_synopsis(comparison, man):
    synopsis = man[man.index(".Sh SYNOPSIS") : man.index(".Sh DESCRIPTION")]
    comparison.same("commands in the SYNOPSIS of keybearer(1)",
                    re.findall(r"^\.It Cm ([a-z]+)", man, re.M),
                    re.findall(r"^\.Nm\n\.Cm ([a-z]+)", synopsis, re.M))


def compare_run(comparison, man):
    """The options of `run`, and the programs and variables of its --for."""
    taken = re.findall(r'\{\.name = "([\w-]+)"', source("cmd/keybearer/run.c"))
    details = re.search(r"run_details\[\] =(.*?);\n\n", source("cmd/keybearer/verbs.c"), re.S)[1]
    listed = re.search(r"^static void run_page.*?^\}", source("cmd/keybearer/help.c"), re.M | re.S)[0]
    comparison.same("options of run in `help`", taken,
                    set(re.findall(r'"  --([\w-]+)', details + listed)))
    page = re.search(r"^\.It Cm run\b.*?(?=^\.Ss )", man, re.M | re.S)[0]
    comparison.same("options of run in keybearer(1)", taken, re.findall(r"^\.It Fl -([\w-]+)", page, re.M))
    rows = table(source("lib/config/programs.c"), "static const struct kb_known_program programs[]")
    section = man[man.index(".Ss Programs of run") : man.index(".Sh THE LIFE")]
    comparison.same("programs of run in keybearer(1)", re.findall(r'^    \{"(\w+)"', rows, re.M),
                    re.findall(r"^\.It Li (\w+)", section, re.M))
    comparison.same("variables of run in keybearer(1)",
                    [f"{name}={text}".replace('\\"', r"\(dq") for name, text in
                     re.findall(r'\{"([^"]+)", "((?:[^"\\]|\\.)*)"\}', rows)] +
                    re.findall(r'\{"(\w+)", NULL\}', rows),
                    [text.split(" ")[0] for text in re.findall(r"^\.Ql (\w{4,}.*)$", section, re.M)])


def compare_own_options(comparison, man):
    """The options of verbs that have a table of their own: in the code, in `help`, in the page."""
    verbs = source("cmd/keybearer/verbs.c")
    for verb, file in (("keygen", "cmd/keybearer-helper/keygen.c"), ("show", "cmd/keybearer/show.c")):
        taken = re.findall(r'\{\.name = "([\w-]+)"', source(file))
        details = re.search(rf"{verb}_details\[\] =(.*?);\n\n", verbs, re.S)[1]
        page = re.search(rf"^\.It Cm {verb}\b.*?(?=^\.It Cm )", man, re.M | re.S)[0]
        comparison.same(f"options of {verb} in `help`", taken, re.findall(r'"  --([\w-]+)', details))
        comparison.same(f"options of {verb} in keybearer(1)", taken, re.findall(r"Fl -([\w-]+)", page))


def compare_completed(comparison):
    """
    The options that a file of a verb takes are on its page of `help`, which is all that completion
    knows. e2e.completion compares its answers with the pages.
    """
    verbs = source("cmd/keybearer/verbs.c")
    details = dict(re.findall(r"(\w+_details)\[\] =(.*?);\n", verbs, re.S))
    rows = re.findall(r'^    \{"(\w+)", ("[^{}]*)', table(verbs, "struct verb table[]"), re.M)
    assert len(rows) > 15, "the table of verbs is read in another way"
    for verb, row in rows:
        page = row + "".join(text for name, text in details.items() if name in row)
        if verb in ("add", "run"):  # theirs are made from other tables, too
            continue
        for folder in ("cmd/keybearer", "cmd/keybearer-helper"):
            file = ROOT / folder / f"{verb}.c"
            taken = re.findall(r'\{\.name = "([\w-]+)"', file.read_text()) if file.exists() else []
            for option in taken:
                if not re.search(rf"--{option}(?![\w-])", page):
                    comparison.fail(f"options of {verb} in `help`, for completion: {option} is not there")


def compare_setup(comparison):
    """The tools of `setup`, whose rows name their pages, and its options."""
    rows = re.findall(r'^KB_TOOL\((\w+), \w+, \w+, KB_PROGRAMS\([^)]*\), "[^"]*", "([\w-]+)", "[^"]+"\)$',
                      source("lib/tools/tools.def"), re.M)
    assert len(rows) == len(re.findall(r"^KB_TOOL\(", source("lib/tools/tools.def"), re.M)), "a row is none"
    page = source("docs/man/keybearer-setup.1")
    comparison.same("tools in keybearer-setup(1)", [word for word, _ in rows],
                    re.findall(r"^\.It Cm (\w+)$", page, re.M))
    pages = {path.stem for path in (ROOT / "docs/man").glob("*.1")}
    comparison.same("pages of tools", {manual for _, manual in rows} & pages, {manual for _, manual in rows})
    taken = options_in(source("cmd/keybearer/setup.c").partition("int verb_setup(")[2])
    details = re.search(r"setup_details\[\] =(.*?);\n\n", source("cmd/keybearer/verbs.c"), re.S)[1]
    comparison.same("options of setup in `help`", taken, re.findall(r'"  --([\w-]+)', details))
    comparison.same("options of setup in keybearer-setup(1)", taken,
                    re.findall(r"^\.It Fl -([\w-]+)", page, re.M))


def compare_import(comparison):
    """The options of `import`, and the files that it and `doctor` know."""
    page = source("docs/man/keybearer-import.1")
    taken = options_in(source("cmd/keybearer-helper/import.c").partition("enum kb_err parse(")[2])
    taken += ["preset", "token-url", "store"]  # of the settings, those that are named
    details = re.search(r"import_details\[\] =(.*?);\n\n", source("cmd/keybearer/verbs.c"), re.S)[1]
    comparison.same("options of import in `help`", taken, re.findall(r'"  --([\w-]+)', details))
    comparison.same("options of import in keybearer-import(1)", taken,
                    re.findall(r"^\.It Fl -([\w-]+)", page, re.M))
    base = {"HOME": "~/", "CONFIG": "~/.config/", "HERE": ""}
    rows = re.findall(r'\{"(\w+)", KB_LOOSE_(\w+), "([^"]+)", KB_LOOSE', source("lib/loose/places.c"))
    files = page[page.index(".Sh FILES") : page.index(".Sh EXIT")]
    listed = [f"{word} {path}" for word, text in re.findall(r"^\.It Cm (\w+)\n((?:\.Pa .*\n)+)", files, re.M)
              for path in re.findall(r"^\.Pa (\S+)", text, re.M)]
    comparison.same("files in keybearer-import(1)", [f"{word} {base[where]}{path}" for word, where, path in rows], listed)


def compare_words(comparison, man):
    """The words of a template, and the variables of the preset that has some."""
    section = man[man.index(".Ss Variables of run") : man.index(".Ss Programs of run")]
    words = re.findall(r'^    \[KB_WORD_\w+\] = "(\w+)",$', source("lib/core/template.c"), re.M)
    details = re.search(r"run_details\[\] =(.*?);\n\n", source("cmd/keybearer/verbs.c"), re.S)[1]
    listed = "".join(re.findall(r"^\.It Li (.*)$", section, re.M))
    comparison.same("words of run in `help`", words, re.findall(r"\{([a-z_]+)", details))
    comparison.same("words of run in keybearer(1)", words, re.findall(r"\{([a-z_]+)", listed))
    comparison.same("variables of zuora in keybearer(1)",
                    ["=".join(row) for row in preset_files()["zuora"]["env"].items()],
                    set(zuora_variables(section)))


def zuora_variables(section):
    """NAME={WORD} of each variable; the names that have headers are in their order."""
    for names, text in re.findall(r"^\.It Ev (.*)\n((?:.*\n)*?)(?=\.It |\.El)", section, re.M):
        words = re.findall(r"^\.Li (\{\w+\})$", text, re.M) * len(names.split(" , "))
        words = words or [f"{{api_header:{name}}}" for name in re.findall(r"^\.Ql ([\w-]+)", text, re.M)]
        yield from map("=".join, zip(names.split(" , "), words, strict=True))


def main():
    comparison = Comparison()
    config_man = source("docs/man/keybearer-config.5")
    main_man = source("docs/man/keybearer.1")
    schema = json.loads(source("docs/config.schema.json"))
    compare_keys(comparison, config_man, schema)
    compare_presets(comparison, schema)
    compare_add(comparison, main_man)
    compare_statuses(comparison, main_man)
    compare_protocols(comparison)
    compare_synopsis(comparison, main_man)
    compare_protocol_lists(comparison, main_man)
    compare_run(comparison, main_man)
    compare_own_options(comparison, main_man)
    compare_completed(comparison)
    compare_words(comparison, main_man)
    compare_setup(comparison)
    compare_import(comparison)
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main())
