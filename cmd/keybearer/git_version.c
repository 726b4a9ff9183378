/*
 * git's version, without git. Must never start it: whatever PATH names may be anybody's program.
 * Its version stands in it, as the name by which it calls on servers.
 */
#include "git_version.h"

#include "git_files.h"

#include "base/strings.h"
#include "front.h"

#include <stdlib.h>
#include <string.h>

/* The first with credentials that other helpers leave alone. */
enum { MAJOR = 2, MINOR = 46 };

enum { PROGRAM_MAX = 64 << 20 };
#define NAME "git/"

/* AT begins what may be a version, and ends with a NUL or at END. */
static bool parse(const char *at, const char *end, struct git_version *ret)
{
    size_t most = (size_t)(end - at);
    size_t len = strnlen(at, most < sizeof(ret->text) ? most : sizeof(ret->text) - 1);
    char text[sizeof(ret->text)], *rest;
    long major, minor;

    if (!kb_text_is_visible(at, len, 3, len))
        return false;
    memcpy(text, at, len);
    text[len] = '\0';
    major = strtol(text, &rest, 10);
    if (rest == text || rest[0] != '.' || rest[1] < '0' || rest[1] > '9')
        return false;
    minor = strtol(rest + 1, NULL, 10);
    memcpy(ret->text, text, len + 1);
    ret->keeps_tokens = major > MAJOR || (major == MAJOR && minor >= MINOR);
    return true;
}

/* Where a text begins, and not in the middle of an address. */
static bool find_version(const struct kb_buf *program, struct git_version *ret)
{
    const char *begin = kb_buf_text(program), *end = begin + program->len, *at = begin;

    while ((at = memmem(at, (size_t)(end - at), NAME, strlen(NAME)))) {
        bool begins = at > begin && !kb_text_is_printable(at - 1, 1, 1, 1);

        at += strlen(NAME);
        if (begins && parse(at, end, ret))
            return true;
    }
    return false;
}

void git_version_find(struct git_version *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf program = KB_BUF_INIT(PROGRAM_MAX);

    *ret = (struct git_version){0};
    if (in_path_find("git", NULL, ret->path) && git_read_file(ret->path, &program))
        find_version(&program, ret);
}
