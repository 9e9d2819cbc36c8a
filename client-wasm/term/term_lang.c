/* See term_lang.h. */
#include "term_lang.h"

#include <stdlib.h>

static const struct term_lang_file *find(struct slice code)
{
    for (size_t i = 0; i < term_lang_files_n; i++) {
        if (slice_eq(term_lang_files[i].code, code))
            return &term_lang_files[i];
    }
    return NULL;
}

bool term_lang_known(struct slice code)
{
    return slice_eq(code, SL("en")) || find(code);
}

/* "ar_EG.UTF-8" asks for "ar". */
struct slice term_lang_wished(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    struct slice value = SL("");
    for (size_t i = 0; i < sizeof names / sizeof *names && value.n == 0; i++)
        value = slice_str(getenv(names[i]));
    size_t n = 0;
    while (n < value.n && value.p[n] >= 'a' && value.p[n] <= 'z')
        n++;
    const struct term_lang_file *file = find((struct slice){value.p, n});
    return file ? file->code : SL("en");
}

void term_lang_load(struct words *w, struct slice code)
{
    const struct term_lang_file *file = find(code);
    struct slice html;
    if (file)
        (void)!words_load(w, file->text, &html);
}
