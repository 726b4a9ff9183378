/* The configuration: no accepted profile may send its secret in clear. */
#include "fuzz.h"

#include "config/config.h"

/* As what options became it is just as good or bad, but an error knows of no file. */
static void read_as_options(const uint8_t *data, size_t size, enum kb_err as_file)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_config_parse(NULL, (const char *)data, size, &config, &err);

    must_be_presentable(rc, &err);
    MUST((rc == KB_OK) == (as_file == KB_OK));
    MUST(err.place.line == 0 && !err.place.file[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_config_parse("config.json", (const char *)data, size, &config, &err);

    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || config.count == 0);
    read_as_options(data, size, rc);
    for (size_t i = 0; i < config.count; i++) {
        const struct kb_profile *profile = &config.profiles[i];

        MUST(kb_profile_name_ok(profile->name) && kb_profile_told_username(profile) &&
             profile->store);
        MUST(kb_url_check_secure(&profile->token_url, NULL) == KB_OK);
    }
    return 0;
}
