/* What other programs find in a checkpoint: read_checkpoint.py reads it by the rules of the format,
 * and with the safetensors package and PyTorch where the Python has them (PYTHON names another one
 * than python3). */
#include "support/support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "dl/checkpoint.h"
#include "optim/average.h"
#include "optim/optim.h"
#include "support/scratch.h"
#include "support/tiny_pictures.h"

/* A line of what is expected; numbers in hexadecimal are exact. */
static void expect_tensor(FILE *f, const char *kind, const char *name, dl_tensor *t)
{
    fprintf(f, "%s%s %s ", kind, name, t->dtype == DL_I64 ? "I64" : "F32");
    for (int32_t i = 0; i < t->ndim; i++)
        fprintf(f, "%s%lld", i ? "x" : "", (long long)t->dims[i]);
    fprintf(f, "%s", t->ndim ? "" : "-");
    double *v = values_of(t);
    for (int64_t i = 0; i < dl_tensor_count(t); i++)
        fprintf(f, " %a", v[i]);
    fprintf(f, "\n");
    free(v);
}

static void expect_module(FILE *f, const char *kind, dl_module *m)
{
    for (int32_t i = 0; i < dl_module_param_count(m); i++)
        expect_tensor(f, kind, dl_module_param_name(m, i), dl_module_param(m, i));
    for (int32_t i = 0; i < dl_module_buffer_count(m); i++)
        expect_tensor(f, kind, dl_module_buffer_name(m, i), dl_module_buffer(m, i));
}

static void expect_optim(FILE *f, dl_optim *o)
{
    fprintf(f, "optim.optim#steps I64 %d", (int)o->n);
    for (int32_t i = 0; i < o->n; i++)
        fprintf(f, " %a", (double)o->slice[i].steps);
    fprintf(f, "\n");
    for (int32_t i = 0; i < o->n; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.0", o->slice[i].name);
        expect_tensor(f, "optim.optim.", name, o->slice[i].slot[0]);
    }
}

static const char *python(void)
{
    const char *named = getenv("PYTHON");
    return named && *named ? named : "python3";
}

static int try(const char *format, const char *file)
{
    char command[2048];
    snprintf(command, sizeof command, format, python(), DL_TESTS_DIR, scratch_at("x.ckpt"), file);
    fflush(NULL);
    const int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void other_programs_read_all_of_a_checkpoint(void **state)
{
    dl_ctx *ctx = *state;
    if (try("%s -c 'import struct, zlib' >/dev/null 2>&1", "") != 0) {
        print_message("there is no %s\n", python());
        skip();
    }
    tiny t;
    tiny_make(&t, ctx, 15);
    dl_average *average = dl_average_new(t.net, 0.9);
    dl_train_opts o = {.epochs = 3,
                       .batch = TINY_BATCH,
                       .average = average,
                       .checkpoint = scratch_at("x.ckpt"),
                       .settings = "gr\xc3\xbc\xc3\x9f \"dich\" \\"};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    FILE *f = fopen(scratch_at("expected"), "w");
    assert_non_null(f);
    expect_module(f, "module.net.", t.net);
    expect_module(f, "average.average.", dl_average_module(average));
    expect_tensor(f, "average.average", "#count", average->count);
    expect_optim(f, t.optim);
    fprintf(f, "@text.settings %s\n@dl.version %s\n", o.settings, dl_version());
    fclose(f);
    dl_average_drop(average);
    tiny_end(&t);
    assert_int_equal(try("%s %s/train/read_checkpoint.py %s %s", scratch_at("expected")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_scratch_ctx(other_programs_read_all_of_a_checkpoint)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
