/* Argon2id on threads of its own. Whoever asks waits for his turn; too many who wait are refused at once. */
#include "password.h"

#include "buf.h"
#include "chat_limits.h"
#include "mem.h"
#include "name_nfc.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

#define TIME_COST        2
#define MEMORY_KIB       19456
#define LANES            1
#define SALT_BYTES       16
#define HASH_BYTES       32
#define THREADS_MAX      8
#define NORMAL_BYTES_MAX (CHAT_PASSWORD_BYTES_MAX * 4)
#define PARAMETERS       "$argon2id$v=19$m=19456,t=2,p=1$"

struct job {
    struct job *next;
    struct slice password; /* normalised */
    const char *hash;      /* to be compared with; NULL: to be made */
    char *out;
    enum err result;
    bool done;
};

struct password_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    struct job *head, **tail;
    unsigned queued_n;
    bool stopping;
    struct password_counts counts; /* under lock */
    pthread_t threads[THREADS_MAX];
    unsigned threads_n;
    char dummy[PASSWORD_HASH_BYTES_MAX]; /* of no password: compared with where there is none */
};

static enum err make(struct slice password, char out[PASSWORD_HASH_BYTES_MAX])
{
    unsigned char salt[SALT_BYTES];
    CHECK(RAND_bytes(salt, sizeof salt) == 1);
    int e = argon2id_hash_encoded(TIME_COST, MEMORY_KIB, LANES, password.p, password.n, salt,
                                  sizeof salt, HASH_BYTES, out, PASSWORD_HASH_BYTES_MAX);
    return e == ARGON2_OK ? ERR_OK : ERR_NOMEM;
}

static enum err compare(struct slice password, const char *hash)
{
    int e = argon2id_verify(hash, password.p, password.n);
    return e == ARGON2_OK ? ERR_OK : e == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_NOMEM : ERR_AUTH;
}

static void *run(void *user)
{
    struct password_pool *pool = user;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->head && !pool->stopping) {
            pthread_cond_wait(&pool->work, &pool->lock);
        }
        struct job *job = pool->head;
        if (!job) {
            break;
        }
        pool->head = job->next;
        if (!pool->head) {
            pool->tail = &pool->head;
        }
        pthread_mutex_unlock(&pool->lock);
        enum err result =
            job->hash ? compare(job->password, job->hash) : make(job->password, job->out);
        pthread_mutex_lock(&pool->lock);
        pool->queued_n--;
        pool->counts.made += job->hash == NULL;
        pool->counts.compared += job->hash != NULL;
        job->result = result;
        job->done = true;
        pthread_cond_broadcast(&pool->finished);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

enum err password_pool_start(unsigned threads_n, struct password_pool **out)
{
    struct password_pool *pool = mem_zalloc(sizeof *pool);
    if (!pool) {
        return ERR_NOMEM;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->tail = &pool->head;
    if (make(SL("no password at all"), pool->dummy) != ERR_OK) {
        password_pool_stop(pool);
        return ERR_NOMEM;
    }
    threads_n = threads_n < THREADS_MAX ? threads_n : THREADS_MAX;
    while (pool->threads_n < threads_n) {
        if (pthread_create(&pool->threads[pool->threads_n], NULL, run, pool) != 0) {
            password_pool_stop(pool);
            return ERR_IO;
        }
        pool->threads_n++;
    }
    *out = pool;
    return ERR_OK;
}

void password_pool_stop(struct password_pool *pool)
{
    if (!pool) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads_n; i++) {
        pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->finished);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}

/* Let the pool do a job, and wait for it. */
static enum err ask(struct password_pool *pool, struct job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->queued_n >= PASSWORD_QUEUE_MAX || pool->stopping) {
        pool->counts.refused++;
        pthread_mutex_unlock(&pool->lock);
        return ERR_LIMIT;
    }
    pool->queued_n++;
    *pool->tail = job;
    pool->tail = &job->next;
    pthread_cond_signal(&pool->work);
    while (!job->done) {
        pthread_cond_wait(&pool->finished, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return job->result;
}

/* The same password typed on another keyboard is the same. */
static void normalise(struct slice password, struct buf *out)
{
    buf_init(out, NORMAL_BYTES_MAX);
    if (password.n > CHAT_PASSWORD_BYTES_MAX || name_nfc(password, out) != ERR_OK) {
        buf_reset(out); /* fits nothing: no hash is of the empty password */
    }
}

static void forget(struct buf *password)
{
    if (password->p) {
        OPENSSL_cleanse(password->p, password->cap);
    }
    buf_fini(password);
}

enum err password_hash(struct password_pool *pool, struct slice password,
                       char out[PASSWORD_HASH_BYTES_MAX])
{
    struct buf normal;
    normalise(password, &normal);
    struct job job = {.password = buf_peek(&normal), .out = out};
    enum err e = normal.n > 0 ? ask(pool, &job) : ERR_LIMIT;
    forget(&normal);
    return e;
}

enum err password_verify(struct password_pool *pool, struct slice password, struct slice hash,
                         bool *outdated)
{
    struct buf normal;
    char text[PASSWORD_HASH_BYTES_MAX];
    bool known = hash.n > 0 && hash.n < sizeof text;
    if (known) {
        memcpy(text, hash.p, hash.n);
        text[hash.n] = '\0';
    }
    normalise(password, &normal);
    struct job job = {.password = buf_peek(&normal), .hash = known ? text : pool->dummy};
    enum err e = ask(pool, &job);
    forget(&normal);
    if (outdated) {
        *outdated = !slice_starts_with(hash, SL(PARAMETERS));
    }
    return e == ERR_OK && !known ? ERR_AUTH : e;
}

struct password_counts password_count(struct password_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct password_counts counts = pool->counts;
    pthread_mutex_unlock(&pool->lock);
    return counts;
}
