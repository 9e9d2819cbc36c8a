/* SQLite on a disk that fails when it is told to. Thread: any. */
#pragma once

enum fault_op {
    FAULT_DB_READ,
    FAULT_DB_WRITE,
    FAULT_DB_SYNC,
    FAULT_LOG_WRITE, /* of the write-ahead log */
    FAULT_LOG_SYNC,  /* it is done, and said to have failed */
    FAULT_OPS_N
};

/* All files that SQLite opens from now on are on that disk. Once, before the first. */
void fault_vfs_install(void);
/* Let op fail with this code of SQLite's, so many times (0: not any more, -1: until told otherwise). */
void fault_vfs_fail(enum fault_op op, int code, int times);
/* The same, from the one after the next skip_n on. */
void fault_vfs_fail_after(enum fault_op op, int skip_n, int code, int times);
/* How often it has failed since it was told to. */
int fault_vfs_failed_n(enum fault_op op);
