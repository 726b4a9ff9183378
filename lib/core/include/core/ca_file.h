/*
 * The file of a profile's own certificate authorities. Whoever can write it chooses who may
 * pass for the token endpoint, and gets the client.
 */
#ifndef KB_CORE_CA_FILE_H
#define KB_CORE_CA_FILE_H

#include "base/buf.h"
#include "base/error.h"

#define KB_CA_FILE_MAX (4U << 20) /* bytes */

/*
 * PATH NULL (the system's authorities) is KB_OK. KB_ERR_CONFIG, with the command that mends it,
 * for a file that others could change or replace, for what is no file (a library would wait
 * for the other end of a pipe, beyond every deadline), and for one that cannot be opened.
 */
KB_CHECKED enum kb_err kb_ca_file_check(const char *path, struct kb_error *err);

/*
 * KB_ERR_CONFIG also where nothing in the file looks like a certificate as PEM: no server would be
 * trusted. Whether it is one, the TLS library says. SETTING is what a person calls that of PATH.
 */
KB_CHECKED enum kb_err kb_ca_file_check_form(
    const char *path, const char *setting, struct kb_error *err);

/* Appends what is in the file at PATH to RET, whose cap bounds it. Errors are the same. */
KB_CHECKED enum kb_err kb_ca_file_read(const char *path, struct kb_buf *ret, struct kb_error *err);

#endif
