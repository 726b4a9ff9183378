/*
 * KEYBEARER_LOG=1: what was done and how long it took, on stderr. Takes names and numbers
 * only, so that no secret can be written by mistake.
 */
#include "front.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void trace(const char *event, const char *profile, int64_t number, const char *unit)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(512);
    const char *level = getenv("KEYBEARER_LOG");

    if (!level || !*level || strcmp(level, "0") == 0)
        return;
    kb_buf_fmt(&line, "keybearer: log: %s: %s", profile, event);
    if (*unit)
        kb_buf_fmt(&line, " %" PRId64 " %s", number, unit);
    kb_buf_byte(&line, '\n');
    /* A log that cannot be written must not spoil the answer. */
    KB_IGNORE(kb_write_all(STDERR_FILENO, kb_buf_text(&line), line.len, NULL));
}
