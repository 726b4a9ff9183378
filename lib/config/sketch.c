/*
 * One pass over the tokens of a configuration, for its names and addresses. Must never take what
 * it finds for a profile that is right: only config.c says so.
 */
#include "config/sketch.h"

#include "draft.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_lex.h"
#include "base/strings.h"
#include "config/config.h"
#include "core/place.h"
#include "core/profile.h"

#include <limits.h>
#include <string.h>

/* How deep the names of profiles are, and their settings. An array counts as an object does. */
enum { IN_DOCUMENT = 1, IN_PROFILES, IN_PROFILE, IN_SETTING };

struct walk {
    const char *text;
    int depth;
    bool in_profiles; /* the member of the document that we are in is "profiles" */
    bool in_match;    /* the setting that we are in is "match" */
    char name[KB_PROFILE_NAME_MAX + 1]; /* of the profile that we are in; "": of none */
    bool has_address;
    kb_config_see *see;
    void *data;
};

static bool is(const struct walk *walk, struct kb_json_token token, const char *text)
{
    size_t len = token.end - token.start - 2;

    return len == strlen(text) && memcmp(walk->text + token.start + 1, text, len) == 0;
}

static void end_profile(struct walk *walk)
{
    if (*walk->name && !walk->has_address)
        walk->see(walk->name, "", walk->data);
    *walk->name = '\0';
    walk->has_address = false;
}

static void begin_profile(struct walk *walk, struct kb_json_token token)
{
    size_t len = token.end - token.start - 2;

    if (len >= sizeof(walk->name))
        return;
    memcpy(walk->name, walk->text + token.start + 1, len);
    walk->name[len] = '\0';
    if (!kb_profile_name_ok(walk->name))
        *walk->name = '\0';
}

static void see_name(struct walk *walk, struct kb_json_token token)
{
    if (walk->depth == IN_DOCUMENT)
        walk->in_profiles = is(walk, token, "profiles");
    else if (walk->depth == IN_PROFILES && walk->in_profiles)
        begin_profile(walk, token);
    else if (walk->depth == IN_PROFILE)
        walk->in_match = is(walk, token, "match");
}

static void see_text(struct walk *walk, struct kb_json_token token)
{
    const char *text = walk->text + token.start + 1;
    size_t len = token.end - token.start - 2;
    char address[KB_CONFIG_ADDRESS_MAX + 1];
    bool is_address =
        *walk->name && walk->in_match && (walk->depth == IN_PROFILE || walk->depth == IN_SETTING);

    if (!is_address || !kb_text_is_visible(text, len, 1, KB_CONFIG_ADDRESS_MAX) ||
        memchr(text, '\\', len))
        return;
    memcpy(address, text, len);
    address[len] = '\0';
    walk->see(walk->name, address, walk->data);
    walk->has_address = true;
}

static void see_punctuation(struct walk *walk, char c)
{
    if (c == '{' || c == '[')
        walk->depth++;
    if (c != '}' && c != ']')
        return;
    walk->depth--;
    if (walk->depth == IN_PROFILES)
        end_profile(walk);
}

bool kb_config_sketch(char *text, size_t len, kb_config_see *see, void *data)
{
    struct walk walk = {.text = text, .see = see, .data = data};
    struct kb_json_token token;

    kb_json_blank_comments(text, len);
    token = kb_json_next(text, len, 0);
    while (token.kind != KB_JSON_END && token.kind != KB_JSON_BAD && walk.depth >= 0) {
        struct kb_json_token next = kb_json_next(text, len, token.end);

        if (token.kind == KB_JSON_PUNCTUATION)
            see_punctuation(&walk, text[token.start]);
        else if (token.kind == KB_JSON_STRING && next.kind == KB_JSON_PUNCTUATION &&
                 text[next.start] == ':')
            see_name(&walk, token);
        else if (token.kind == KB_JSON_STRING)
            see_text(&walk, token);
        token = next;
    }
    return token.kind == KB_JSON_END && walk.depth == 0;
}

bool kb_config_sketch_usual(kb_config_see *see, void *data)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    char path[PATH_MAX];

    return !kb_config_path(path, sizeof(path), NULL) &&
           !kb_file_read_linked(path, KB_FILE_OURS, &text, NULL) && text.len > 0 &&
           kb_config_sketch(text.data, text.len, see, data);
}
