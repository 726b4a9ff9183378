/*
 * What may stand for a word of a usage line: from the tables, and from the configuration as far as
 * sketch.h reads it. Must never look into a store or the cache, nor start a program.
 */
#include "complete.h"

#include "front.h"

#include "base/strings.h"
#include "config/preset.h"
#include "config/programs.h"
#include "config/settings.h"
#include "config/sketch.h"
#include "core/client.h"
#include "loose/place.h"
#include "tools/tool.h"

#include <string.h>

typedef void put_candidates(struct completion *completion);

void completion_add(struct completion *completion, const char *word, const char *help)
{
    const char *begin = completion->words[completion->count - 1] + completion->before_len;

    if (strncmp(word, begin, strlen(begin)) != 0)
        return;
    kb_buf_add(&completion->out, completion->before, completion->before_len);
    kb_buf_str(&completion->out, word);
    kb_buf_byte(&completion->out, '\t');
    kb_buf_str(&completion->out, help ? help : "");
    kb_buf_byte(&completion->out, '\n');
}

struct seen {
    struct completion *completion;
    char last[KB_PROFILE_NAME_MAX + 1]; /* the addresses of one profile follow one another */
};

static void see_profile(const char *name, const char *address, void *data)
{
    struct seen *seen = data;

    if (strcmp(seen->last, name) == 0)
        return;
    kb_text_copy(seen->last, sizeof(seen->last), name);
    completion_add(seen->completion, name, address);
}

static void see_address(const char *name, const char *address, void *data)
{
    struct completion *completion = data;

    if (*address)
        completion_add(completion, address, name);
}

/* What a configuration says that is none is not said. */
static void put_sketch(struct completion *completion, kb_config_see *see, void *data)
{
    size_t before = completion->out.len;

    if (!kb_config_sketch_usual(see, data))
        completion->out.len = before;
}

static void put_profiles(struct completion *completion)
{
    struct seen seen = {.completion = completion};

    put_sketch(completion, see_profile, &seen);
}

static void put_addresses(struct completion *completion)
{
    put_sketch(completion, see_address, completion);
}

static void put_presets(struct completion *completion)
{
    size_t count;
    const struct kb_preset *presets = kb_presets(&count);

    for (size_t i = 0; i < count; i++)
        completion_add(completion, presets[i].name, presets[i].title);
}

static void put_tools(struct completion *completion)
{
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);

    for (size_t i = 0; i < count; i++)
        completion_add(completion, tools[i].word, tools[i].title);
}

/* The preset that is named among the words before; NULL: none is. */
static const struct kb_preset *typed_preset(const struct completion *completion)
{
    static const char option[] = "--preset";
    const struct kb_preset *preset = NULL;
    size_t len = strlen(option);

    for (size_t i = 0; i + 1 < completion->count; i++) {
        const char *word = completion->words[i];

        if (strncmp(word, option, len) != 0)
            continue;
        if (word[len] == '=')
            preset = kb_preset_find(word + len + 1);
        else if (!word[len])
            preset = kb_preset_find(completion->words[i + 1]);
    }
    return preset;
}

static void put_environments_of(
    struct completion *completion, const struct kb_preset *preset, struct kb_strings *said)
{
    for (size_t i = 0; i < preset->host_count; i++) {
        const char *name = preset->hosts[i].environment;

        if (!name || kb_strings_has(said, name))
            continue;
        kb_strings_add(said, name);
        completion_add(completion, name, preset->hosts[i].title);
    }
}

static void put_environments(struct completion *completion)
{
    KB_AUTO(kb_strings_clear) struct kb_strings said = {0};
    const struct kb_preset *typed = typed_preset(completion);
    size_t count;
    const struct kb_preset *presets = kb_presets(&count);

    for (size_t i = 0; i < count; i++) {
        if (!typed || typed == &presets[i])
            put_environments_of(completion, &presets[i], &said);
    }
}

static void put_hosts(struct completion *completion)
{
    const struct kb_preset *preset = typed_preset(completion);

    for (size_t i = 0; preset && i < preset->host_count; i++)
        completion_add(completion, preset->hosts[i].host, preset->hosts[i].title);
}

