/*
 * Every byte that a token server can send, through libcurl as we use it: only the connection
 * is another one, whose far end has said all that it will say.
 */
#include "fuzz.h"

#include "core/http.h"
#include "net/post.h"
#include "oauth/token_reply.h"

#include <curl/curl.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 5000

CURLcode __real_curl_easy_perform(CURL *curl);
CURLcode __wrap_curl_easy_perform(CURL *curl);

static int near_end = -1;

static curl_socket_t connect_nowhere(
    void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    (void)address;
    return dup(near_end);
}

/* Stands before glibc's own, for libcurl too: both ends are connected already. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
    (void)fd;
    (void)address;
    (void)len;
    return 0;
}

/* Stands before libcurl's own, at link time. */
CURLcode __wrap_curl_easy_perform(CURL *curl)
{
    MUST(!curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, connect_nowhere));
    return __real_curl_easy_perform(curl);
}

/* No control character but tabs, and neither a space nor a tab at its ends. */
static bool is_clean(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return false;
    }
    return len == 0 || (!strchr(" \t", text[0]) && !strchr(" \t", text[len - 1]));
}

static void must_be_headers(const struct kb_http_reply *reply)
{
    size_t bytes = 0;

    MUST(reply->headers.count <= KB_HTTP_HEADER_COUNT_MAX);
    for (size_t i = 0; i < reply->headers.count; i++) {
        const struct kb_pair *header = &reply->headers.items[i];

        MUST(*header->name && is_clean(header->name) && !strpbrk(header->name, " \t:"));
        MUST(is_clean(header->value));
        bytes += strlen(header->name) + strlen(header->value);
    }
    MUST(bytes <= KB_HTTP_HEADERS_MAX);
}

/* What tells where the body ends is said once, and is true. */
static void must_be_framed(const struct kb_http_reply *reply)
{
    bool two_lengths = false, two_codings = false;
    const char *length = kb_http_header(reply, "Content-Length", &two_lengths);
    const char *coding = kb_http_header(reply, "Transfer-Encoding", &two_codings);
    bool no_body = reply->status < 200 || reply->status == 204 || reply->status == 304;

    MUST(!two_lengths && !two_codings);
    MUST(!coding || strcasecmp(coding, "chunked") == 0);
    MUST(reply->body.len <= KB_HTTP_BODY_MAX);
    if (length && !coding && !no_body)
        MUST(strtoul(length, NULL, 10) == reply->body.len);
}

/* The head ended, and not only the connection. */
static void must_be_complete(const uint8_t *data, size_t size)
{
    MUST(memmem(data, size, "\n\r\n", 3) || memmem(data, size, "\n\n", 2));
}

static void read_token(const struct kb_http_reply *reply)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    char method[] = "client_secret_post";
    const struct kb_profile profile = {
        .client_auth = method, .max_lifetime = KB_PROFILE_MAX_LIFETIME};
    const struct kb_oauth_context context = {
        .profile = &profile,
        .client = &client,
        .now = {.wall_ms = 1893455000000, .boot_ms = 5000000},
    };
    struct kb_reply_facts facts = {0};
    struct kb_error err = KB_ERROR_INIT;

    MUST(kb_secret_set(&client.id, "client", 6, NULL) == KB_OK);
    MUST(kb_secret_set(&client.secret, "s3cr3t+of/the=client", 20, NULL) == KB_OK);
    enum kb_err rc = kb_token_reply_read(&context, reply, &token, &facts, &err);
    must_be_presentable(rc, &err);
    MUST(facts.wait_s >= 0 && facts.wait_s <= 300 && facts.limit >= -1 && facts.remaining >= -1);
    MUST(kb_text_is_printable(facts.request_id, strlen(facts.request_id), 0, 64));
    MUST((rc == KB_OK) == kb_token_text_ok(token.value.bytes, token.value.len));
}

/* Only the first bytes when it is more than a socket holds. */
static int far_end_that_said(const uint8_t *data, size_t size)
{
    int ends[2];

    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    near_end = ends[0];
    if (size > 0)
        MUST(send(ends[1], data, size, MSG_DONTWAIT | MSG_NOSIGNAL) > 0);
    MUST(shutdown(ends[1], SHUT_WR) == 0);
    return ends[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char url[] = "http://127.0.0.1:9/oauth/token";
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err = KB_ERROR_INIT;
    int far_end = far_end_that_said(data, size);

    kb_str_set(&request.url, url);
    kb_buf_str(&request.body, "grant_type=client_credentials");
    enum kb_err rc = kb_net_post(&request, kb_deadline_in_ms(DEADLINE_MS), &reply, NULL, &err);
    close(near_end);
    close(far_end);
    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || (reply.status == 0 && reply.headers.count == 0 && reply.body.len == 0));
    MUST(rc != KB_ERR_TIMEOUT && rc != KB_ERR_SYSTEM);
    MUST(!strstr(err.msg, "no connection")); /* or nothing would be read at all */
    if (rc)
        return 0;
    must_be_complete(data, size);
    must_be_headers(&reply);
    must_be_framed(&reply);
    read_token(&reply);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Once for all runs; the one of each exchange then costs nothing. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return curl_global_init(CURL_GLOBAL_DEFAULT) ? 1 : 0;
}
