/*
 * Whose token does a request want? Pure: configuration and request in, profile out.
 *
 * A profile matches when one of its `match` addresses has exactly the request's
 * scheme, host and port, and its path covers the request's path on a '/' boundary.
 * The longest path wins. Docker Hub's hosts (docker.io, index.docker.io,
 * registry-1.docker.io) are one host.
 */
#ifndef KB_CONFIG_MATCH_H
#define KB_CONFIG_MATCH_H

#include "base/error.h"
#include "config/config.h"
#include "core/request.h"
#include "core/route.h"

/*
 * *RET gets the profile, borrowed from CONFIG, or NULL when the request is not ours:
 * that is an answer, not an error. A profile with another account than the user name in
 * the request does not match, whether it is named or found. Among equally long matches, a
 * user name in the request that only one of them tells decides; a request that names no user
 * gets the only one that has no account. Else KB_ERR_CONFIG naming all of them.
 * A request that names a profile gets it if the profile exists and, where an address
 * is given too, matches it; an unknown name is KB_ERR_NOT_FOUND. A request that names
 * nothing gets the only profile; several are KB_ERR_USAGE, none is KB_ERR_NOT_FOUND.
 */
KB_CHECKED enum kb_err kb_match(const struct kb_config *config, const struct kb_request *request,
    const struct kb_profile **ret, struct kb_error *err);

/*
 * Whether REQUEST, which nobody serves, lacks a path that some profile at its host asks for.
 */
bool kb_match_wants_path(const struct kb_config *config, const struct kb_request *request);

/*
 * For REQUEST, whose address nobody serves: *RET gets the profile that would, had another one not
 * been named; or one with another scheme, port or path at the same host, of which ADDRESS is the
 * named profile's where one is named.
 */
void kb_match_near(
    const struct kb_config *config, const struct kb_request *request, struct kb_near *ret);

/*
 * Whether OTHER is another profile than PROFILE, and has its ADDRESS (scheme, host, port and path)
 * and tells its user name, so that a request by that address can get neither.
 */
bool kb_match_is_rival_at(
    const struct kb_profile *other, const struct kb_profile *profile, const struct kb_url *address);

/*
 * The first other profile in CONFIG that has the ADDRESS of PROFILE (scheme, host, port and path)
 * and tells its user name, so that a request by that address can get neither; borrowed from
 * CONFIG. NULL: there is none.
 */
const struct kb_profile *kb_match_rival_at(
    const struct kb_config *config, const struct kb_profile *profile, const struct kb_url *address);
/* The same for the first address of PROFILE that has one. */
const struct kb_profile *kb_match_rival(
    const struct kb_config *config, const struct kb_profile *profile);

/*
 * Another profile that has ADDRESS, whatever user name it tells. Of several the one that gets what
 * names no user, if any of them does.
 */
const struct kb_profile *kb_match_beside_at(
    const struct kb_config *config, const struct kb_profile *profile, const struct kb_url *address);
/*
 * Whether a request that gives ADDRESS, and names no user, gets PROFILE. BY_HOST: it comes from a
 * tool that tells nothing but a host.
 */
bool kb_match_gets(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_url *address, bool by_host);

/* Whether a tool asks by a host alone for an address of both, as docker does for a registry. */
bool kb_match_by_host(const struct kb_profile *one, const struct kb_profile *other);

/*
 * Whether PROFILE serves ADDRESS and all that is below its path, and no other profile has a part of
 * that: for tools that send a token to all of it. If the person named PROFILE, that decides, and
 * the others do not count.
 */
bool kb_match_covers(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_url *address, bool is_named);
/* The same of the whole host that REQUEST is for; it names PROFILE, or nobody. */
bool kb_match_covers_host(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_request *request);

/*
 * What a person does about two profiles that a request by address cannot tell apart.
 * BY_HOST: it comes from a tool, as docker is, that tells nothing but a host.
 */
const char *kb_match_cure(bool by_host);

#endif
