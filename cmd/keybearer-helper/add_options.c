/*
 * The options of `add`. There is none for a secret: argv can be read by everybody.
 */
#include "helper.h"

#include "base/options.h"

enum kb_err add_options_parse(int argc, char *argv[], struct add_options *ret, struct kb_error *err)
{
    const struct kb_option table[] = {
        {.name = "preset", .value = &ret->preset},
        {.name = "host", .value = &ret->host},
        {.name = "environment", .value = &ret->environment},
        {.name = "tenant", .value = &ret->tenant},
        {.name = "token-url", .value = &ret->token_url},
        {.name = "client-auth", .value = &ret->client_auth},
        {.name = "scope", .list = &ret->scope},
        {.name = "audience", .value = &ret->audience},
        {.name = "resource", .list = &ret->resource},
        {.name = "form", .list = &ret->form},
        {.name = "header", .list = &ret->headers},
        {.name = "api-header", .list = &ret->api_headers},
        {.name = "match", .list = &ret->match},
        {.name = "username", .value = &ret->username},
        {.name = "store", .value = &ret->store},
        {.name = "ca-file", .value = &ret->ca_file},
        {.name = "timeout", .value = &ret->timeout},
        {.name = "min-ttl", .value = &ret->min_ttl},
        {.name = "client-id", .value = &ret->client_id},
        {.name = "client-secret-stdin", .flag = &ret->ask.secret_on_stdin},
        {.name = "passphrase-stdin", .flag = &ret->ask.passphrase_on_stdin},
    };
    int operands = 0;
    enum kb_err rc = kb_options_parse(argc, argv, table, KB_COUNT(table), false, &operands, err);

    if (rc)
        return rc;
    if (operands != 1) {
        kb_fail(err, KB_ERR_USAGE, "one profile name is needed");
        return kb_hint(err, "keybearer add NAME --preset zuora --environment SBX");
    }
    ret->name = argv[0];
    if (!kb_profile_name_ok(ret->name))
        return kb_fail(err, KB_ERR_USAGE,
            "\"%s\" cannot name a profile: use letters, digits, '.', '_' and '-'", ret->name);
    return KB_OK;
}

bool add_options_describe_profile(const struct add_options *o)
{
    const char *const texts[] = {o->preset, o->host, o->environment, o->tenant, o->token_url,
        o->client_auth, o->audience, o->username, o->store, o->ca_file, o->timeout, o->min_ttl};
    size_t listed = o->match.count + o->scope.count + o->resource.count + o->form.count +
                    o->headers.count + o->api_headers.count;

    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        if (texts[i])
            return true;
    }
    return listed > 0;
}

void add_options_clear(struct add_options *options)
{
    kb_strings_clear(&options->match);
    kb_strings_clear(&options->scope);
    kb_strings_clear(&options->resource);
    kb_strings_clear(&options->form);
    kb_strings_clear(&options->headers);
    kb_strings_clear(&options->api_headers);
}
