/*
 * What Vault asks of its token helper: the first line is the server's address, the rest what is to
 * be stored.
 */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char operations[][6] = {"get", "store", "erase"};
    struct input in = {data, size};
    char *address = take_until(&in, '\n');

    if (*address)
        setenv("VAULT_ADDR", address, 1);
    else
        unsetenv("VAULT_ADDR");
    unsetenv("BAO_ADDR");
    unsetenv("VAULT_AGENT_ADDR");
    unsetenv("BAO_AGENT_ADDR");
    for (size_t i = 0; i < KB_COUNT(operations); i++) {
        char *argv[] = {operations[i], NULL};

        call_by_link("vault", *address ? NULL : "work", 1, argv, in.data, in.size);
    }
    free(address);
    return 0;
}
