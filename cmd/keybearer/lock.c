/*
 * `lock`: the vault's key and the session key of the token cache are gone, and with the
 * latter every cached token; so are the files of tokens whose keeper in `run` was killed. Must not
 * say so where session keys lie in files, one in each directory: nobody knows of those that other
 * values of XDG_RUNTIME_DIR name. Nor of a vault that is not there, or of a keyring, which only the
 * desktop locks.
 */
#include "front.h"

#include "cache/token_file.h"

#include <string.h>

/* A configuration that cannot be read says nothing. */
static bool uses_keyring(void)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    char path[PATH_MAX];

    if (kb_config_path(path, sizeof(path), NULL) || kb_config_load(path, &config, NULL))
        return false;
    for (size_t i = 0; i < config.count; i++) {
        if (strcmp(config.profiles[i].store, "secret-service") == 0)
            return true;
    }
    return false;
}

static int say_left(const struct kb_error *why)
{
    struct kb_error err = KB_ERROR_INIT;

    kb_fail(&err, why->code, "a token of run --file may be left in clear: %s", why->msg);
    kb_hint(&err, "%s", why->hint);
    return output_error(&err);
}

int verb_lock(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    bool is_weak = kb_cache_has_weak_key();
    struct kb_error err = KB_ERROR_INIT;
    int status = report_from_helper("lock", KB_REPORT_LOCK, argc, argv, &frame);
    enum kb_err swept;

    if (status)
        return status;
    swept = kb_token_file_sweep(&err);
    kb_buf_str(&out, frame.report.vault ? "The vault is locked, and every " : "Every ");
    if (is_weak)
        kb_buf_str(&out,
            "token cached at the usual places is forgotten.\n"
            "The cache is weak: a token cached with another XDG_RUNTIME_DIR is served until it "
            "expires,\nor until keybearer lock is run with that value.\n");
    else
        kb_buf_str(&out, "cached token is forgotten.\n");
    report_crowd(&out);
    if (!frame.report.vault)
        kb_buf_str(&out, "There is no vault to lock.\n");
    if (uses_keyring())
        kb_buf_str(&out, "The desktop's keyring stays as it is: only the desktop locks it.\n");
    status = output(&out, (int)swept);
    return swept ? say_left(&err) : status;
}
