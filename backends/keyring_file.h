/*
 * Whether gnome-keyring keeps a collection in clear on the disk. Private to this layer.
 */
#ifndef KB_BACKENDS_KEYRING_FILE_H
#define KB_BACKENDS_KEYRING_FILE_H

enum kb_keyring_file {
    KB_KEYRING_FILE_UNKNOWN, /* there is no such file: another service, or kept elsewhere */
    KB_KEYRING_FILE_SEALED,
    KB_KEYRING_FILE_PLAIN,
};

/*
 * Looks at the first bytes of the file behind the collection at D-Bus object path
 * COLLECTION ("/org/freedesktop/secrets/collection/login"). Reads only.
 */
enum kb_keyring_file kb_keyring_file_look(const char *collection);

#endif
