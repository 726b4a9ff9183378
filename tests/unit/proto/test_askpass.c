/* Prompts: which are read, and as what; and those that only look like one. */
#include "hostile.h"

#include <stdio.h>

/* PROMPT is one word, which holds spaces. */
static void read_prompt(struct proto_call *call, const char *prompt)
{
    const struct kb_proto *proto = proto_named("askpass");
    char *argv[] = {(char *)(uintptr_t)prompt, NULL};

    *call = (struct proto_call){.turn = KB_TURN_END};
    call->talk = kb_talk(proto, 1, argv, -1); /* a read would fail */
    call->rc = kb_talk_next(&call->talk, &call->turn, &call->err);
    if (call->rc)
        proto->refuse(&call->talk.request, &call->err, &call->talk.reply);
}

/* Who is answered; "": nobody. */
static const struct kb_profile *who(
    const struct kb_config *config, const char *prompt, struct proto_call *call)
{
    const struct kb_profile *profile = NULL;

    read_prompt(call, prompt);
    assert_int_equal(call->talk.reply.out.len, 0);
    assert_true(hostile_is_clean(&call->talk.reply.note));
    if (!call->rc && kb_match(config, &call->talk.request, &profile, NULL))
        return NULL;
    return profile;
}

static void test_prompts(void **state)
{
    static const struct {
        const char *prompt, *origin, *path, *username;
        bool password, lacks_path;
    } cases[] = {
        {"Username for 'https://host': ", "https://host", "/", "", false, true},
        {"Username for 'https://host:8443/': ", "https://host:8443", "/", "", false, false},
        {"Password for 'https://a%40b@host/x': ", "https://host", "/x", "a@b", true, false},
        {"'https://host'", "https://host", "/", "", false, true},
        {"\"https://a@host\" :", "https://host", "/", "a", true, true},
        {"Mot de passe pour \xc2\xab\xc2\xa0http://a@127.0.0.1\xc2\xa0\xc2\xbb\xc2\xa0: ",
            "http://127.0.0.1", "/", "a", true, true},
        {"Mot de passe pour l\xe2\x80\x99utilisateur \xc2\xab\xe2\x80\xafhttps://a@host\xe2\x80"
         "\xaf\xc2\xbb\xe2\x80\xaf: ",
            "https://host", "/", "a", true, true},
        {"Passwort f\xc3\xbcr Benutzer \xc2\xbbhttps://a@host\xc2\xab: ", "https://host", "/", "a",
            true, true},
        {"Heslo pro \xe2\x80\x9ehttps://a@host\xe2\x80\x9c: ", "https://host", "/", "a", true,
            true},
        {"L\xc3\xb6senord f\xc3\xb6r \xe2\x80\x9dhttps://a@host\xe2\x80\x9d: ", "https://host", "/",
            "a", true, true},
        {"'https://a@host' \xec\x95\x94\xed\x98\xb8:", "https://host", "/", "a", true, true},
        {"\xe3\x80\x8chttps://a@host\xe3\x80\x8d\xe7\x9a\x84\xe5\xaf\x86\xe7\xa2\xbc\xef\xbc"
         "\x9a",
            "https://host", "/", "a", true, true},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf seen = KB_BUF_INIT(512);
        struct proto_call call;

        read_prompt(&call, cases[i].prompt);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        kb_url_append_origin(&call.talk.request.url, &seen);
        assert_string_equal(kb_buf_text(&seen), cases[i].origin);
        assert_string_equal(call.talk.request.url.path, cases[i].path);
        assert_string_equal(call.talk.request.username, cases[i].username);
        assert_int_equal(call.talk.request.form != 0, cases[i].password);
        assert_int_equal(call.talk.request.lacks_path, cases[i].lacks_path);
        proto_call_close(&call);
    }
}

static void test_no_prompts(void **state)
{
    static const char *const prompts[] = {
        "https://host",
        "Password for https://host: ",
        "Password for 'https://host: ",
        "Password for https://host': ",
        "Password for '//host': ",
        "Password for 'host': ",
        "Password for '://host': ",
        "Password for 'https://': ",
        "Password for 'https://@': ",
        "Password for 'https://a:b@host': ",
        "Password for 'https://a@b@host': ",
        "Password for 'https://a@host' (yes/no)? ",
        "Password for 'https://a@host': x",
        "Password for 'https://a@host'\n: ",
        "Password\nfor 'https://a@host': ",
        "a@b Password for 'https://a@host': ",
        "1 'https://a@host': ",
        "Password for 'ht-tps://a@host': ",
        "Password for 'https://a@host\\@evil': ",
        "Password for 'https://a%zz@host': ",
        "Password for 'https://%@host': ",
        "Password for 'https://a%@host': ",
        "Password for 'https://::1': ",
        "Password for 'https://host/../x': ",
        "Password for 'https://host#@evil': ",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(prompts); i++) {
        struct proto_call call;

        read_prompt(&call, prompts[i]);
        if (call.rc != KB_ERR_USAGE)
            fail_msg("taken for a prompt: %s", prompts[i]);
        assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
        proto_call_close(&call);
    }
}

