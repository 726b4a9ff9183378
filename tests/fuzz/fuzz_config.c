/* The configuration: no accepted profile may send its secret in clear. */
#include "fuzz.h"

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_config_parse("config.json", (const char *)data, size, &config, &err);

    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || config.count == 0);
    for (size_t i = 0; i < config.count; i++) {
        const struct kb_profile *profile = &config.profiles[i];

        MUST(kb_profile_name_ok(profile->name) && profile->username && profile->store);
        MUST(kb_url_check_secure(&profile->token_url, NULL) == KB_OK);
    }
    return 0;
}
