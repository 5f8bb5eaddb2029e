#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/kill.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "support/scratch.h"
#include "support/support.h"
#include "support/toy.h"

enum { EPOCHS = 40 };

static int32_t breathe(const dl_event *e, void *user)
{
    (void)e;
    (void)user;
    usleep(5000); /* so that there is something to kill */
    return 0;
}

/* In a process of its own, so that no threads are behind the fork. 0 and the weights' hash in
 * the file "hash" when it came to its end. */
static int child(const char *checkpoint)
{
    dl_ctx_opts co = {.seed = 42, .threads = 2};
    dl_ctx *ctx = dl_ctx_new(&co);
    toy t;
    char hash[65];
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = EPOCHS,
                       .batch = 16,
                       .workers = 2,
                       .patience = 20,
                       .valid = t.valid,
                       .on_step = breathe,
                       .checkpoint = checkpoint,
                       .resume = checkpoint != NULL};
    if (dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o) != DL_OK) {
        fprintf(stderr, "%s\n", dl_ctx_message(ctx));
        return 1;
    }
    if (dl_module_hash(t.net, hash) != DL_OK)
        return 1;
    scratch_put(scratch_at("hash"), hash, 65);
    return 0;
}

/* Kills the child after that many microseconds; 0: lets it live. 1 when it came to its end. */
static int run(const char *checkpoint, long after)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(100);
        _exit(child(checkpoint));
    }
    if (after) {
        struct timespec t = {after / 1000000, after % 1000000 * 1000};
        nanosleep(&t, NULL);
        kill(pid, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) ? after && WTERMSIG(status) == SIGKILL : status == 0);
    return !WIFSIGNALED(status);
}

void kill_rounds(int rounds)
{
    char want[65], got[65];
    assert_int_equal(run(NULL, 0), 1);
    assert_int_equal(scratch_get(scratch_at("hash"), want, 65), 65);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t state = (uint64_t)now.tv_nsec;
    int done = 0;
    for (int i = 0; i < rounds; i++) {
        long after = 5000 + (long)(150000 * random_number(&state));
        print_message("killed after %ld microseconds\n", after);
        done += run(scratch_at("run.ckpt"), after);
    }
    unlink(scratch_at("hash"));
    assert_int_equal(run(scratch_at("run.ckpt"), 0), 1);
    assert_int_equal(scratch_get(scratch_at("hash"), got, 65), 65);
    assert_string_equal(got, want);
    assert_int_equal(scratch_entries(), 3); /* the checkpoint, .prev, hash: no temporary files */
    print_message("%d of %d runs came to their end before\n", done, rounds);
}
