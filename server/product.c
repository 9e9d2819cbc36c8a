/* See product.h. */
#include "product.h"

#include "app_inline.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "sio.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#define PASSWORD_THREADS 2
#define TRY_AGAIN_MS     500
#define RELAY_TEXT_BYTES (CHAT_TEXT_CHARS_MAX * 4)

/* --- the store --- */

/* Thread: the store's. */
static void deliver(void *user, struct store_request *list)
{
    struct product *p = user;
    for (const struct store_request *r = list; r; r = r->next) {
        file_keeper_take(p->keeper, r);
    }
    chat_deliver(p->chat, list);
}

static enum err make_data_dir(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "tincand: --data: %s cannot be made: %s\n", path, strerror(errno));
        return ERR_IO;
    }
    return ERR_OK;
}

/* Once the database is known to be ours: beside another one, nothing is made. */
static enum err make_files_dir(const char *path, struct blobs *blobs)
{
    if (blobs_init(blobs, path) != ERR_OK) {
        fprintf(stderr, "tincand: --data: %s/files cannot be made: %s\n", path, strerror(errno));
        return ERR_IO;
    }
    return ERR_OK;
}

enum err product_open(struct product *p, const struct options *options)
{
    struct db_failure failure = {.err = ERR_OK};
    *p = (struct product){.options = options};
    token_keys_init(&p->keys);
    if (make_data_dir(options->data_dir) != ERR_OK) {
        return ERR_IO;
    }
    const struct store_options store = {
        .url = options->database_url,
        .guest_days = options->guest_days,
        .synchronous_normal = strcmp(options->synchronous, "normal") == 0,
        .deliver = deliver,
        .user = p,
    };
    if (store_open(&store, &p->store, &failure) != ERR_OK) {
        fprintf(stderr, "tincand: %s\n", failure.text);
        return failure.err;
    }
    if (make_files_dir(options->data_dir, &p->blobs) != ERR_OK) {
        return ERR_IO;
    }
    if (password_pool_start(PASSWORD_THREADS, &p->passwords) != ERR_OK) {
        fputs("tincand: no threads or memory for passwords\n", stderr);
        return ERR_NOMEM;
    }
    return ERR_OK;
}

/* --- the bridge --- */

/* A message on "/" whose argument is an object with a text. Thread: a reactor's. */
static void on_relayed(void *user, const struct sio_packet *packet)
{
    struct product *p = user;
    struct json_iter it;
    struct slice first, raw;
    json_iter_init_elements(&it, packet->args);
    if (!json_iter_next(&it, NULL, &first) || json_type_of(first) != JSON_OBJECT ||
        !json_get(first, SL("text"), &raw) || json_type_of(raw) != JSON_STRING) {
        return;
    }
    struct buf text = {.max = RELAY_TEXT_BYTES};
    if (json_unescape(raw, &text) == ERR_OK) {
        chat_from_relay(p->chat, buf_peek(&text));
    }
    buf_fini(&text);
}

/* Thread: the handlers'. */
static void to_relay(void *user, struct slice args)
{
    struct product *p = user;
    (void)app_inline_emit(p->t, p->relay_row, "message", (struct tincan_slice){args.p, args.n});
}

/* --- starting --- */

/* Find the lobby, or make it. false: the store does not answer. */
static bool find_lobby(struct product *p)
{
    struct store_request *r = store_request_new(STORE_LOBBY_ENSURE);
    if (!r) {
        return false;
    }
    r->now_ms = clock_wall_ms();
    store_call(p->store, r);
    bool ok = r->out.refusal.error == CHAT_OK && r->out.users_n > 0;
    if (ok) {
        p->lobby = r->out.room;
        p->lobby_guest = r->out.users[0].id;
    }
    store_request_free(r);
    return ok;
}

/* Thread: the handlers'. */
static void set_lobby(struct tincan *t, void *user)
{
    struct product *p = user;
    (void)t;
    chat_set_lobby(p->chat, p->lobby, p->lobby_guest);
}

