/*
 * The file of KEYBEARER_LOG=file. trace.c writes it, `doctor` looks at it.
 */
#ifndef KB_FRONT_LOG_FILE_H
#define KB_FRONT_LOG_FILE_H

#include "base/buf.h"
#include "base/error.h"
#include "core/place.h"

/*
 * Appends LINE, with its line end, to the log, which is made where it is missing. KB_ERR_DENIED:
 * the file or its folder is not ours alone; the hint mends it. Any failure loses the line.
 */
KB_CHECKED enum kb_err log_file_write(const struct kb_buf *line, struct kb_error *err);

/* Whether the file, where there is one, and its folder are ours alone. RET_PATH is where it is. */
KB_CHECKED enum kb_err log_file_check(char ret_path[static KB_DATA_PATH_MAX], struct kb_error *err);

#endif
