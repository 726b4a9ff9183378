/*
 * Yes or no. Must never take silence, or anything but a yes, for one.
 */
#include "base/consent.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *answer, size_t len, const char *word)
{
    return (len == 1 || len == strlen(word)) && strncasecmp(answer, word, len) == 0;
}

enum kb_consent kb_consent_of(const char *answer)
{
    static const char blanks[] = " \t\r";
    const char *start = answer + strspn(answer, blanks);
    size_t len = strlen(start);

    while (len > 0 && strchr(blanks, start[len - 1]))
        len--;
    if (is_one_of(start, len, "yes"))
        return KB_CONSENT_YES;
    return len == 0 || is_one_of(start, len, "no") ? KB_CONSENT_NO : KB_CONSENT_UNCLEAR;
}
