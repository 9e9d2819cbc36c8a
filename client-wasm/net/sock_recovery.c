/* Connection state recovery, the client's part. */
#include "sock_recovery.h"

#include "json.h"

/* Remember a raw JSON string; one too long, or without memory, is as none. */
static void keep(struct buf *b, struct slice raw)
{
    buf_reset(b);
    if (buf_put(b, raw) != ERR_OK) {
        buf_reset(b);
    }
}

bool sock_recovery_connected(struct sock *s, struct slice json)
{
    struct slice pid;
    if (!json_get(json, SL("pid"), &pid) || json_type_of(pid) != JSON_STRING) {
        sock_recovery_forget(s);
        return false;
    }
    if (s->pid.n > 0 && slice_eq(pid, buf_peek(&s->pid))) {
        return true;
    }
    keep(&s->pid, pid);
    buf_reset(&s->offset);
    return false;
}

void sock_recovery_note(struct sock *s, struct slice args)
{
    struct json_iter it;
    struct slice value, last = {0};
    while (args.n > 0 && (args.p[args.n - 1] == ' ' || args.p[args.n - 1] == '\t' ||
                          args.p[args.n - 1] == '\n' || args.p[args.n - 1] == '\r')) {
        args.n--;
    }
    if (s->pid.n == 0 || args.n == 0 || args.p[args.n - 1] != '"') {
        return;
    }
    json_iter_init_elements(&it, args);
    while (json_iter_next(&it, NULL, &value)) {
        last = value;
    }
    if (last.n <= SOCK_RECOVERY_MAX_BYTES) {
        keep(&s->offset, last);
    }
}

void sock_recovery_forget(struct sock *s)
{
    buf_reset(&s->pid);
    buf_reset(&s->offset);
}

enum err sock_recovery_put(const struct sock *s, struct slice auth, struct buf *out)
{
    if (s->pid.n == 0) {
        return buf_put(out, auth);
    }
    struct slice none = {0};
    bool has_offset = s->offset.n > 0;
    struct slice members = auth.n > 0 ? slice_from(auth, slice_find(auth, '{') + 1) : SL("}");
    struct json_iter it;
    struct slice key, value;
    json_iter_init(&it, auth.n > 0 ? auth : SL("{}"));
    bool more = json_iter_next(&it, &key, &value);
    struct slice parts[] = {
        SL("{\"pid\":"),      buf_peek(&s->pid),     has_offset ? SL(",\"offset\":") : none,
        buf_peek(&s->offset), more ? SL(",") : none, members,
    };
    enum err r = ERR_OK;
    for (size_t i = 0; r == ERR_OK && i < sizeof parts / sizeof parts[0]; i++) {
        r = buf_put(out, parts[i]);
    }
    return r;
}
