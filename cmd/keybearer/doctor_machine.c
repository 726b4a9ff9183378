/*
 * `doctor` about what the machine offers: the cache's place, the kernel's keyring, a place for the
 * log, and what a helper finds when it is started.
 */
#include "doctor.h"

#include "front.h"
#include "log_file.h"

#include "base/kernel_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void doctor_check_cache(struct doctor_page *page)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    struct kb_error obstacle;

    kb_cache_open(&cache);
    if (cache.level == KB_PROTECTION_STRONG)
        doctor_say(page, FINDING_OK, "token cache", NULL, "strong, in %s", kb_cache_path());
    else if (cache.level == KB_PROTECTION_WEAK)
        doctor_say(
            page, FINDING_WEAK, "token cache", NULL, "weak, in %s: %s", kb_cache_path(), cache.why);
    else if (cache.is_new)
        doctor_say(
            page, FINDING_OK, "token cache", NULL, "nothing was cached yet in %s", kb_cache_path());
    else
        doctor_say(page, FINDING_WEAK, "token cache",
            "set XDG_RUNTIME_DIR to a directory of yours (mode 0700) on a tmpfs",
            "none, so every token costs a request: %s", cache.why);
    /* Another one is used meanwhile; but who makes a directory of ours is up to no good. */
    for (size_t n = 0; kb_cache_obstacle(n, &obstacle); n++)
        if (obstacle.code)
            doctor_say(page, FINDING_WEAK, "token cache", obstacle.hint, "%s", obstacle.msg);
}

static enum kb_err try_keyring(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret found = KB_SECRET_INIT;
    enum kb_err rc = kb_secret_random(&key, KB_KERNEL_KEY_LEN, err);

    if (!rc)
        rc = kb_kernel_key_write(name, &key, 10, err);
    if (!rc)
        rc = kb_kernel_key_read(name, &found, err);
    KB_IGNORE(kb_kernel_key_revoke(name, NULL));
    return rc;
}

void doctor_check_keyring(struct doctor_page *page)
{
    struct kb_error err = KB_ERROR_INIT;
    char name[64];

    snprintf(name, sizeof(name), "keybearer:doctor:%ld", (long)getpid());
    if (try_keyring(name, &err))
        doctor_say(page, FINDING_WEAK, "kernel keyring",
            "a vault needs a key file here: set KEYBEARER_KEY_FILE; if there is a vault already, "
            "keybearer passwd --key-file FILE first",
            "%s", err.msg);
    else
        doctor_say(page, FINDING_OK, "kernel keyring", NULL, "keeps keys");
}

/* Whoever writes it says nothing when it cannot be written. */
void doctor_check_log(struct doctor_page *page)
{
    struct kb_error err = KB_ERROR_INIT;
    char path[KB_DATA_PATH_MAX];

    if (!trace_is_in_file())
        return;
    /* There may be no room any more: only a line that is written tells. */
    if (log_file_check(path, &err) || trace_into_file("looks at the log", "doctor", &err))
        doctor_say(page, FINDING_FAIL, "log", kb_err_hint(&err), "%s", err.msg);
    else
        doctor_say(page, FINDING_OK, "log", NULL, "%s", path);
}

/* --- what the helper reports --------------------------------------------------------- */

static void judge_confinement(struct doctor_page *page, const struct kb_report_doctor *report)
{
    int64_t version = report->landlock;

    if (version > 0 && report->confined)
        doctor_say(page, FINDING_OK, "confinement", NULL,
            "the helpers reach only what they need (Landlock %" PRId64 ")", version);
    else if (version > 0)
        doctor_say(page, FINDING_FAIL, "confinement", "report this as a fault of keybearer",
            "the kernel has Landlock %" PRId64 ", and the helper was not confined", version);
    else
        doctor_say(page, FINDING_WEAK, "confinement",
            "Linux 5.13 or later has it, if lsm= on its command line names landlock",
            "the kernel has no Landlock: the helpers can reach all your files");
    if (report->no_new_privs)
        doctor_say(page, FINDING_OK, "privileges", NULL, "none can be gained (no_new_privs)");
    else
        doctor_say(page, FINDING_FAIL, "privileges", "use a kernel from 3.5 on",
            "the helper could gain privileges: the kernel knows no no_new_privs");
}

static void judge_memory(struct doctor_page *page, const struct kb_report_doctor *report)
{
    if (report->memory_locked)
        doctor_say(page, FINDING_OK, "memory", NULL, "secrets are locked in it");
    else
        doctor_say(page, FINDING_WEAK, "memory", "raise the limit: ulimit -l, or LimitMEMLOCK=",
            "secrets cannot be locked in it, and may reach the swap");
}

static void judge_tls(struct doctor_page *page, const char *library)
{
    if (*library)
        doctor_say(page, FINDING_OK, "TLS", NULL, "libcurl uses %s", library);
    else
        doctor_say(page, FINDING_FAIL, "TLS", "install a libcurl that is built with OpenSSL",
            "libcurl has no TLS library: no token endpoint can be asked");
}

/*
 * Names and versions, for who asks for help. What is known against a version is not said:
 * distributions mend a library without changing it.
 */
static void say_libraries(struct doctor_page *page, const char *about, const struct kb_pairs *list)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024);

    for (size_t i = 0; i < list->count; i++)
        kb_buf_fmt(&text, "%s%s %s", i > 0 ? ", " : "", list->items[i].name, list->items[i].value);
    if (text.len > 0)
        doctor_say(page, FINDING_OK, about, NULL, "%s", kb_buf_text(&text));
}

void doctor_check_helper(struct doctor_page *page)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    const struct kb_report_doctor *report = &frame.report.doctor;
    struct kb_error err = KB_ERROR_INIT;

    if (helper_ask("doctor", KB_REPORT_DOCTOR, NULL, &frame, &err)) {
        doctor_say(page, FINDING_FAIL, "helper", kb_err_hint(&err), "%s", err.msg);
        return;
    }
    judge_confinement(page, report);
    judge_memory(page, report);
    judge_tls(page, report->tls);
    say_libraries(page, "libraries", &report->libraries);
    /* keybearer-fetch keeps what it was built with when the system's libraries are replaced. */
    say_libraries(page, "built into keybearer-fetch", &report->built_in);
}
