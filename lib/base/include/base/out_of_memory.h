/*
 * What a program does when memory runs out: it says so and ends.
 */
#ifndef KB_BASE_OUT_OF_MEMORY_H
#define KB_BASE_OUT_OF_MEMORY_H

/* What it says, on stderr or in a frame. */
#define KB_OUT_OF_MEMORY "out of memory"
#define KB_OUT_OF_MEMORY_HINT "end other programs or raise the memory limit, then try again"

/*
 * Every program defines it. Called by whichever thread an allocation failed for, in any
 * state: it must not allocate, and must end the process with status KB_ERR_SYSTEM.
 */
void kb_out_of_memory(void) __attribute__((noreturn));

#endif
