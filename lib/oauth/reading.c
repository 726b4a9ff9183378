/*
 * What every step of reading a reply may say beside its answer.
 */
#include "reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void kb_reading_warn(const struct kb_reading *r, const char *fmt, ...)
{
    char *warning = r->facts->warning;
    size_t size = sizeof(r->facts->warning), used = strlen(warning);
    va_list args;

    if (used > 0)
        used += (size_t)snprintf(warning + used, size - used, "; ");
    if (used >= size)
        return;
    va_start(args, fmt);
    vsnprintf(warning + used, size - used, fmt, args);
    va_end(args);
}
