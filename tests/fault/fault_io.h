/* What fault_io.c is told to do, and what it has done: 64-bit numbers in a file that both sides map or write (FAULT_IO_CONTROL). */
#pragma once

enum fault_control {
    FAULT_SYNC_DELAY_US, /* every fsync and fdatasync takes this much longer */
    FAULT_SYNC_FAIL_AT, /* 1: the next one fails, 2: the one after it, ...; -1: all fail; 0: none */
    FAULT_SYNC_ERRNO,   /* 0: EIO */
    FAULT_FULL,         /* not 0: there is no room: writes that need more of it fail with ENOSPC */
    FAULT_CLOCK_US,     /* added to the time of day */
    FAULT_SEEN_SYNCS,   /* out */
    FAULT_SEEN_WRITES,  /* out */
    FAULT_SEEN_FAILURES, /* out: how often it made something fail */
    FAULT_CONTROLS_N
};
