/*
 * The state of `setup`: read, written, and what is in it. Must never be given what may be a
 * credential; apply.c sees to that.
 */
#include "tools/state.h"

#include "kinds.h"
#include "tools/member.h"

#include "base/alloc.h"
#include "base/edited.h"
#include "base/file.h"
#include "base/flock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "core/place.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "setup.json"

enum { STATE_MAX = 1 << 20, WAIT_MS = 10000, VERSION = 1 };

static void clear_done(struct kb_done *done)
{
    kb_str_free(&done->tool);
    kb_str_free(&done->profile);
    kb_str_free(&done->config);
    kb_str_free(&done->file);
    kb_str_free(&done->real);
    kb_strings_clear(&done->place);
    kb_str_free(&done->before);
    kb_str_free(&done->after);
    kb_str_free(&done->earlier);
}

void kb_state_clear(struct kb_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        clear_done(&state->items[i]);
    free(state->items);
    kb_fd_close(&state->dirfd);
    *state = KB_STATE_INIT;
}

/* --- reading ------------------------------------------------------------------------ */

static bool read_way(const char *word, enum kb_way *ret)
{
    for (size_t i = 0; word && i < KB_WAYS; i++) {
        if (strcmp(kb_way_words[i], word) == 0) {
            *ret = (enum kb_way)i;
            return true;
        }
    }
    return false;
}

static bool read_place(const struct json_object *list, struct kb_strings *ret)
{
    if (!json_object_is_type(list, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *name = json_object_array_get_idx(list, i);

        if (!json_object_is_type(name, json_type_string))
            return false;
        kb_strings_add(ret, json_object_get_string(name));
    }
    return true;
}

static int read_number(const struct json_object *object, const char *name)
{
    struct json_object *value = kb_json_member(object, name);

    return json_object_is_type(value, json_type_int) ? json_object_get_int(value) : 0;
}

static bool read_flag(const struct json_object *object, const char *name)
{
    return json_object_get_boolean(kb_json_member(object, name));
}

static void set_text(char **dst, const struct json_object *object, const char *name)
{
    const char *text = kb_json_string(object, name);

    kb_str_set(dst, text ? text : "");
}

static bool read_done(const struct json_object *object, struct kb_done *ret)
{
    const struct kb_tool *tool;

    if (!json_object_is_type(object, json_type_object) ||
        !read_way(kb_json_string(object, "how"), &ret->way) ||
        !read_place(kb_json_member(object, "place"), &ret->place))
        return false;
    set_text(&ret->tool, object, "tool");
    set_text(&ret->profile, object, "profile");
    set_text(&ret->config, object, "config");
    set_text(&ret->file, object, "file");
    set_text(&ret->after, object, "after");
    kb_str_set(&ret->real, kb_json_string(object, "real"));
    kb_str_set(&ret->before, kb_json_string(object, "before"));
    kb_str_set(&ret->earlier, kb_json_string(object, "earlier"));
    ret->made = read_number(object, "made");
    ret->joined = read_flag(object, "joined");
    ret->created = read_flag(object, "created");
    ret->folders = read_number(object, "folders");
    tool = kb_tool_by_word(ret->tool);
    /* A path of names that is none would be followed. */
    return tool && (ret->way != KB_WAY_JSON || ret->place.count > 0) &&
           ret->place.count <= KB_MEMBER_DEPTH &&
           (ret->way != KB_WAY_COMMAND || tool->kind->command) &&
           ((ret->way != KB_WAY_BLOCK && ret->way != KB_WAY_COMMAND) || ret->place.count == 1) &&
           (ret->way == KB_WAY_COMMAND || ret->file[0] == '/') && strlen(ret->file) < PATH_MAX &&
           (!ret->real || (ret->real[0] == '/' && strlen(ret->real) < PATH_MAX)) &&
           ret->way != KB_WAY_PRINT;
}

static struct kb_done *add(struct kb_state *state)
{
    state->items = kb_grow(state->items, state->count + 1, sizeof(*state->items));
    state->items[state->count] = (struct kb_done){0};
    return &state->items[state->count++];
}

static enum kb_err read_all(
    const char *path, const struct kb_buf *text, struct kb_state *ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *document = NULL;
    enum kb_err rc = kb_json_parse(kb_buf_text(text), text->len, &document, err);
    const struct json_object *list = rc ? NULL : kb_json_member(document, "changes");
    bool ok =
        json_object_is_type(list, json_type_array) && read_number(document, "version") == VERSION;

    if (rc && rc != KB_ERR_CORRUPT)
        return rc;
    for (size_t i = 0; ok && i < json_object_array_length(list); i++)
        ok = read_done(json_object_array_get_idx(list, i), add(ret));
    if (ok)
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_CORRUPT, "%s is not what keybearer wrote", path),
        "mv %s setup.broken; what was connected stays, and can only be undone by hand", path);
}

