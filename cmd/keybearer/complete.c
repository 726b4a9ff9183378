/*
 * `complete`: what could be typed next, for the scripts of shells (completions/).
 *
 *   complete -- WORD...
 *
 * WORDs are what follows `keybearer` on the line, the last one unfinished, maybe empty. A line of
 * the answer is one of
 *
 *   CANDIDATE TAB DESCRIPTION   a whole word, which begins with the unfinished one
 *   :file                       also any file
 *   :command N                  the words of another command, which begin with WORD N, from 0
 *
 * Nothing that was typed is in it but the name of an option that we know. Must never fail, say
 * anything on stderr, wait or ask: somebody is typing.
 */
#include "complete.h"

#include "front.h"

#include "base/strings.h"

#include <string.h>

/* Four MiB of configuration have no more names and addresses than that. */
enum { ANSWER_MAX = 16 << 20, PAGE_MAX = 32768 };

/* Where a line of words has come to. */
struct place {
    const struct usage_option *argument_of; /* the last word is this option's argument; or NULL */
    size_t operand;                         /* else it may be the operand of this number, from 0 */
    size_t since;    /* the number of the word that this operand began with */
    bool no_options; /* "--" came, or an operand that ends them */
};

static const char *operand_at(const struct usage *usage, size_t number)
{
    size_t count = usage->operands.count, last = count - (count > 0);
    const char *words = count > 0 ? usage->operands.items[number < last ? number : last] : NULL;
    size_t len = words ? strlen(words) : 0;
    bool repeats = len > 3 && strcmp(words + len - 3, "...") == 0;

    return number < count || repeats ? words : NULL;
}

static void pass_operand(
    const struct usage *usage, const char *word, size_t number, struct place *place)
{
    const char *operand = operand_at(usage, place->operand);
    bool is_dashes = operand && strcmp(operand, "--") == 0;

    if (is_dashes && strcmp(word, "--") != 0) { /* it may be left out */
        place->operand++;
        place->since = number;
    } else if (place->operand + 1 < usage->operands.count) {
        place->since = number + 1; /* the last one may be several words */
    }
    place->operand++;
    place->no_options = place->no_options || usage_has_command(usage);
}

/* An option with its argument behind it in the next word: *NUMBER becomes that one's. */
static void pass_option(const struct completion *completion, const struct usage_option *option,
    size_t *number, struct place *place)
{
    if (!option || !*option->argument)
        return;
    ++*number;
    if (*number == completion->count - 1)
        place->argument_of = option;
}

/* From the word behind the command to the one before the last. */
static struct place find_place(const struct completion *completion, const struct usage *usage)
{
    struct place place = {.since = 1};

    for (size_t i = 1; i < completion->count - 1; i++) {
        const char *word = completion->words[i];
        const char *operand = operand_at(usage, place.operand);

        if (!place.no_options && strcmp(word, "--") == 0 &&
            !(operand && strcmp(operand, word) == 0))
            place.no_options = true;
        else if (!place.no_options && word[0] == '-' && word[1] == '-' && word[2])
            pass_option(completion, usage_option(usage, word, strlen(word)), &i, &place);
        else
            pass_operand(usage, word, i, &place);
    }
    return place;
}

/* Whether the LEN bytes at WORD are one of "add|remove". */
static bool is_choice(const char *choices, const char *word, size_t len)
{
    for (size_t n; *choices; choices += n + (choices[n] == '|')) {
        n = strcspn(choices, "|");
        if (n == len && memcmp(choices, word, len) == 0)
            return true;
    }
    return false;
}

/* Whether HELP begins with another word than the first operand that was typed: "add: ...". */
static bool is_of_another_word(
    const struct completion *completion, const struct usage *usage, const char *help)
{
    const char *choices = usage->operands.count > 0 ? usage->operands.items[0] : NULL;
    const char *word = completion->words[1];
    size_t len = strcspn(help, ":");

    return choices && help[len] && is_choice(choices, help, len) &&
           is_choice(choices, word, strlen(word)) &&
           (strlen(word) != len || memcmp(word, help, len) != 0);
}

static void put_options(struct completion *completion, const struct usage *usage)
{
    for (size_t i = 0; i < usage->option_count; i++)
        if (!is_of_another_word(completion, usage, usage->options[i].help))
            completion_add(completion, usage->options[i].name, usage->options[i].help);
}

/* "--store=sea": the value belongs to the word, and comes back with what stands before it. */
static bool put_value_in_word(struct completion *completion, const struct usage *usage)
{
    const char *word = completion->words[completion->count - 1], *equals = strchr(word, '=');
    const struct usage_option *option =
        equals ? usage_option(usage, word, (size_t)(equals - word)) : NULL;

    if (!option || !*option->argument)
        return false;
    completion->before = word;
    completion->before_len = (size_t)(equals - word) + 1;
    candidates_argument(completion, option);
    return true;
}

static void complete_arguments(struct completion *completion, const struct usage *usage)
{
    struct place place = find_place(completion, usage);
    const char *word = completion->words[completion->count - 1],
               *operand = operand_at(usage, place.operand);
    bool is_option = word[0] == '-' && !place.no_options;

    completion->command = place.since;
    if (place.argument_of) {
        candidates_argument(completion, place.argument_of);
        return;
    }
    if (is_option && put_value_in_word(completion, usage))
        return;
    if (operand)
        candidates_operand(completion, operand);
    if (is_option || (!operand && !place.no_options))
        put_options(completion, usage);
}

static void find_candidates(struct completion *completion)
{
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(PAGE_MAX);
    KB_AUTO(usage_clear) struct usage usage = USAGE_INIT;
    const char *command = completion->words[0];

    if (completion->count == 1) {
        candidates_commands(completion);
    } else if (verb_find(command) || kb_proto_by_word(command)) {
        KB_IGNORE(help_page(&page, command, NULL));
        usage_read(kb_buf_text(&page), &usage);
        complete_arguments(completion, &usage);
    }
}

int complete(int argc, char *argv[])
{
    struct completion completion = {
        .words = argv + 1, .before = "", .out = KB_BUF_INIT(ANSWER_MAX)};

    if (argc < 2 || strcmp(argv[0], "--") != 0)
        return 0;
    completion.count = (size_t)argc - 1;
    find_candidates(&completion);
    output_unasked(&completion.out);
    kb_buf_clear(&completion.out);
    return 0;
}
