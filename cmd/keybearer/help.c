/*
 * `help`: the two tables, as text.
 */
#include "front.h"

#include "config/preset.h"
#include "config/settings.h"

#include <stdio.h>
#include <string.h>

/* Where the words beside an option stand, and how far they go. */
enum { HELP_COLUMN = 26, HELP_WIDTH = 54 };

static const char introduction[] =
    "keybearer keeps OAuth clients in the keyring and gives tools their bearer tokens.\n"
    "\n"
    "Usage: keybearer COMMAND [ARGUMENT]...\n"
    "\n";

/* The names in lib/proto's table, described like verbs; `run` is not used. */
static const struct verb protocols[] = {
    {"get", "[--profile NAME] [--show]", "answer a credential-helper request on standard input",
        "  --profile NAME      answer for this profile only\n"
        "  --show              allow a terminal to show the answer\n"
        "\n"
        "Reads {\"uri\": \"https://HOST/PATH\"}. See credential-helper-keybearer(1).\n",
        NULL},
    {"token", "[OPTION]... [PROFILE|URL]", "print a token",
        "  --bearer            print \"Bearer \" before it: a whole header value\n"
        "  --no-newline        do not end the line\n"
        "  --show              allow a terminal to show it\n"
        "\n"
        "Without PROFILE or URL: the only profile that there is.\n",
        NULL},
    {"header", "[OPTION]... [PROFILE|URL]", "print an Authorization header line",
        "  --all               also print the profile's \"api_headers\"\n"
        "  --curl-config       print lines for curl -K -\n"
        "  --no-newline        do not end the last line\n"
        "  --show              allow a terminal to show it\n"
        "\n"
        "Without PROFILE or URL: the only profile that there is.\n",
        NULL},
    {"git", "[--profile NAME] [--show] OPERATION", "as git-credential-keybearer: speak to git",
        "  --profile NAME      answer for this profile only\n"
        "  --show              allow a terminal to show the answer\n"
        "\n"
        "OPERATION is get, store, erase or capability. See git-credential-keybearer(1).\n",
        NULL},
    {"docker", "ACTION", "as docker-credential-keybearer: speak to docker",
        "ACTION is get, store, erase, list or version.\n"
        "See docker-credential-keybearer(1).\n",
        NULL},
};

static const char ending[] = "\n"
                             "First steps:\n"
                             "  keybearer add zuora --preset zuora --environment SBX\n"
                             "  keybearer token zuora | my-program\n"
                             "  keybearer help COMMAND, keybearer help presets\n"
                             "\n"
                             "Manuals: keybearer(1), keybearer-config(5),\n"
                             "git-credential-keybearer(1), docker-credential-keybearer(1),\n"
                             "credential-helper-keybearer(1)\n";

static void list(struct kb_buf *out, const struct verb *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kb_buf_fmt(out, "  %-10s %s\n", table[i].name, table[i].summary);
}

static void overview(struct kb_buf *out)
{
    size_t count;
    const struct verb *table = verbs(&count);

    kb_buf_str(out, introduction);
    kb_buf_str(out, "For tools:\n");
    list(out, protocols, KB_COUNT(protocols));
    kb_buf_str(out, "\nFor people:\n");
    list(out, table, count);
    kb_buf_str(out, ending);
}

static const struct verb *protocol_find(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(protocols); i++) {
        if (strcmp(protocols[i].name, name) == 0)
            return &protocols[i];
    }
    return NULL;
}

static void preset_page(struct kb_buf *out, const struct kb_preset *preset)
{
    kb_buf_fmt(out, "%s  (%s)\n", preset->name, preset->title);
    if (preset->help)
        kb_buf_fmt(out, "  client: %s\n", preset->help);
    for (size_t i = 0; i < preset->host_count; i++) {
        const struct kb_preset_host *host = &preset->hosts[i];

        kb_buf_fmt(out, "  %-13s %-8s %-28s %s\n", host->environment ? "--environment" : "--host",
            host->environment ? host->environment : "", host->host, host->title);
    }
}