static enum kb_err lock(int fd, const char *folder, struct kb_error *err)
{
    int sys = kb_flock_dir(fd, folder, WAIT_MS);

    if (sys == EWOULDBLOCK)
        return kb_hinted(err, kb_fail(err, KB_ERR_TIMEOUT, "another keybearer setup is at work"),
            "try again when it has ended");
    return sys ? kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s", folder) : KB_OK;
}

enum kb_err kb_state_open(bool change, struct kb_state *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(STATE_MAX);
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_fd_close) int fd = -1;
    char folder[KB_DATA_PATH_MAX], path[KB_DATA_PATH_MAX];
    enum kb_err rc = kb_state_path("", folder, err);

    if (!rc)
        rc = kb_state_path(NAME, path, err);
    if (!rc)
        rc = kb_dir_open(folder, change, &fd, err);
    if (rc)
        return rc == KB_ERR_NOT_FOUND ? KB_OK : rc;
    if (change)
        rc = lock(fd, folder, err);
    if (!rc)
        rc = kb_file_read(AT_FDCWD, path, KB_FILE_PRIVATE, &text, err); /* errors name it whole */
    if (!rc)
        rc = read_all(path, &text, &state, err);
    else if (rc == KB_ERR_NOT_FOUND)
        rc = KB_OK;
    if (rc)
        return rc;
    if (change) {
        kb_file_sweep_temporary(fd);
        state.dirfd = fd;
        fd = -1;
    }
    *ret = state;
    state = KB_STATE_INIT;
    return KB_OK;
}

/* --- writing ------------------------------------------------------------------------ */

static void write_done(struct kb_json_writer *w, const struct kb_done *done)
{
    kb_json_open(w, '{');
    kb_json_string_member(w, "tool", done->tool);
    kb_json_string_member(w, "profile", done->profile);
    if (*done->config)
        kb_json_string_member(w, "config", done->config);
    kb_json_string_member(w, "how", kb_way_words[done->way]);
    kb_json_string_member(w, "file", done->file);
    if (done->real)
        kb_json_string_member(w, "real", done->real);
    kb_json_open_member(w, "place", '[');
    for (size_t i = 0; i < done->place.count; i++)
        kb_json_put_string(w, done->place.items[i]);
    kb_json_close(w);
    if (done->before)
        kb_json_string_member(w, "before", done->before);
    kb_json_string_member(w, "after", done->after);
    if (done->earlier)
        kb_json_string_member(w, "earlier", done->earlier);
    kb_json_int_member(w, "made", done->made);
    kb_json_bool_member(w, "joined", done->joined);
    kb_json_bool_member(w, "created", done->created);
    kb_json_int_member(w, "folders", done->folders);
    kb_json_close(w);
}

enum kb_err kb_state_save(const struct kb_state *state, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(STATE_MAX);
    struct kb_json_writer w = kb_json_writer(&out, 2);
    enum kb_err rc;

    if (state->count == 0)
        return kb_file_remove(state->dirfd, NAME, err);
    kb_json_open(&w, '{');
    kb_json_int_member(&w, "version", VERSION);
    kb_json_open_member(&w, "changes", '[');
    for (size_t i = 0; i < state->count; i++)
        write_done(&w, &state->items[i]);
    kb_json_close(&w);
    kb_json_close(&w);
    kb_buf_byte(&out, '\n');
    rc = kb_buf_check(&out, "what setup did", err);
    return rc ? rc : kb_file_replace(state->dirfd, NAME, out.data, out.len, err);
}

/* --- items --------------------------------------------------------------------------- */

bool kb_done_is_of_other(const struct kb_done *done)
{
    char config[PATH_MAX];

    kb_tool_configuration(config);
    return *done->profile && strcmp(done->config, config) != 0;
}

