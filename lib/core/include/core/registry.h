/*
 * Registries of container images, as the settings of docker and its kin name them.
 */
#ifndef KB_CORE_REGISTRY_H
#define KB_CORE_REGISTRY_H

#include "base/strings.h"
#include "core/url.h"

#include <stdbool.h>

/* Whether HOST is one of Docker Hub's names. */
bool kb_registry_is_hub(const char *host);

/* Adds the keys of "credHelpers" for the registry at URL: two for Docker Hub, else one. */
void kb_registry_add_keys(const struct kb_url *url, struct kb_strings *keys);

#endif
