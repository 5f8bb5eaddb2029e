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
#include "support/tiny_pictures.h"
#include "support/toy.h"

enum { EPOCHS = 40, CANCELLED = 3 };

static dl_ctx *cancelled; /* by the signal SIGTERM */

static void on_term(int number)
{
    (void)number;
    dl_ctx_cancel(cancelled);
}

static int32_t breathe(const dl_event *e, void *user)
{
    (void)e;
    (void)user;
    usleep(5000); /* so that there is something to kill */
    return 0;
}

/* 0 when the run came to its end, with the hash of the weights. */
static int train(dl_module *net, dl_optim *optim, dl_dataset *set, const dl_train_opts *o,
                 char hash[65])
{
    dl_ctx *ctx = cancelled = dl_module_ctx(net);
    signal(SIGTERM, on_term);
    dl_status status = dl_train(net, optim, dl_loss_classify, NULL, set, o);
    if (status == DL_EUSER && dl_ctx_cancelled(ctx))
        return CANCELLED;
    if (status == DL_OK && dl_module_hash(net, hash) == DL_OK)
        return 0;
    fprintf(stderr, "%s\n", dl_ctx_message(ctx));
    return 1;
}

/* In a process of its own, so that no threads are behind the fork. The weights' hash is in the file
 * "hash" when it came to its end. */
static int child(int net, const char *checkpoint)
{
    dl_ctx_opts co = {.seed = 42, .threads = 2};
    dl_ctx *ctx = dl_ctx_new(&co);
    dl_train_opts o = {.epochs = EPOCHS,
                       .batch = 16,
                       .workers = 2,
                       .patience = 20,
                       .on_step = breathe,
                       .checkpoint = checkpoint,
                       .resume = checkpoint != NULL};
    char hash[65];
    int result;
    if (net == KILL_DENSE) {
        toy t;
        toy_make(&t, ctx, 60, TOY_ADAM);
        o.valid = t.valid;
        result = train(t.net, t.optim, t.train, &o, hash);
    } else {
        tiny t;
        o.batch = TINY_BATCH;
        tiny_make(&t, ctx, EPOCHS * (TINY_EXAMPLES / TINY_BATCH));
        o.valid = t.valid;
        result = train(t.net, t.optim, t.train, &o, hash);
    }
    if (result == 0)
        scratch_put(scratch_at("hash"), hash, 65);
    return result;
}

static void wait_for(long microseconds)
{
    struct timespec t = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&t, NULL);
}

/* Kills the child after that many microseconds, 0: lets it live; asks it to stop so many before, 0:
 * does not. 1 when it came to its end. */
static int run(int net, const char *checkpoint, long after, long asked)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(100);
        _exit(child(net, checkpoint));
    }
    if (after) {
        wait_for(after);
        if (asked) {
            kill(pid, SIGTERM);
            wait_for(asked);
        }
        kill(pid, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        /* A child that is asked before it has a handler ends by that. */
        assert_true(after && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM));
        return 0;
    }
    const int result = WEXITSTATUS(status);
    assert_true(result == 0 || (asked && result == CANCELLED));
    return result == 0;
}

void kill_rounds(int net, int rounds)
{
    char want[65], got[65];
    assert_int_equal(run(net, NULL, 0, 0), 1);
    assert_int_equal(scratch_get(scratch_at("hash"), want, 65), 65);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t state = (uint64_t)now.tv_nsec;
    int done = 0;
    for (int i = 0; i < rounds; i++) {
        const long after = 5000 + (long)(150000 * random_number(&state));
        const long asked = i % 2 ? 1 + (long)(12000 * random_number(&state)) : 0;
        print_message("killed after %ld microseconds%s\n", after, asked ? ", asked before" : "");
        done += run(net, scratch_at("run.ckpt"), after, asked);
    }
    unlink(scratch_at("hash"));
    assert_int_equal(run(net, scratch_at("run.ckpt"), 0, 0), 1);
    assert_int_equal(scratch_get(scratch_at("hash"), got, 65), 65);
    assert_string_equal(got, want);
    assert_int_equal(scratch_entries(), 3); /* the checkpoint, .prev, hash: no temporary files */
    print_message("%d of %d runs came to their end before\n", done, rounds);
}
