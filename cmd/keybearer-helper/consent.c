/*
 * Yes or no, before something is done that cannot be taken back; and `consent QUESTION INSTEAD`,
 * for a front that has a question of its own. Must never take silence, or anything but a yes, for
 * one.
 */
#include "helper.h"

#include "base/consent.h"
#include "base/options.h"

static enum kb_err ask_until(struct terminal_question *question, bool *ret, struct kb_error *err)
{
    for (int left = KB_CONSENT_TRIES; left > 0; left--) {
        KB_AUTO(kb_secret_clear) struct kb_secret answer = KB_SECRET_INIT;
        enum kb_err rc = terminal_ask(question, &answer, err);
        enum kb_consent said;

        if (rc)
            return rc;
        said = kb_consent_of(answer.bytes, answer.len);
        *ret = said == KB_CONSENT_YES;
        if (said != KB_CONSENT_UNCLEAR)
            return KB_OK;
        question->text = KB_CONSENT_AGAIN;
    }
    return KB_OK;
}

enum kb_err ask_yes(const struct kb_buf *text, const char *instead, bool *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf shown = KB_BUF_INIT(text->max + 32);
    struct terminal_question question = {.instead = instead, .echo = true};
    bool yes = false;
    enum kb_err rc;

    kb_buf_str(&shown, kb_buf_text(text));
    kb_buf_str(&shown, KB_CONSENT_CHOICE);
    kb_buf_make_harmless(&shown); /* a path may hold whatever its maker liked */
    rc = text->failed ? kb_buf_check(text, "the question", err)
                      : kb_buf_check(&shown, "the question", err);
    if (rc)
        return rc;
    question.text = kb_buf_text(&shown);
    rc = ask_until(&question, &yes, err);
    terminal_close();
    if (!rc)
        *ret = yes;
    return rc;
}

enum kb_err ask_consent(const struct kb_buf *text, const char *instead, struct kb_error *err)
{
    bool yes = false;
    enum kb_err rc = ask_yes(text, instead, &yes, err);

    if (rc || yes)
        return rc;
    return kb_fail(err, KB_ERR_DISMISSED, "the answer was not yes, so nothing was changed");
}

enum { QUESTION_MAX = 8192 };

enum kb_err helper_consent(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(QUESTION_MAX);
    enum kb_err rc = kb_options_expect(2, argc, argv, err);

    if (!rc)
        rc = confine(&(struct needs){.terminal = true}, err);
    if (rc)
        return rc;
    kb_buf_str(&question, argv[0]);
    return ask_yes(&question, argv[1], &frame->report.yes, err);
}
