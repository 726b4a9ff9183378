/*
 * What a person's answer to a question of yes or no means, and in which words it is asked.
 */
#ifndef KB_BASE_CONSENT_H
#define KB_BASE_CONSENT_H

#include <stddef.h>

#define KB_CONSENT_CHOICE "(yes or no) " /* behind the question */
#define KB_CONSENT_AGAIN "Please type yes or no: "
#define KB_CONSENT_TRIES 3 /* answers that may be heard; after that it is no */

enum kb_consent { KB_CONSENT_NO, KB_CONSENT_YES, KB_CONSENT_UNCLEAR };

/*
 * Of the LEN bytes of ANSWER, a line without its end, whatever its letters' case and the blanks
 * around it. NO is also nothing at all: Enter alone is no yes. UNCLEAR was meant for something: it
 * is asked again.
 */
enum kb_consent kb_consent_of(const char *answer, size_t len);

#endif
