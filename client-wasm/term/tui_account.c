/* See tui_account.h. */
#include "tui_account.h"

#include "refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void ask(struct tui_account *a, const struct account_request *request);

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void become_guest(struct tui_account *a, struct slice name)
{
    ask(a, &(struct account_request){.op = ACCOUNT_GUEST, .name = name, .wants_refresh = true});
}

/* $USER may be somebody else's name here, or none. */
static void rename_guest(struct tui_account *a, bool taken)
{
    struct slice name = taken ? a->options->name : SL("guest");
    char other[80];
    int n = snprintf(other, sizeof other, "%.*s-%04u", (int)(name.n < 27 ? name.n : 27), name.p,
                     (unsigned)(host_default()->random_u32() % 10000));
    a->renamed = true;
    become_guest(a, (struct slice){other, (size_t)n});
}

static void on_refused(struct tui_account *a, const struct account_answer *answer)
{
    bool guest = a->file.refresh.n == 0;
    bool bad_name = answer->why.error == CHAT_TAKEN || answer->why.error == CHAT_INVALID;
    if (answer->status == 0 || answer->status >= 500 || answer->why.error == CHAT_RATE) {
        term_token_unlock(&a->file);
        a->done(answer); /* tried again later */
    } else if (answer->why.error == CHAT_ERRORS_N && answer->why.message.n == 0) {
        term_token_unlock(&a->file);
        a->fail(WORD_TERM_NO_ACCOUNTS, SL(""));
    } else if (guest && bad_name && !a->renamed && !a->options->name_given) {
        rename_guest(a, answer->why.error == CHAT_TAKEN);
    } else if (!guest && answer->why.error == CHAT_UNAUTHENTICATED) {
        (void)term_token_save(&a->file, a->options->server, SL(""), SL(""), 0, SL(""));
        a->fail(WORD_TERM_SESSION_ENDED, SL(""));
    } else {
        term_token_unlock(&a->file);
        struct refusal_text room;
        a->fail(guest ? WORD_TERM_NOT_LET_IN : WORD_TERM_NOT_SIGNED_IN,
                refusal_text(a->words, guest ? REFUSAL_OF_GUEST : REFUSAL_OF_LOGIN, &answer->why,
                             &room));
    }
}

static void on_answer(void *user, const struct account_answer *answer)
{
    struct tui_account *a = user;
    a->call = NULL;
    if (!answer->ok) {
        on_refused(a, answer);
    } else if (!term_token_save(&a->file, a->options->server, answer->refresh, answer->token,
                                wall_ms() + answer->life_ms, answer->user.name)) {
        a->fail(WORD_TERM_TOKEN_UNWRITTEN, slice_str(strerror(errno)));
    } else {
        a->done(answer);
    }
}

static void ask(struct tui_account *a, const struct account_request *request)
{
    a->call = account_ask(a->options->server, request, on_answer, a);
    if (!a->call)
        a->fail(WORD_TERM_NO_MEMORY, SL(""));
}

bool tui_account_init(struct tui_account *a)
{
    return term_token_init(&a->file, a->options->token_file);
}

void tui_account_fini(struct tui_account *a)
{
    account_abort(a->call);
    term_token_fini(&a->file);
}

void tui_account_refresh(struct tui_account *a)
{
    if (a->call)
        return;
    if (!term_token_lock(&a->file, a->options->server))
        a->fail(WORD_TERM_TOKEN_UNUSABLE, slice_str(strerror(errno)));
    else if (a->file.refresh.n > 0)
        ask(a, &(struct account_request){
                   .op = ACCOUNT_REFRESH, .refresh = a->file.refresh, .wants_refresh = true});
    else
        become_guest(a, a->options->name);
}
