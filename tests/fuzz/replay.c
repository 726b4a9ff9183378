/*
 * Runs a fuzz target over files: every argument is a file or a directory of files.
 */
#include "../read_all.h"
#include "fuzz.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"

#include <fcntl.h>
#include <fts.h>

static size_t count;

static void replay(const char *path)
{
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(1 << 20);
    struct kb_error err = KB_ERROR_INIT;

    if (fd < 0 || read_all(fd, &content, &err)) {
        (void)fprintf(stderr, "%s: %s\n", path, err.msg);
        exit(1);
    }
    /* Exactly as long as the content, so that the sanitizers see a byte too many. */
    uint8_t *copy = malloc(content.len ? content.len : 1);
    MUST(copy);
    if (content.len > 0)
        memcpy(copy, content.data, content.len);
    (void)LLVMFuzzerTestOneInput(copy, content.len);
    free(copy);
    count++;
}

int main(int argc, char *argv[])
{
    FTS *tree = argc > 1 ? fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;

    while (tree) {
        FTSENT *entry = fts_read(tree);

        if (!entry)
            break;
        if (entry->fts_info == FTS_F)
            replay(entry->fts_path);
    }
    if (tree)
        (void)fts_close(tree);
    (void)printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
