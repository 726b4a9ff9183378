/*
 * How long a token counts as alive, on two clocks of which one can be set by anybody.
 */
#include "core_test.h"

#include "core/token.h"

static const struct kb_clock start = {.wall_ms = 1800000000000, .boot_ms = 5000000};

static struct kb_token token_with_life(int64_t life)
{
    struct kb_token token = KB_TOKEN_INIT;
    kb_token_set_life(&token, life, start);
    return token;
}

static struct kb_clock later_ms(int64_t wall_ms, int64_t boot_ms)
{
    return (struct kb_clock){
        .wall_ms = start.wall_ms + wall_ms, .boot_ms = start.boot_ms + boot_ms};
}

/* Seconds later. */
static struct kb_clock later(int64_t wall, int64_t boot)
{
    return later_ms(1000 * wall, 1000 * boot);
}

static const int64_t start_wall = 1800000000;

static void test_text(void **state)
{
    static char longest[KB_TOKEN_MAX + 1];

    (void)state;
    memset(longest, 'x', sizeof(longest));
    assert_true(kb_token_text_ok("a", 1));
    assert_true(kb_token_text_ok("00D!A.b-c_d~e+f/g==", 19));
    assert_true(kb_token_text_ok(longest, KB_TOKEN_MAX));
    assert_false(kb_token_text_ok(longest, KB_TOKEN_MAX + 1));
    assert_false(kb_token_text_ok("", 0));
    assert_false(kb_token_text_ok("a b", 3));
    assert_false(kb_token_text_ok("a\nb", 3));
    assert_false(kb_token_text_ok("a\0b", 3));
    assert_false(kb_token_text_ok("a\x7f", 2));
    assert_false(kb_token_text_ok("\xc3\xa9", 2));
}

static void test_margin(void **state)
{
    const struct {
        int64_t life;
        int min_ttl;
        int64_t margin_ms;
    } cases[] = {
        {3600, 0, 60000},    /* the default */
        {3600, 600, 600000}, /* the profile's wish */
        {3600, 10, 60000},   /* which only ever adds */
        {300, 0, 30000},     /* a tenth of a short life */
        {30, 0, 3000},
        {300, 600, 150000}, /* never more than half */
        {9, 0, 900},        /* and never nothing */
        {5, 0, 500},
        {2, 0, 200},
        {1, 0, 100},
        {1, 60, 500},
        {3600, INT32_MAX, 1800000},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_token token = token_with_life(cases[i].life);
        assert_int_equal(kb_token_margin_ms(&token, cases[i].min_ttl), cases[i].margin_ms);
    }
}

