/* Any text as Markdown: runs are pieces of the text, in its order, each once; only marks are left out. */
#include "markdown.h"

#include "check.h"
#include "links.h"
#include "utf8.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const char *at, *end;
    unsigned blocks_n;
};

static void on_block(void *user, const struct md_block *block)
{
    struct seen *seen = user;
    seen->blocks_n++;
    CHECK(block->quote <= MD_QUOTE_MAX && block->indent <= MD_INDENT_MAX);
    CHECK(block->language.n <= MD_LANGUAGE_BYTES);
    CHECK(block->kind == MD_ITEM || (!block->ordered && block->indent == 0));
}

/* Nothing but marks, white space and the syntax of links lies between two runs. */
static void check_left_out(const char *from, const char *to)
{
    const char *address = memchr(from, ':', (size_t)(to - from));
    for (; from < to && !address; from++) {
        CHECK((unsigned char)*from < 0x80);
    }
}

static void on_run(void *user, const struct md_run *run)
{
    struct seen *seen = user;
    CHECK(seen->blocks_n > 0);
    if (run->kind == MD_BREAK) {
        return;
    }
    CHECK(run->text.n > 0 && utf8_valid(run->text));
    CHECK(run->text.p >= seen->at && run->text.n <= (size_t)(seen->end - run->text.p));
    CHECK(!memchr(run->text.p, '\n', run->text.n));
    check_left_out(seen->at, run->text.p);
    seen->at = run->text.p + run->text.n;
    if (run->kind == MD_LINK) {
        CHECK(run->url.n > 0 && run->url.n <= LINK_BYTES_MAX);
        CHECK((run->url.p[0] | 0x20) == 'h' || slice_starts_with(run->url, SL("mailto:")));
    }
    CHECK((run->kind == MD_MENTION) <= (run->text.p[0] == '@'));
    CHECK((run->kind == MD_ROOM) <= (run->text.p[0] == '#'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice text = {(const char *)data, size};
    if (utf8_valid(text)) {
        struct seen seen = {.at = text.p, .end = text.p + text.n};
        markdown_parse(text, &(struct md_sink){&seen, on_block, on_run});
    }
    return 0;
}