static void test_lookalike_prompts(void **state)
{
    static const char *const urls[] = {"https://" VICTIM ".evil.example", "https://x" VICTIM,
        "http://" VICTIM, "https://" VICTIM ":444", "https://" VICTIM ".",
        "https://evil.example/" VICTIM, "https://evil.example/@" VICTIM,
        "https://" VICTIM "@evil.example", "https://evil.example?a@" VICTIM};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();

    (void)state;
    for (size_t i = 0; i < KB_COUNT(urls); i++) {
        char prompt[256];
        struct proto_call call;

        snprintf(prompt, sizeof(prompt), "Password for '%s': ", urls[i]);
        assert_null(who(&config, prompt, &call));
        proto_call_close(&call);
    }
}

/* A client of IDNA reads more than ASCII in a host, and a quote may be a part of one. */
static void test_hosts_that_go_on(void **state)
{
    static const char *const ends[] = {"\xef\xbc\x8e", "\xe3\x80\x82", "\xef\xbd\xa1", "\xc2\xad",
        "\xe2\x80\x8b", "\xcc\x81", "\xc3\xa9", "\x80", "\xff", "\xc2\xa0", "\xe2\x80\xaf", "'",
        "\"", "`", "\xc2\xab", "\xc2\xbb", "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x9a",
        "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\xb9", "\xe2\x80\xba",
        "\xe3\x80\x8c", "\xe3\x80\x8d", "\xef\xbc\x87", " ", "\t", "\x7f"};
    static const char *const rests[] = {"", "\xef\xbd\x85\xef\xbd\x96", "\xe3\x81\xbf", ": ",
        "\xef\xbc\x8e\xef\xbd\x85", "evil.example", ".evil.example", ("\xe3\x80\x82" VICTIM)};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();

    (void)state;
    for (size_t e = 0; e < KB_COUNT(ends); e++) {
        for (size_t r = 0; r < KB_COUNT(rests); r++) {
            char prompt[256];
            struct proto_call call;

            snprintf(prompt, sizeof(prompt),
                "Password for 'https://alice@" VICTIM "%s%s': ", ends[e], rests[r]);
            if (who(&config, prompt, &call))
                fail_msg("answered: %s", prompt);
            proto_call_close(&call);
        }
    }
}

/* Hostile bytes at every position: whoever is answered is plainly named between the quotes. */
static void test_injected_prompts(void **state)
{
    static const char whole[] = "Password for 'https://alice@" VICTIM "': ";
    static const char *const payloads[] = {"", "@evil.example/", "'https://" OTHER "'", "://"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    struct hostile_bytes bytes[HOSTILE_BYTES];
    size_t count = hostile_bytes(bytes), answered = 0;

    (void)state;
    for (size_t b = 1; b < count; b++) {
        for (size_t p = 0; p < KB_COUNT(payloads); p++) {
            for (size_t at = 0; at <= strlen(whole); at++) {
                const struct kb_profile *profile;
                struct proto_call call;
                char prompt[256];

                snprintf(prompt, sizeof(prompt), "%.*s%s%s%s", (int)at, whole, bytes[b].text,
                    payloads[p], whole + at);
                profile = who(&config, prompt, &call);
                answered += profile != NULL;
                if (profile && (strcmp(profile->name, "victim") != 0 || *payloads[p] ||
                                   !strstr(prompt, "https://alice@" VICTIM)))
                    fail_msg("%s is answered for: %s", profile->name, prompt);
                proto_call_close(&call);
            }
        }
    }
    assert_true(answered > 0); /* bytes that may be letters of a language, among its words */
}

/* A host behind padding never surfaces, and a name that is too long is not cut. */
static void test_long_prompts(void **state)
{
    static const char *const shapes[][2] = {
        {"Password for 'https://", "@" VICTIM "': "},
        {"Password for 'https://" OTHER "/", "@" VICTIM "': "},
        {"Password for 'https://", "." VICTIM "': "},
        {"Password for 'https://" OTHER "?", "@" VICTIM "': "},
    };
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf prompt = KB_BUF_INIT(8192);

    (void)state;
    for (size_t s = 0; s < KB_COUNT(shapes); s++) {
        for (size_t pad = 1; pad < 4200; pad++) {
            const struct kb_profile *profile;
            struct proto_call call;
            bool is_name = s == 0 && pad < sizeof(call.talk.request.username);

            kb_buf_reset(&prompt);
            kb_buf_str(&prompt, shapes[s][0]);
            hostile_pad(&prompt, 'x', pad);
            kb_buf_str(&prompt, shapes[s][1]);
            profile = who(&config, kb_buf_text(&prompt), &call);
            if ((profile && strcmp(profile->name, "victim") == 0) != is_name)
                fail_msg("shape %zu of %zu bytes", s, pad);
            proto_call_close(&call);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prompts),
        cmocka_unit_test(test_no_prompts),
        cmocka_unit_test(test_lookalike_prompts),
        cmocka_unit_test(test_hosts_that_go_on),
        cmocka_unit_test(test_injected_prompts),
        cmocka_unit_test(test_long_prompts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
