/*
 * Compiler attributes under readable names.
 */
#ifndef KB_BASE_ATTR_H
#define KB_BASE_ATTR_H

/* The caller must look at the result. */
#define KB_CHECKED __attribute__((warn_unused_result))

/* printf-like: format is parameter FMT, its arguments start at ARGS. */
#define KB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Runs CLEAR(&variable) when the variable goes out of scope. */
#define KB_AUTO(clear) __attribute__((cleanup(clear)))

/* Moves a pointer out of VAR: its value, leaving NULL behind. */
#define KB_TAKE(var)                                                                               \
    ({                                                                                             \
        __typeof__(var) kb_taken_ = (var);                                                         \
        (var) = NULL;                                                                              \
        kb_taken_;                                                                                 \
    })

/* Calls what must be checked where a failure changes nothing for anybody. */
#define KB_IGNORE(call)                                                                            \
    do {                                                                                           \
        if (call) {                                                                                \
        }                                                                                          \
    } while (0)

#define KB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Built with AddressSanitizer, which comes with LeakSanitizer: gcc says so in one way, clang in
 * another. */
#if defined(__SANITIZE_ADDRESS__)
#define KB_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KB_SANITIZED 1
#endif
#endif
#if !defined(KB_SANITIZED)
#define KB_SANITIZED 0
#endif

#endif