/* The database was away at the start: try until it is there. */
static void *await_store(void *user)
{
    struct product *p = user;
    const struct timespec pause = {0, TRY_AGAIN_MS * 1000000L};
    while (!atomic_load(&p->stopping)) {
        if (find_lobby(p) && tincan_post(p->t, set_lobby, p) && api_start(p->api)) {
            log_line(LOG_INFO, L_MAIN, "the store is there", "%s", "");
            p->started = true;
            if (p->on_started) {
                p->on_started(p->user);
            }
            break;
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

enum err product_await_store(struct product *p)
{
    if (p->started) {
        return ERR_OK;
    }
    log_line(LOG_WARN, L_MAIN, "the store does not answer yet: nobody can chat until it does", "%s",
             "");
    if (pthread_create(&p->waiter, NULL, await_store, p) != 0) {
        return ERR_IO;
    }
    p->has_waiter = true;
    return ERR_OK;
}

static void copy_origins(struct product *p)
{
    const struct options *o = p->options;
    for (unsigned i = 0; i < o->origin_texts.n; i++) {
        p->origins[i] = o->origins[i];
    }
    p->origins[o->origin_texts.n] = slice_str(o->public_origin);
}

static struct api *make_api(struct product *p)
{
    const struct options *o = p->options;
    bool public_url = *o->public_url != '\0';
    copy_origins(p);
    return api_new(&(struct api_options){
        .t = p->t,
        .store = p->store,
        .chat = p->chat,
        .keys = &p->keys,
        .passwords = p->passwords,
        .origins = {.allowed = p->origins,
                    .allowed_n = o->origin_texts.n + public_url,
                    .allow_loopback = o->loopback_only},
        .guests = o->guests,
        .registration = (enum api_registration)o->registration,
        .secure_cookies = slice_starts_with(slice_str(o->public_url), SL("https://")),
        .data_dir = o->data_dir,
        .limits = o->limits,
        .profile_limit = o->user_limits[event_rows[EVENT_PROFILE].rate],
        .blobs = &p->blobs,
        .upload_bytes_max = o->max_upload_bytes,
        .settings = o->rows,
        .settings_n = o->rows_n,
    });
}

enum err product_start(struct product *p, struct tincan *t, struct relay *relay, unsigned relay_row)
{
    const struct options *o = p->options;
    p->t = t;
    p->relay_row = relay_row;
    /* A store that is there answers at once; one that is away lets this wait for its full time, and the rest is done later. */
    bool there = store_ready(p->store) && find_lobby(p);
    struct chat_options chat = {
        .t = t,
        .store = p->store,
        .keys = &p->keys,
        .message_limit = o->message_limit,
        .to_relay = relay ? to_relay : NULL,
        .relay_user = p,
        .lobby = p->lobby,
        .lobby_guest = p->lobby_guest,
    };
    memcpy(chat.limits, o->user_limits, sizeof chat.limits);
    p->chat = chat_new(&chat);
    p->api = p->chat ? make_api(p) : NULL;
    p->keeper = p->api ? file_keeper_start(&p->blobs, p->store) : NULL;
    if (!p->keeper) {
        fputs("tincand: out of memory\n", stderr);
        return ERR_NOMEM;
    }
    if (relay) {
        relay->on_message = on_relayed;
        relay->user = p;
    }
    p->started = there && api_start(p->api);
    return ERR_OK;
}

bool product_setup_path(struct product *p, char out[API_SETUP_PATH_BYTES])
{
    return p->started && api_setup_path(p->api, out);
}

bool product_on_request(struct product *p, const struct tincan_request *q, struct tincan_reply *r)
{
    return api_on_request(p->api, q, r);
}

/* --- stopping --- */

void product_stop(struct product *p)
{
    atomic_store(&p->stopping, true);
    store_hurry(p->store);
    chat_stop(p->chat);
}

void product_close(struct product *p)
{
    atomic_store(&p->stopping, true);
    if (p->has_waiter) {
        pthread_join(p->waiter, NULL);
    }
    file_keeper_stop(p->keeper);
    api_free(p->api);
    store_close(p->store);
    file_keeper_free(p->keeper);
    chat_free(p->chat);
    password_pool_stop(p->passwords);
    token_keys_fini(&p->keys);
}