static void test_usable_until_the_margin(void **state)
{
    const struct {
        int64_t life, wall, boot; /* passed since the start */
        bool usable;
    } cases[] = {
        {3600, 0, 0, true},
        {3600, 3540, 3540, true},
        {3600, 3541, 3541, false},
        {3600, 9999, 9999, false},
        {300, 270, 270, true},
        {300, 271, 271, false},
        {5, 4, 4, true},
        {1, 0, 0, true},
        /* the wall clock set back: the boot clock still counts */
        {3600, -86400, 3541, false},
        {3600, -86400, 10, true},
        /* the wall clock set forward: a miss, no harm */
        {3600, 86400, 10, false},
        /* suspended: the boot clock went on, whatever the wall clock says */
        {3600, 0, 7200, false},
        {3600, 7200, 7200, false},
        /* both clocks stand before the issue (restored image): absurd */
        {3600, -1, -1, false},
        {3600, -86400, -4000, false},
        /* the boot clock alone does (another boot or time namespace): it counts for nothing */
        {3600, 10, -1, false},
        {3600, 10, -86400, false},
        /* unknown and absurd lives */
        {0, 0, 0, false},
        {-5, 0, 0, false},
        {31 * 86400, 0, 0, true},
        {31 * 86400 + 1, 0, 0, false},
        {INT64_MAX, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_token token = token_with_life(cases[i].life);
        struct kb_clock now = later(cases[i].wall, cases[i].boot);
        if (kb_token_usable(&token, 0, now) != cases[i].usable)
            fail_msg("case %zu", i);
    }
}

static void test_min_ttl_asks_for_more(void **state)
{
    struct kb_token token = token_with_life(3600);

    (void)state;
    assert_true(kb_token_usable(&token, 600, later(3000, 3000)));
    assert_false(kb_token_usable(&token, 600, later(3001, 3001)));
    assert_true(kb_token_usable(&token, 0, later(3001, 3001)));
}

static void test_rest_is_the_shorter_one(void **state)
{
    struct kb_token token = token_with_life(3600);
    struct kb_token unknown = token_with_life(0);

    (void)state;
    assert_int_equal(kb_token_rest_ms(&token, later(100, 200)), 3400000);
    assert_int_equal(kb_token_rest_ms(&token, later(200, 100)), 3400000);
    assert_int_equal(kb_token_rest_ms(&token, later(4000, 100)), -400000);
    assert_int_equal(kb_token_rest_ms(&unknown, start), 0);
}

static void test_refresh_ahead(void **state)
{
    const struct {
        int64_t life;
        int min_ttl, ahead;
        int64_t passed;
        bool wants;
    } cases[] = {
        {3600, 0, -1, 3240, false}, /* margin 60, window 300 */
        {3600, 0, -1, 3241, true},
        {300, 0, -1, 240, false}, /* margin 30, window 30 */
        {300, 0, -1, 241, true},
        {3600, 0, 0, 3540, false}, /* no window: the margin itself */
        {3600, 0, 0, 3541, true},
        {3600, 0, 1000, 2541, true},
        {3600, 0, 86400, 360, false}, /* a new token never asks for the next one */
        {3600, 0, 86400, 361, true},
        {0, 0, -1, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_token token = token_with_life(cases[i].life);
        struct kb_clock now = later(cases[i].passed, cases[i].passed);
        if (kb_token_wants_refresh(&token, cases[i].min_ttl, cases[i].ahead, now) != cases[i].wants)
            fail_msg("case %zu", i);
        int64_t in_ms = kb_token_refresh_in_ms(&token, cases[i].min_ttl, cases[i].ahead, now);
        assert_int_equal(in_ms < 0, cases[i].wants);
        if (cases[i].life > 0) /* that long, and not a millisecond less */
            assert_int_equal(kb_token_refresh_in_ms(&token, cases[i].min_ttl, cases[i].ahead,
                                 later(cases[i].passed + 1, cases[i].passed + 1)),
                in_ms - 1000);
        else
            assert_true(in_ms == INT64_MAX);
    }
}

static void test_printed_expiry(void **state)
{
    struct kb_token token = token_with_life(3600);
    struct kb_token unknown = token_with_life(0);

    (void)state;
    assert_int_equal(kb_token_printed_expiry(&token, 0, start), start_wall + 3540);
    assert_int_equal(kb_token_printed_expiry(&token, 0, later(100, 100)), start_wall + 3540);
    /* one clock has begun its next millisecond, the other has not: the same answer */
    assert_int_equal(kb_token_printed_expiry(&token, 0, later_ms(9999, 10000)), start_wall + 3540);
    assert_int_equal(kb_token_printed_expiry(&token, 0, later_ms(10000, 9999)), start_wall + 3540);
    /* but for more than that the shorter rest counts */
    assert_int_equal(kb_token_printed_expiry(&token, 0, later(100, 101)), start_wall + 3539);
    /* never in the past */
    assert_int_equal(kb_token_printed_expiry(&token, 0, later(3599, 3599)), start_wall + 3599);
    assert_int_equal(kb_token_printed_expiry(&token, 0, later(9999, 9999)), start_wall + 9999);
    /* the caller compares with the wall clock as it is now */
    assert_int_equal(
        kb_token_printed_expiry(&token, 0, later(-5000, 100)), start_wall - 5000 + 3440);
    assert_int_equal(kb_token_printed_expiry(&unknown, 0, start), 0);
}

static void test_extreme_clocks_do_not_overflow(void **state)
{
    const struct kb_clock ends[] = {
        {INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MAX}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(ends); i++) {
        struct kb_token token = token_with_life(3600);
        assert_false(kb_token_usable(&token, 0, ends[i]));
        (void)kb_token_printed_expiry(&token, 0, ends[i]);
        (void)kb_token_wants_refresh(&token, 0, -1, ends[i]);
        kb_token_set_life(&token, INT64_MAX, ends[i]);
        assert_false(kb_token_usable(&token, 0, ends[i]));
    }
}

static void pack(struct kb_buf *out, const char *value, int64_t life, int64_t wall, int64_t boot)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    assert_int_equal(kb_secret_set(&token.value, value, strlen(value), NULL), KB_OK);
    token.life_ms = life;
    token.expires_wall_ms = wall;
    token.expires_boot_ms = boot;
    kb_token_pack(&token, out);
}

static void test_waiters_share_what_came_since(void **state)
{
    const int64_t lives[] = {0, 1, 3600};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lives); i++) {
        struct kb_token token = token_with_life(lives[i]);
        assert_true(kb_token_serves_waiter(&token, start.boot_ms - 5000, start));
        assert_true(kb_token_serves_waiter(&token, start.boot_ms - 1, start));
        assert_false(kb_token_serves_waiter(&token, start.boot_ms, start));
        assert_false(kb_token_serves_waiter(&token, start.boot_ms + 1, start));
    }
}

