/*
 * The parsers, one a format or two: each adds what it finds in TEXT, LEN bytes and a NUL, to RET.
 */
#ifndef KB_LOOSE_PARSERS_H
#define KB_LOOSE_PARSERS_H

#include "loose/entry.h"

void parse_env(const char *text, size_t len, struct kb_loose_entries *ret);
void parse_shell(const char *text, size_t len, struct kb_loose_entries *ret);
void parse_fish(const char *text, size_t len, struct kb_loose_entries *ret);
/* IS_DOCKER: also what docker calls "auth". */
void parse_json(const char *text, size_t len, bool is_docker, struct kb_loose_entries *ret);
void parse_toml(const char *text, size_t len, struct kb_loose_entries *ret);
void parse_npmrc(const char *text, size_t len, struct kb_loose_entries *ret);
void parse_netrc(const char *text, size_t len, struct kb_loose_entries *ret);
void parse_url_lines(const char *text, size_t len, struct kb_loose_entries *ret);

#endif
