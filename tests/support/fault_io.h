/* Files that fail on demand. */
#ifndef DL_SUPPORT_FAULT_IO_H
#define DL_SUPPORT_FAULT_IO_H
#include <stdint.h>
#include "core/file.h"

/* Which call of dl__io; ANY counts all of them. */
enum {
    FAULT_ANY,
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_INFO,
    FAULT_LOOK,
    FAULT_READ_LINK,
    FAULT_CHMOD,
    FAULT_DUP,
    FAULT_LOCK,
    FAULT_FSYNC,
    FAULT_CLOSE,
    FAULT_RENAME,
    FAULT_LINK,
    FAULT_UNLINK,
    FAULT_SPACE,
    FAULT_KINDS
};

typedef struct fault_io {
    int32_t kind;      /* the calls that are counted                                       */
    int64_t fail_at;   /* the n-th of them, 1 is the first, fails with code; 0: none       */
    int32_t sticky;    /* and all after it                                                 */
    int32_t code;      /* the errno                                                        */
    int32_t link_code; /* each link fails with this errno, as where there are none; 0: not */
    int64_t dead_from; /* from the n-th call of any kind on nothing reaches the disk, as after
                        * kill -9: each fails with EIO; 0: never                           */
    int32_t chop;      /* reads and writes move at most this many bytes; 0: no limit       */
    int32_t interrupt; /* every second open, read and write fails with EINTR               */
    int64_t space;     /* bytes that can be written before ENOSPC; -1: no limit            */
    int64_t count[FAULT_KINDS]; /* calls so far                                            */
    int64_t hits; /* failures made                                                    */
    int64_t open_files;
} fault_io;

void fault_io_begin(fault_io *f); /* all off, and in use from now on */
void fault_io_end(void);

/* A test with a context (*state) and a folder of its own, as with_scratch_ctx; the real calls are
 * in use again after it. */
int fault_io_setup(void **state);
int fault_io_teardown(void **state);
#define with_fault_io(test) cmocka_unit_test_setup_teardown(test, fault_io_setup, fault_io_teardown)
/* Nothing is held: f (NULL: not asked) has no file open, the context no more than in the setup. */
void assert_at_rest(const fault_io *f);
#endif
