/*
 * The table of verbs: what exists, what it takes, what it is for. `help` prints it.
 * The protocols' verbs stand in lib/proto's own table.
 */
#include "front.h"

#include <string.h>

static const char adopt_details[] =
    "Use it if an endpoint, the audience, a file that is sent or the certificate\n"
    "authorities changed, if the configuration moved, or if an earlier version stored\n"
    "the client. It shows what the client was stored for and what the profile asks\n"
    "for now, and asks first.\n"
    "\n"
    "  --from FILE         if several other configurations have a client of that\n"
    "                      name, take it from this one\n"
    "  --yes               do not ask\n";

static const char remove_details[] =
    "What one store alone has of the client is gone for good, so it asks first.\n"
    "\n"
    "  --yes               do not ask\n";

static const char rename_details[] =
    "Configuration, client and cached token get the new name. Templates that name\n"
    "OLD, as {OLD:token}, are changed; settings of tools that name it are yours.\n"
    "\n"
    "  --passphrase-stdin  read the vault's passphrase from standard input, one line\n";

static const char match_details[] =
    "The last address may go: then the profile is reached by its name only.\n"
    "\n"
    "  --same-address      add: although another profile has the address\n";

static const char move_details[] =
    "The client is stored in STORE, secret-service or sealed-file, and then removed\n"
    "where it was. The provider is not asked.\n"
    "\n"
    "  --store STORE       where it is kept from then on\n"
    "  --passphrase-stdin  read the vault's passphrase from standard input, one line\n";

static const char edit_details[] =
    "VISUAL or EDITOR gets a copy, at the profile NAME if that is given. What you\n"
    "save replaces the configuration only if it is right.\n";

static const char config_details[] =
    "Each finding is an error, or a warning: what is right but will not do what it\n"
    "looks like. The exit status is 0 if there is none, 1 with warnings, 3 with\n"
    "errors. Without FILE it is the configuration that is used.\n"
    "\n"
    "  --json              as JSON, for programs\n";

static const char import_details[] =
    "FILE is a .env, a settings file or a shell's start-up file; PLACE is a word that\n"
    "doctor shows behind plaintext, such as claude. An id and a secret that belong\n"
    "together, such as ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET, become a profile:\n"
    "after a yes, and after the endpoint has issued a token for them.\n"
    "\n"
    "  --dry-run           show what was found, and change nothing\n"
    "  --delete            delete from FILE what is stored then; not from programs\n"
    "  --name NAME         of the profile, where FILE has one client\n"
    "  --preset PRESET     whose the clients are, where FILE does not say it\n"
    "  --token-url URL     the same, without a preset\n"
    "  --store STORE       secret-service or sealed-file\n"
    "  --same-address      although another profile has the address\n"
    "  --yes               do not ask\n"
    "  --passphrase-stdin  read the vault's passphrase from standard input, one line\n"
    "\n"
    "and every other setting of keybearer help add.\n";

static const char keygen_details[] =
    "The private key is made here and kept in the store; it is never on a disk in\n"
    "clear. Standard output gets the public part, which the provider wants. Then\n"
    "keybearer add NAME, without --client-key, takes the key for its client.\n"
    "\n"
    "  --alg ALG           what the key signs with: ES256 (unless said otherwise),\n"
    "                      ES384, ES512, EdDSA, RS256, RS384, RS512, PS256, PS384,\n"
    "                      PS512\n"
    "  --format pem|jwk|jwks|certificate\n"
    "                      pem unless said otherwise; a certificate is one that the\n"
    "                      key signs itself, for two years\n"
    "  --store STORE       secret-service or sealed-file\n"
    "  --replace           although there is a client, which stays in use until the\n"
    "                      next add, or a key that has no client yet, which goes\n"
    "  --yes               do not ask before such a key goes\n"
    "  --passphrase-stdin  read the vault's passphrase from standard input, one line\n";

static const char show_details[] =
    "  --json              as JSON, for programs\n"
    "  --public-key        only the public key of the client; works while all is\n"
    "                      locked. Of two keys it is the one that keygen made last\n"
    "  --format pem|jwk|jwks\n"
    "                      pem unless said otherwise\n";

static const char run_details[] =
    "COMMAND finds the token in BEARER_TOKEN, and what the profile's env and its\n"
    "preset set. These words stand for something in the TEXT of a variable:\n"
    "\n"
    "  {token}             the token\n"
    "  {header}            Bearer and the token, or what else the profile's API takes\n"
    "  {basic}             user name and token, as HTTP's Basic wants them\n"
    "  {username} {host} {address} {url} {environment} {alias} {api_header:NAME}\n"
    "                      what the profile says: see keybearer(1)\n"
    "  {id} {secret}       the client\n"
    "  {PROFILE:token}     the token of another profile\n"
    "  {token%}            percent-encoded, as all others with a %\n"
    "  {{token}}           the text {token}\n"
    "\n"
    "  --env NAME          set NAME to the token; may be repeated\n"
    "  --env NAME=TEXT     set NAME to TEXT\n"
    "  --file NAME         set NAME to the path of a file in memory with the token,\n"
    "                      and keep it fresh while COMMAND runs; may be repeated\n"
    "  --token-only        set BEARER_TOKEN and what you name here, nothing else\n";

