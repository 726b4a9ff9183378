/*
 * `unlock`: unlocks the vault for a while, or has the desktop unlock the keyring of
 * one profile. Must never call a keyring unlocked that the next command finds locked: some let in
 * one connection at a time, which was the helper's; so another helper looks again.
 */
#include "front.h"

/* Whether the keyring is still locked for who comes after the helper. */
static enum kb_err look_again(const char *name, bool *ret_locked, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    struct kb_report_inspect found;
    enum kb_err rc = kb_config_load_profile(name, &config, &profile, err);

    if (!rc)
        rc = store_inspect(profile, &found, err);
    if (!rc)
        *ret_locked = found.status.locked;
    return rc;
}

static void say_token(struct kb_buf *out, const struct kb_report_unlock *unlocked)
{
    const char *name = unlocked->profile;

    if (*unlocked->no_token) {
        kb_buf_fmt(out, "No token was fetched for %s: %s.\n", name, unlocked->no_token);
        return;
    }
    kb_buf_fmt(out, "%s has a new token", name);
    if (unlocked->life_ms > 0)
        kb_buf_fmt(out, " for %s", kb_clock_say(kb_clock_seconds(unlocked->life_ms)).text);
    kb_buf_str(out, ".\n");
}

/* That the person was asked for nothing is a failure only where there is no token either. */
static int say_locked(struct kb_buf *out, const struct kb_report_unlock *unlocked)
{
    const char *name = unlocked->profile;
    struct kb_error err = KB_ERROR_INIT;

    if (*unlocked->no_token) {
        kb_fail(&err, KB_ERR_LOCKED, "the keyring let in one command only, and %s has no token: %s",
            name, unlocked->no_token);
        kb_hint(&err, "keybearer unlock %s, once that is mended", name);
        return output_error(&err);
    }
    say_token(out, unlocked);
    kb_buf_str(out,
        "The keyring is locked again: it lets in one command at a time, and asks for each.\n"
        "KeePassXC does not ask where Settings, Secret Service Integration,\n"
        "\"Confirm when passwords are retrieved by clients\" is off.\n");
    return output(out, 0);
}

int verb_unlock(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    const struct kb_report_unlock *unlocked = &frame.report.unlock;
    struct kb_error err = KB_ERROR_INIT;
    bool locked = false;
    int status = report_from_helper("unlock", KB_REPORT_UNLOCK, argc, argv, &frame);

    if (status)
        return status;
    if (!*unlocked->profile) {
        kb_buf_fmt(&out, "The vault is unlocked for %s.\n", kb_clock_say(unlocked->ttl).text);
        return output(&out, 0);
    }
    if (look_again(unlocked->profile, &locked, &err))
        return output_error(&err);
    if (locked)
        return say_locked(&out, unlocked);
    kb_buf_str(&out, "The keyring is unlocked.\n");
    say_token(&out, unlocked);
    return output(&out, 0);
}
