/*
 * What a helper reports: every member comes through as it was, and nothing else does.
 */
#include "core_test.h"

#include "base/strings.h"
#include "core/frame.h"

#include "../releases.h"

#include <errno.h>
#include <stdlib.h>

static void add_pairs(struct kb_pairs *list, const char *const texts[], size_t count)
{
    for (size_t i = 0; i + 1 < count; i += 2)
        kb_pairs_add(list, texts[i], texts[i + 1]);
}

static void fill_add(struct kb_report_add *add)
{
    static const char *const addresses[] = {"https://h", "h", "https://i:8443", "i:8443"};

    *add = (struct kb_report_add){"p", "sealed-file", KB_STORE_WEAK, "idp.example", 3599999, "full",
        true, "q", "left", "odd", true, {NULL, 0}, true, "id", "former", true, true, true,
        {NULL, 0}, {NULL, 0}, {NULL, 0}, 3, "/k"};
    add_pairs(&add->addresses, addresses, KB_COUNT(addresses));
    kb_pairs_add(&add->rivals, "https://h", "q");
    kb_pairs_add(&add->beside, "https://i:8443", "r");
    kb_pairs_add(&add->users, "me", "you");
}

static void fill_doctor(struct kb_report_doctor *doctor)
{
    static const char *const libraries[] = {"libcurl", "8.9.1", "json-c", "0.17", "libsecret", ""};
    static const char *const built_in[] = {"json-c", "0.16"};

    *doctor = (struct kb_report_doctor){6, true, true, true, "OpenSSL", {NULL, 0}, {NULL, 0}};
    add_pairs(&doctor->libraries, libraries, KB_COUNT(libraries));
    add_pairs(&doctor->built_in, built_in, KB_COUNT(built_in));
}

static void fill_scan(struct kb_report_scan *scan)
{
    kb_pairs_add(&scan->found, "/home/me/.npmrc", "3");
    kb_pairs_add(&scan->what, "npm", "a token");
    kb_pairs_add(&scan->next, "keybearer setup pnpm", "");
    kb_pairs_add(&scan->unread, "/home/me/.netrc", "is no regular file");
}

static void fill_import(struct kb_report_import *import)
{
    *import = (struct kb_report_import){"/f", true, true, {NULL, 0}, {NULL, 0}, {NULL, 0},
        {NULL, 0}, {NULL, 0}, "sealed-file", "left", "no room", true, "changed", 4, "no", "try"};
    kb_pairs_add(&import->found, "p", "idp.example");
    kb_pairs_add(&import->ids, "CLIENT_ID", "1");
    kb_pairs_add(&import->secrets, "CLIENT_SECRET", "2");
    kb_pairs_add(&import->doubts, "OTHER_SECRET", "has a backslash");
    kb_pairs_add(&import->stored, "p", "idp.example");
}

static const struct kb_report_journal journal = {"p", "sealed-file", 12, "idp.example:8443", 3,
    {{503, 1}, {0, 2}, {429, 3}}, 119, 120, 121, true, "no room"};

