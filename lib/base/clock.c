/*
 * The only place that asks the kernel for the time.
 */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

static struct timespec read_clock(clockid_t id)
{
    struct timespec now = {0};

    clock_gettime(id, &now);
    return now;
}

struct kb_clock kb_clock_now(void)
{
    return (struct kb_clock){
        .wall = read_clock(CLOCK_REALTIME).tv_sec,
        .boot = read_clock(CLOCK_BOOTTIME).tv_sec,
    };
}

static int64_t boot_ms(void)
{
    struct timespec now = read_clock(CLOCK_BOOTTIME);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct kb_deadline kb_deadline_in_ms(int64_t ms)
{
    return (struct kb_deadline){.at_ms = boot_ms() + ms};
}

int kb_deadline_left_ms(struct kb_deadline deadline)
{
    int64_t left = deadline.at_ms - boot_ms();

    if (left < 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

bool kb_deadline_passed(struct kb_deadline deadline)
{
    return kb_deadline_left_ms(deadline) == 0;
}