bool kb_done_is_at(const struct kb_done *done, const struct kb_change *change)
{
    return done->way == change->way && strcmp(done->tool, change->tool->word) == 0 &&
           kb_strings_same(&done->place, &change->place) &&
           strcmp(done->file, change->file ? change->file : "") == 0;
}

struct kb_done *kb_state_find(const struct kb_state *state, const struct kb_change *change)
{
    for (size_t i = 0; i < state->count; i++) {
        if (kb_done_is_at(&state->items[i], change))
            return &state->items[i];
    }
    return NULL;
}

/* --- where they lie ------------------------------------------------------------------- */

void kb_way_lies(enum kb_way way, const char *file, char ret[static PATH_MAX])
{
    char folder[PATH_MAX], real[PATH_MAX];
    const char *name = file && way == KB_WAY_LINK ? strrchr(file, '/') : NULL;

    *ret = '\0';
    if (!name && file && *file)
        kb_edited_lies(file, ret);
    if (!name)
        return;
    kb_text_copy(folder, sizeof(folder), file);
    folder[name - file] = '\0';
    kb_edited_lies(folder, real);
    if (snprintf(ret, PATH_MAX, "%s%s", real, name) >= PATH_MAX)
        kb_text_copy(ret, PATH_MAX, file);
}

/* A note without that is of a file that no link led to, or of a release that did not note it. */
static bool has_moved(const struct kb_done *done)
{
    char lies[PATH_MAX];

    kb_way_lies(done->way, done->file, lies);
    return done->real && strcmp(done->real, lies) != 0;
}

/* From now on DONE is about the file that it was made in, whatever leads there. */
static void leave_behind(struct kb_done *done)
{
    kb_str_free(&done->file);
    done->file = done->real;
    done->real = NULL;
}

static void copy_done(struct kb_done *to, const struct kb_done *from)
{
    *to = *from;
    to->tool = kb_text_dup(from->tool);
    to->profile = kb_text_dup(from->profile);
    to->config = kb_text_dup(from->config);
    to->file = kb_text_dup(from->file);
    to->after = kb_text_dup(from->after);
    to->real = to->before = to->earlier = NULL;
    kb_str_set(&to->real, from->real);
    kb_str_set(&to->before, from->before);
    kb_str_set(&to->earlier, from->earlier);
    to->place = (struct kb_strings){0};
    for (size_t i = 0; i < from->place.count; i++)
        kb_strings_add(&to->place, from->place.items[i]);
}

void kb_state_follow_links(struct kb_state *state)
{
    for (size_t i = 0, count = state->count; i < count; i++) {
        struct kb_done *there;

        if (!has_moved(&state->items[i]))
            continue;
        there = add(state);
        copy_done(there, &state->items[i]);
        leave_behind(there);
        kb_str_set(&state->items[i].real, NULL);
        state->items[i].created = false; /* what is at FILE now was not */
        state->items[i].folders = 0;
    }
}

static struct kb_done *put_new(struct kb_state *state, const struct kb_change *change)
{
    struct kb_done *done = add(state);
    char lies[PATH_MAX];

    done->way = change->way;
    kb_str_set(&done->tool, change->tool->word);
    kb_str_set(&done->file, change->file ? change->file : "");
    kb_way_lies(done->way, done->file, lies);
    if (strcmp(lies, done->file) != 0)
        kb_str_set(&done->real, lies);
    for (size_t i = 0; i < change->place.count; i++)
        kb_strings_add(&done->place, change->place.items[i]);
    return done;
}

struct kb_done *kb_state_put(struct kb_state *state, const struct kb_change *change)
{
    struct kb_done *done = kb_state_find(state, change);

    if (done && has_moved(done)) {
        leave_behind(done);
        done = NULL;
    }
    if (!done)
        done = put_new(state, change);
    if (done->after && strcmp(done->after, change->value) != 0)
        kb_str_set(&done->earlier, done->after);
    kb_str_set(&done->profile, change->profile);
    kb_str_set(&done->config, change->config);
    kb_str_set(&done->after, change->value);
    return done;
}

void kb_state_drop(struct kb_state *state, struct kb_done *item)
{
    size_t at = (size_t)(item - state->items);

    clear_done(item);
    memmove(item, item + 1, (state->count - at - 1) * sizeof(*item));
    state->count--;
}
