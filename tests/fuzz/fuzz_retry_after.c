/* Retry-After: a number of seconds that is not negative, or nothing. */
#include "fuzz.h"

#include "oauth/rate_limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct kb_clock now = {.wall_ms = 1893455000000, .boot_ms = 5000000};
    char value[256];
    int64_t seconds = -7;

    size = size < sizeof(value) ? size : sizeof(value) - 1;
    memcpy(value, data, size);
    value[size] = '\0';
    if (kb_retry_after_parse(value, now, &seconds))
        MUST(seconds >= 0);
    else
        MUST(seconds == -7);
    return 0;
}