static void presets_page(struct kb_buf *out)
{
    size_t count;
    const struct kb_preset *presets = kb_presets(&count);

    kb_buf_str(out, "Providers that keybearer add --preset NAME knows:\n\n");
    for (size_t i = 0; i < count; i++)
        preset_page(out, &presets[i]);
    kb_buf_str(out, "\nAny other: keybearer add NAME --token-url URL\n");
}

/* What does not fit into the line goes on under its first word. */
static void option_help(struct kb_buf *out, const char *help)
{
    for (size_t used = 0, len; *help; help += len + strspn(help + len, " ")) {
        len = strcspn(help, " ");
        bool fits = used + 1 + len <= HELP_WIDTH;

        if (used > 0)
            kb_buf_fmt(out, "%s%*s", fits ? "" : "\n", fits ? 1 : HELP_COLUMN, "");
        kb_buf_add(out, help, len);
        used = (fits ? used + 1 : 0) + len;
    }
}

static void option_line(struct kb_buf *out, const struct kb_setting *setting)
{
    KB_AUTO(kb_buf_clear) struct kb_buf help = KB_BUF_INIT(1024);
    bool repeats = setting->flags & KB_SETTING_REPEATS;
    char left[64];
    int len = snprintf(left, sizeof(left), "  --%s %s", setting->option, setting->argument);

    kb_buf_str(&help, setting->help);
    if (setting->choices)
        kb_text_append_choices(setting->choices, "", &help);
    if (help.len == 0 && !repeats) {
        kb_buf_fmt(out, "%s\n", left);
        return;
    }
    if (len >= HELP_COLUMN)
        kb_buf_fmt(out, "%s\n%*s", left, HELP_COLUMN, "");
    else
        kb_buf_fmt(out, "%-*s", HELP_COLUMN, left);
    if (repeats)
        kb_buf_str(&help, help.len > 0 ? "; may be repeated" : "may be repeated");
    option_help(out, kb_buf_text(&help));
    kb_buf_byte(out, '\n');
}

static void options_of(struct kb_buf *out, enum kb_setting_group group)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (settings[i].option && settings[i].group == group)
            option_line(out, &settings[i]);
    }
}

static void add_page(struct kb_buf *out)
{
    kb_buf_str(out, "\nWhat to ask, and where (see keybearer-config(5)):\n");
    options_of(out, KB_SETTING_ASKED);
    kb_buf_str(out, "\nWho may have the tokens:\n");
    options_of(out, KB_SETTING_SERVED);
    kb_buf_str(out, "\nThe client, and where it is kept:\n");
    options_of(out, KB_SETTING_KEPT);
    kb_buf_str(out, "  --client-id ID          else the terminal is asked\n"
                    "  --client-secret-stdin   read the secret from standard input, one line\n"
                    "  --passphrase-stdin      read the vault's passphrase likewise, after it\n");
}

static enum kb_err explain(struct kb_buf *out, const char *name, struct kb_error *err)
{
    const struct verb *verb = verb_find(name);

    if (!verb)
        verb = protocol_find(name);
    if (!verb)
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "unknown command \"%s\"", name), "keybearer help");
    kb_buf_fmt(out, "Usage: keybearer %s%s%s\n%s\n", verb->name, *verb->arguments ? " " : "",
        verb->arguments, verb->summary);
    if (verb->details)
        kb_buf_fmt(out, "\n%s", verb->details);
    if (verb->run == verb_add)
        add_page(out);
    return KB_OK;
}

int verb_help(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    struct kb_error err = KB_ERROR_INIT;

    if (argc == 0)
        overview(&out);
    else if (strcmp(argv[0], "presets") == 0)
        presets_page(&out);
    else if (explain(&out, argv[0], &err))
        return output_error(&err);
    return output(&out, 0);
}
