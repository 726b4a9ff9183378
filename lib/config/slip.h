/*
 * Slips of the pen in a configuration that people write by hand. Private to this layer.
 */
#ifndef KB_CONFIG_SLIP_H
#define KB_CONFIG_SLIP_H

#include "base/error.h"

#include <stddef.h>

/*
 * ERR says that kb_json_parse() refused TEXT. Where it is a slip that people make, message and
 * place become what stands there, and the hint its cure; else ERR stays as it is.
 */
void kb_config_explain(const char *text, size_t len, struct kb_error *err);

#endif
