/*
 * `identify PROFILE`: which client is the profile's, asked by a front that finds no card. Writes
 * the card of a client that release 0.1 stored, so that it is asked once. Reads no secret.
 */
#include "helper.h"

#include "base/file.h"
#include "base/strings.h"
#include "own_client.h"

#include <string.h>
#include <unistd.h>

/* One that another process wrote meanwhile stands. */
static enum kb_err write_card(
    const char *profile, const struct kb_card_client *client, struct kb_error *err)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card, there;
    enum kb_err rc = own_client_new_card(profile, &card, err);

    if (!rc)
        rc = kb_cards_open(&cards, err);
    if (rc || !kb_cards_read(profile, &there, NULL))
        return rc;
    kb_card_put(&card, client);
    return kb_cards_write(&cards, &card, err);
}

/* A home that never had a client of ours gets no folder for being asked. */
static void make_folder(void)
{
    KB_AUTO(kb_fd_close) int made = -1;
    char path[KB_CARDS_PATH_MAX], above[KB_CARDS_PATH_MAX];

    if (kb_cards_path(path, NULL) || !kb_text_copy(above, sizeof(above), path))
        return;
    *strrchr(above, '/') = '\0';
    if (access(above, W_OK) == 0)
        KB_IGNORE(kb_dir_open(path, true, &made, NULL));
}

enum kb_err helper_identify(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    struct kb_card_client own;
    enum kb_err rc;

    if (argc != 1)
        return kb_fail(err, KB_ERR_USAGE, "identify needs a profile");
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (rc)
        return rc;
    make_folder();
    rc = confine(
        &(struct needs){.vault = NEED_READ, .clients = NEED_CHANGE, .file = profile->ca_file}, err);
    if (!rc)
        rc = own_client_find(profile, &own, err);
    if (rc)
        return rc;
    if (own.version_1)
        KB_IGNORE(write_card(profile->name, &own, NULL)); /* then it is asked again */
    frame->report.client = own.ref;
    return KB_OK;
}
