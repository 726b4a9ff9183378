/*
 * The end of a call that is another program's: our link hides that program's name. Must never
 * hand it a token, nor become ourselves once more.
 */
#include "front.h"

#include "base/alloc.h"
#include "base/become.h"

#include <stdlib.h>
#include <string.h>

/*
 * What becomes us again by a way of its own (a shim of pyenv, a script in PATH) finds this, or the
 * two would go on for ever.
 */
static bool was_passed_on(const char *name)
{
    const char *before = getenv("KEYBEARER_PASSED_ON");

    return before && strcmp(before, name) == 0;
}

enum kb_err pass_on(const char *name, int argc, char *argv[], struct kb_error *err)
{
    char own[PATH_MAX], next[PATH_MAX];
    char **words;

    if (was_passed_on(name) || !in_path_own(own) || !in_path_find(name, own, next) ||
        setenv("KEYBEARER_PASSED_ON", name, 1))
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
