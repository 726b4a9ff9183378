/*
 * The names under which credentials are sent. A setting is readable: it is in the configuration
 * and, on its way there, among the arguments of `add`. So none may have such a name.
 */
#ifndef KB_CONFIG_SECRET_NAMES_H
#define KB_CONFIG_SECRET_NAMES_H

#include "base/error.h"

/*
 * KB_ERR_CONFIG for the name of a credential, in any case, its words divided by '-', '_', a space
 * or nothing, percent-encoded or not, alone or as a part (x[client_secret]); WHAT ("header") it
 * would have been. The hint is the way to give keybearer a secret.
 */
KB_CHECKED enum kb_err kb_secret_name_refuse(
    const char *what, const char *name, struct kb_error *err);

#endif
