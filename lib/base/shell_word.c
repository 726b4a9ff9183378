/*
 * Quotes words for a shell. Must never leave a character to it that could mean something.
 */
#include "base/shell_word.h"

#include <string.h>

void kb_shell_quote(struct kb_buf *out, const char *text)
{
    kb_buf_byte(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            kb_buf_str(out, "'\\'");
        kb_buf_byte(out, *text);
    }
    kb_buf_byte(out, '\'');
}

bool kb_shell_is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";

    return *text && text[strspn(text, plain)] == '\0';
}

void kb_shell_word(struct kb_buf *out, const char *text)
{
    if (kb_shell_is_plain(text))
        kb_buf_str(out, text);
    else
        kb_shell_quote(out, text);
}