static void test_no_waiter_gets_a_token_that_is_over(void **state)
{
    struct kb_token brief = token_with_life(2);
    struct kb_token unknown = token_with_life(0);
    int64_t before = start.boot_ms - 1;

    (void)state;
    assert_true(kb_token_serves_waiter(&brief, before, later_ms(1999, 1999)));
    assert_false(kb_token_serves_waiter(&brief, before, later_ms(2000, 1999)));
    assert_false(kb_token_serves_waiter(&brief, before, later_ms(1999, 2000)));
    assert_true(kb_token_serves_waiter(&unknown, before, later(2, 2)));
}

static void test_clock_no_waiter_gets_a_token_of_another_boot(void **state)
{
    const int64_t lives[] = {0, 1, 3600};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lives); i++) {
        struct kb_token token = token_with_life(lives[i]);
        assert_false(kb_token_serves_waiter(&token, start.boot_ms - 9000, later(0, -1)));
    }
}

static void test_clock_life_counts_from_the_question(void **state)
{
    struct kb_token token = token_with_life(300);
    struct kb_token brief = token_with_life(5);
    struct kb_token unknown = token_with_life(0);

    (void)state;
    kb_token_backdate(&token, 20000);
    assert_int_equal(token.life_ms, 300000);
    assert_int_equal(kb_token_rest_ms(&token, start), 280000);
    assert_int_equal(kb_token_rest_ms(&token, later(100, 10)), 180000);
    assert_int_equal(kb_token_margin_ms(&token, 0), 30000);
    assert_true(kb_token_usable(&token, 0, start));
    kb_token_backdate(&token, -5000);
    assert_int_equal(kb_token_rest_ms(&token, start), 280000);
    kb_token_backdate(&brief, 6000);
    kb_token_backdate(&unknown, 6000);
    assert_int_equal(brief.life_ms, 0);
    assert_int_equal(unknown.life_ms, 0);
    assert_false(kb_token_usable(&brief, 0, start));
}

/* The server may have made it at once, and it may have ended before whoever asked later began. */
static void test_dead_only_who_asked_before_we_did_shares_an_unknown_life(void **state)
{
    const int64_t lives[] = {0, 1};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lives); i++) {
        struct kb_token token = token_with_life(lives[i]);
        int64_t asked = start.boot_ms - 1500;
        kb_token_backdate(&token, 1500);
        assert_true(kb_token_serves_waiter(&token, asked - 1, start));
        assert_false(kb_token_serves_waiter(&token, asked, start));
        assert_false(kb_token_serves_waiter(&token, asked + 1, start));
        assert_false(kb_token_serves_waiter(&token, start.boot_ms, start));
    }
}

