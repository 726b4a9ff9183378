/*
 * `doctor`: everything that keybearer relies on, looked at once. Must never prompt, read a
 * secret, or leave anything changed.
 */
#include "doctor.h"

#include "front.h"

/* A configuration with an error has no profiles that could be looked at. */
static void check_configuration(struct doctor_page *page)
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
}

static void check_all(struct doctor_page *page)
{
    check_configuration(page);
    doctor_check_clients(page);
    doctor_check_cache(page);
    doctor_check_keyring(page);
    doctor_check_helper(page);
    doctor_check_links(page);
}

static void json_page(struct doctor_page *page)
{
    kb_json_open(&page->json, '{');
    kb_json_open_member(&page->json, "checks", '[');
    check_all(page);
    kb_json_close(&page->json);
    kb_json_string_member(&page->json, "worst", doctor_finding_name(page->worst));
    kb_json_close(&page->json);
    kb_buf_byte(page->out, '\n');
}

int verb_doctor(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4U << 20);
    struct doctor_page page = {.out = &out, .json = kb_json_writer(&out, 2)};
    struct kb_error err = KB_ERROR_INIT;

    if (report_options(argc, argv, 0, &page.as_json, &err))
        return output_error(&err);
    if (page.as_json) {
        json_page(&page);
    } else {
        check_all(&page);
        doctor_sum_up(&page);
    }
    return output(&out, page.worst == FINDING_FAIL ? KB_ERR_FAILED : 0);
}
