/* See fault_vfs.h. Files are the real ones, with a changed table of methods. */
#include "fault_vfs.h"

#include "check.h"
#include <sqlite3.h>
#include <stdatomic.h>

#define TABLES_MAX 8

struct table {
    sqlite3_io_methods changed;
    const sqlite3_io_methods *real;
    _Bool log;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;
static struct table tables[TABLES_MAX];
static atomic_uint tables_n;
static struct {
    atomic_int code, times, failed_n, skip_n;
} faults[FAULT_OPS_N];

static int fails(enum fault_op op)
{
    int times = atomic_load(&faults[op].times);

    if (times != 0 && atomic_fetch_sub(&faults[op].skip_n, 1) > 0) {
        return SQLITE_OK;
    }
    while (times != 0) {
        if (times < 0 || atomic_compare_exchange_weak(&faults[op].times, &times, times - 1)) {
            atomic_fetch_add(&faults[op].failed_n, 1);
            return atomic_load(&faults[op].code);
        }
    }
    return SQLITE_OK;
}

static const struct table *table_of(const sqlite3_file *f)
{
    return CONTAINER_OF(f->pMethods, struct table, changed);
}

static int do_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    const struct table *t = table_of(f);
    int code = t->log ? SQLITE_OK : fails(FAULT_DB_READ);

    return code ? code : t->real->xRead(f, p, n, at);
}

static int do_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    const struct table *t = table_of(f);
    int code = fails(t->log ? FAULT_LOG_WRITE : FAULT_DB_WRITE);

    return code ? code : t->real->xWrite(f, p, n, at);
}

static int do_sync(sqlite3_file *f, int flags)
{
    const struct table *t = table_of(f);
    int real = t->real->xSync(f, flags);
    int code = fails(t->log ? FAULT_LOG_SYNC : FAULT_DB_SYNC);

    return code ? code : real;
}

/* One for each table of the real disk's, and for the log another. Files are opened by one thread at a time: SQLite holds a lock. */
static const sqlite3_io_methods *changed(const sqlite3_io_methods *real, _Bool log)
{
    unsigned n = atomic_load(&tables_n);

    for (unsigned i = 0; i < n; i++) {
        if (tables[i].real == real && tables[i].log == log) {
            return &tables[i].changed;
        }
    }
    CHECK(n < TABLES_MAX);
    tables[n] = (struct table){*real, real, log};
    tables[n].changed.xRead = do_read;
    tables[n].changed.xWrite = do_write;
    tables[n].changed.xSync = do_sync;
    atomic_store(&tables_n, n + 1);
    return &tables[n].changed;
}

static int do_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    static atomic_flag lock = ATOMIC_FLAG_INIT;
    int code = real_vfs->xOpen(real_vfs, name, f, flags, out_flags);

    (void)v;
    if (code == SQLITE_OK && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) {
        while (atomic_flag_test_and_set(&lock)) {
        }
        f->pMethods = changed(f->pMethods, (flags & SQLITE_OPEN_WAL) != 0);
        atomic_flag_clear(&lock);
    }
    return code;
}

void fault_vfs_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    CHECK(real_vfs);
    vfs = *real_vfs;
    vfs.zName = "fault";
    vfs.pNext = NULL;
    vfs.xOpen = do_open;
    CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

void fault_vfs_fail(enum fault_op op, int code, int times)
{
    fault_vfs_fail_after(op, 0, code, times);
}

void fault_vfs_fail_after(enum fault_op op, int skip_n, int code, int times)
{
    atomic_store(&faults[op].times, 0);
    atomic_store(&faults[op].failed_n, 0);
    atomic_store(&faults[op].skip_n, skip_n);
    atomic_store(&faults[op].code, code);
    atomic_store(&faults[op].times, times);
}

int fault_vfs_failed_n(enum fault_op op)
{
    return atomic_load(&faults[op].failed_n);
}
