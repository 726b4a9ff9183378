/*
 * Which parser reads a format.
 */
#include "loose/parse.h"

#include "parsers.h"

void kb_loose_parse(
    enum kb_loose_format format, const char *text, size_t len, struct kb_loose_entries *ret)
{
    switch (format) {
    case KB_LOOSE_ENV:
        parse_env(text, len, ret);
        break;
    case KB_LOOSE_SHELL:
        parse_shell(text, len, ret);
        break;
    case KB_LOOSE_FISH:
        parse_fish(text, len, ret);
        break;
    case KB_LOOSE_JSON:
    case KB_LOOSE_DOCKER:
        parse_json(text, len, format == KB_LOOSE_DOCKER, ret);
        break;
    case KB_LOOSE_TOML:
        parse_toml(text, len, ret);
        break;
    case KB_LOOSE_NPMRC:
        parse_npmrc(text, len, ret);
        break;
    case KB_LOOSE_NETRC:
        parse_netrc(text, len, ret);
        break;
    case KB_LOOSE_URL_LINES:
        parse_url_lines(text, len, ret);
        break;
    }
}
