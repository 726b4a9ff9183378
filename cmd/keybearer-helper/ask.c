/*
 * The questions, where their answers come from, and how often a person may try. Must never take a
 * secret from argv or the environment, nor ask a script twice.
 */
#include "helper.h"

#include "backends/vault.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
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
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "%s is missing on standard input", what),
            "if it comes from a variable: is that set?");
    return kb_secret_from_buf(ret, &line, err);
}

#define GIVE_ID "run the same command with --client-id ID"
#define PIPE_SECRET "pipe the secret into the same command with --client-secret-stdin"
#define PIPE_KEY_PASSPHRASE                                                                        \
    "with --client-key FILE, pipe the key's passphrase into the same command with "                \
    "--client-key-passphrase-stdin"
#define PIPE_PASSPHRASE "pipe the passphrase into the same command with --passphrase-stdin"
#define OR_KEY_FILE ", or set KEYBEARER_KEY_FILE to the path of the vault's key file"

/* --- on a terminal ---------------------------------------------------------------------- */

/* False: that was the last try, and whoever asked says why. */
static bool say_why(int *left, const struct kb_error *why, const char *next)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(2048);

    if (--*left <= 0)
        return false;
    kb_buf_fmt(&text, "That did not work: %s.\n%s", why->msg, next);
    terminal_say(kb_buf_text(&text));
    return true;
}

bool ask_again(int *left, const struct kb_error *why)
{
    return say_why(left, why, "Please try again (Ctrl-C ends this).\n");
}

/* Who presses Enter early has said yes all the same. */
static void wait_out(struct kb_deadline end)
{
    int left_ms = kb_deadline_left_ms(end);

    if (left_ms <= 0)
        return;
    terminal_say("Waiting until that time is over ...\n");
    kb_clock_sleep_ms(left_ms);
}

bool ask_once_more(int *left, int64_t wait_s, const struct kb_error *why)
{
    struct kb_deadline end = kb_deadline_in_ms(wait_s * 1000);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(256);
    KB_AUTO(kb_secret_clear) struct kb_secret nothing = KB_SECRET_INIT;

    kb_buf_str(&text, "Press Enter to try the same once more");
    if (wait_s > 0)
        kb_buf_fmt(&text, ", in %s", kb_clock_say(wait_s).text);
    kb_buf_str(&text, " (Ctrl-C ends this): ");
    if (!say_why(left, why, "") ||
        terminal_ask(
            &(struct terminal_question){.text = kb_buf_text(&text), .instead = ""}, &nothing, NULL))
        return false;
    wait_out(end);
    return true;
}

/* An empty line is a slip: the one behind it may be the answer. */
static enum kb_err ask_filled(const struct terminal_question *question, const char *what,
    struct kb_secret *ret, struct kb_error *err)
{
    int left = ASK_TRIES;
    enum kb_err rc;

    do {
        rc = terminal_ask(question, ret, err);
        if (rc || !kb_secret_is_empty(ret))
            return rc;
        rc = kb_fail(err, KB_ERR_USAGE, "%s is empty", what);
    } while (ask_again(&left, err));
    return kb_hinted(err, rc, "run the command again");
}

/* --- id and secret ------------------------------------------------------------------------ */

void ask_shorten(const struct kb_secret *id, char ret[static KB_REPORT_ID])
{
    enum { HEAD = 8, TAIL = 4 };

    if (id->len < KB_REPORT_ID - 4)
        snprintf(ret, KB_REPORT_ID, "%s", kb_secret_is_empty(id) ? "" : id->bytes);
    else
        snprintf(ret, KB_REPORT_ID, "%.*s...%s", HEAD, id->bytes, id->bytes + id->len - TAIL);
}

/* What came with the copy: no id begins or ends with one, and in a secret these cannot be. */
static const char not_around_ids[] = " \t\r", not_in_secrets[] = "\t\r";

static bool is_one_of(const char *bytes, char byte)
{
    return byte != '\0' && strchr(bytes, byte);
}

/* Moves *TEXT behind the BLANKS at its beginning; returns its length without those at its end. */
static size_t trim_text(const char *blanks, const char **text, size_t len)
{
    while (len > 0 && is_one_of(blanks, (*text)[len - 1]))
        len--;
    while (len > 0 && is_one_of(blanks, **text)) {
        ++*text;
        len--;
    }
    return len;
}

static enum kb_err trim(const char *blanks, struct kb_secret *answer, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret all = KB_SECRET_INIT;
    const char *text;
    size_t len;

    if (kb_secret_is_empty(answer))
        return KB_OK;
    kb_secret_move(&all, answer);
    text = all.bytes;
    len = trim_text(blanks, &text, all.len);
    return kb_secret_set(answer, text, len, err);
}