static void put_programs(struct completion *completion)
{
    size_t count;
    const struct kb_known_program *programs = kb_known_programs(&count);

    for (size_t i = 0; i < count; i++) {
        /* One that has several rows: for hosts of each kind. */
        if (i == 0 || strcmp(programs[i].name, programs[i - 1].name) != 0)
            completion_add(completion, programs[i].name, programs[i].title);
    }
}

static void put_key_algorithms(struct completion *completion)
{
    for (size_t i = 0; kb_jws_alg_names[i]; i++) {
        if (!kb_jws_alg_needs_secret((enum kb_jws_alg)i))
            completion_add(completion, kb_jws_alg_names[i], NULL);
    }
}

/* Those that are known to hold secrets in clear; several files may have one word. */
static void put_places(struct completion *completion)
{
    size_t count;
    const struct kb_loose_place *places = kb_loose_places(&count);

    for (size_t i = 0; i < count; i++)
        if (kb_loose_place_by_word(places[i].word) == &places[i])
            completion_add(completion, places[i].word, places[i].path);
}

static void put_files(struct completion *completion)
{
    kb_buf_str(&completion->out, ":file\n");
}

static void put_command(struct completion *completion)
{
    kb_buf_fmt(&completion->out, ":command %zu\n", completion->command);
}

void candidates_commands(struct completion *completion)
{
    size_t count;
    const struct verb *table = verbs(&count);
    const struct kb_proto_row *rows;

    for (size_t i = 0; i < count; i++) {
        completion_add(completion, table[i].name, table[i].summary);
    }
    rows = kb_protos(&count);
    for (size_t i = 0; i < count; i++)
        completion_add(completion, rows[i].word, rows[i].summary);
}

/*
 * What the words of usage lines and options stand for. An option's own name counts before the word
 * for its argument, which may be a general one.
 */
static const struct kind {
    const char *word;
    bool only_operand; /* as an option's argument it is something else */
    put_candidates *put;
} kinds[] = {
    {"--profile", false, put_profiles},
    {"--preset", false, put_presets},
    {"--environment", false, put_environments},
    {"--host", false, put_hosts},
    {"NAME", true, put_profiles},
    {"OLD", true, put_profiles},
    {"PROFILE", false, put_profiles},
    {"URL", true, put_addresses},
    {"PRESET", false, put_presets},
    {"TOOL", false, put_tools},
    {"PLACE", false, put_places},
    {"PROGRAM", false, put_programs},
    {"ALG", false, put_key_algorithms},
    {"FILE", false, put_files},
    {"COMMAND", false, candidates_commands},
    {"COMMAND...", true, put_command},
};

static bool put_kind(struct completion *completion, const char *word, size_t len, bool is_operand)
{
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        const struct kind *kind = &kinds[i];

        if (strncmp(kind->word, word, len) != 0 || kind->word[len] != '\0' ||
            (kind->only_operand && !is_operand))
            continue;
        kind->put(completion);
        return true;
    }
    return false;
}

/* Each part of "PROFILE|URL", or of "add|remove": what is not in capitals stands for itself. */
static void put_each(struct completion *completion, const char *words, bool is_operand)
{
    static const char dots[] = "...";

    for (size_t len; *words; words += len + (words[len] == '|')) {
        char word[64] = "";

        len = strcspn(words, "|");
        if (put_kind(completion, words, len, is_operand))
            continue;
        if (len > strlen(dots) && strncmp(words + len - strlen(dots), dots, strlen(dots)) == 0)
            put_kind(completion, words, len - strlen(dots), is_operand);
        else if ((words[0] < 'A' || words[0] > 'Z') && len < sizeof(word))
            completion_add(completion, memcpy(word, words, len), NULL);
    }
}

void candidates_operand(struct completion *completion, const char *operand)
{
    put_each(completion, operand, true);
}

/* Of the setting whose option is NAME. */
static const char *const *choices_of(const char *name)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (settings[i].option && strcmp(settings[i].option, name) == 0)
            return settings[i].choices;
    }
    return NULL;
}

void candidates_argument(struct completion *completion, const struct usage_option *option)
{
    const char *const *choices = choices_of(option->name + strlen("--"));

    for (size_t i = 0; choices && choices[i]; i++)
        completion_add(completion, choices[i], NULL);
    if (!choices && !put_kind(completion, option->name, strlen(option->name), false))
        put_each(completion, option->argument, false);
}
