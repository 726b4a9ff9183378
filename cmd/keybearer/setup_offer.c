/*
 * The offer of `add`: the tools that are here, fit the new profile, and are not connected. Must
 * never change what was not shown before the person said yes.
 */
#include "setup.h"

#include "base/alloc.h"
#include "front.h"

#include <stdlib.h>

enum { PAGE_MAX = 1 << 20, NAMES_MAX = 4096 };

struct offer {
    struct setup_plan *plans;
    size_t count;
};

static void clear_offer(struct offer *offer)
{
    for (size_t i = 0; i < offer->count; i++)
        setup_plan_clear(&offer->plans[i]);
    free(offer->plans);
}

static void add_plan(struct offer *offer, const struct kb_tool *tool,
    const struct kb_config *config, const struct kb_profile *profile)
{
    struct setup_plan plan = {0};
    char path[PATH_MAX];

    if (!kb_tool_fits(tool, profile) || !setup_find_program(tool, path))
        return;
    if (setup_plan(tool, config, profile, &plan, NULL) || plan.to_make == 0) {
        setup_plan_clear(&plan);
        return;
    }
    offer->plans = kb_grow(offer->plans, offer->count + 1, sizeof(*offer->plans));
    offer->plans[offer->count++] = plan;
}

/* Shows all changes, then asks once. */
static bool is_wanted(const struct offer *offer)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(PAGE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(NAMES_MAX);
    struct kb_error err = KB_ERROR_INIT;

    kb_buf_str(&page, "\nkeybearer can make these changes:\n");
    for (size_t i = 0; i < offer->count; i++) {
        setup_plan_describe(&page, &offer->plans[i]);
        kb_strings_add(&words, offer->plans[i].tool->word);
    }
    kb_buf_str(&question, "Connect ");
    setup_describe_names(&question, &words);
    kb_buf_str(&question, " now? ");
    if (output(&page, 0))
        return false;
    if (!setup_ask(kb_buf_text(&question), "keybearer setup", &err))
        return true;
    kb_buf_reset(&page);
    kb_buf_str(&page, "Nothing was changed. For later: keybearer setup\n");
    output(&page, 0);
    return false;
}

/* All that was shown is looked at before the first of it is made. */
static bool is_still(const struct offer *offer)
{
    struct kb_error err = KB_ERROR_INIT;

    for (size_t i = 0; i < offer->count; i++) {
        if (setup_plan_check_still(&offer->plans[i], &err)) {
            output_error(&err);
            return false;
        }
    }
    return true;
}

void setup_offer(const struct kb_report *report)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(clear_offer) struct offer offer = {0};
    const char *name = report->add.profile;
    const struct kb_profile *profile;
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);

    if (report->add.rotated || !setup_can_ask() ||
        kb_config_load_profile(name, &config, &profile, NULL))
        return;
    for (size_t i = 0; i < count; i++)
        add_plan(&offer, &tools[i], &config, profile);
    if (offer.count == 0 || !is_wanted(&offer) || !is_still(&offer))
        return;
    for (size_t i = 0; i < offer.count; i++)
        setup_finish(&offer.plans[i]);
}