/* Lives of a few seconds: each of their milliseconds, on both clocks. */
static void test_dead_no_token_is_handed_out_after_its_last_millisecond(void **state)
{
    (void)state;
    for (int64_t life = 1; life <= 5; life++) {
        struct kb_token token = token_with_life(life);
        int64_t last = 1000 * life - kb_token_margin_ms(&token, 0);
        for (int64_t ms = 0; ms <= 1000 * life + 10; ms++) {
            struct kb_clock now = later_ms(ms, ms);
            bool usable = kb_token_usable(&token, 0, now);
            assert_int_equal(usable, ms <= last);
            assert_true(kb_token_printed_expiry(&token, 0, now) * 1000 <=
                        (usable ? token.expires_wall_ms : now.wall_ms));
        }
        assert_true(last < 1000 * life);
    }
}

static void test_pack_round_trip(void **state)
{
    const int64_t lives[] = {0, 3600};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lives); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(1024);
        KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
        struct kb_token times = token_with_life(lives[i]);
        pack(&packed, "tok", times.life_ms, times.expires_wall_ms, times.expires_boot_ms);
        assert_int_equal(kb_token_unpack(packed.data, packed.len, &token, NULL), KB_OK);
        assert_string_equal(token.value.bytes, "tok");
        assert_int_equal(token.life_ms, 1000 * lives[i]);
        assert_int_equal(token.expires_wall_ms, times.expires_wall_ms);
        assert_int_equal(token.expires_boot_ms, times.expires_boot_ms);
    }
}

static void test_unpack_refuses_what_pack_cannot_write(void **state)
{
    const struct {
        const char *value;
        int64_t life, wall, boot;
    } cases[] = {
        {"", 3600, 9999, 9999},
        {"a b", 3600, 9999, 9999},
        {"a\n", 3600, 9999, 9999},
        {"tok", -1, 9999, 9999},
        {"tok", 0, 9999, -1},
        {"tok", 0, -1, 9999},
        {"tok", 3600, 3599, 9999},
        {"tok", 3600, 9999, 3599},
        {"tok", 3600, INT64_MIN, 9999},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(1024);
        KB_AUTO(kb_token_clear) struct kb_token token = {.life_ms = 7};
        pack(&packed, cases[i].value, cases[i].life, cases[i].wall, cases[i].boot);
        if (kb_token_unpack(packed.data, packed.len, &token, NULL) != KB_ERR_CORRUPT)
            fail_msg("case %zu", i);
        assert_int_equal(token.life_ms, 7);
    }
}

static void test_unpack_refuses_every_other_length(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(1024);
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    (void)state;
    pack(&packed, "tok", 3600, 9999, 9999);
    size_t whole = packed.len;
    kb_buf_byte(&packed, 0);
    for (size_t len = 0; len <= packed.len; len++)
        assert_int_equal(
            kb_token_unpack(packed.data, len, &token, NULL), len == whole ? KB_OK : KB_ERR_CORRUPT);
    assert_int_equal(packed.data[0], 2);
    for (int version = 0; version < 256; version++) {
        packed.data[0] = (char)version; /* 1: its numbers are seconds */
        assert_int_equal(kb_token_unpack(packed.data, whole, &token, NULL),
            version == 2 ? KB_OK : KB_ERR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_margin),
        cmocka_unit_test(test_usable_until_the_margin),
        cmocka_unit_test(test_min_ttl_asks_for_more),
        cmocka_unit_test(test_rest_is_the_shorter_one),
        cmocka_unit_test(test_refresh_ahead),
        cmocka_unit_test(test_printed_expiry),
        cmocka_unit_test(test_extreme_clocks_do_not_overflow),
        cmocka_unit_test(test_waiters_share_what_came_since),
        cmocka_unit_test(test_no_waiter_gets_a_token_that_is_over),
        cmocka_unit_test(test_clock_no_waiter_gets_a_token_of_another_boot),
        cmocka_unit_test(test_clock_life_counts_from_the_question),
        cmocka_unit_test(test_dead_only_who_asked_before_we_did_shares_an_unknown_life),
        cmocka_unit_test(test_dead_no_token_is_handed_out_after_its_last_millisecond),
        cmocka_unit_test(test_pack_round_trip),
        cmocka_unit_test(test_unpack_refuses_what_pack_cannot_write),
        cmocka_unit_test(test_unpack_refuses_every_other_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