/*
 * Of a new client the first question is for the id. The answer may be the secret all the same: as
 * much of it is shown as an id is known by, and less than half of a short one.
 */
static void show_id(const struct kb_buf *answer, const void *context, struct kb_buf *out)
{
    enum { HEAD = 8, TAIL = 4 };
    const char *text = answer->data;
    size_t len = trim_text(not_around_ids, &text, answer->len);
    size_t head = len / 4 < HEAD ? len / 4 : HEAD, tail = len / 8 < TAIL ? len / 8 : TAIL;

    (void)context;
    if (!kb_text_is_visible(text, len, 1, KB_CLIENT_ID_MAX))
        return;
    kb_buf_add(out, text, head);
    kb_buf_str(out, "...");
    kb_buf_add(out, text + len - tail, tail);
}

static enum kb_err check_typed_id(
    const struct kb_secret *id, bool may_be_empty, struct kb_error *err)
{
    if (kb_secret_is_empty(id) && may_be_empty)
        return KB_OK;
    if (kb_secret_is_empty(id))
        return kb_fail(err, KB_ERR_USAGE, "the client id is empty");
    if (id->len > KB_CLIENT_ID_MAX)
        return kb_fail(
            err, KB_ERR_USAGE, "the client id is longer than %d bytes", KB_CLIENT_ID_MAX);
    if (!kb_text_is_visible(id->bytes, id->len, 1, KB_CLIENT_ID_MAX))
        return kb_fail(err, KB_ERR_USAGE,
            "there is a space in the client id, or a character that is not printable ASCII");
    return KB_OK;
}

static enum kb_err ask_id_once(
    const struct terminal_question *question, struct kb_secret *ret, struct kb_error *err)
{
    enum kb_err rc = terminal_ask(question, ret, err);

    return rc ? rc : trim(not_around_ids, ret, err);
}

static enum kb_err ask_id(
    const struct ask_client *known, struct kb_secret *ret, struct kb_error *err)
{
    const struct terminal_question blind = {.text = "Client id (not shown): ", .instead = GIVE_ID};
    struct terminal_question question = blind;
    int left = ASK_TRIES;
    enum kb_err rc;

    question.may_have_come = !known->again;
    if (known->may_be_nameless)
        question.text = "Client id (Enter: it has none; not shown): ";
    else if (known->is_new && !known->again) {
        question.text = "Client id (not shown while you type): ";
        question.show = show_id;
    }
    do {
        rc = ask_id_once(&question, ret, err);
        if (rc)
            return rc;
        rc = check_typed_id(ret, known->may_be_nameless, err);
        if (!rc)
            return KB_OK;
        if (!kb_secret_is_empty(ret))
            question = blind; /* what is behind a wrong one may be the secret */
    } while (ask_again(&left, err));
    return kb_hinted(err, rc, GIVE_ID);
}

static enum kb_err ask_secret(struct kb_secret *ret, struct kb_error *err)
{
    const struct terminal_question question = {
        .text = "Client secret (not shown): ", .instead = PIPE_SECRET, .may_have_come = true};
    enum kb_err rc = ask_filled(&question, "the client secret", ret, err);

    return rc ? rc : trim(not_in_secrets, ret, err);
}

static enum kb_err ask_both(const struct ask_client *known, struct kb_secret *ret_id,
    struct kb_secret *ret_secret, struct kb_error *err)
{
    enum kb_err rc = ask_id(known, ret_id, err);

    return rc ? rc : ask_secret(ret_secret, err);
}

/* Where only the secret was asked for, what came as several lines in one paste may be anything. */
static enum kb_err check_alone(const struct kb_secret *secret, struct kb_error *err)
{
    const struct terminal_question rest = {
        .text = "", .instead = PIPE_SECRET, .may_have_come = true};
    KB_AUTO(kb_secret_clear) struct kb_secret second = KB_SECRET_INIT;

    if (kb_secret_is_empty(secret))
        return kb_fail(err, KB_ERR_USAGE, "the client secret is empty");
    if (!terminal_has_more() ||
        (!terminal_ask(&rest, &second, NULL) && kb_secret_is_empty(&second)))
        return KB_OK;
    return kb_fail(err, KB_ERR_USAGE, "more than one line came, and only the secret was asked for");
}

static bool may_be_another(const struct ask_client *known)
{
    return known->again && !known->is_given;
}

static const char *secret_question(const struct ask_client *known)
{
    if (may_be_another(known))
        return "New client secret (Enter: give the id again, too; not shown): ";
    return known->is_given ? "Client secret (not shown): " : "New client secret (not shown): ";
}

/* Who gives the id all the same, in front of the secret, is understood. */
static enum kb_err ask_secret_of(const struct ask_client *known, struct kb_secret *ret_id,
    struct kb_secret *ret_secret, struct kb_error *err)
{
    struct terminal_question question = {
        .text = secret_question(known), .instead = PIPE_SECRET, .may_have_come = !known->again};
    int left = ASK_TRIES;
    enum kb_err rc;

