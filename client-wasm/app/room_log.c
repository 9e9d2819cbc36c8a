/* See room_log.h. */
#include "room_log.h"

#include "mem.h"
#include <string.h>

static size_t files_bytes(const struct chat_file *files, uint32_t n)
{
    size_t bytes = n * sizeof *files;
    for (uint32_t i = 0; i < n; i++)
        bytes += files[i].name.n + files[i].type.n + files[i].alt.n;
    return bytes;
}

static size_t block_bytes(const struct chat_message *m)
{
    size_t n = sizeof(struct message) + m->reactions_n * sizeof(struct message_reaction) +
               m->text.n + files_bytes(m->files, m->files_n);
    for (uint32_t i = 0; i < m->reactions_n; i++)
        n += m->reactions[i].users_n * sizeof(int64_t) + m->reactions[i].emoji.n;
    return n;
}

static size_t message_bytes(const struct message *msg)
{
    size_t n = sizeof *msg + msg->reactions_n * sizeof *msg->reactions + msg->text.n +
               files_bytes(msg->files, msg->files_n);
    for (uint32_t i = 0; i < msg->reactions_n; i++)
        n += msg->reactions[i].users_n * sizeof(int64_t) + msg->reactions[i].emoji.n;
    return n;
}

static struct slice put_text(char **to, struct slice text)
{
    struct slice copy = {*to, text.n};
    if (text.n)
        memcpy(*to, text.p, text.n);
    *to += text.n;
    return copy;
}

/* The files: first what wants to be aligned. */
static char *put_files(struct message *msg, const struct chat_message *from, void *at, char *texts)
{
    msg->files = at;
    msg->files_n = from->files_n;
    for (uint32_t i = 0; i < from->files_n; i++) {
        msg->files[i] = from->files[i];
        msg->files[i].name = put_text(&texts, from->files[i].name);
        msg->files[i].type = put_text(&texts, from->files[i].type);
        msg->files[i].alt = put_text(&texts, from->files[i].alt);
    }
    return texts;
}

/* The reactions: first the lists of users, which want to be aligned, then the files, then the rest. */
static char *put_reactions(struct message *msg, const struct chat_message *from, int64_t my)
{
    int64_t *users = (int64_t *)(msg + 1);
    size_t users_n = 0;
    for (uint32_t i = 0; i < from->reactions_n; i++)
        users_n += from->reactions[i].users_n;
    struct chat_file *files = (struct chat_file *)(users + users_n);
    struct message_reaction *r = (struct message_reaction *)(files + from->files_n);
    char *texts = put_files(msg, from, files, (char *)(r + from->reactions_n));
    msg->reactions = r;
    msg->reactions_n = from->reactions_n;
    for (uint32_t i = 0; i < from->reactions_n; i++) {
        const struct chat_reaction *f = &from->reactions[i];
        r[i] = (struct message_reaction){.users = users, .users_n = f->users_n};
        r[i].emoji = put_text(&texts, f->emoji);
        for (uint32_t j = 0; j < f->users_n; j++) {
            r[i].mine |= f->users[j] == my;
            *users++ = f->users[j];
        }
    }
    return texts;
}

struct message *message_new(const struct chat_message *from, struct person *person, int64_t my)
{
    struct message *msg = mem_zalloc(block_bytes(from));
    if (!msg)
        return NULL;
    *msg = (struct message){
        .room = from->room,
        .seq = from->seq,
        .from = person,
        .ts_ms = from->ts,
        .edited_ms = from->edited_ts,
        .rev = from->rev,
        .reply_to = from->reply_to,
        .stamp = 1,
        .own = from->from.id == my,
        .deleted = from->deleted,
    };
    if (from->cid.n == CHAT_CID_HEX)
        memcpy(msg->cid, from->cid.p, CHAT_CID_HEX);
    char *texts = put_reactions(msg, from, my);
    msg->text = put_text(&texts, from->text);
    return msg;
}

void message_free(struct message *msg)
{
    if (msg)
        mem_free(msg->failure);
    mem_free(msg);
}

bool message_hidden(const struct message *msg)
{
    return msg->from && msg->from->blocked && !msg->revealed;
}

struct slice message_cid(const struct message *msg)
{
    return (struct slice){msg->cid, msg->cid[0] ? CHAT_CID_HEX : 0};
}

void log_fini(struct log *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        message_free(l->at[i]);
    mem_free(l->at);
    *l = (struct log){0};
}

