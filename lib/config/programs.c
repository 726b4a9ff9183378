/*
 * The table of programs for `run --for`. Must never give a program a token without the host that it
 * is for, if the program has a variable for that. The others send it where they are told to, as
 * keybearer(1) says of them.
 */
#include "config/programs.h"

#include "base/buf.h"
#include "base/strings.h"
#include "core/packed.h"
#include "core/registry.h"

#include <string.h>

static const struct kb_known_program programs[] = {
    {"argocd", "Argo CD",
        .variables = {{"ARGOCD_SERVER", "{host}"}, {"ARGOCD_AUTH_TOKEN", "{token}"}}},
    {"composer", "Composer",
        .variables = {{"COMPOSER_AUTH", "{\"bearer\":{\"{host}\":\"{token}\"}}"}}},
    {"databricks", "Databricks CLI and SDKs",
        .variables = {{"DATABRICKS_HOST", "https://{host}"}, {"DATABRICKS_TOKEN", "{token}"}}},
    {"deno", "Deno, which gives it to subdomains of the host, too",
        .variables = {{"DENO_AUTH_TOKENS", "{token}@{host}"}}, .refused = "@;:"},
    {"docker", "docker 28.3 and later, without a credential helper",
        .variables = {{"DOCKER_AUTH_CONFIG", "{\"auths\":{\"{host}\":{\"auth\":\"{basic}\"}}}"}},
        .per_registry = "\"{host}\":{\"auth\":\"{basic}\"}"},
    {"gcloud", "Google Cloud CLI", .variables = {{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", NULL}}},
    {"gh", "GitHub CLI, for github.com",
        .variables = {{"GH_HOST", "github.com"}, {"GH_TOKEN", "{token}"}}, .domain = "github.com"},
    {"gh", "GitHub CLI, for hosts of ghe.com",
        .variables = {{"GH_HOST", "{host}"}, {"GH_TOKEN", "{token}"}}, .domain = "ghe.com"},
    {"gh", "GitHub CLI, for other hosts",
        .variables = {{"GH_HOST", "{host}"}, {"GH_ENTERPRISE_TOKEN", "{token}"}}},
    {"glab", "GitLab CLI",
        .variables = {{"GITLAB_HOST", "https://{host}"}, {"GITLAB_TOKEN", "{token}"}}},
    {"google", "Google's provider for Terraform",
        .variables = {{"GOOGLE_OAUTH_ACCESS_TOKEN", "{token}"}}},
    {"hex", "Hex, for Elixir and Erlang",
        .variables = {{"HEX_API_URL", "{address}"}, {"HEX_API_KEY", "{token}"}}},
    {"hf", "Hugging Face", .variables = {{"HF_ENDPOINT", "{address}"}, {"HF_TOKEN", "{token}"}}},
    {"npm", "npm, with ${NPM_TOKEN} in .npmrc", .variables = {{"NPM_TOKEN", "{token}"}}},
    {"otel", "OpenTelemetry exporters",
        .variables = {{"OTEL_EXPORTER_OTLP_HEADERS", "authorization={header%}"}}},
    {"psql", "PostgreSQL's programs", .variables = {{"PGPASSWORD", "{token}"}}},
    {"restic", "restic, for a REST server",
        .variables = {{"RESTIC_REST_USERNAME", "{username}"}, {"RESTIC_REST_PASSWORD", "{token}"}}},
    {"terraform", "Terraform and OpenTofu", .variables = {{"TF_TOKEN_{host}", "{token}"}}},
    {"turbo", "Turborepo", .variables = {{"TURBO_API", "{address}"}, {"TURBO_TOKEN", "{token}"}}},
    {"twine", "Twine",
        .variables = {{"TWINE_REPOSITORY_URL", "{address}"}, {"TWINE_USERNAME", "{username}"},
            {"TWINE_PASSWORD", "{token}"}}},
    /* An agent would get the token in the place of the server. */
    {"vault", "Vault and OpenBao",
        .variables = {{"VAULT_ADDR", "{address}"}, {"VAULT_AGENT_ADDR", ""},
            {"VAULT_TOKEN", "{token}"}, {"BAO_ADDR", "{address}"}, {"BAO_AGENT_ADDR", ""},
            {"BAO_TOKEN", "{token}"}}},
};

const struct kb_known_program *kb_known_programs(size_t *ret_count)
{
    *ret_count = KB_COUNT(programs);
    return programs;
}

static bool is_for(const struct kb_known_program *program, const struct kb_profile *profile)
{
    const char *host = profile->match_count > 0 ? profile->match[0].host : "";
    size_t len = strlen(host), below = program->domain ? strlen(program->domain) : 0;

    if (!program->domain || strcmp(host, program->domain) == 0)
        return true;
    return len > below && host[len - below - 1] == '.' &&
           strcmp(host + len - below, program->domain) == 0;
}

static const struct kb_known_program *find(const char *name, const struct kb_profile *profile)
{
    for (size_t i = 0; i < KB_COUNT(programs); i++)
        if (strcmp(name, programs[i].name) == 0 && is_for(&programs[i], profile))
            return &programs[i];
    return NULL;
}

static enum kb_err no_program(const char *name, struct kb_error *err)
{
    const char *names[KB_COUNT(programs)], *nearest;

    for (size_t i = 0; i < KB_COUNT(programs); i++)
        names[i] = programs[i].name;
    nearest = kb_text_nearest(name, names, KB_COUNT(names));
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "run --for does not know \"%.40s\"", name),
        "%s%s%s", nearest ? "did you mean " : "keybearer help run", nearest ? nearest : "",
        nearest ? "?" : "");
}

/*
 * Terraform reads '_' as '.', and "__" as '-': a host with an underscore of its own would be
 * another one.
 */
static enum kb_err append_host_as_terraform(const struct kb_known_program *program,
    const char *host, struct kb_buf *out, struct kb_error *err)
{
    if (strchr(host, '_'))
        return kb_fail(err, KB_ERR_CONFIG, "%s cannot be told of the host %s in a variable",
            program->name, host);
    for (; *host; host++)
        kb_buf_str(out, *host == '.' ? "_" : *host == '-' ? "__" : (const char[]){*host, '\0'});
    return KB_OK;
}

static enum kb_err make_name(const struct kb_known_program *program, const char *name,
    const struct kb_profile *profile, struct kb_buf *out, struct kb_error *err)
{
    static const char place[] = "{host}";
    const struct kb_template_word word = {.word = KB_WORD_HOST};
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(512);
    const char *at = strstr(name, place);
    enum kb_err rc;

    if (!at) {
        kb_buf_str(out, name);
        return kb_buf_check(out, "the variable's name", err);
    }
    kb_variable_value(profile, &word, &host);
    kb_buf_add(out, name, (size_t)(at - name));
    rc = append_host_as_terraform(program, kb_buf_text(&host), out, err);
    kb_buf_str(out, at + strlen(place));
    return rc ? rc : kb_buf_check(out, "the variable's name", err);
}

static bool wants_host(const struct kb_known_program *program)
{
    for (size_t i = 0; i < KB_PROGRAM_VARIABLES_MAX && program->variables[i].name; i++) {
        const char *text = program->variables[i].text;

        if (strstr(program->variables[i].name, "{host}") ||
            (text && (strstr(text, "{host}") || strstr(text, "{address}"))))
            return true;
    }
    return false;
}

static enum kb_err check_host(
    const struct kb_known_program *program, const struct kb_profile *profile, struct kb_error *err)
{
    if (!wants_host(program) || (profile->match_count > 0 && !kb_url_is_mail(&profile->match[0])))
        return KB_OK;
    if (profile->match_count == 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s has no address", profile->name),
            "keybearer match add %s URL", profile->name);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the first address of profile %s is a mail server's",
            profile->name),
        "keybearer edit %s, and put another address first in \"match\"", profile->name);
}

