/*
 * What a look at an endpoint met: to the helper that looks, and to the front in a report. What a
 * server said is printable ASCII here, and cut.
 */
#ifndef KB_CORE_SIGHT_H
#define KB_CORE_SIGHT_H

#include "core/profile.h"

#include <stdbool.h>
#include <stdint.h>

/* What a request needs, in this order. */
enum kb_sight_part {
    KB_SIGHT_NOTHING,
    KB_SIGHT_PROXY,
    KB_SIGHT_NAME,
    KB_SIGHT_CONNECTION,
    KB_SIGHT_CERTIFICATE,
    KB_SIGHT_ANSWER,
};

enum kb_sight_proxy {
    KB_SIGHT_PROXY_UNSET,    /* no variable names one */
    KB_SIGHT_PROXY_LOOPBACK, /* one is named, and never used for this machine itself */
    KB_SIGHT_PROXY_EXEMPT,   /* no_proxy names the host */
    KB_SIGHT_PROXY_USED,
};

#define KB_SIGHT_NAME_TEXT 160 /* of an authority */

struct kb_sight {
    char host[272];     /* that was looked at, with its port, if it was written */
    int64_t proxy;      /* enum kb_sight_proxy */
    char proxy_at[272]; /* the proxy's host and port, without its user; "": it cannot be told */
    char variable[16];  /* that names the proxy */
    char address[64];   /* of whom we were connected to: the host, or its proxy; "": nobody */
    bool encrypted;     /* by TLS, and the server has proved who it is */
    char issuer[KB_SIGHT_NAME_TEXT]; /* of the server's certificate; "": not known */
    int64_t ends_s;                  /* Unix time of that certificate's end; 0: not known */
    int64_t chain_ends_s;            /* of the first end among all that the server sent */
    int64_t status;                  /* of HTTP; 0: no answer */
    int64_t date_s;                  /* Unix time that the answer names; 0: it names none */
    int64_t heard_s;                 /* Unix time of this machine at that moment */
    bool may_want_certificate; /* the server ended the connection as one does that wants one */
    int64_t missing; /* enum kb_sight_part: the first that was not got; NOTHING: all, or none */
    bool failed;
    char problem[512], hint[512]; /* of that; PROBLEM is not empty then */
};

#endif
