/*
 * A profile reduced to what the front needs for a cached answer, packed for the record
 * that remembers it.
 *
 * Layout: version u8, ours u8, wants_path u8, profile text, key (32 bytes), store text, username
 * text, api_header text, api_prefix text, min_ttl i64, refresh_ahead i64, timeout i64, covers_host
 * u8, api_headers (pack_pairs.h), and of who is near: profile text, address text.
 */
#include "core/route.h"

#include "pack_pairs.h"

#include <limits.h>
#include <string.h>

#define PACK_VERSION 6

void kb_route_pack(const struct kb_route *route, struct kb_buf *out)
{
    kb_pack_u8(out, PACK_VERSION);
    kb_pack_u8(out, route->ours);
    kb_pack_u8(out, route->wants_path);
    kb_pack_text(out, route->profile);
    kb_buf_add(out, route->key.bytes, sizeof(route->key.bytes));
    kb_pack_text(out, route->store);
    kb_pack_text(out, route->username);
    kb_pack_text(out, route->api_header);
    kb_pack_text(out, route->api_prefix);
    kb_pack_i64(out, route->min_ttl);
    kb_pack_i64(out, route->refresh_ahead);
    kb_pack_i64(out, route->timeout);
    kb_pack_u8(out, route->covers_host);
    kb_pack_pairs(out, &route->api_headers);
    kb_pack_text(out, route->near.profile);
    kb_pack_text(out, route->near.address);
}

static int unpack_int(struct kb_unpack *in)
{
    int64_t value = kb_unpack_i64(in);

    in->failed = in->failed || value < INT_MIN || value > INT_MAX;
    return in->failed ? 0 : (int)value;
}

/* What goes out with the token. */
static void unpack_going_out(struct kb_unpack *in, struct kb_route *route)
{
    kb_unpack_text(in, route->username, sizeof(route->username));
    kb_unpack_text(in, route->api_header, sizeof(route->api_header));
    kb_unpack_text(in, route->api_prefix, sizeof(route->api_prefix));
}

/* Whether what stands in ROUTE is what is said of one that is ours, or of one that is not. */
static bool is_whole(const struct kb_route *route)
{
    if (!route->ours)
        return !*route->profile && !*route->api_header;
    return kb_profile_name_ok(route->profile) && *route->api_header && !route->wants_path &&
           !*route->near.profile;
}

enum kb_err kb_route_unpack(
    const void *bytes, size_t len, struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    struct kb_unpack in = kb_unpack(bytes, len);
    const void *key;
    uint8_t version = kb_unpack_u8(&in), ours = kb_unpack_u8(&in), wants_path = kb_unpack_u8(&in);
    uint8_t covers_host;

    route.ours = ours == 1;
    route.wants_path = wants_path == 1;
    kb_unpack_text(&in, route.profile, sizeof(route.profile));
    key = kb_unpack_raw(&in, sizeof(route.key.bytes));
    if (key)
        memcpy(route.key.bytes, key, sizeof(route.key.bytes));
    kb_unpack_text(&in, route.store, sizeof(route.store));
    unpack_going_out(&in, &route);
    route.min_ttl = unpack_int(&in);
    route.refresh_ahead = unpack_int(&in);
    route.timeout = unpack_int(&in);
    covers_host = kb_unpack_u8(&in);
    route.covers_host = covers_host == 1;
    kb_unpack_pairs(&in, &route.api_headers);
    kb_unpack_text(&in, route.near.profile, sizeof(route.near.profile));
    kb_unpack_text(&in, route.near.address, sizeof(route.near.address));
    if (version != PACK_VERSION || ours > 1 || wants_path > 1 || covers_host > 1 ||
        !is_whole(&route))
        in.failed = true;
    enum kb_err rc = kb_unpack_end(&in, "the remembered match", err);
    if (rc)
        return rc;
    kb_route_clear(ret);
    *ret = route;
    route = KB_ROUTE_INIT;
    return KB_OK;
}

void kb_route_clear(struct kb_route *route)
{
    if (!route)
        return;
    kb_pairs_clear(&route->api_headers);
    *route = KB_ROUTE_INIT;
}

bool kb_near_is_path(const struct kb_near *near, const struct kb_url *address)
{
    struct kb_url own;

    return *near->address && !kb_url_parse(near->address, strlen(near->address), &own, NULL) &&
           strcmp(own.scheme, address->scheme) == 0 && own.port == address->port;
}
