/*
 * `help`: the two tables, as text.
 */
#include "front.h"

#include <string.h>

static const char introduction[] =
    "keybearer keeps OAuth clients in the keyring and gives tools their bearer tokens.\n"
    "\n"
    "Usage: keybearer COMMAND [ARGUMENT]...\n"
    "\n";

static const struct {
    const char *usage, *summary;
} protocols[] = {
    {"get", "answer a credential-helper request on standard input"},
    {"token [--show] [PROFILE|URL]", "print a token"},
    {"header [--all] [--show] [PROFILE|URL]", "print an Authorization header line"},
    {"git OPERATION", "as git-credential-keybearer: speak to git"},
    {"docker ACTION", "as docker-credential-keybearer: speak to docker"},
};

static const char ending[] =
    "\n"
    "First steps:\n"
    "  keybearer add zuora --preset zuora --environment SBX\n"
    "  keybearer token zuora | my-program\n"
    "  keybearer help COMMAND\n"
    "\n"
    "Manuals: keybearer(1), keybearer-config(5), git-credential-keybearer(1),\n"
    "docker-credential-keybearer(1)\n";

static void row(struct kb_buf *out, const char *left, const char *summary)
{
    kb_buf_fmt(out, "  %-40s %s\n", left, summary);
}

static void overview(struct kb_buf *out)
{
    size_t count;
    const struct verb *table = verbs(&count);

    kb_buf_str(out, introduction);
    kb_buf_str(out, "For tools:\n");
    for (size_t i = 0; i < KB_COUNT(protocols); i++)
        row(out, protocols[i].usage, protocols[i].summary);
    kb_buf_str(out, "\nFor people:\n");
    for (size_t i = 0; i < count; i++)
        row(out, table[i].name, table[i].summary);
    kb_buf_str(out, ending);
}

static enum kb_err explain(struct kb_buf *out, const char *name, struct kb_error *err)
{
    const struct verb *verb = verb_find(name);

    for (size_t i = 0; !verb && i < KB_COUNT(protocols); i++) {
        if (strncmp(protocols[i].usage, name, strlen(name)) == 0) {
            kb_buf_fmt(out, "Usage: keybearer %s\n%s\n", protocols[i].usage, protocols[i].summary);
            return KB_OK;
        }
    }
    if (!verb) {
        kb_fail(err, KB_ERR_USAGE, "unknown command \"%s\"", name);
        return kb_hint(err, "keybearer help");
    }
    kb_buf_fmt(out, "Usage: keybearer %s %s\n%s\n", verb->name, verb->arguments, verb->summary);
    return KB_OK;
}

int verb_help(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    struct kb_error err = KB_ERROR_INIT;

    if (argc == 0)
        overview(&out);
    else if (explain(&out, argv[0], &err))
        return output_error(&err);
    return output(&out, 0);
}
