/*
 * How docker's clients name a registry. Must never know a profile.
 */
#include "core/registry.h"

#include "base/attr.h"

#include <string.h>

bool kb_registry_is_hub(const char *host)
{
    /* Docker Hub answers under three names; the tools mix them freely. */
    static const char *const hub[] = {"docker.io", "index.docker.io", "registry-1.docker.io"};

    for (size_t i = 0; i < KB_COUNT(hub); i++) {
        if (strcmp(host, hub[i]) == 0)
            return true;
    }
    return false;
}

void kb_registry_add_keys(const struct kb_url *url, struct kb_strings *keys)
{
    KB_AUTO(kb_buf_clear) struct kb_buf key = KB_BUF_INIT(512);

    kb_url_append_authority(url, &key);
    if (kb_registry_is_hub(kb_buf_text(&key))) {
        /* docker's, oras' and crane's; then skopeo's, podman's and buildah's */
        kb_strings_add(keys, "https://index.docker.io/v1/");
        kb_strings_add(keys, "docker.io");
    } else {
        kb_strings_add(keys, kb_buf_text(&key));
    }
}
