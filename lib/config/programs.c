/*
 * The table of programs for `run --for`. Must never put a variable into the list that could give a
 * token to another host than the profile's.
 */
#include "config/programs.h"

#include "base/buf.h"
#include "base/strings.h"

#include <string.h>

static const struct kb_known_program programs[] = {
    {"argocd", "Argo CD", {{"ARGOCD_AUTH_TOKEN", "{token}"}}},
    {"composer", "Composer", {{"COMPOSER_AUTH", "{\"bearer\":{\"{host}\":\"{token}\"}}"}}},
    {"databricks", "Databricks CLI and SDKs",
        {{"DATABRICKS_HOST", "{url}"}, {"DATABRICKS_TOKEN", "{token}"}}},
    {"deno", "Deno, which gives it to subdomains of the host, too",
        {{"DENO_AUTH_TOKENS", "{token}@{host}"}}},
    {"docker", "docker, without a credential helper",
        {{"DOCKER_AUTH_CONFIG", "{\"auths\":{\"{host}\":{\"auth\":\"{basic}\"}}}"}}},
    {"gcloud", "Google Cloud CLI", {{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", NULL}}},
    {"gh", "GitHub CLI", {{"GH_TOKEN", "{token}"}}},
    {"glab", "GitLab CLI", {{"GITLAB_TOKEN", "{token}"}}},
    {"google", "Google's provider for Terraform", {{"GOOGLE_OAUTH_ACCESS_TOKEN", "{token}"}}},
    {"hex", "Hex, for Elixir and Erlang", {{"HEX_API_KEY", "{token}"}}},
    {"hf", "Hugging Face", {{"HF_TOKEN", "{token}"}}},
    {"npm", "npm, with ${NPM_TOKEN} in .npmrc", {{"NPM_TOKEN", "{token}"}}},
    {"otel", "OpenTelemetry exporters",
        {{"OTEL_EXPORTER_OTLP_HEADERS", "authorization={header%}"}}},
    {"psql", "PostgreSQL's programs", {{"PGPASSWORD", "{token}"}}},
    {"restic", "restic, for a REST server",
        {{"RESTIC_REST_USERNAME", "{username}"}, {"RESTIC_REST_PASSWORD", "{token}"}}},
    {"terraform", "Terraform and OpenTofu", {{"TF_TOKEN_{host}", "{token}"}}},
    {"turbo", "Turborepo", {{"TURBO_TOKEN", "{token}"}}},
    {"twine", "Twine", {{"TWINE_USERNAME", "{username}"}, {"TWINE_PASSWORD", "{token}"}}},
    {"vault", "Vault and OpenBao", {{"VAULT_TOKEN", "{token}"}}},
};

const struct kb_known_program *kb_known_programs(size_t *ret_count)
{
    *ret_count = KB_COUNT(programs);
    return programs;
}

static const struct kb_known_program *find(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(programs); i++)
        if (strcmp(name, programs[i].name) == 0)
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

enum kb_err kb_known_program_put(struct kb_variables *list, const char *name,
    const struct kb_profile *profile, struct kb_error *err)
{
    const struct kb_known_program *program = find(name);
    enum kb_err rc = KB_OK;

    if (!program)
        return no_program(name, err);
    for (size_t i = 0; !rc && i < KB_PROGRAM_VARIABLES_MAX && program->variables[i].name; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf whole = KB_BUF_INIT(1024);
        const char *text = program->variables[i].text;

        rc = make_name(program, program->variables[i].name, profile, &whole, err);
        if (!rc)
            kb_variables_put(list, kb_buf_text(&whole), text ? text : "",
                text ? KB_VARIABLE_TEMPLATE : KB_VARIABLE_FILE);
    }
    return rc;
}
