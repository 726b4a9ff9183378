/*
 * What the checks of `doctor` share: a page that they fill, one finding after the other.
 */
#ifndef KB_FRONT_DOCTOR_H
#define KB_FRONT_DOCTOR_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "config/config.h"

#include <limits.h>
#include <stdbool.h>

enum finding {
    FINDING_OK,
    FINDING_NOTE, /* worth knowing */
    FINDING_WEAK, /* works, and protects less than it could */
    FINDING_FAIL, /* does not work */
};
#define FINDINGS (FINDING_FAIL + 1)

struct doctor_page {
    struct kb_buf *out;
    struct kb_json_writer json;
    bool as_json;
    const char *profile;  /* whom the findings are about, or NULL; and then */
    const char *endpoint; /* the setting that names what was looked at */
    enum finding worst;
    size_t counts[FINDINGS];
};

/* doctor_page.c: one finding ABOUT something; HINT is what to do, or NULL. */
void doctor_say(struct doctor_page *page, enum finding finding, const char *about, const char *hint,
    const char *fmt, ...) KB_PRINTF(5, 6);

/* The last line: how many findings of each kind. Not a part of JSON, which has "worst". */
void doctor_sum_up(struct doctor_page *page);

const char *doctor_finding_name(enum finding finding);

/* doctor_setup.c: what the person set up */
void doctor_check_stores(struct doctor_page *page, const struct kb_config *config);
void doctor_check_links(struct doctor_page *page);

/* doctor_outcomes.c: what the last exchanges came to */
void doctor_check_outcomes(struct doctor_page *page, const struct kb_config *config);

/* doctor_git.c: the git that would be started, and who else is given tokens by it */
void doctor_check_git(struct doctor_page *page, const struct kb_config *config);

/* doctor_tools.c: the tools that setup knows, and whether they are connected */
void doctor_check_tools(struct doctor_page *page, const struct kb_config *config);

/* doctor_clients.c: what lies in the vault and is nobody's */
void doctor_check_clients(struct doctor_page *page);

/* doctor_loose.c: what lies in files in clear */
void doctor_check_loose(struct doctor_page *page);

/* doctor_machine.c: what the machine offers */
void doctor_check_cache(struct doctor_page *page);
void doctor_check_keyring(struct doctor_page *page);
void doctor_check_log(struct doctor_page *page);
void doctor_check_helper(struct doctor_page *page);

/*
 * doctor_online.c: the way to the endpoints of the profile ONLY, or of all. Nothing else of
 * `doctor` makes a connection.
 */
void doctor_check_online(
    struct doctor_page *page, const struct kb_config *config, const char *only);

#endif
