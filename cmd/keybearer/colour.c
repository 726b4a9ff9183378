/*
 * Colours: which words have one, and whether who reads can see it. Only for people: must never
 * touch what a program reads, a protocol's reply or JSON, nor a word within a line, which may be
 * anybody's.
 */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACK "\033[0m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"

#define OURS "keybearer: "

/* TEXT has its colour where a line begins with BEFORE and TEXT. */
struct word {
    const char *before, *text, *colour;
};

static const struct word of_messages[] = {
    {OURS, "error:", RED},
    {OURS, "warning:", YELLOW},
    {OURS, "hint:", CYAN},
};

static const struct word of_findings[] = {
    {"", "ok ", GREEN},
    {"", "note ", CYAN},
    {"", "weak ", YELLOW},
    {"", "fail ", RED},
    {"", "warning:", YELLOW},
    {"", "error:", RED},
};

bool colour_is_wanted(int fd)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return !(no && *no) && terminal && *terminal && strcmp(terminal, "dumb") != 0 && isatty(fd);
}

static const struct word *word_of(const char *line, const struct word words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = strlen(words[i].before);

        if (strncmp(line, words[i].before, before) == 0 &&
            strncmp(line + before, words[i].text, strlen(words[i].text)) == 0)
            return &words[i];
    }
    return NULL;
}

static void paint(struct kb_buf *text, const struct word words[], size_t count)
{
    struct kb_buf painted = KB_BUF_INIT(2 * text->max);

    for (const char *line = kb_buf_text(text); *line;) {
        const struct word *word = word_of(line, words, count);
        size_t len = strcspn(line, "\n");

        len += line[len] == '\n';
        if (word) {
            size_t end = strlen(word->before) + strlen(word->text);

            kb_buf_fmt(&painted, "%s%s%s" BACK, word->before, word->colour, word->text);
            kb_buf_add(&painted, line + end, len - end);
        } else {
            kb_buf_add(&painted, line, len);
        }
        line += len;
    }
    kb_buf_clear(text);
    *text = painted;
}

void colour_message(int fd, struct kb_buf *text)
{
    if (!text->failed && colour_is_wanted(fd))
        paint(text, of_messages, KB_COUNT(of_messages));
}

void colour_findings(int fd, struct kb_buf *text)
{
    if (!text->failed && colour_is_wanted(fd))
        paint(text, of_findings, KB_COUNT(of_findings));
}
