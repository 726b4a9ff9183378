/*
 * In the programs of the preset asan: they do not look for leaks when they end, which would
 * double what each start costs, in tests that are thousands of starts. The unit tests look for
 * leaks, and so do the programs of the preset asan-clang.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
