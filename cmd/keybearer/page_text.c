/*
 * How a page is laid out. Must never break a command that a person is to copy, nor begin a line for
 * a byte of a name.
 */
#include "front.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PAGE_WIDTH = 80, COLUMNS_USUAL = 80, COLUMNS_MIN = 40, WORDS_MAX = 4096 };

/* Of the terminal that is written to; none where it is a pipe or a file, whose lines stay whole. */
static size_t columns(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return SIZE_MAX;
    if (size.ws_col == 0)
        return COLUMNS_USUAL;
    return size.ws_col > COLUMNS_MIN ? size.ws_col : COLUMNS_MIN;
}

/* The programs that our hints name first. */
static bool is_command(const char *text)
{
    static const char *const programs[] = {
        "chmod", "chown", "git", "keybearer", "ls", "mkdir", "rm"};

    if (*text != '(')
        return false;
    for (size_t i = 0; i < KB_COUNT(programs); i++) {
        size_t len = strlen(programs[i]);

        if (strncmp(text + 1, programs[i], len) == 0 && text[1 + len] == ' ')
            return true;
    }
    return false;
}

/* A line end in a name or a path would begin a line that is not ours. */
static void append_word(struct kb_buf *out, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        kb_buf_byte(out, (char)(word[i] == '\n' ? '?' : word[i]));
}

void report_text(struct kb_buf *out, const char *head, const char *text)
{
    size_t indent = strlen(head), room = is_command(text) ? SIZE_MAX : columns(), at = indent;

    kb_buf_str(out, head);
    for (const char *word = text;; word++) {
        size_t len = strcspn(word, " ");

        if (word > text && len >= room - at) {
            kb_buf_fmt(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (word > text) {
            kb_buf_byte(out, ' ');
            at++;
        }
        append_word(out, word, len);
        at = len < room - at ? at + len : room;
        word += len;
        if (!*word)
            break;
    }
    kb_buf_byte(out, '\n');
}

void report_words(struct kb_buf *out, const char *fmt, ...)
{
    char text[WORDS_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    report_text(out, "", text);
}

void page_wrap(struct kb_buf *out, size_t column, const char *text)
{
    for (size_t used = 0, len; *text; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        bool fits = column + used + 1 + len <= PAGE_WIDTH;

        if (used > 0)
            kb_buf_fmt(out, "%s%*s", fits ? "" : "\n", fits ? 1 : (int)column, "");
        kb_buf_add(out, text, len);
        used = (fits ? used + 1 : 0) + len;
    }
}
