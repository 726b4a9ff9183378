/*
 * A profile while it is read, shared by the files that read it: reader.c takes the values from the
 * file, check.c judges them one by one, complete.c adds what presets and defaults say. Private
 * to them.
 */
#ifndef KB_CONFIG_DRAFT_H
#define KB_CONFIG_DRAFT_H

#include "config/settings.h"
#include "source.h"

#include <stdint.h>

#define KB_CONFIG_TEXT_MAX 2048
#define KB_CONFIG_ADDRESS_MAX 1800
#define KB_CONFIG_USERNAME_MAX 255
#define KB_CONFIG_FIELD_NAME_MAX 128
#define KB_CONFIG_PATH_MAX 128

struct kb_config_draft {
    struct kb_profile profile;
    bool given[KB_SETTINGS_MAX]; /* by the file, in the order of the table */
    struct kb_config_place here; /* what is looked at: where an error will point */
    bool typed;                  /* as options, not in a file */
    const struct kb_setting *(*find)(const char *key); /* among all settings; NULL: none */
    struct kb_error *err;
};

/* Moves the place that errors point to; KEY NULL is the profile itself. */
void kb_config_draft_look_at(struct kb_config_draft *draft, const char *key);

/*
 * What SETTING, which may be NULL, is called: --OPTION where it was TYPED and has one, else KEY in
 * quotes, and WHERE behind it.
 */
struct kb_setting_said kb_config_say(
    const struct kb_setting *setting, const char *key, bool typed, const char *where);

/* What errors call the setting KEY of DRAFT, whose place they name anyway. */
struct kb_setting_said kb_config_draft_say(const struct kb_config_draft *draft, const char *key);

/* KB_ERR_CONFIG: what is looked at, a setting or one of its members, "must be ..." */
enum kb_err kb_config_draft_refuse(struct kb_config_draft *draft, const char *fmt, ...)
    KB_PRINTF(2, 3);

/* RC is of a check that names no setting: who typed it among options is told which it was. */
enum kb_err kb_config_draft_name(struct kb_config_draft *draft, enum kb_err rc);

/* Hints at the candidate nearest to WORD, if one is near. Returns KB_ERR_CONFIG. */
enum kb_err kb_config_suggest(
    const char *word, const char *const candidates[], size_t count, struct kb_error *err);

/* KB_ERR_CONFIG: NAME is none of KEYS. Who put a client there is told where it belongs. */
enum kb_err kb_config_refuse_key(
    const char *name, const char *const keys[], size_t count, struct kb_error *err);

/* The address in TEXT, over TLS or on loopback. Who left https:// out is offered it. */
KB_CHECKED enum kb_err kb_config_draft_read_url(
    struct kb_config_draft *draft, const char *text, struct kb_url *ret);

/*
 * put.c. Checks TEXT as one value of SETTING, which has texts, and puts it into the profile. Of a
 * pair, what is looked at is its name.
 */
KB_CHECKED enum kb_err kb_config_draft_put(
    struct kb_config_draft *draft, const struct kb_setting *setting, const char *text);
KB_CHECKED enum kb_err kb_config_draft_put_number(
    struct kb_config_draft *draft, const struct kb_setting *setting, int64_t number);
void kb_config_draft_put_flag(
    struct kb_config_draft *draft, const struct kb_setting *setting, bool on);

/* Whether the file says something for KEY, which must be a setting's. */
bool kb_config_draft_gives(const struct kb_config_draft *draft, const char *key);

KB_CHECKED enum kb_err kb_config_draft_add_match(struct kb_config_draft *draft, const char *text);

/*
 * The checks of check.c, of what is looked at. Those of "preset" and "token_url" also set
 * what the text means in the draft's profile.
 */
kb_setting_check kb_config_check_preset, kb_config_check_tenant, kb_config_check_token_url,
    kb_config_check_host, kb_config_check_scope, kb_config_check_resource,
    kb_config_check_printable, kb_config_check_username, kb_config_check_token_type,
    kb_config_check_registry, kb_config_check_form_field, kb_config_check_header,
    kb_config_check_api_header, kb_config_check_env, kb_config_check_file,
    kb_config_check_bonded_file, kb_config_check_issuer, kb_config_check_claim,
    kb_config_check_grant, kb_config_check_field_name, kb_config_check_second_url,
    kb_config_check_second_field, kb_config_check_path, kb_config_check_api_header_name,
    kb_config_check_api_header_prefix;
KB_CHECKED enum kb_err kb_config_check_choice(
    struct kb_config_draft *draft, const char *text, const char *const choices[]);

/* together.c: settings that need or exclude each other. */
KB_CHECKED enum kb_err kb_config_draft_check_together(struct kb_config_draft *draft);

/*
 * take_preset.c. First that the file says all that its preset needs: the error names what is
 * missing, all at once. Then the preset's values, as if the file had them; what the file says
 * stays as it is.
 */
KB_CHECKED enum kb_err kb_config_draft_require_needs(struct kb_config_draft *draft);
KB_CHECKED enum kb_err kb_config_draft_take_preset(struct kb_config_draft *draft);

/* complete.c: what the file leaves open. */
KB_CHECKED enum kb_err kb_config_draft_complete(struct kb_config_draft *draft);

/* reader.c. *RET is untouched on failure. The error names the place of what is wrong. */
KB_CHECKED enum kb_err kb_config_read_profile(const struct kb_config_source *source,
    const char *name, struct json_object *object, struct kb_profile *ret, struct kb_error *err);

#endif
