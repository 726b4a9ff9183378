/*
 * Where the person's files lie, as the environment names it.
 *
 * One place has one name, however it is spelled: a path is made plain by its text alone, so that
 * two spellings are not taken for two configurations. Links are not resolved, and neither
 * is "..", which means something else behind a link.
 */
#ifndef KB_CORE_PLACE_H
#define KB_CORE_PLACE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#define KB_DATA_PATH_MAX 4096

/*
 * Which folder the base directory specification means by VARIABLE: the path there, with "" in
 * *RET_BELOW, else that of the home directory, with USUAL, such as "/.config". What is no absolute
 * path counts as none; NULL: neither is one. VARIABLE may be NULL, as if it were not set.
 */
const char *kb_base_folder(const char *variable, const char *usual, const char **ret_below);

/*
 * $XDG_DATA_HOME/keybearer/LEAF, else ~/.local/share/keybearer/LEAF, made plain; a variable that
 * is no absolute path counts as none. KB_ERR_CONFIG when neither helps, or the path is too long.
 */
KB_CHECKED enum kb_err kb_data_path(
    const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err);

/* The same for $XDG_STATE_HOME/keybearer/LEAF, else ~/.local/state/keybearer/LEAF. */
KB_CHECKED enum kb_err kb_state_path(
    const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err);

/*
 * $KEYBEARER_CONFIG, else $XDG_CONFIG_HOME/keybearer/config.json, else
 * ~/.config/keybearer/config.json, made plain. KB_ERR_CONFIG when no variable helps.
 */
KB_CHECKED enum kb_err kb_config_path(char *dst, size_t cap, struct kb_error *err);

/* Whether that is $KEYBEARER_CONFIG. */
bool kb_config_is_named(void);

/* Whether that is another file than it would be without $KEYBEARER_CONFIG. */
bool kb_config_is_other(void);

/* What tells one version of the file from another without reading it. */
struct kb_config_identity {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec mtime;
    struct timespec ctime; /* nobody can set it back */
};

/* All zero when the file does not exist. KB_ERR_SYSTEM when it cannot be looked at. */
KB_CHECKED enum kb_err kb_config_identify(
    const char *path, struct kb_config_identity *ret, struct kb_error *err);

#endif
