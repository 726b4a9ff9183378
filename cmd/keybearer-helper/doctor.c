/*
 * `doctor`: what a helper finds out about its own circumstances. Touches no store and asks
 * nobody; the front judges.
 */
#include "helper.h"

#include "backends/library.h"
#include "base/landlock.h"
#include "base/strings.h"
#include "net/curl_version.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Not what was asked of the kernel: what it does. The root directory is in no policy. */
static bool is_confined(void)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd < 0 && errno == EACCES;
}

static void report_libraries(struct kb_report_doctor *ret)
{
    struct kb_pairs *list = &ret->libraries;
    char *slash; /* "OpenSSL/3.0.17" is a library and its version, too */

    kb_text_copy(ret->tls, sizeof(ret->tls), kb_net_tls_version());
    slash = strchr(ret->tls, '/');
    if (slash)
        *slash = '\0';
    kb_pairs_add(list, "libcurl", kb_net_curl_version());
    if (slash)
        kb_pairs_add(list, ret->tls, slash + 1);
    kb_pairs_add(list, "json-c", json_c_version());
    kb_pairs_add(list, "libsodium", sodium_version_string());
    kb_pairs_add(list, "libsecret", kb_secret_service_library());
}

static void report_built_in(struct kb_pairs *list)
{
    (void)list;
#ifdef KB_FETCH_HAS_JSONC
    kb_pairs_add(list, "json-c", JSON_C_VERSION);
#endif
#ifdef KB_FETCH_HAS_SODIUM
    kb_pairs_add(list, "libsodium", SODIUM_VERSION_STRING);
#endif
}

enum kb_err helper_doctor(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    struct kb_report_doctor *report = &frame->report.doctor;
    enum kb_err rc;

    (void)argv;
    if (argc != 0)
        return kb_fail(err, KB_ERR_USAGE, "doctor takes no argument");
    rc = confine(&(struct needs){.vault = NEED_READ}, err);
    if (rc)
        return rc;
    report->landlock = kb_landlock_abi();
    report->confined = is_confined();
    report->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    report->memory_locked = kb_secret_memory_locks();
    report_libraries(report);
    report_built_in(&report->built_in);
    return KB_OK;
}
