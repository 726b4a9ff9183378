/*
 * The folder of cards: where it is, reading one, and writing one so that nobody takes what was
 * known of the folder before for what is true after.
 */
#include "core/cards.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/flock.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_WAIT_MS = 5000, TICK_WAIT_MS = 100 };

/* --- where -------------------------------------------------------------------------- */

enum kb_err kb_cards_path(char path[static KB_CARDS_PATH_MAX], struct kb_error *err)
{
    return kb_data_path("clients", path, err);
}

/* --- reading ------------------------------------------------------------------------ */

/* A hint that ends with the file's name gets its whole path, to be pasted. */
static void blame(const char *name, struct kb_error *err)
{
    size_t name_len = strlen(name), hint_len;
    char path[KB_CARDS_PATH_MAX];

    if (!err || kb_cards_path(path, NULL))
        return;
    const struct kb_error what = *err;
    kb_fail(err, what.code, "%s/%s cannot be used: %s", path, name, what.msg);
    hint_len = strlen(what.hint);
    if (what.code == KB_ERR_CORRUPT)
        kb_hint(err,
            "install the newest keybearer; or delete that file and add again, and keybearer doctor "
            "names what then lies in the vault");
    else if (hint_len > name_len && strcmp(what.hint + hint_len - name_len, name) == 0)
        kb_hint(err, "%.*s%s/%s", (int)(hint_len - name_len), what.hint, path, name);
}

static enum kb_err read_file(int dir, const char *name, struct kb_card *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_MAX);
    enum kb_err rc = kb_file_read(dir, name, KB_FILE_PRIVATE, &text, err);

    if (rc == KB_ERR_NOT_FOUND)
        return rc;
    if (!rc)
        rc = kb_card_parse(kb_buf_text(&text), text.len, ret, err);
    if (rc)
        blame(name, err);
    return rc;
}

static enum kb_err open_folder(int *ret, struct kb_error *err)
{
    char path[KB_CARDS_PATH_MAX];
    enum kb_err rc = kb_cards_path(path, err);

    return rc ? rc : kb_dir_open(path, false, ret, err);
}

static enum kb_err no_card(const char *profile, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s", profile);
    if (err)
        err->sys = ENOENT;
    kb_hint(err, "keybearer add %s", profile);
    return KB_ERR_NOT_FOUND;
}

enum kb_err kb_cards_read(const char *profile, struct kb_card *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    char config[PATH_MAX], name[KB_CARD_NAME_TEXT];
    struct kb_card card;
    enum kb_err rc = kb_config_path(config, sizeof(config), err);

    if (!rc)
        rc = open_folder(&dir, err);
    if (!rc) {
        kb_card_name(config, profile, name);
        rc = read_file(dir, name, &card, err);
    }
    if (rc == KB_ERR_NOT_FOUND)
        return no_card(profile, err);
    if (rc)
        return rc;
    if (strcmp(card.profile, profile) != 0 || strcmp(card.config, config) != 0) {
        kb_fail(err, KB_ERR_CORRUPT, "it is of profile %s in %s", card.profile, card.config);
        blame(name, err);
        return KB_ERR_CORRUPT;
    }
    *ret = card;
    return KB_OK;
}

enum kb_err kb_cards_find(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err)
{
    const struct kb_card_client *client;
    struct kb_card card;
    struct kb_bond bond;
    enum kb_err rc = kb_cards_read(profile->name, &card, err);

    if (!rc)
        rc = kb_bond_of(profile, &bond, err);
    if (rc)
        return rc;
    client = kb_card_pick(&card, profile->store, &bond);
    if (!client)
        return kb_card_refuse(&card, profile->store, &bond, err);
    *ret = *client;
    return KB_OK;
}

/* One of what lies in the folder. Another process may have taken it away meanwhile. */
static enum kb_err look_at(
    int dir, const char *name, const char *profile, struct kb_card *ret, struct kb_error *err)
{
    enum kb_err rc = KB_ERR_NOT_FOUND;

    if (strlen(name) == KB_CARD_NAME_TEXT - 1 &&
        strcmp(name + KB_REF_TEXT - 1, KB_CARD_SUFFIX) == 0)
        rc = read_file(dir, name, ret, err);
    return !rc && profile && strcmp(ret->profile, profile) != 0 ? KB_ERR_NOT_FOUND : rc;
}

