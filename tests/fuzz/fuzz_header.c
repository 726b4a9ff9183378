/*
 * "PRESET\nNAME\nVALUE": a header of a person's own. What is accepted cannot end its line, and
 * is none that the exchange sets itself; and what the presets say is found by its name only.
 */
#include "fuzz.h"

#include "config/header.h"

#include <strings.h>

static void must_be_a_header(const char *name, const char *value)
{
    static const char *const owned[] = {"Authorization", "Host", "Content-Length", "Cookie",
        "Content-Type", "Accept", "Transfer-Encoding", "Proxy-Authorization", "Connection"};
    size_t len = strlen(value);

    MUST(kb_text_is_visible(name, strlen(name), 1, 128) && !strpbrk(name, ":;,()<>@[]{}\"\\/=?"));
    MUST(kb_text_is_printable(value, len, 1, 4096));
    MUST(value[0] != ' ' && value[len - 1] != ' ');
    for (size_t i = 0; i < KB_COUNT(owned); i++)
        MUST(strcasecmp(name, owned[i]) != 0);
}

static void look_up(const struct kb_preset *preset, const char *text)
{
    const struct kb_preset_host *environment = kb_preset_environment(preset, text);
    const struct kb_preset_host *host = kb_preset_host(preset, text);
    const struct kb_preset_header *header = kb_preset_header(preset, text);

    MUST(!environment || strcasecmp(environment->environment, text) == 0);
    MUST(!host || strcasecmp(host->host, text) == 0);
    MUST(!header || strcasecmp(header->name, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    KB_AUTO(kb_str_free) char *preset_name = take_until(&in, '\n');
    KB_AUTO(kb_str_free) char *name = take_until(&in, '\n');
    KB_AUTO(kb_str_free) char *value = take_until(&in, '\0');
    const struct kb_preset *preset = kb_preset_find(preset_name);
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_header_check(preset, name, value, &err);

    must_be_presentable(rc, &err);
    MUST(!preset || strcmp(preset->name, preset_name) == 0);
    if (rc == KB_OK)
        must_be_a_header(name, value);
    else
        MUST(rc == KB_ERR_CONFIG);
    look_up(preset, name);
    look_up(preset, value);
    return 0;
}
