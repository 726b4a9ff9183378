/*
 * leave_behind WHERE: reads a secret from standard input and ends with it still in its
 * memory: in a freed block, on the stack, in static memory, in a page that may not be
 * read, or nowhere. Undumpable first, as the programs under test. What the scan must find.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SIZE = 4096 };

static char kept[SIZE];

static void on_stack(void)
{
    char bytes[SIZE];

    if (read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0)
        _exit(1);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

static void fill(char *block)
{
    if (!block || read(STDIN_FILENO, block, SIZE) <= 0)
        _exit(1);
}

static void freed(void)
{
    char *block = malloc(SIZE);

    fill(block);
    free(block);
}

static void unreadable(void)
{
    char *page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    fill(page);
    mprotect(page, SIZE, PROT_NONE);
}

int main(int argc, char *argv[])
{
    prctl(PR_SET_DUMPABLE, 0);
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "freed") == 0)
        freed();
    else if (strcmp(argv[1], "stack") == 0)
        on_stack();
    else if (strcmp(argv[1], "static") == 0)
        fill(kept);
    else if (strcmp(argv[1], "unreadable") == 0)
        unreadable();
    _exit(0);
}
