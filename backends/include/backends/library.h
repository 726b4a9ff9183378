/*
 * The library behind the store "secret-service", for who reports on it.
 */
#ifndef KB_BACKENDS_LIBRARY_H
#define KB_BACKENDS_LIBRARY_H

/* The version of libsecret that this program was built with; it tells none at run time. */
const char *kb_secret_service_library(void);

#endif