enum kb_err kb_cards_each(const char *profile, bool (*see)(const struct kb_card *card, void *data),
    void *data, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_dir_end_list) DIR *listing = NULL;
    enum kb_err rc = open_folder(&dir, err), one;
    struct dirent *entry;
    struct kb_card card;

    if (rc)
        return rc == KB_ERR_NOT_FOUND ? KB_OK : rc;
    listing = kb_dir_list(dir);
    if (!listing)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot list the cards");
    while ((entry = readdir(listing)) != NULL) {
        one = look_at(dir, entry->d_name, profile, &card, rc ? NULL : err);
        if (!one && !see(&card, data))
            break;
        if (one && one != KB_ERR_NOT_FOUND)
            rc = one;
    }
    return rc;
}

/* --- writing ------------------------------------------------------------------------ */

enum kb_err kb_cards_open(struct kb_cards *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    char path[KB_CARDS_PATH_MAX];
    enum kb_err rc = kb_cards_path(path, err);
    int sys;

    if (!rc)
        rc = kb_dir_open(path, true, &dir, err);
    if (rc)
        return rc;
    sys = kb_flock_dir(dir, path, LOCK_WAIT_MS);
    if (sys == EWOULDBLOCK)
        return kb_hinted(err, kb_fail(err, KB_ERR_TIMEOUT, "another keybearer is storing a client"),
            "wait for it to end, then try again");
    if (sys)
        return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s", path);
    kb_file_sweep_temporary(dir);
    ret->dir = dir;
    dir = -1;
    return KB_OK;
}

void kb_cards_close(struct kb_cards *cards)
{
    kb_fd_close(&cards->dir);
}

/*
 * Who looked at the folder within this tick, and read a card then, must find another stamp once it
 * is changed: so a change waits for the next tick. Where the stamps come from another machine's
 * clock that is for nothing, and bounded.
 */
static void leave_tick(int dir)
{
    struct stat st;

    for (int ms = 0; ms < TICK_WAIT_MS; ms++) {
        if (fstat(dir, &st) < 0 || !kb_clock_is_in_this_tick(&st.st_ctim))
            return;
        kb_clock_sleep_ms(1);
    }
}

bool kb_cards_still_say(const struct kb_cards *cards, const struct kb_card *card)
{
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(KB_CARD_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf is = KB_BUF_INIT(KB_CARD_MAX);
    char name[KB_CARD_NAME_TEXT];
    enum kb_err rc;

    kb_card_name(card->config, card->profile, name);
    rc = kb_file_read(cards->dir, name, KB_FILE_PRIVATE, &is, NULL);
    if (rc || card->count == 0)
        return rc == KB_ERR_NOT_FOUND && card->count == 0;
    kb_card_format(card, &said);
    return !said.failed && said.len == is.len && memcmp(said.data, is.data, is.len) == 0;
}

/* A path that is not UTF-8 would come back as another one, whose card that is not. */
static enum kb_err check_readable(
    const struct kb_card *card, const struct kb_buf *text, struct kb_error *err)
{
    struct kb_card back;
    enum kb_err rc = kb_card_parse(text->data, text->len, &back, err);

    if (rc || strcmp(back.config, card->config) == 0)
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is not UTF-8: %s", back.config),
        "give the file, or a directory above it, another name");
}

enum kb_err kb_cards_write(
    const struct kb_cards *cards, const struct kb_card *card, struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_MAX);
    char name[KB_CARD_NAME_TEXT];
    enum kb_err rc;

    kb_card_name(card->config, card->profile, name);
    if (card->count == 0) {
        leave_tick(cards->dir);
        return kb_file_remove(cards->dir, name, err);
    }
    kb_card_format(card, &text);
    rc = kb_buf_check(&text, "the card", err);
    if (!rc)
        rc = check_readable(card, &text, err);
    if (!rc)
        rc = kb_file_draft(cards->dir, name, text.data, text.len, &draft, err);
    if (rc)
        return rc;
    leave_tick(cards->dir);
    return kb_file_commit(&draft, err);
}