/* Every member that is sent has a value of its own. */
static void fill(struct kb_frame *frame, enum kb_report_kind kind)
{
    struct kb_report *report = &frame->report;

    *frame = (struct kb_frame){.kind = KB_FRAME_REPORT,
        .report.kind = kind,
        .journal = {.kind = KB_REPORT_JOURNAL, .journal = journal}};
    if (kind == KB_REPORT_ADD || kind == KB_REPORT_ADOPT || kind == KB_REPORT_REMOVE ||
        kind == KB_REPORT_PASSWD || kind == KB_REPORT_KEYGEN || kind == KB_REPORT_RENAME ||
        kind == KB_REPORT_MOVE || kind == KB_REPORT_MATCH || kind == KB_REPORT_EDIT ||
        kind == KB_REPORT_IMPORT)
        memcpy(report->no_lock, "/d", 3);
    switch (kind) {
    case KB_REPORT_ADD:
        fill_add(&report->add);
        break;
    case KB_REPORT_ADOPT:
        report->adopt = (struct kb_report_adopt){true, {.token = "https://a", .ca = "not bound"},
            {.token = "https://b", .ca = "system"}, "/c", "left"};
        break;
    case KB_REPORT_REMOVE:
        report->remove = (struct kb_report_remove){"p", true, "left"};
        break;
    case KB_REPORT_INSPECT:
        report->inspect = (struct kb_report_inspect){
            {KB_STORE_STRONG, true, 0, true, true, true, true, true, "detail", "next"}, true};
        break;
    case KB_REPORT_DOCTOR:
        fill_doctor(&report->doctor);
        break;
    case KB_REPORT_IDENTIFY:
        report->client = (struct kb_ref){"0123456789abcde"};
        break;
    case KB_REPORT_UNLOCK:
        report->unlock = (struct kb_report_unlock){"p", 28800, 3599999, "none"};
        break;
    case KB_REPORT_PASSWD:
        report->passwd = (struct kb_report_passwd){true, true};
        break;
    case KB_REPORT_LOCK:
        report->vault = true;
        break;
    case KB_REPORT_CONSENT:
        report->yes = true;
        break;
    case KB_REPORT_KEYGEN:
        report->keygen = (struct kb_report_keygen){
            "p", "sealed-file", KB_STORE_STRONG, true, true, "-----BEGIN PUBLIC KEY-----", "left"};
        break;
    case KB_REPORT_RENAME:
        report->rename = (struct kb_report_rename){"p", "q", true, 2, "left"};
        break;
    case KB_REPORT_MOVE:
        report->move = (struct kb_report_move){
            "p", "sealed-file", "secret-service", true, "sealed-file", "left"};
        break;
    case KB_REPORT_MATCH:
        report->match = (struct kb_report_match){"p", "https://h", true, true, true, true, "q"};
        break;
    case KB_REPORT_EDIT:
        report->edit = (struct kb_report_edit){true, true};
        break;
    case KB_REPORT_LOOK:
        report->look = (struct kb_sight){"idp.example:8443", 3, "proxy:3128", "https_proxy",
            "192.0.2.1", true, "CN = R11", 1800000000, 1700000000, 405, 1600000000, 1500000000,
            true, 5, true, "no", "hint"};
        break;
    case KB_REPORT_SCAN:
        fill_scan(&report->scan);
        break;
    case KB_REPORT_IMPORT:
        fill_import(&report->import);
        break;
    case KB_REPORT_JOURNAL:
    case KB_REPORT_NONE:
        break;
    }
}

static enum kb_err unpack(const struct kb_buf *packed, struct kb_frame *ret)
{
    return kb_frame_unpack(packed->data, packed->len, ret, NULL);
}

static void test_every_member_comes_through(void **state)
{
    (void)state;
    for (enum kb_report_kind kind = KB_REPORT_LOCK; kind < KB_REPORT_JOURNAL; kind++) {
        KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf again = KB_BUF_INIT(KB_FRAME_MAX);
        fill(&frame, kind);
        kb_frame_pack(&frame, &packed);
        assert_false(packed.failed);
        assert_int_equal(unpack(&packed, &back), KB_OK);
        assert_int_equal(back.report.kind, kind);
        kb_frame_pack(&back, &again);
        assert_int_equal(again.len, packed.len);
        assert_memory_equal(again.data, packed.data, packed.len);
    }
}

static void test_each_type_of_member(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    const struct kb_report_add *add = &back.report.add;

    (void)state;
    fill(&frame, KB_REPORT_ADD);
    kb_frame_pack(&frame, &packed);
    assert_int_equal(unpack(&packed, &back), KB_OK);
    assert_string_equal(add->profile, "p");
    assert_string_equal(add->warning, "odd");
    assert_int_equal(add->level, KB_STORE_WEAK);
    assert_int_equal(add->life_ms, 3599999);
    assert_true(add->replaced && add->serves_git);
    assert_int_equal(add->addresses.count, 2);
    assert_string_equal(add->addresses.items[1].name, "https://i:8443");
    assert_string_equal(add->addresses.items[1].value, "i:8443");
}

static void test_a_reference_comes_through(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    struct kb_frame frame;
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    (void)state;
    fill(&frame, KB_REPORT_IDENTIFY);
    kb_frame_pack(&frame, &packed);
    assert_int_equal(unpack(&packed, &back), KB_OK);
    assert_true(kb_ref_equal(&back.report.client, &frame.report.client));
}

static void test_a_journal_comes_through_beside_any_answer(void **state)
{
    const enum kb_frame_kind kinds[] = {KB_FRAME_REPORT, KB_FRAME_ERROR, KB_FRAME_CHANGED};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf there = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf again = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        struct kb_frame frame;
        fill(&frame, KB_REPORT_LOCK);
        frame.kind = kinds[i];
        kb_fail(&frame.error, KB_ERR_DENIED, "no");
        kb_frame_pack(&frame, &packed);
        assert_int_equal(unpack(&packed, &back), KB_OK);
        assert_int_equal(back.journal.kind, KB_REPORT_JOURNAL);
        kb_report_pack(&frame.journal, &there);
        kb_report_pack(&back.journal, &again);
        assert_int_equal(again.len, there.len);
        assert_memory_equal(again.data, there.data, there.len);
    }
}