/* As docker's clients call them; without a registry it is the first address. */
static void add_registries(const struct kb_profile *profile, struct kb_strings *keys)
{
    for (size_t i = profile->own_match_count; i < profile->match_count; i++)
        kb_registry_add_keys(&profile->match[i], keys);
    if (keys->count == 0)
        kb_registry_add_keys(&profile->match[0], keys);
}

static void append_per_registry(
    const char *text, const char *part, const struct kb_profile *profile, struct kb_buf *out)
{
    static const char place[] = "{host}";
    KB_AUTO(kb_strings_clear) struct kb_strings keys = {0};
    const char *begin = strstr(text, part), *host = strstr(part, place);

    add_registries(profile, &keys);
    kb_buf_add(out, text, (size_t)(begin - text));
    for (size_t i = 0; i < keys.count; i++)
        kb_buf_fmt(out, "%s%.*s%s%s", i > 0 ? "," : "", (int)(host - part), part, keys.items[i],
            host + strlen(place));
    kb_buf_str(out, begin + strlen(part));
}

static enum kb_err put_variable(struct kb_variables *list, const struct kb_known_program *program,
    size_t number, const struct kb_profile *profile, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf name = KB_BUF_INIT(1024);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_ENTRY_MAX);
    const char *template = program->variables[number].text;
    enum kb_err rc = make_name(program, program->variables[number].name, profile, &name, err);

    if (template && program->per_registry)
        append_per_registry(template, program->per_registry, profile, &text);
    else
        kb_buf_str(&text, template ? template : "");
    if (!rc)
        rc = kb_buf_check(&text, "the text", err);
    if (rc)
        return rc;
    kb_variables_put(list, kb_buf_text(&name), kb_buf_text(&text),
        template ? KB_VARIABLE_TEMPLATE : KB_VARIABLE_FILE);
    kb_variables_refuse(list, kb_buf_text(&name), program->refused);
    return KB_OK;
}

enum kb_err kb_known_program_put(struct kb_variables *list, const char *name,
    const struct kb_profile *profile, struct kb_error *err)
{
    const struct kb_known_program *program = find(name, profile);
    enum kb_err rc;

    if (!program)
        return no_program(name, err);
    rc = check_host(program, profile, err);
    for (size_t i = 0; !rc && i < KB_PROGRAM_VARIABLES_MAX && program->variables[i].name; i++)
        rc = put_variable(list, program, i, profile, err);
    return rc;
}
