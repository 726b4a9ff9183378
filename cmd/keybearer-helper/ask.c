/*
 * The questions, and where their answers come from. Must never take a secret from argv
 * or the environment.
 */
#include "helper.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16384, PATIENCE_MS = 30000 };

/*
 * One line of standard input; the last one needs no line end. A script that promised a line
 * and sends none must not hang.
 */
static enum kb_err read_stdin_line(const char *what, struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(LINE_MAX_BYTES);

    switch (line_read(STDIN_FILENO, kb_deadline_in_ms(PATIENCE_MS), &line)) {
    case LINE_COMPLETE:
    case LINE_CUT_SHORT:
        break;
    case LINE_TOO_LONG:
        return kb_fail(err, KB_ERR_USAGE, "%s is longer than %d bytes", what, LINE_MAX_BYTES);
    case LINE_LATE:
        return kb_fail(err, KB_ERR_TIMEOUT, "%s did not come on standard input", what);
    case LINE_BROKEN:
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s cannot be read", what);
    }
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0)
        return kb_fail(err, KB_ERR_USAGE, "%s is missing on standard input", what);
    return kb_secret_from_buf(ret, &line, err);
}

static enum kb_err refuse_empty(
    const struct kb_secret *answer, const char *what, struct kb_error *err)
{
    if (kb_secret_is_empty(answer))
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "%s is empty", what), "run the command again");
    return KB_OK;
}

enum kb_err ask_client_id(const char *given, struct kb_secret *ret, struct kb_error *err)
{
    enum kb_err rc;

    if (given)
        return kb_secret_set(ret, given, strlen(given), err);
    rc = terminal_ask("Client id: ", false, "--client-id ID", ret, err);
    return rc ? rc : refuse_empty(ret, "the client id", err);
}

enum kb_err ask_client_secret(const struct ask *ask, struct kb_secret *ret, struct kb_error *err)
{
    enum kb_err rc;

    if (ask->secret_on_stdin)
        return read_stdin_line("the client secret", ret, err);
    rc = terminal_ask("Client secret (not shown): ", true, "--client-secret-stdin", ret, err);
    return rc ? rc : refuse_empty(ret, "the client secret", err);
}

enum kb_err ask_passphrase(
    const struct ask *ask, const char *question, struct kb_secret *ret, struct kb_error *err)
{
    enum kb_err rc;

    if (ask->passphrase_on_stdin)
        return read_stdin_line("the passphrase", ret, err);
    rc = terminal_ask(question, true, "--passphrase-stdin", ret, err);
    return rc ? rc : refuse_empty(ret, "the passphrase", err);
}

enum kb_err ask_new_passphrase(const struct ask *ask, struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret again = KB_SECRET_INIT;
    enum kb_err rc = ask_passphrase(ask, "New passphrase for the vault: ", ret, err);

    if (rc || ask->passphrase_on_stdin)
        return rc;
    rc = terminal_ask("Repeat the passphrase: ", true, "--passphrase-stdin", &again, err);
    if (rc || kb_secret_equal(ret, &again))
        return rc;
    return kb_hinted(
        err, kb_fail(err, KB_ERR_USAGE, "the two passphrases differ"), "run the command again");
}
