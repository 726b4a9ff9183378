/*
 * Exec plugins of Kubernetes' clients (client.authentication.k8s.io).
 *
 *   argv     [--show] [PROFILE]
 *   env      KUBERNETES_EXEC_INFO: an ExecCredential in JSON, maybe with the cluster's server
 *   stdout   an ExecCredential of the version that was asked for, with the token in its status
 *   errors   stderr and the status; stdout stays empty
 *
 * Must never read stdin, which may be the person's terminal, nor answer for a server that the
 * named profile does not serve, or that the client does not verify: a kubeconfig is often
 * somebody else's work.
 */
#include "common.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define INFO_MAX 1048576 /* bytes: certificates of a cluster's authorities may stand in it */

/* request.form: the index of the version that was asked for. */
static const char *const versions[] = {
    "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"};

static enum kb_err set_version(struct kb_request *request, const char *text, struct kb_error *err)
{
    for (unsigned i = 0; i < KB_COUNT(versions); i++) {
        request->form = i;
        if (text && strcmp(text, versions[i]) == 0)
            return KB_OK;
    }
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "KUBERNETES_EXEC_INFO asks for a version that is not known: %s",
            text ? text : "none"),
        "in the kubeconfig: apiVersion: %s", versions[0]);
}

/*
 * A cluster whose server we cannot see, or cannot read as a URL, is no address of ours: there must
 * be no token for it, also where a profile is named.
 */
static enum kb_err set_server(
    struct kb_request *request, struct json_object *info, struct kb_error *err)
{
    static const char *const way[] = {"spec", "cluster"};
    struct json_object *at = info;
    const char *server;

    for (size_t i = 0; at && i < KB_COUNT(way); i++) {
        at = kb_json_member(at, way[i]);
        if (at && !json_object_is_type(at, json_type_object))
            return kb_fail(
                err, KB_ERR_USAGE, "KUBERNETES_EXEC_INFO: the member %s is no object", way[i]);
    }
    if (!at)
        return KB_OK;
    server = kb_json_string(at, "server");
    if (!server)
        return kb_fail(err, KB_ERR_USAGE, "KUBERNETES_EXEC_INFO names a cluster without a server");
    request->has_url = true;
    return kb_url_parse(server, strlen(server), &request->url, err);
}

/* A server that nobody verifies may be anybody, whatever its name is. */
static enum kb_err check_verified(
    const struct kb_request *request, const struct json_object *info, struct kb_error *err)
{
    const struct json_object *cluster = kb_json_member(kb_json_member(info, "spec"), "cluster");
    struct json_object *skips = kb_json_member(cluster, "insecure-skip-tls-verify");

    /* What is of another type than it should be, some client may take for true. */
    if (skips && (!json_object_is_type(skips, json_type_boolean) || json_object_get_boolean(skips)))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED,
                "the kubeconfig has insecure-skip-tls-verify: whoever is on the way to the server "
                "could take the token"),
            "in the kubeconfig, in its place: certificate-authority: FILE");
    if (kb_json_member(cluster, "proxy-url") && strcmp(request->url.scheme, "http") == 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED,
                "the kubeconfig has a proxy-url for a server without TLS: the proxy would get the "
                "token"),
            "in the kubeconfig: no proxy-url, or a server at https");
    return KB_OK;
}

static enum kb_err read_info(struct kb_request *request, const char *text, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *info = NULL;
    struct kb_error why = KB_ERROR_INIT;
    size_t len = strlen(text);
    enum kb_err rc;

    if (len > INFO_MAX)
        return kb_fail(err, KB_ERR_USAGE, "KUBERNETES_EXEC_INFO is longer than %d bytes", INFO_MAX);
    if (kb_json_parse(text, len, &info, &why))
        return kb_fail(err, KB_ERR_USAGE, "KUBERNETES_EXEC_INFO is not a JSON object: %s", why.msg);
    rc = set_version(request, kb_json_string(info, "apiVersion"), err);
    if (!rc)
        rc = set_server(request, info, err);
    return rc ? rc : check_verified(request, info, err);
}

static enum kb_err kubectl_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "show", .flag = &talk->request.terminal_ok}};
    const char *info = getenv("KUBERNETES_EXEC_INFO");
    enum kb_err rc = kb_proto_set_subject(talk, options, KB_COUNT(options), false, err);

    *ret = KB_TURN_REQUEST;
    /* A person tries it by hand: then there is none. */
    return rc || !info ? rc : read_info(&talk->request, info, err);
}

static enum kb_err kubectl_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    int64_t expiry = kb_token_printed_expiry(answer->token, answer->route->min_ttl, answer->now);
    char text[KB_CLOCK_TEXT];
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (rc)
        return rc;
    kb_json_open(&json, '{');
    kb_json_string_member(&json, "apiVersion", versions[answer->request->form]);
    kb_json_string_member(&json, "kind", "ExecCredential");
    kb_json_open_member(&json, "status", '{');
    kb_json_name(&json, "token");
    kb_json_put_secret(&json, "", &answer->token->value);
    if (expiry > 0) {
        kb_clock_rfc3339(expiry, text);
        kb_json_string_member(&json, "expirationTimestamp", text);
    }
    kb_json_close(&json);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_kubectl = {
    .details = "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without PROFILE, the cluster's server chooses, if the kubeconfig has\n"
               "provideClusterInfo: true; else there must be only one profile.\n"
               "See keybearer-kubectl(1).\n",
    .naming = {.before = "keybearer kubectl ", .behind = ""},
    .start = kubectl_start,
    .feed = kb_feed_once,
    .write = kubectl_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