void log_check(const struct log *l)
{
    size_t bytes = 0;
    CHECK(l->numbered_n <= l->n && l->n <= l->cap);
    for (uint32_t i = 0; i < l->n; i++) {
        const struct message *msg = l->at[i];
        CHECK((msg->seq > 0) == (i < l->numbered_n));
        CHECK((msg->seq > 0) == (msg->state == MESSAGE_SENT));
        CHECK(i == 0 || i >= l->numbered_n || l->at[i - 1]->seq < msg->seq);
        bytes += message_bytes(msg);
    }
    CHECK(bytes == l->bytes);
}

uint32_t log_place(const struct log *l, int64_t seq)
{
    uint32_t low = 0, high = l->numbered_n;
    if (high && l->at[high - 1]->seq < seq)
        return high; /* the usual case */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->at[middle]->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t log_find_seq(const struct log *l, int64_t seq)
{
    uint32_t at = log_place(l, seq);
    return at < l->numbered_n && l->at[at]->seq == seq ? at : l->n;
}

uint32_t log_find_key(const struct log *l, uint64_t key)
{
    for (uint32_t i = l->n; i-- > 0;) {
        if (l->at[i]->key == key)
            return i;
    }
    return l->n;
}

uint32_t log_find_cid(const struct log *l, struct slice cid)
{
    for (uint32_t i = l->numbered_n; i < l->n; i++) {
        if (cid.n && slice_eq(message_cid(l->at[i]), cid))
            return i;
    }
    return l->n;
}

static bool reserve(struct log *l)
{
    if (l->n < l->cap)
        return true;
    uint32_t cap = l->cap ? l->cap * 2 : 64;
    struct message **at = mem_realloc(l->at, cap * sizeof *at);
    if (!at)
        return false;
    l->at = at;
    l->cap = cap;
    return true;
}

enum err log_insert(struct log *l, struct message *msg, uint32_t *index)
{
    if (!reserve(l))
        return ERR_NOMEM;
    uint32_t at = msg->seq > 0 ? log_place(l, msg->seq) : l->n;
    while (msg->earlier && at > l->numbered_n && l->at[at - 1]->ts_ms > msg->ts_ms)
        at--;
    memmove(l->at + at + 1, l->at + at, (l->n - at) * sizeof *l->at);
    l->at[at] = msg;
    l->n++;
    l->numbered_n += msg->seq > 0;
    l->bytes += message_bytes(msg);
    *index = at;
    return ERR_OK;
}

void log_replace(struct log *l, uint32_t index, struct message *msg)
{
    struct message *old = l->at[index];
    CHECK(old->seq == msg->seq);
    msg->key = old->key;
    msg->stamp = old->stamp + 1 ? old->stamp + 1 : 1;
    l->bytes += message_bytes(msg) - message_bytes(old);
    l->at[index] = msg;
    message_free(old);
}

struct message *log_take(struct log *l, uint32_t index)
{
    struct message *msg = l->at[index];
    memmove(l->at + index, l->at + index + 1, (l->n - index - 1) * sizeof *l->at);
    l->n--;
    l->numbered_n -= index < l->numbered_n;
    l->bytes -= message_bytes(msg);
    return msg;
}

void log_cut(struct log *l, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    for (uint32_t i = from; i < to; i++) {
        l->numbered_n -= l->at[i]->seq > 0;
        l->bytes -= message_bytes(l->at[i]);
        message_free(l->at[i]);
    }
    memmove(l->at + from, l->at + to, (l->n - to) * sizeof *l->at);
    l->n -= to - from;
}

/* As seq never repeats, seq - index never falls, and is the same exactly within a stretch. */
static int64_t lag(const struct log *l, uint32_t index)
{
    return l->at[index]->seq - index;
}

static uint32_t lag_place(const struct log *l, int64_t wanted)
{
    uint32_t low = 0, high = l->numbered_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (lag(l, middle) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void log_stretch(const struct log *l, uint32_t index, uint32_t *from, uint32_t *to)
{
    if (l->numbered_n == 0) {
        *from = 0;
        *to = l->n;
        return;
    }
    if (index >= l->numbered_n)
        index = l->numbered_n - 1;
    int64_t here = lag(l, index);
    *from = lag_place(l, here);
    *to = lag_place(l, here + 1);
    if (*to == l->numbered_n)
        *to = l->n;
}
