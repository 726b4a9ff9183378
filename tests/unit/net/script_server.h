/* A TCP server on 127.0.0.1 that plays a script to one client and keeps what it was sent. */
#ifndef KB_TEST_SCRIPT_SERVER_H
#define KB_TEST_SCRIPT_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/post.h"

#include <string.h>
#include <sys/types.h>

#define SERVER_REQUEST_MAX 65536

struct script {
    const char *reply;        /* sent as soon as the whole request is there; NULL: nothing */
    size_t len;               /* of REPLY; 0: up to its NUL */
    void (*then)(int client); /* what follows; NULL: close */
};

struct server {
    int listener;
    pid_t child;
    int request_pipe; /* the child writes the request here */
    char url[64];
};

/* Listens; with a script a child also serves the first client. Without: nobody accepts. */
void server_start(struct server *server, const struct script *script);

/* Ends the server. REQUEST (may be NULL, SERVER_REQUEST_MAX bytes) gets what the client sent. */
void server_stop(struct server *server, char *request);

/* Connections that nobody accepted: for a server without a script. */
bool server_was_called(const struct server *server);

/* Blocks until the client has gone. */
void wait_for_hangup(int client);
/* Whether the client takes them all. */
bool send_bytes(int client, const char *bytes, size_t len);

/* Posts "a=1" to URL under a deadline of MS. */
enum kb_err post_to(
    const char *url, int ms, struct kb_http_reply *ret, bool *ret_final, struct kb_error *err);

#endif
