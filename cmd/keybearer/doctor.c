/*
 * `doctor`: everything that keybearer relies on, looked at once. Must never prompt, hold a
 * secret, or leave anything changed; nor make a connection, unless --online asks for it.
 */
#include "doctor.h"

#include "base/options.h"
#include "front.h"

/* What was asked for. */
struct wish {
    bool online;
    const char *only; /* the profile that is looked at online; NULL: all */
};

/* A configuration with an error has no profiles that could be looked at. */
static void check_configuration(struct doctor_page *page, const struct wish *wish)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;
    char path[PATH_MAX], none[KB_CONFIG_NONE_MAX];

    if (kb_config_path(path, sizeof(path), &err) || kb_config_load(path, &config, &err)) {
        doctor_say(page, FINDING_FAIL, "configuration", kb_err_hint(&err), "%s", err.msg);
        return;
    }
    if (config.count == 0)
        doctor_say(page, FINDING_NOTE, "configuration", "keybearer help add",
            "%s: there are no profiles%s", path, kb_config_say_none(&config, none));
    else
        doctor_say(page, FINDING_OK, "configuration", NULL, "%s: %zu profile%s", path, config.count,
            config.count == 1 ? "" : "s");
    doctor_check_stores(page, &config);
    doctor_check_outcomes(page, &config);
    doctor_check_git(page, &config);
    doctor_check_tools(page, &config);
    if (wish->online)
        doctor_check_online(page, &config, wish->only);
}

static void check_all(struct doctor_page *page, const struct wish *wish)
{
    check_configuration(page, wish);
    doctor_check_clients(page);
    doctor_check_loose(page);
    doctor_check_cache(page);
    doctor_check_keyring(page);
    doctor_check_log(page);
    doctor_check_helper(page);
    doctor_check_links(page);
}

static void json_page(struct doctor_page *page, const struct wish *wish)
{
    kb_json_open(&page->json, '{');
    kb_json_open_member(&page->json, "checks", '[');
    check_all(page, wish);
    kb_json_close(&page->json);
    kb_json_string_member(&page->json, "worst", doctor_finding_name(page->worst));
    kb_json_close(&page->json);
    kb_buf_byte(page->out, '\n');
}

/* A name that is none is not worth the rest of the page. */
static enum kb_err check_name(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;

    return kb_config_load_profile(name, &config, &profile, err);
}

static enum kb_err read_words(
    int argc, char *argv[], struct wish *wish, bool *ret_json, struct kb_error *err)
{
    const struct kb_option options[] = {
        {.name = "json", .flag = ret_json}, {.name = "online", .flag = &wish->online}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (rc)
        return rc;
    if (operands > 1)
        return kb_options_too_much("one name", argv[1], err);
    if (operands == 0)
        return KB_OK;
    wish->only = argv[0];
    rc = check_name(wish->only, err);
    if (rc || wish->online)
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "doctor looks at one profile only where it goes online"),
        "keybearer doctor --online %s", wish->only);
}

int verb_doctor(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4U << 20);
    struct doctor_page page = {.out = &out, .json = kb_json_writer(&out, 2)};
    struct kb_error err = KB_ERROR_INIT;
    struct wish wish = {.online = false};
    int status;

    if (read_words(argc, argv, &wish, &page.as_json, &err))
        return output_error(&err);
    if (page.as_json) {
        json_page(&page, &wish);
    } else {
        check_all(&page, &wish);
        doctor_sum_up(&page);
    }
    status = page.worst == FINDING_FAIL ? KB_ERR_FAILED : 0;
    return page.as_json ? output(&out, status) : output_findings(&out, status);
}
