/* The server is a child process that ends by itself, so no test can hang on it. */
#include "script_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

bool send_bytes(int client, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(client, bytes, len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

void wait_for_hangup(int client)
{
    char byte;

    while (recv(client, &byte, 1, 0) > 0)
        ;
}

/* The end of the head, and of a body of the Content-Length it names. */
static bool is_complete(const char *request, size_t len)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "\r\nContent-Length:");
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;

    return end && len >= (size_t)(end + 4 - request) + body;
}

static size_t receive_request(int client, char request[static SERVER_REQUEST_MAX])
{
    size_t len = 0;
    ssize_t got = 1;

    request[0] = '\0';
    while (got > 0 && !is_complete(request, len) && len < SERVER_REQUEST_MAX - 1) {
        got = recv(client, request + len, SERVER_REQUEST_MAX - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
        request[len] = '\0';
    }
    return len;
}

static void serve(int listener, const struct script *script, int request_pipe)
{
    static char request[SERVER_REQUEST_MAX];
    int client = accept(listener, NULL, NULL);
    size_t len = receive_request(client, request);

    if (write(request_pipe, request, len) != (ssize_t)len)
        _exit(1);
    close(request_pipe);
    if (script->reply)
        send_bytes(client, script->reply, script->len ? script->len : strlen(script->reply));
    if (script->then)
        script->then(client);
    shutdown(client, SHUT_WR);
    wait_for_hangup(client);
    _exit(0);
}

static void listen_anywhere(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_return_code(server->listener, errno);
    assert_return_code(bind(server->listener, (struct sockaddr *)&address, size), errno);
    assert_return_code(listen(server->listener, 8), errno);
    assert_return_code(getsockname(server->listener, (struct sockaddr *)&address, &size), errno);
    snprintf(
        server->url, sizeof(server->url), "http://127.0.0.1:%d/token", ntohs(address.sin_port));
}

void server_start(struct server *server, const struct script *script)
{
    int ends[2];

    *server = (struct server){.request_pipe = -1};
    listen_anywhere(server);
    if (!script)
        return;
    assert_return_code(pipe(ends), errno);
    server->child = fork();
    assert_return_code(server->child, errno);
    if (server->child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        serve(server->listener, script, ends[1]);
    }
    close(ends[1]);
    server->request_pipe = ends[0];
}

bool server_was_called(const struct server *server)
{
    struct pollfd waiting = {.fd = server->listener, .events = POLLIN};

    return poll(&waiting, 1, 0) > 0;
}

static void read_request(int from, char request[static SERVER_REQUEST_MAX])
{
    size_t len = 0;
    ssize_t got;

    while ((got = read(from, request + len, SERVER_REQUEST_MAX - 1 - len)) > 0)
        len += (size_t)got;
    request[len] = '\0';
}

void server_stop(struct server *server, char *request)
{
    if (server->child > 0) {
        if (request)
            read_request(server->request_pipe, request);
        kill(server->child, SIGKILL);
        waitpid(server->child, NULL, 0);
        close(server->request_pipe);
    }
    close(server->listener);
}

enum kb_err post_to(
    const char *url, int ms, struct kb_http_reply *ret, bool *ret_final, struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;

    enum kb_net_again again;

    *err = KB_ERROR_INIT;
    kb_str_set(&request.url, url);
    kb_buf_str(&request.body, "a=1");
    enum kb_err rc = kb_net_post(&request, kb_deadline_in_ms(ms), ret, &again, err);

    if (ret_final)
        *ret_final = again != KB_NET_AGAIN_SOON;
    return rc;
}
