/*
 * A file of git's settings: whatever it says, what is read of it is a list of whole values, the
 * same each time.
 */
#include "fuzz.h"

#include "tools/git_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_strings_clear) struct kb_strings values = {0}, again = {0};
    struct kb_url address = KB_URL_INIT;
    struct input in = {data, size};
    char *text = take_until(&in, '\0');
    bool is_sure = true, is_still_sure = true;

    MUST(kb_url_from_parts("https", "git.example.com", &address, NULL) == KB_OK);
    kb_git_settings_read(text, &address, "helper", &values, &is_sure);
    kb_git_settings_read(text, &address, "helper", &again, &is_still_sure);
    MUST(values.count == again.count && is_sure == is_still_sure);
    for (size_t i = 0; i < values.count; i++) {
        MUST(*values.items[i] && strlen(values.items[i]) <= strlen(text) + strlen("true"));
        MUST(strcmp(values.items[i], again.items[i]) == 0);
    }
    free(text);
    return 0;
}