static void test_a_journal_is_no_answer_and_an_answer_no_journal(void **state)
{
    const struct {
        enum kb_report_kind report, journal;
        int64_t tries;
        bool ok;
    } cases[] = {
        {KB_REPORT_LOCK, KB_REPORT_JOURNAL, KB_REPORT_TRIES, true},
        {KB_REPORT_LOCK, KB_REPORT_NONE, 0, true},
        {KB_REPORT_NONE, KB_REPORT_NONE, 0, false},
        {KB_REPORT_JOURNAL, KB_REPORT_NONE, 0, false},
        {KB_REPORT_LOCK, KB_REPORT_LOCK, 0, false},
        {KB_REPORT_LOCK, KB_REPORT_JOURNAL, KB_REPORT_TRIES + 1, false},
        {KB_REPORT_LOCK, KB_REPORT_JOURNAL, -1, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        struct kb_frame frame = {.kind = KB_FRAME_REPORT,
            .report.kind = cases[i].report,
            .journal = {.kind = cases[i].journal}};
        if (cases[i].tries)
            frame.journal.journal.tries = cases[i].tries;
        kb_frame_pack(&frame, &packed);
        assert_int_equal(unpack(&packed, &back), cases[i].ok ? KB_OK : KB_ERR_SYSTEM);
    }
}

/* A helper that says less has said: no, nothing, and that it does not know. */
static void test_what_is_not_set_is_not_sent(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_INSPECT};
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    (void)state;
    memcpy(frame.report.inspect.status.next, "\0behind", 8);
    kb_frame_pack(&frame, &packed);
    assert_int_equal(
        packed.len, sizeof("KBF5") - 1 + 3 + 2); /* two kinds and the end, and no journal */
    assert_int_equal(unpack(&packed, &back), KB_OK);
    assert_int_equal(back.report.inspect.status.level, KB_STORE_UNKNOWN);
    assert_false(back.report.inspect.status.present);
    assert_string_equal(back.report.inspect.status.next, "");
}

static const char *answers_of(const struct release *release)
{
    return release->answers;
}

/* All but the version, which stands first. */
static void add_frame(const struct kb_frame *frame, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);

    kb_frame_pack(frame, &packed);
    kb_buf_add(out, packed.data + 4, packed.len - 4);
}

/* Of two releases whose answers differ in form neither understands the other. */
static void test_the_form_of_this_version(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf all = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear)
    struct kb_frame token = {.kind = KB_FRAME_TOKEN}, error = {.kind = KB_FRAME_ERROR};
    const struct kb_frame_note note = kb_frame_note(&(struct termios){0});

    (void)state;
    for (enum kb_report_kind kind = KB_REPORT_LOCK; kind < KB_REPORT_JOURNAL; kind++) {
        KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
        fill(&frame, kind);
        add_frame(&frame, &all);
    }
    assert_int_equal(kb_secret_set(&token.token.value, "t", 1, NULL), KB_OK);
    kb_token_set_life(&token.token, 3600, (struct kb_clock){1000000, 10000});
    add_frame(&token, &all);
    kb_hint(&error.error, "hint");
    kb_fail_sys(&error.error, KB_ERR_DENIED, EACCES, "no");
    add_frame(&error, &all);
    kb_buf_add(&all, note.head + 4, sizeof(note.head) - 4);
    kb_buf_fmt(&all, "%zu %d %d %d %d", offsetof(struct kb_frame_note, before), KB_REPORT_LINE,
        KB_REPORT_ID, KB_PROFILE_NAME_MAX, KB_CARD_STORE_TEXT);
    expect_form("the answers of helpers", answers_of, &all);
}

/* --- what is refused ------------------------------------------------------------------ */

/* Where things are in the frame of `unlock`: head, two kinds, one member, the end, no journal. */
enum { KIND = 5, ROW = 6, TYPE = 7, VALUE = 8, END = 16, WHOLE = 19 };

static void pack_unlock(struct kb_buf *out)
{
    struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_UNLOCK};

    frame.report.unlock.ttl = 28800;
    kb_frame_pack(&frame, out);
    assert_int_equal(out->len, WHOLE);
}

static void test_a_byte_in_the_wrong_place(void **state)
{
    const struct {
        size_t at;
        int change;
    } cases[] = {
        {KIND, 1},  /* another verb's row */
        {KIND, 50}, /* a verb that there is not */
        {ROW, 1},   /* another verb's row */
        {ROW, 100}, /* a row that there is not */
        {TYPE, 1},
        {TYPE, -1},
        {END, 1},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        pack_unlock(&packed);
        packed.data[cases[i].at] = (char)(packed.data[cases[i].at] + cases[i].change);
        assert_int_equal(unpack(&packed, &back), KB_ERR_SYSTEM);
    }
}

