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
#include <stdio.h>
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

static enum kb_err report_flag(
    struct kb_pairs *report, const char *name, bool value, struct kb_error *err)
{
    return report_pair(report, name, value ? "yes" : "no", err);
}

static enum kb_err report_circumstances(struct kb_pairs *report, struct kb_error *err)
{
    char version[16];
    enum kb_err rc;

    snprintf(version, sizeof(version), "%d", kb_landlock_abi());
    rc = report_pair(report, "landlock", version, err);
    if (!rc)
        rc = report_flag(report, "confined", is_confined(), err);
    if (!rc)
        rc = report_flag(report, "no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, err);
    if (!rc)
        rc = report_flag(report, "memory_locked", kb_secret_memory_locks(), err);
    return rc;
}

/* Behind "libraries" each pair is one. */
static enum kb_err report_libraries(struct kb_pairs *report, struct kb_error *err)
{
    char tls[64]; /* "OpenSSL/3.0.17" is a library and its version, too */
    char *slash;
    enum kb_err rc;

    kb_text_copy(tls, sizeof(tls), kb_net_tls_version());
    slash = strchr(tls, '/');
    if (slash)
        *slash = '\0';
    rc = report_pair(report, "tls", tls, err);
    if (!rc)
        rc = report_pair(report, "libraries", "", err);
    if (!rc)
        rc = report_pair(report, "libcurl", kb_net_curl_version(), err);
    if (!rc && slash)
        rc = report_pair(report, tls, slash + 1, err);
    if (!rc)
        rc = report_pair(report, "json-c", json_c_version(), err);
    if (!rc)
        rc = report_pair(report, "libsodium", sodium_version_string(), err);
    if (!rc)
        rc = report_pair(report, "libsecret", kb_secret_service_library(), err);
    return rc;
}

/* Behind "built_in" each pair is one that keybearer-fetch has in itself, whatever is installed. */
static enum kb_err report_built_in(struct kb_pairs *report, struct kb_error *err)
{
    enum kb_err rc = report_pair(report, "built_in", "", err);

#ifdef KB_FETCH_HAS_JSONC
    if (!rc)
        rc = report_pair(report, "json-c", JSON_C_VERSION, err);
#endif
#ifdef KB_FETCH_HAS_SODIUM
    if (!rc)
        rc = report_pair(report, "libsodium", SODIUM_VERSION_STRING, err);
#endif
    return rc;
}

enum kb_err helper_doctor(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    enum kb_err rc;

    (void)argv;
    if (argc != 0)
        return kb_fail(err, KB_ERR_USAGE, "doctor takes no argument");
    rc = confine(&(struct needs){.vault = NEED_READ}, err);
    if (!rc)
        rc = report_circumstances(&frame->report, err);
    if (!rc)
        rc = report_libraries(&frame->report, err);
    return rc ? rc : report_built_in(&frame->report, err);
}
