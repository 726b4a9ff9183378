/*
 * `inspect PROFILE`: what its store says about itself. Prompts for nothing, unlocks nothing,
 * reads no secret.
 */
#include "helper.h"
#include "own_client.h"

#include "base/strings.h"

/*
 * Without a client there is still the store to speak of: a reference that none has asks for it.
 * MISSING gets what to do about that, as `token` would say it.
 */
static enum kb_err find(const struct kb_profile *profile, struct kb_card_client *ret,
    struct kb_error *missing, struct kb_error *err)
{
    enum kb_err rc = own_client_find(profile, ret, missing);

    if (!rc)
        kb_hint(missing, "keybearer add %s", profile->name); /* the card names one that is gone */
    if (rc == KB_ERR_NOT_FOUND) {
        *ret = (struct kb_card_client){.version_1 = false};
        return KB_OK;
    }
    if (rc)
        *err = *missing;
    return rc;
}

enum kb_err helper_inspect(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_report_inspect *report = &frame->report.inspect;
    struct kb_store_status *status = &report->status;
    struct kb_store_context context;
    struct kb_card_client own;
    struct kb_error missing = KB_ERROR_INIT;
    const struct kb_profile *profile;
    enum kb_err rc;

    if (argc != 1)
        return kb_fail(err, KB_ERR_USAGE, "inspect needs a profile");
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (rc)
        return rc;
    rc = confine(
        &(struct needs){.vault = NEED_READ, .clients = NEED_READ, .file = profile->ca_file}, err);
    if (!rc)
        rc = find(profile, &own, &missing, err);
    if (rc)
        return rc;
    context = own_client_context(profile->name, own_client_ref(&own), NULL, false);
    rc = kb_store_find(profile->store)->status(&context, status, err);
    if (!rc && !status->present && !status->unseen)
        kb_text_copy(status->next, sizeof(status->next), kb_err_hint(&missing));
    report->unbound = own.version_1;
    return rc;
}
