/*
 * Guarded memory, some secrets to a region. A region of libsodium's costs a dozen system calls,
 * and one a secret made a fiftieth of an exchange's time; so small secrets lie one after the
 * other in one region, which is made for the first and stays. Behind each is a canary: who wrote
 * beyond a secret ends the process when it is given back. Under sanitizers each has a region of
 * its own, so that such a write meets a guard page.
 *
 * Must be used by one thread only, and first after a fork: locks do not pass to a child.
 */
#include "guarded.h"

#include "base/attr.h"
#include "base/random.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* With libsodium's 16 bytes before it, whole pages: what an exchange with a short token needs. */
enum { REGION_SIZE = 16384 - 16, SMALL = 4096, CANARY_LEN = 16 };

static struct {
    unsigned char *bytes;
    size_t used;
    size_t alive; /* secrets in it; with the last one all of it is free again */
    unsigned char canary[CANARY_LEN];
} region;

static bool make_region(void)
{
    if (!region.bytes && !kb_random(region.canary, CANARY_LEN, NULL))
        region.bytes = sodium_malloc(REGION_SIZE);
    return region.bytes != NULL;
}

static void *alloc_small(size_t len)
{
    unsigned char *bytes;

    if (!make_region() || len + CANARY_LEN > REGION_SIZE - region.used)
        return NULL;
    bytes = region.bytes + region.used;
    memcpy(bytes + len, region.canary, CANARY_LEN);
    region.used += len + CANARY_LEN;
    region.alive++;
    return bytes;
}

static void free_small(unsigned char *bytes, size_t len)
{
    if (sodium_memcmp(bytes + len, region.canary, CANARY_LEN) != 0)
        abort();
    sodium_memzero(bytes, len + CANARY_LEN);
    if (--region.alive == 0)
        region.used = 0;
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
    if (is_small(bytes))
        free_small(bytes, len);
    else
        sodium_free(bytes);
}
