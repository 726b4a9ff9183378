/*
 * What programs of the tests do when memory runs out.
 */
#include "base/out_of_memory.h"

#include "base/attr.h"
#include "base/error.h"

#include <unistd.h>

void kb_out_of_memory(void)
{
    static const char words[] = KB_OUT_OF_MEMORY "\n";

    KB_IGNORE(write(STDERR_FILENO, words, sizeof(words) - 1));
    _exit(KB_ERR_SYSTEM);
}
