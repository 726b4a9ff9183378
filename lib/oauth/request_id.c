/*
 * Where providers put their request id. The first place that has one wins.
 */
#include "oauth/request_id.h"

#include "base/json.h"
#include "oauth/redact.h"

#include <string.h>

static const char *const headers[] = {
    "Zuora-Request-Id", "X-Request-Id", "Request-Id", "x-ms-request-id", "X-Correlation-Id"};
static const char *const members[] = {
    "requestId", "processId", "request_id", "trace_id", "correlation_id", "errorId"};

static const char *find(const struct kb_http_reply *reply, const struct json_object *body)
{
    const char *id = NULL;

    for (size_t i = 0; !id && i < KB_COUNT(headers); i++)
        id = kb_http_header(reply, headers[i], NULL);
    for (size_t i = 0; !id && body && i < KB_COUNT(members); i++)
        id = kb_json_string(body, members[i]);
    return id ? id : "";
}

void kb_request_id_read(const struct kb_http_reply *reply, const struct json_object *body,
    const struct kb_oauth_context *context, char ret[static KB_REQUEST_ID_SIZE])
{
    const char *id = find(reply, body);

    kb_redact(id, strlen(id), context, ret, KB_REQUEST_ID_SIZE);
}
