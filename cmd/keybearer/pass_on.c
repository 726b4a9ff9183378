/*
 * The end of a call that is another program's: our link hides that program's name. Must never
 * hand it a token, nor become ourselves once more.
 */
#include "front.h"

#include "base/alloc.h"
#include "base/become.h"
#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>

#define PASSED_ON "KEYBEARER_PASSED_ON"

/*
 * A program may become us again by a way of its own (a shim of pyenv, a script in PATH), and then
 * we it, for ever. So it is counted how often we went on; more than once, because several
 * keybearers may be in PATH.
 */
enum { ROUNDS_MAX = 4 };

static long long rounds(void)
{
    const char *text = getenv(PASSED_ON);
    long long told = 0;

    if (text && !kb_text_to_int(text, 0, ROUNDS_MAX, &told))
        return ROUNDS_MAX;
    return told;
}

static bool count(long long round)
{
    char text[16];

    snprintf(text, sizeof(text), "%lld", round);
    return setenv(PASSED_ON, text, 1) == 0;
}

enum kb_err pass_on(const char *name, int argc, char *argv[], struct kb_error *err)
{
    char own[PATH_MAX], next[PATH_MAX];
    long long before = rounds();
    char **words;

    if (before == ROUNDS_MAX || !in_path_own(own) || !in_path_find(name, own, next) ||
        !count(before + 1))
        return kb_fail(err, KB_ERR_NOT_FOUND, "there is no other %s in PATH", name);
    trace("not ours; its program goes on", next, 0, "");
    words = kb_alloc((size_t)argc + 2, sizeof(*words));
    words[0] = next;
    for (int i = 0; i < argc; i++)
        words[i + 1] = argv[i];
    enum kb_err rc = kb_become(words, err);
    free(words);
    return rc;
}