static const char unlock_details[] =
    "Without PROFILE it unlocks the vault. With PROFILE it unlocks the store of its\n"
    "client; a desktop keyring shows its own dialog, and a token is fetched at once.\n"
    "\n"
    "  --ttl TIME          keep the vault unlocked that long: 90, 30m, 8h, 2d;\n"
    "                      12 hours by default, 30 days at most\n"
    "  --passphrase-stdin  read the passphrase from standard input, one line\n";

static const char passwd_details[] =
    "Without --key-file it sets a new passphrase. The other way to unlock the vault\n"
    "stays valid.\n"
    "\n"
    "  --key-file FILE     let FILE (32 random bytes or more, mode 0600) unlock it,\n"
    "                      for machines where nobody can type a passphrase\n"
    "  --remove-key-file   let nothing but the passphrase unlock it, which is asked\n"
    "                      for\n"
    "  --yes               do not ask before that\n"
    "  --passphrase-stdin  read passphrases from standard input, one per line: the\n"
    "                      old one (unless KEYBEARER_KEY_FILE unlocks the vault),\n"
    "                      then the new one\n";

static const char status_details[] =
    "Without NAME it shows every profile. It asks nothing and unlocks nothing.\n"
    "\n"
    "  --json              as JSON, for programs\n";

static const char doctor_details[] =
    "Each finding is ok, note, weak (works, but protects less than it could) or fail.\n"
    "The exit status is 1 if something failed, otherwise 0. It changes nothing.\n"
    "\n"
    "  --online            also look at the token endpoint of each profile, or of\n"
    "                      PROFILE: name, proxy, certificate, clock, answer. No\n"
    "                      secret is sent, and no token is asked for\n"
    "  --json              as JSON, for programs\n";

static const char setup_details[] =
    "Without TOOL it shows the tools that are here, and which are connected. Without\n"
    "PROFILE a tool is connected to all profiles that fit, or to the only one that it\n"
    "takes. It shows each change, and asks before it makes it.\n"
    "\n"
    "  --dry-run           show the change, and make none\n"
    "  --undo              take back what setup changed; without TOOL all of it\n"
    "  --yes               do not ask\n";

static const char json_details[] = "  --json              as JSON, for programs\n";

static const struct verb table[] = {
    {"add", "NAME [OPTION]...", "store an OAuth client, after a test exchange",
        .report = KB_REPORT_ADD, .describe = describe_add, .after = setup_offer},
    {"adopt", "NAME [--from FILE] [--yes]", "bind a client to what its profile asks for now",
        adopt_details, .report = KB_REPORT_ADOPT, .describe = describe_adopt},
    {"import", "FILE|PLACE [OPTION]...", "make profiles of secrets that lie in a file",
        import_details, .run = verb_import},
    {"setup", "[TOOL [PROFILE]] [OPTION]...", "connect a tool, or show which are", setup_details,
        .run = verb_setup},
    {"keygen", "NAME [OPTION]...", "make a key for a client, and show its public part",
        keygen_details, .run = verb_keygen},
    {"remove", "NAME [--yes]", "remove a profile, its client and its cached token", remove_details,
        .run = verb_remove},
    {"rename", "OLD NEW [--passphrase-stdin]", "give a profile another name", rename_details,
        .run = verb_rename},
    {"match", "add|remove NAME URL [--same-address]", "change which addresses get the tokens",
        match_details, .report = KB_REPORT_MATCH, .describe = describe_match},
    {"move", "NAME --store STORE [--passphrase-stdin]", "keep a client in another store",
        move_details, .report = KB_REPORT_MOVE, .describe = describe_move},
    {"edit", "[NAME]", "edit the configuration, and check it before it counts", edit_details,
        .run = verb_edit},
    {"config", "check [FILE] [--json]", "say all that is wrong with the configuration",
        config_details, .run = verb_config},
    {"show", "NAME [--json | --public-key [--format FORMAT]]", "show one profile", show_details,
        .run = verb_show},
    {"list", "[--json]", "list the profiles", json_details, .run = verb_list},
    {"presets", "[PRESET] [--json]", "list the providers that add knows, or explain one",
        json_details, .run = verb_presets},
    {"status", "[NAME] [--json]", "show stores, tokens, last errors and rate limits",
        status_details, .run = verb_status},
    {"doctor", "[--online [PROFILE]] [--json]", "check everything that keybearer relies on",
        doctor_details, .run = verb_doctor},
    {"run", "[OPTION]... PROFILE -- COMMAND...", "run a command with the token in its environment",
        run_details, .run = verb_run},
    {"unlock", "[PROFILE] [--ttl TIME] [--passphrase-stdin]", "unlock the vault, or a keyring",
        unlock_details, .run = verb_unlock},
    {"lock", "", "lock the vault and forget every cached token", .run = verb_lock},
    {"passwd", "[--key-file FILE | --remove-key-file] [OPTION]...", "change what unlocks the vault",
        passwd_details, .report = KB_REPORT_PASSWD, .describe = describe_passwd},
    {"forget", "NAME", "drop the cached token", .run = verb_forget},
    {"refresh", "NAME", "fetch a new token now", .run = verb_refresh},
    {"version", "[--json]", "show the version", json_details, .run = verb_version},
    {"help", "[COMMAND|presets]", "show this, or how to use one command", .run = NULL},
};

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(table); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return verb_find("help");
    return strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 ? verb_find("version") : NULL;
}

const struct verb *verbs(size_t *ret_count)
{
    *ret_count = KB_COUNT(table);
    return table;
}