    do {
        rc = terminal_ask(&question, ret_secret, err);
        if (!rc)
            rc = trim(not_in_secrets, ret_secret, err);
        if (rc)
            return rc;
        if (may_be_another(known) && kb_secret_is_empty(ret_secret))
            return ask_both(known, ret_id, ret_secret, err);
        rc = kb_secret_set(ret_id, known->id->bytes, known->id->len, err);
        if (rc)
            return rc;
        if (kb_secret_equal(ret_secret, known->id))
            return ask_secret(ret_secret, err);
        rc = check_alone(ret_secret, err);
        if (!rc)
            return KB_OK;
        question.may_have_come = kb_secret_is_empty(ret_secret);
    } while (ask_again(&left, err));
    return kb_hinted(err, rc, "run the command again");
}

/* What was given before is asked for again, where nothing else can be wrong. */
static enum kb_err ask_id_alone(
    const struct ask_client *known, struct kb_secret *ret_id, struct kb_error *err)
{
    if (kb_secret_is_empty(known->id) ? !known->is_given : may_be_another(known))
        return ask_id(known, ret_id, err);
    return kb_secret_set(ret_id, known->id->bytes, known->id->len, err);
}

enum kb_err ask_client(const struct ask *ask, const struct ask_client *known,
    struct kb_secret *ret_id, struct kb_secret *ret_secret, struct kb_error *err)
{
    enum kb_err rc;

    if (known->without_secret)
        return ask_id_alone(known, ret_id, err);
    if (kb_secret_is_empty(known->id))
        return ask_both(known, ret_id, ret_secret, err);
    if (!ask->secret_on_stdin)
        return ask_secret_of(known, ret_id, ret_secret, err);
    rc = kb_secret_set(ret_id, known->id->bytes, known->id->len, err);
    return rc ? rc : read_stdin_line("the client secret", ret_secret, err);
}

enum kb_err ask_key_passphrase(const struct ask *ask, struct kb_secret *ret, struct kb_error *err)
{
    const struct terminal_question question = {
        .text = "The key is encrypted.\nPassphrase of the key (not shown): ",
        .instead = PIPE_KEY_PASSPHRASE};

    if (ask->key_passphrase_on_stdin)
        return read_stdin_line("the passphrase of the key", ret, err);
    return ask_filled(&question, "the passphrase of the key", ret, err);
}

/* A key file answers, too, for a vault that has one, or that is made now. */
static const char *passphrase_instead(void)
{
    struct kb_vault_status vault;

    if (kb_vault_status(&vault, NULL) || vault.key_file_unlocks ||
        (vault.exists && !vault.has_key_file_slot))
        return PIPE_PASSPHRASE;
    return PIPE_PASSPHRASE OR_KEY_FILE;
}

enum kb_err ask_passphrase(
    const struct ask *ask, const char *question, struct kb_secret *ret, struct kb_error *err)
{
    if (ask->passphrase_on_stdin)
        return read_stdin_line("the passphrase", ret, err);
    return ask_filled(
        &(struct terminal_question){.text = question, .instead = passphrase_instead()},
        "the passphrase", ret, err);
}

static enum kb_err ask_twice(
    const struct ask *ask, const char *question, struct kb_secret *ret, struct kb_error *err)
{
    const struct terminal_question repeat = {
        .text = "Repeat the passphrase: ", .instead = PIPE_PASSPHRASE};
    KB_AUTO(kb_secret_clear) struct kb_secret again = KB_SECRET_INIT;
    enum kb_err rc = ask_passphrase(ask, question, ret, err);

    if (!rc)
        rc = terminal_ask(&repeat, &again, err);
    if (!rc && !kb_secret_equal(ret, &again))
        kb_secret_clear(ret);
    return rc;
}

enum kb_err ask_new_passphrase(
    const struct ask *ask, const char *question, struct kb_secret *ret, struct kb_error *err)
{
    int left = ASK_TRIES;
    enum kb_err rc;

    if (ask->passphrase_on_stdin)
        return ask_passphrase(ask, question, ret, err);
    do {
        rc = ask_twice(ask, question, ret, err);
        if (rc)
            return rc;
        if (kb_secret_is_empty(ret))
            rc = kb_fail(err, KB_ERR_USAGE, "the two passphrases differ");
        else if (ret->len > KB_VAULT_PASSPHRASE_MAX)
            rc = kb_fail(err, KB_ERR_USAGE, "the passphrase is longer than %d bytes",
                KB_VAULT_PASSPHRASE_MAX);
    } while (rc && ask_again(&left, err));
    return rc ? kb_hinted(err, rc, "run the command again") : KB_OK;
}
