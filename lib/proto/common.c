/*
 * What the protocols share of reading a request. Must never know which protocol it is.
 */
#include "common.h"

#include <string.h>

const char *kb_proto_after_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

size_t kb_proto_deciding_len(const char *text)
{
    const char *mark = strstr(text, "://");
    const char *end_of_host = mark ? mark + 3 + strcspn(mark + 3, "/?#") : "";

    return *end_of_host == '#' ? strlen(text) : strcspn(text, "?#");
}

enum kb_err kb_proto_set_url(struct kb_request *request, const char *text, struct kb_error *err)
{
    enum kb_err rc = kb_url_parse(text, kb_proto_deciding_len(text), &request->url, err);

    request->has_url = !rc;
    return rc;
}

enum kb_err kb_proto_set_profile(struct kb_request *request, const char *name, struct kb_error *err)
{
    if (!name)
        return KB_OK;
    if (strchr(name, '@')) /* it may be a password that stands before it */
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "no profile has an '@' in its name"), "keybearer list");
    if (!kb_profile_name_ok(name))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "\"%s\" cannot be the name of a profile", name),
            "keybearer list");
    memcpy(request->profile, name, strlen(name) + 1);
    return KB_OK;
}

enum kb_err kb_proto_set_username(
    struct kb_request *request, const char *username, struct kb_error *err)
{
    size_t len = username ? strlen(username) : 0;

    if (len == 0)
        return KB_OK;
    if (!kb_text_is_utf8(username, len, 1, sizeof(request->username) - 1))
        return kb_fail(err, KB_ERR_USAGE,
            "the user name is too long, not UTF-8, or holds a control character");
    memcpy(request->username, username, len + 1);
    return KB_OK;
}

void kb_proto_hint_naming(const struct kb_request *request, const char *name, struct kb_error *err)
{
    if (request->naming && kb_profile_name_ok(name))
        kb_hint(err, "%s%s%s", request->naming->before, name, request->naming->behind);
}

/* For who knows --profile of another command. */
static void hint_operand(const struct kb_talk *talk, struct kb_error *err)
{
    for (int i = 0; i < talk->argc; i++) {
        const char *behind = kb_proto_after_prefix(talk->argv[i], "--profile");

        if (behind && *behind == '=')
            kb_proto_hint_naming(&talk->request, behind + 1, err);
        else if (behind && !*behind && i + 1 < talk->argc)
            kb_proto_hint_naming(&talk->request, talk->argv[i + 1], err);
    }
}

/* Only what would be taken is said again. */
static void suggest_https(const char *operand, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf whole = KB_BUF_INIT(sizeof(err->hint) / 2);
    struct kb_url url;

    kb_buf_fmt(&whole, "https://%s", operand);
    if (!whole.failed && strchr(operand, '.') &&
        !kb_url_parse(kb_buf_text(&whole), whole.len, &url, NULL))
        kb_hint(err, "did you mean %s?", kb_buf_text(&whole));
}

enum kb_err kb_proto_options(struct kb_talk *talk, int *ret_operands, struct kb_error *err)
{
    const char *profile = NULL;
    const struct kb_option options[] = {
        {.name = "profile", .value = &profile},
        {.name = "show", .flag = &talk->request.terminal_ok},
    };
    enum kb_err rc = kb_options_parse(
        talk->argc, talk->argv, options, KB_COUNT(options), false, ret_operands, err);

    return rc ? rc : kb_proto_set_profile(&talk->request, profile, err);
}

enum kb_err kb_proto_set_profile_of_link(struct kb_talk *talk, struct kb_error *err)
{
    if (talk->profile && *talk->request.profile)
        return kb_options_too_much("one profile", talk->request.profile, err);
    return kb_proto_set_profile(&talk->request, talk->profile, err);
}

enum kb_err kb_proto_set_subject(struct kb_talk *talk, const struct kb_option options[],
    size_t count, bool takes_urls, struct kb_error *err)
{
    char **argv = talk->argv;
    const char *behind;
    int operands = 0;
    enum kb_err rc = kb_options_parse(talk->argc, argv, options, count, false, &operands, err);

    if (rc)
        hint_operand(talk, err);
    if (rc || operands == 0)
        return rc;
    if (operands > 1)
        return kb_options_too_much(takes_urls ? "one profile or URL" : "one profile", argv[1], err);
    if (!takes_urls || !strstr(argv[0], "://")) {
        enum kb_err named = kb_proto_set_profile(&talk->request, argv[0], err);

        if (named && takes_urls)
            suggest_https(argv[0], err);
        return named;
    }
    /* cargo writes the kind of its index before the URL. */
    behind = kb_proto_after_prefix(argv[0], "sparse+");
    return kb_proto_set_url(&talk->request, behind ? behind : argv[0], err);
}
