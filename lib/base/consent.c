/*
 * Yes or no. Must never take silence, or anything but a yes, for one.
 */
#include "base/consent.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *answer, size_t len, const char *word)
{
    return (len == 1 || len == strlen(word)) && strncasecmp(answer, word, len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

enum kb_consent kb_consent_of(const char *answer, size_t len)
{
    for (; len > 0 && is_blank(*answer); len--)
        answer++;
    while (len > 0 && is_blank(answer[len - 1]))
        len--;
    if (is_one_of(answer, len, "yes"))
        return KB_CONSENT_YES;
    return len == 0 || is_one_of(answer, len, "no") ? KB_CONSENT_NO : KB_CONSENT_UNCLEAR;
}
