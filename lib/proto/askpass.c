/*
 * Prompts of git (GIT_ASKPASS) and wget (--use-askpass).
 *
 *   argv     [--profile NAME] [--show] PROMPT
 *   stdout   to "Username for 'https://HOST': " the user name; to one with a user name in the
 *            URL, as "Password for 'https://USER@HOST': ", the token; one line
 *   errors   stderr and the status; stdout stays empty
 *
 * The words around the URL are translated, and its quotes are those of the language, so the URL
 * alone decides. A prompt may be somebody else's text: ssh shows what its server says, with more
 * around it. So whatever does not look like a prompt of git or wget gets no answer. Must never take
 * a part of a host for the whole of it, nor read stdin, which is git's own pipe to somebody else
 * and has no end.
 */
#include "common.h"

#include <ctype.h>
#include <string.h>

/* Bits of request.form. */
enum { FORM_PASSWORD = 1 }; /* the token is asked for, not the user name */

#define URL_MAX 2048

/* A URL of a prompt in parts, none of them ended by a NUL. */
struct prompt {
    const char *scheme; /* where the whole begins */
    const char *user;   /* NULL: there is none */
    size_t user_len;
    const char *host; /* and what follows it */
    const char *end;
};

/* --- reading ------------------------------------------------------------------------------ */

/*
 * What stands around an address in the languages of wget: ' and ", and U+00AB, 00BB, 2018, 2019,
 * 201C to 201E, 300C and 300D.
 */
static const char *const quotes[] = {"'", "\"", "\xc2\xab", "\xc2\xbb", "\xe2\x80\x98",
    "\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe3\x80\x8c", "\xe3\x80\x8d",
    NULL};

/* In French, between both: spaces at which no line is broken, U+00A0 and 202F. */
static const char *const fixed_spaces[] = {"\xc2\xa0", "\xe2\x80\xaf", NULL};

/* How long the one of MARKS is that TEXT begins with; 0: it begins with none. */
static size_t first_of(const char *const marks[], const char *text)
{
    for (size_t i = 0; marks[i]; i++) {
        if (kb_proto_after_prefix(text, marks[i]))
            return strlen(marks[i]);
    }
    return 0;
}

/* The same of the one that ends at END; TEXT is where all begins. */
static size_t last_of(const char *const marks[], const char *text, const char *end)
{
    for (size_t i = 0; marks[i]; i++) {
        size_t len = strlen(marks[i]);

        if (len <= (size_t)(end - text) && memcmp(end - len, marks[i], len) == 0)
            return len;
    }
    return 0;
}

/* Whether only words stand from TEXT to END. Some languages have quotes in them. */
static bool are_words(const char *text, const char *end)
{
    for (; text < end; text++) {
        unsigned char c = (unsigned char)*text;

        if (!isalpha(c) && !strchr(" '\"", c) && c < 0x80)
            return false;
    }
    return true;
}

/*
 * Whether TEXT only ends a prompt; some languages have words there. A quote in it would be the
 * prompt's own, and the one before it a part of the address.
 */
static bool is_end(const char *text)
{
    for (; *text; text++) {
        bool ok = *text == ':' || *text == ' ' || (unsigned char)*text >= 0x80;

        if (!ok || first_of(quotes, text))
            return false;
    }
    return true;
}

/*
 * The one URL of TEXT, between quotes. It is ASCII: a program may make a dot or a letter of any
 * other character of a host.
 */
static bool find_url(const char *text, struct prompt *ret)
{
    const char *mark = strstr(text, "://"), *start = mark, *end = mark, *behind;
    size_t space, open, close;

    if (!mark)
        return false;
    while (start > text && isalpha((unsigned char)start[-1]))
        start--;
    while (isgraph((unsigned char)*end) && !first_of(quotes, end))
        end++;
    space = last_of(fixed_spaces, text, start);
    behind = space ? end + first_of(fixed_spaces, end) : end;
    open = last_of(quotes, text, start - space);
    close = first_of(quotes, behind);
    *ret = (struct prompt){.scheme = start, .host = mark + 3, .end = end};
    return open && close && are_words(text, start - space - open) && is_end(behind + close);
}