static void test_a_report_of_nothing(void **state)
{
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    (void)state;
    assert_int_equal(kb_frame_unpack("KBF5\3\0\0", 7, &back, NULL), KB_ERR_SYSTEM);
}

static void test_a_member_that_is_said_twice(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf once = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf twice = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    (void)state;
    pack_unlock(&once);
    kb_buf_add(&twice, once.data, END);
    kb_buf_add(&twice, once.data + ROW, WHOLE - ROW);
    assert_int_equal(unpack(&twice, &back), KB_ERR_SYSTEM);
}

/* What is not set would not have been sent. */
static void test_a_member_without_a_value(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    (void)state;
    pack_unlock(&packed);
    memset(packed.data + VALUE, 0, END - VALUE);
    assert_int_equal(unpack(&packed, &back), KB_ERR_SYSTEM);
}

/* Members come in one order, so that a report has one form. */
static void test_members_in_another_order(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_DOCTOR};
    char first[3];

    (void)state;
    frame.report.doctor.confined = frame.report.doctor.no_new_privs = true;
    kb_frame_pack(&frame, &packed);
    assert_int_equal(unpack(&packed, &back), KB_OK);
    memcpy(first, packed.data + ROW, 3);
    memmove(packed.data + ROW, packed.data + ROW + 3, 3);
    memcpy(packed.data + ROW + 3, first, 3);
    assert_int_equal(unpack(&packed, &back), KB_ERR_SYSTEM);
}

static void test_a_flag_or_a_level_that_is_none(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_INSPECT};

    (void)state;
    frame.report.inspect.status.level = KB_STORE_STRONG;
    frame.report.inspect.unbound = true;
    kb_frame_pack(&frame, &packed);
    assert_int_equal(unpack(&packed, &back), KB_OK);
    packed.data[VALUE]++;
    assert_int_equal(unpack(&packed, &back), KB_ERR_SYSTEM);
    packed.data[VALUE]--;
    packed.data[VALUE + 3]++;
    assert_int_equal(unpack(&packed, &back), KB_ERR_SYSTEM);
}

/* A text that fits its member, and one more byte. */
static void test_a_text_that_is_too_long(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_REMOVE};
        memset(frame.report.remove.left_behind, 'x', KB_REPORT_LINE - 1);
        kb_frame_pack(&frame, &packed);
        packed.len--;
        for (size_t i = 0; i < more; i++)
            kb_buf_byte(&packed, 'x');
        kb_buf_byte(&packed, '\0');
        packed.data[VALUE] = (char)(packed.data[VALUE] + (int)more);
        assert_int_equal(unpack(&packed, &back), more ? KB_ERR_SYSTEM : KB_OK);
    }
}

static void expect_list(size_t count, size_t len, bool ok)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    KB_AUTO(kb_frame_clear)
    struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_DOCTOR};
    char text[KB_REPORT_PAIR_TEXT + 1] = "";

    memset(text, 'x', len);
    for (size_t i = 0; i < count; i++)
        kb_pairs_add(&frame.report.doctor.libraries, "n", text);
    kb_frame_pack(&frame, &packed);
    assert_int_equal(packed.failed, !ok);
    packed.failed = false;
    assert_int_equal(unpack(&packed, &back), ok ? KB_OK : KB_ERR_SYSTEM);
}

static void test_a_list_that_is_too_long(void **state)
{
    (void)state;
    expect_list(KB_REPORT_PAIRS_MAX, 1, true);
    expect_list(KB_REPORT_PAIRS_MAX + 1, 1, false);
    expect_list(1, KB_REPORT_PAIR_TEXT - 1, true);
    expect_list(1, KB_REPORT_PAIR_TEXT, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_member_comes_through),
        cmocka_unit_test(test_each_type_of_member),
        cmocka_unit_test(test_a_reference_comes_through),
        cmocka_unit_test(test_a_journal_comes_through_beside_any_answer),
        cmocka_unit_test(test_a_journal_is_no_answer_and_an_answer_no_journal),
        cmocka_unit_test(test_what_is_not_set_is_not_sent),
        cmocka_unit_test(test_the_form_of_this_version),
        cmocka_unit_test(test_a_byte_in_the_wrong_place),
        cmocka_unit_test(test_a_report_of_nothing),
        cmocka_unit_test(test_a_member_that_is_said_twice),
        cmocka_unit_test(test_a_member_without_a_value),
        cmocka_unit_test(test_members_in_another_order),
        cmocka_unit_test(test_a_flag_or_a_level_that_is_none),
        cmocka_unit_test(test_a_text_that_is_too_long),
        cmocka_unit_test(test_a_list_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
