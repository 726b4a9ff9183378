/*
 * What a calling tool wants, whatever protocol it said it in.
 */
#ifndef KB_CORE_REQUEST_H
#define KB_CORE_REQUEST_H

#include "base/secret.h"
#include "core/url.h"

#include <stdbool.h>

enum kb_op {
    KB_OP_GET,      /* hand out a token */
    KB_OP_STORE,    /* the tool wants us to remember `presented`: we do not */
    KB_OP_ERASE,    /* the token in `presented` was refused by its server */
    KB_OP_LIST,     /* which addresses do we serve */
    KB_OP_GET_EACH, /* hand out the token of the named profile; without a name, those that are
                       cached: nobody asks every provider for a tool that may need none of them */
};

#define KB_REQUEST_ALSO_MAX 2

/* What stands around a profile's name where a person gives it to a tool. */
struct kb_naming {
    const char *before, *behind;
    bool by_user; /* git: a user name chooses as well */
};

struct kb_request {
    enum kb_op op;
    /*
     * A profile's name, an address, or both: then the address must be one that the named
     * profile matches. Neither: the only profile that there is.
     */
    char profile[64]; /* a profile's name; empty: find it by address */
    bool has_url;
    struct kb_url url;
    struct kb_url also[KB_REQUEST_ALSO_MAX]; /* Vault: where the token may go, too; whoever does not
                                                match all of them does not match */
    size_t also_count;
    const struct kb_naming *naming; /* for hints; NULL: the tool can name no profile */
    bool lacks_path;                /* git: the tool knows a path, and was not told to give it */
    bool any_path;   /* the protocol knows no path (docker): match on the origin alone */
    bool any_scheme; /* no scheme was named (docker): `url` says https, but where its
                        host is a loopback address, http on the same port matches as well */

    char username[256]; /* of whom the tool wants a credential; empty: of anybody */
    bool takes_scheme;  /* git: the caller can take an answer that names its scheme */
    bool wants_bearer;  /* git: the caller can take authtype=Bearer and the server offers it */
    char echoed[1280];  /* what the answer repeats: docker's address, go's URL, NuGet's id */
    struct kb_secret presented; /* KB_OP_ERASE: the refused token; empty: whichever is cached.
                                   KB_OP_STORE: what is to be kept; empty: it can be no token */

    bool distrusted;  /* KB_OP_GET: what was handed out before was refused, so it will not do */
    unsigned form;    /* which of its answers the protocol shall print: its own affair */
    bool terminal_ok; /* --show: the person wants to see the token on the terminal */
};

#define KB_REQUEST_INIT ((struct kb_request){0})

/* Wipes and frees; makes it KB_REQUEST_INIT. */
void kb_request_clear(struct kb_request *request);

#endif
