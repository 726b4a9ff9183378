/*
 * netrc: words, some of which name the next one. A macro is passed over: it ends at an empty line.
 */
#include "parsers.h"

#include <ctype.h>
#include <string.h>

struct words {
    const char *text;
    size_t len, at;
    int line;
};

/* The next word, without quotes around it; empty at the end. */
static struct kb_loose_span next_word(struct words *words)
{
    const char *text = words->text;
    struct kb_loose_span ret;
    bool quoted;

    while (words->at < words->len && isspace((unsigned char)text[words->at]))
        words->line += text[words->at++] == '\n';
    quoted = words->at < words->len && text[words->at] == '"';
    words->at += quoted;
    ret.start = words->at;
    while (words->at < words->len && (quoted ? text[words->at] != '"' && text[words->at] != '\n'
                                             : !isspace((unsigned char)text[words->at])))
        words->at++;
    ret.end = words->at;
    words->at += quoted && words->at < words->len && text[words->at] == '"';
    return ret;
}

static bool is(const struct words *words, struct kb_loose_span word, const char *text)
{
    return word.end - word.start == strlen(text) &&
           memcmp(words->text + word.start, text, word.end - word.start) == 0;
}

static void skip_macro(struct words *words)
{
    while (words->at < words->len) {
        bool line_ends = words->text[words->at] == '\n';

        words->line += line_ends;
        words->at++;
        if (line_ends && words->at < words->len && words->text[words->at] == '\n')
            return;
    }
}

void parse_netrc(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct words words = {.text = text, .len = len, .line = 1};

    while (words.at < words.len) {
        struct kb_loose_span word = next_word(&words);
        struct kb_loose_entry entry = {.name = word, .kind = KB_LOOSE_PASSWORD};

        if (is(&words, word, "macdef"))
            skip_macro(&words);
        if (!is(&words, word, "password"))
            continue;
        entry.value = next_word(&words);
        entry.line = words.line;
        kb_loose_entries_add(ret, text, &entry);
    }
}
