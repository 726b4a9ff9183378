/*
 * The end of a request's life: it may hold the token that a server refused.
 */
#include "core/request.h"

void kb_request_clear(struct kb_request *request)
{
    if (!request)
        return;
    kb_secret_clear(&request->presented);
    *request = KB_REQUEST_INIT;
}
