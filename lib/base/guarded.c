/*
 * Guarded memory, some secrets to a region. A region of libsodium's costs a dozen system calls,
 * and one a secret made a fiftieth of an exchange's time; so small secrets lie one after the
 * other in one region, which is made for the first and stays. Under sanitizers each has its own,
 * so that a write beyond one meets a guard page.
 *
 * Must be used by one thread only, and first after a fork: locks do not pass to a child.
 */
#include "guarded.h"

#include "base/attr.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

/* With libsodium's 16 bytes before it, whole pages: what an exchange with a short token needs. */
enum { REGION_SIZE = 16384 - 16, SMALL = 4096 };

static struct {
    unsigned char *bytes;
    size_t used;
    size_t alive; /* secrets in it; with the last one all of it is free again */
} region;

static void *alloc_small(size_t len)
{
    void *bytes;

    if (!region.bytes)
        region.bytes = sodium_malloc(REGION_SIZE);
    if (!region.bytes || len > REGION_SIZE - region.used)
        return NULL;
    bytes = region.bytes + region.used;
    region.used += len;
    region.alive++;
    return bytes;
}

static bool is_small(const unsigned char *bytes)
{
    uintptr_t at = (uintptr_t)bytes, start = (uintptr_t)region.bytes;

    return region.bytes && at >= start && at < start + REGION_SIZE;
}

void *kb_guarded_alloc(size_t len)
{
    void *bytes = !KB_SANITIZED && len <= SMALL ? alloc_small(len) : NULL;

    return bytes ? bytes : sodium_malloc(len);
}

void kb_guarded_free(void *bytes, size_t len)
{
    if (!is_small(bytes)) {
        sodium_free(bytes);
        return;
    }
    sodium_memzero(bytes, len);
    if (--region.alive == 0)
        region.used = 0;
}
