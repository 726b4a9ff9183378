/* A server's address in the variable of an MCP client, with an operand in front: the words are
 * separated by NUL bytes. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *operand = take_until(&in, '\0'), *server = take_until(&in, '\0');
    char *argv[] = {operand, NULL};

    MUST(setenv("CLAUDE_CODE_MCP_SERVER_URL", server, 1) == 0);
    call_with_arguments("headers", *operand != '\0', argv, data, size);
    free(operand);
    free(server);
    return 0;
}
