/*
 * `look PROFILE token_url|second_url`: whether that endpoint of the profile is in reach, and what
 * is met on the way. Opens no store, no card and no cache, and must never have a client: what is
 * not here cannot be sent.
 */
#include "helper.h"

#include "base/strings.h"
#include "net/look.h"

#include <string.h>

/* The front gives up a little later. */
enum { LOOK_MS = 10000 };

struct endpoint {
    const struct kb_url *url; /* NULL: there is none of that name */
    const char *text;
};

static struct endpoint find_endpoint(const struct kb_profile *profile, const char *setting)
{
    if (strcmp(setting, "token_url") == 0)
        return (struct endpoint){&profile->token_url, profile->token_url_text};
    if (strcmp(setting, "second_url") == 0 && profile->second_url_text)
        return (struct endpoint){&profile->second_url, profile->second_url_text};
    return (struct endpoint){NULL, NULL};
}

/* What went wrong is what was to be found out, and no failure of ours. */
static void look_at(const struct kb_profile *profile, const char *address, struct kb_sight *sight)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct kb_error why = KB_ERROR_INIT;

    kb_str_set(&request.url, address);
    kb_str_set(&request.ca_file, profile->ca_file);
    kb_str_set(&request.ca_setting, kb_setting_say(profile, "ca_file").text);
    sight->failed = kb_net_look(&request, kb_deadline_in_ms(LOOK_MS), sight, &why);
    if (!sight->failed)
        return;
    kb_text_copy(sight->problem, sizeof(sight->problem), why.msg);
    kb_text_copy(sight->hint, sizeof(sight->hint), kb_err_hint(&why));
}

enum kb_err helper_look(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(512);
    struct kb_sight *sight = &frame->report.look;
    const struct kb_profile *profile;
    struct endpoint endpoint;
    enum kb_err rc;

    if (argc != 2)
        return kb_fail(err, KB_ERR_USAGE, "look needs a profile and the name of an endpoint");
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (rc)
        return rc;
    endpoint = find_endpoint(profile, argv[1]);
    if (!endpoint.url)
        return kb_fail(err, KB_ERR_USAGE, "profile %s has no endpoint %s", argv[0], argv[1]);
    rc = confine(&(struct needs){.file = profile->ca_file}, err);
    if (rc)
        return rc;
    look_at(profile, endpoint.text, sight);
    kb_url_append_authority(endpoint.url, &host);
    kb_text_copy(sight->host, sizeof(sight->host), kb_buf_text(&host));
    return KB_OK;
}
