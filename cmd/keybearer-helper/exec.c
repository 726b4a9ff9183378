/*
 * `exec PROFILE PACKED COMMAND...`: becomes the command that `run` was asked for. The last PACKED
 * entries of the environment are the variables that it gets; the front filled them, but for the
 * client. The only place where a client secret leaves us, and only to this one process.
 */
#include "helper.h"

#include "base/alloc.h"
#include "base/become.h"
#include "base/strings.h"
#include "core/packed.h"
#include "core/template.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum kb_err unpack(const char *packed, const struct kb_client *client, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_ENTRY_MAX);
    KB_AUTO(kb_str_free) char *name = NULL;
    const char *expanded = NULL;
    enum kb_err rc;

    if (!kb_packed_take(packed, &name, &expanded))
        return kb_fail(err, KB_ERR_USAGE, "exec is started by run only");
    if (!expanded)
        return kb_become_export(name, NULL, err);
    rc = kb_template_finish(expanded, &client->id, &client->secret, &value, err);
    if (rc == KB_ERR_CONFIG)
        return kb_hinted(err,
            kb_fail(err, rc, "%s wants what the client of %s does not have: its id or its secret",
                name, client->profile),
            "keybearer run --token-only %s -- COMMAND", client->profile);
    return rc ? rc : kb_become_export(name, kb_buf_text(&value), err);
}

/*
 * The store is read in our own, cleaned environment. Only then comes the caller's back, whole and
 * as it was: what was cleaned away for us is the command's own.
 */
static enum kb_err prepare(
    const struct kb_profile *profile, const struct exec_environment *given, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = read_client(profile, &client, err);

    if (rc)
        return rc;
    environ = given->callers;
    for (char **packed = given->packed; !rc && *packed; packed++)
        rc = unpack(*packed, &client, err);
    return rc;
}

struct exec_environment exec_take_environment(const char *packed)
{
    struct exec_environment taken;
    size_t count = 0, callers;
    long long number = 0;

    while (environ[count])
        count++;
    if (!kb_text_to_int(packed ? packed : "", 0, (long long)count, &number))
        number = 0; /* then there is nothing to unpack, and exec says so */
    callers = count - (size_t)number;
    taken.callers = kb_alloc(count + 2, sizeof(*taken.callers));
    taken.packed = taken.callers + callers + 1;
    memcpy(taken.callers, environ, callers * sizeof(*environ));
    memcpy(taken.packed, environ + callers, (size_t)number * sizeof(*environ));
    environ[callers] = NULL;
    return taken;
}

enum kb_err helper_exec(
    int argc, char *argv[], const struct exec_environment *given, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    enum kb_err rc;

    if (argc < 3 || !given->packed[0])
        return kb_fail(err, KB_ERR_USAGE, "exec is started by run only");
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (!rc)
        rc = prepare(profile, given, err);
    return rc ? rc : kb_become(argv + 2, err);
}