/* Programs differ in what they make of two '@', or of a password: then it is no URL for us. */
static bool split_user(struct prompt *prompt)
{
    size_t len = (size_t)(prompt->end - prompt->host), authority = 0;
    const char *at;

    while (authority < len && !strchr("/?#", prompt->host[authority]))
        authority++;
    at = memchr(prompt->host, '@', authority);
    if (!at)
        return true;
    prompt->user = prompt->host;
    prompt->user_len = (size_t)(at - prompt->user);
    prompt->host = at + 1;
    return !memchr(at + 1, '@', authority - prompt->user_len - 1) &&
           !memchr(prompt->user, ':', prompt->user_len);
}

/* As git spells it, with percent signs. Never longer than it was. */
static bool decode(const char *text, size_t len, char *ret)
{
    for (size_t i = 0; i < len; i++) {
        int high, low;

        if (text[i] != '%') {
            *ret++ = text[i];
            continue;
        }
        high = len - i > 2 ? kb_hex_value(text[i + 1]) : -1;
        low = len - i > 2 ? kb_hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return false;
        *ret++ = (char)(high * 16 + low);
        i += 2;
    }
    *ret = '\0';
    return true;
}

static enum kb_err set_user(
    struct kb_request *request, const struct prompt *prompt, struct kb_error *err)
{
    char name[sizeof(request->username)];

    if (!prompt->user)
        return KB_OK;
    request->form = FORM_PASSWORD;
    if (prompt->user_len == 0 || prompt->user_len >= sizeof(name) ||
        !decode(prompt->user, prompt->user_len, name))
        return kb_fail(err, KB_ERR_USAGE, "the user name in the prompt cannot be read");
    return kb_proto_set_username(request, name, err);
}

static enum kb_err set_address(
    struct kb_request *request, const struct prompt *prompt, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(URL_MAX);
    const char *after_scheme = prompt->user ? prompt->user : prompt->host;

    kb_buf_add(&url, prompt->scheme, (size_t)(after_scheme - prompt->scheme));
    kb_buf_add(&url, prompt->host, (size_t)(prompt->end - prompt->host));
    if (url.failed)
        return kb_fail(
            err, KB_ERR_USAGE, "the address in the prompt is longer than %d bytes", URL_MAX);
    request->lacks_path = !memchr(prompt->host, '/', (size_t)(prompt->end - prompt->host));
    return kb_proto_set_url(request, kb_buf_text(&url), err);
}

static enum kb_err askpass_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    struct prompt prompt = {0};
    int operands = 0;
    enum kb_err rc = kb_proto_options(talk, &operands, err);

    *ret = KB_TURN_REQUEST;
    if (rc)
        return rc;
    if (operands != 1 || !find_url(talk->argv[0], &prompt) || !split_user(&prompt)) {
        kb_fail(err, KB_ERR_USAGE, "this is no prompt of git or wget for an address");
        kb_hint(err, "keybearer-askpass \"Username for 'https://HOST': \"");
        if (operands == 2)
            kb_proto_hint_naming(request, talk->argv[0], err);
        return err->code;
    }
    rc = set_user(request, &prompt, err);
    return rc ? rc : set_address(request, &prompt, err);
}

/* --- answering ---------------------------------------------------------------------------- */

static enum kb_err askpass_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    const char *username = NULL;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_username(answer, &username, err);
    if (rc)
        return rc;
    if (answer->request->form & FORM_PASSWORD)
        kb_secret_append(&answer->token->value, &reply->out);
    else
        kb_buf_str(&reply->out, username);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

static bool has_port(const struct kb_near *near)
{
    struct kb_url url;

    return near && !kb_url_parse(near->address, strlen(near->address), &url, NULL) &&
           !kb_url_has_default_port(&url);
}

static void askpass_decline(const struct kb_request *request, struct kb_reply *reply)
{
    kb_reply_decline(request, reply);
    if (reply->wants_path)
        kb_buf_str(&reply->note,
            "keybearer: hint: wget names no path: it needs an address without one: "
            "keybearer match add NAME URL\n");
    else if (has_port(reply->near) && kb_url_has_default_port(&request->url))
        kb_buf_fmt(&reply->note,
            "keybearer: hint: wget names no port: it needs an address without one: "
            "keybearer match add %s URL\n",
            reply->near->profile);
}

const struct kb_proto kb_proto_askpass = {
    .details = "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "PROMPT names a URL; one with a user name in it asks for the token.\n"
               "See keybearer-askpass(1).\n",
    .naming = {.before = "keybearer-askpass --profile ", .behind = " PROMPT"},
    .start = askpass_start,
    .feed = kb_feed_once,
    .write = askpass_write,
    .decline = askpass_decline,
    .refuse = kb_reply_refuse,
};
