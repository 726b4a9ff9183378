/*
 * Looking into an HTTP reply, and wiping both halves of an exchange.
 */
#include "core/http.h"

#include <string.h>
#include <strings.h>

const char *kb_http_header(const struct kb_http_reply *reply, const char *name, bool *ret_conflict)
{
    const char *found = NULL;

    for (size_t i = 0; i < reply->headers.count; i++) {
        const struct kb_pair *header = &reply->headers.items[i];
        if (strcasecmp(header->name, name) != 0)
            continue;
        if (found && strcmp(found, header->value) != 0) {
            if (ret_conflict)
                *ret_conflict = true;
            return NULL;
        }
        found = header->value;
    }
    return found;
}

void kb_http_request_clear(struct kb_http_request *request)
{
    if (!request)
        return;
    kb_str_set(&request->url, NULL);
    kb_str_set(&request->ca_file, NULL);
    kb_str_set(&request->ca_setting, NULL);
    kb_pairs_clear(&request->headers);
    kb_secret_clear(&request->authorization);
    kb_buf_clear(&request->body);
    kb_buf_clear(&request->query);
    kb_buf_clear(&request->certificates);
    kb_secret_clear(&request->key);
}

void kb_http_reply_clear(struct kb_http_reply *reply)
{
    if (!reply)
        return;
    reply->status = 0;
    kb_pairs_clear(&reply->headers);
    kb_buf_clear(&reply->body);
}
