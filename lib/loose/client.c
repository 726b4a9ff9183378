/*
 * Which entries are an id and a secret of one client. Must never pair what does not stand
 * together, nor take one of two values of a name for the right one.
 */
#include "loose/client.h"

#include "base/strings.h"
#include "endpoint.h"
#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* How a name of a client's half ends, whatever divides its words. */
static const char id_ending[] = "clientid", secret_ending[] = "clientsecret";

struct plain {
    char text[KB_LOOSE_NAME_MAX + 1];
    size_t len;
};

/* Letters and digits of NAME, small. */
static struct plain plain_of(const char *name, size_t len)
{
    struct plain ret = {.len = 0};

    if (len > KB_LOOSE_NAME_MAX)
        return ret;
    for (const char *at = name, *end = name + len; at < end;) {
        char c = take_character(&at, end);

        if (isalnum((unsigned char)c))
            ret.text[ret.len++] = (char)tolower((unsigned char)c);
    }
    return ret;
}

/* Takes ENDING off NAME; false where it does not end so. */
static bool drop(struct plain *name, const char *ending)
{
    size_t end = strlen(ending);

    if (name->len < end || memcmp(name->text + name->len - end, ending, end) != 0)
        return false;
    name->len -= end;
    name->text[name->len] = '\0';
    return true;
}

static struct plain name_of(const char *text, const struct kb_loose_entry *entry)
{
    return plain_of(text + entry->name.start, entry->name.end - entry->name.start);
}

bool kb_loose_is_half(const char *name, size_t len)
{
    struct plain plain = plain_of(name, len);

    return drop(&plain, id_ending) || drop(&plain, secret_ending);
}

bool kb_loose_belongs_to_client(const char *name, size_t len)
{
    struct plain plain = plain_of(name, len);

    return drop(&plain, id_ending) || endpoint_is_variable(name, len);
}

static void doubt(struct kb_loose_clients *ret, const struct kb_loose_entry *entry, const char *why)
{
    if (ret->doubt_count < KB_LOOSE_CLIENTS_MAX)
        ret->doubts[ret->doubt_count++] = (struct kb_loose_doubt){entry, why};
    else
        ret->left_out++;
}

/* The only entry of SCOPE whose name is PREFIX and ENDING; *RET_COUNT: how many there are. */
static const struct kb_loose_entry *find_half(const char *text,
    const struct kb_loose_entries *entries, size_t scope, const struct plain *prefix,
    const char *ending, size_t *ret_count)
{
    const struct kb_loose_entry *found = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < entries->count; i++) {
        struct plain name = name_of(text, &entries->items[i]);

        if (entries->items[i].scope != scope || !drop(&name, ending) || name.len != prefix->len ||
            memcmp(name.text, prefix->text, name.len) != 0)
            continue;
        found = &entries->items[i];
        ++*ret_count;
    }
    return found;
}

static bool is_taken(const struct kb_loose_clients *clients, const char *name)
{
    for (size_t i = 0; i < clients->count; i++)
        if (strcmp(clients->items[i].name, name) == 0)
            return true;
    return false;
}

/* Of two that would have one name the second gets a number. */
static void choose_name(const struct kb_loose_clients *clients, const struct plain *prefix,
    struct kb_loose_client *client)
{
    const char *stem = prefix->len > 0 ? prefix->text : "client";
    enum { STEM_MAX = KB_PROFILE_NAME_MAX - 4 };

    if (client->preset && prefix->len == 0)
        stem = client->preset->name;
    snprintf(client->name, sizeof(client->name), "%.*s", STEM_MAX, stem);
    for (int number = 2; is_taken(clients, client->name); number++)
        snprintf(client->name, sizeof(client->name), "%.*s-%d", STEM_MAX, stem, number);
}

static void take_client(const char *text, const struct kb_loose_entries *entries,
    const struct plain *prefix, const struct kb_loose_entry *id,
    const struct kb_loose_entry *secret, struct kb_loose_clients *ret)
{
    struct kb_loose_client client = {.of_id = id, .of_secret = secret};

    if (ret->count == KB_LOOSE_CLIENTS_MAX) {
        doubt(ret, secret, "is one client too many: import the others first");
        return;
    }
    endpoint_find(text, entries, &client);
    choose_name(ret, prefix, &client);
    ret->items[ret->count++] = client;
}

static bool is_long(const struct kb_loose_entry *entry)
{
    return entry->value.end - entry->value.start > KB_LOOSE_VALUE_MAX;
}

static bool is_empty(const struct kb_loose_entry *entry)
{
    return entry->value.end == entry->value.start;
}

static const char *why_left(const struct kb_loose_entry *entry)
{
    return entry->why_not ? entry->why_not : entry->why_doubt;
}

/* Where SECRET is one, with an id beside it. */
static void take_secret(const char *text, const struct kb_loose_entries *entries,
    const struct kb_loose_entry *secret, struct kb_loose_clients *ret)
{
    struct plain prefix = name_of(text, secret);
    size_t ids, secrets;
    const struct kb_loose_entry *id;

    if (!drop(&prefix, secret_ending))
        return;
    find_half(text, entries, secret->scope, &prefix, secret_ending, &secrets);
    id = find_half(text, entries, secret->scope, &prefix, id_ending, &ids);
    if (secrets > 1 || ids > 1)
        doubt(ret, secret, "is there twice, or its id is");
    else if (!id && !is_empty(secret))
        doubt(ret, secret, "has no id beside it");
    else if (!id)
        return;
    else if (is_long(secret) || is_long(id))
        doubt(ret, is_long(secret) ? secret : id, "is too long for a client's");
    else if (why_left(secret) || why_left(id))
        doubt(ret, why_left(secret) ? secret : id, why_left(why_left(secret) ? secret : id));
    else
        take_client(text, entries, &prefix, id, secret, ret);
}

void kb_loose_find_clients(
    const char *text, const struct kb_loose_entries *entries, struct kb_loose_clients *ret)
{
    *ret = (struct kb_loose_clients){0};
    for (size_t i = 0; i < entries->count; i++)
        take_secret(text, entries, &entries->items[i], ret);
}
