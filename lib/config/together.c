/*
 * Which settings go together. A setting that changes nothing is a misunderstanding: better said
 * than ignored. Looks at a profile that is complete, and changes nothing in it.
 */
#include "draft.h"

#include <string.h>
#include <strings.h>

static bool is_set(const struct kb_config_draft *draft, const char *key)
{
    return kb_setting_get(draft->find(key), &draft->profile).is_set;
}

static enum kb_err refuse_what_lacks_another(struct kb_config_draft *draft)
{
    static const struct {
        const char *key, *needs;
    } pairs[] = {
        {"second_form", "second_url"},
        {"second_body", "second_url"},
        {"subject_token_type", "subject_token_file"},
    };

    for (size_t i = 0; i < KB_COUNT(pairs); i++) {
        if (!is_set(draft, pairs[i].key) || is_set(draft, pairs[i].needs))
            continue;
        kb_config_draft_look_at(draft, pairs[i].key);
        return kb_config_draft_refuse(
            draft, "means nothing without %s", kb_config_draft_say(draft, pairs[i].needs).text);
    }
    return KB_OK;
}

/* A server would take the one for the other. */
static enum kb_err refuse_one_field_of_both(struct kb_config_draft *draft)
{
    const char *id = draft->profile.client_id_name, *secret = draft->profile.client_secret_name;

    if (strcmp(id ? id : "client_id", secret ? secret : "client_secret") != 0)
        return KB_OK;
    kb_config_draft_look_at(draft, secret ? "client_secret_name" : "client_id_name");
    return kb_config_draft_refuse(draft, "is the field of the client's other half already");
}

static bool is_sent_already(const char *name, const struct kb_pairs *form)
{
    static const char *const others[] = {"grant_type", "scope", "audience", "resource", "assertion",
        "client_assertion", "client_assertion_type", "subject_token", "subject_token_type"};

    for (size_t i = 0; i < KB_COUNT(others); i++)
        if (strcmp(name, others[i]) == 0)
            return true;
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(name, form->items[i].name) == 0)
            return true;
    return false;
}

/* RFC 6749 section 3.2: no field is sent twice. And servers log what these are. */
static enum kb_err refuse_field_twice(struct kb_config_draft *draft)
{
    const struct kb_profile *profile = &draft->profile;
    const struct {
        const char *key, *name;
    } fields[] = {
        {"client_id_name", profile->client_id_name},
        {"client_secret_name", profile->client_secret_name},
    };

    for (size_t i = 0; i < KB_COUNT(fields); i++) {
        if (!fields[i].name || !is_sent_already(fields[i].name, &profile->form))
            continue;
        kb_config_draft_look_at(draft, fields[i].key);
        return kb_config_draft_refuse(draft, "names a field that has something else");
    }
    return KB_OK;
}

/* An API would find two values of one header. */
static enum kb_err refuse_header_twice(struct kb_config_draft *draft)
{
    const char *name = kb_profile_api_header(&draft->profile);
    const struct kb_pairs *headers = &draft->profile.api_headers;

    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) != 0)
            continue;
        kb_config_draft_look_at(draft, "api_header_name");
        return kb_fail(draft->err, KB_ERR_CONFIG, "header %s has the token, so %s cannot have it",
            name, kb_config_draft_say(draft, "api_headers").text);
    }
    return KB_OK;
}

enum kb_err kb_config_draft_check_together(struct kb_config_draft *draft)
{
    enum kb_err rc = refuse_what_lacks_another(draft);

    if (!rc)
        rc = refuse_one_field_of_both(draft);
    if (!rc)
        rc = refuse_field_twice(draft);
    return rc ? rc : refuse_header_twice(draft);
}
