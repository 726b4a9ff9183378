/*
 * What a helper says when memory runs out, to whoever started it. Must never allocate.
 */
#include "helper.h"

#include "base/error_text.h"
#include "base/file.h"
#include "base/out_of_memory.h"

#include <stdatomic.h>
#include <unistd.h>

enum { WORDS_MAX = 256 };

static bool person_listens;
static void (*tidy)(void);
static atomic_flag claimed = ATOMIC_FLAG_INIT;

void last_words_person_listens(bool listens)
{
    person_listens = listens;
}

void last_words_tidy(void (*first)(void))
{
    tidy = first;
}

void last_words_claim(void)
{
    while (atomic_flag_test_and_set(&claimed))
        pause();
}

void kb_out_of_memory(void)
{
    char room[WORDS_MAX];
    struct kb_buf words = {.data = room, .cap = sizeof(room), .max = sizeof(room) - 1};
    struct kb_frame frame = {.kind = KB_FRAME_ERROR};

    last_words_claim();
    if (tidy)
        tidy();
    kb_fail(&frame.error, KB_ERR_SYSTEM, KB_OUT_OF_MEMORY);
    kb_hint(&frame.error, KB_OUT_OF_MEMORY_HINT);
    if (person_listens)
        kb_error_append(&frame.error, &words);
    else
        kb_frame_pack(&frame, &words);
    KB_IGNORE(kb_write_all(
        person_listens ? STDERR_FILENO : HELPER_FRAME_FD, words.data, words.len, NULL));
    _exit(KB_ERR_SYSTEM);
}
