/* Eight threads infer on the memory of one net, each with a context of its own, while handles are
 * dropped on yet another thread. For the thread sanitizer, and for the bits. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "dl/dl.h"
#include "support/modules.h"

enum { THREADS = 8, ROUNDS = 12, ROWS = 19, QUEUE = 1024 };

/* Handles on their way to the thread that drops them. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    dl_tensor *tensor[QUEUE];
    dl_module *module[QUEUE];
    int n_tensor, n_module, done;
} bin = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void throw_away(dl_tensor *t, dl_module *m)
{
    pthread_mutex_lock(&bin.lock);
    if (t)
        bin.tensor[bin.n_tensor++] = t;
    if (m)
        bin.module[bin.n_module++] = m;
    pthread_cond_signal(&bin.more);
    pthread_mutex_unlock(&bin.lock);
}

static void *drop_all(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&bin.lock);
    for (;;) {
        dl_tensor *t = bin.n_tensor ? bin.tensor[--bin.n_tensor] : NULL;
        dl_module *m = bin.n_module ? bin.module[--bin.n_module] : NULL;
        if (!t && !m) {
            if (bin.done)
                break;
            pthread_cond_wait(&bin.more, &bin.lock);
            continue;
        }
        pthread_mutex_unlock(&bin.lock);
        dl_tensor_drop(t);
        dl_module_drop(m);
        pthread_mutex_lock(&bin.lock);
    }
    pthread_mutex_unlock(&bin.lock);
    return NULL;
}

static dl_module *make_big(dl_ctx *ctx)
{
    dl_module *m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 33, 150, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.5, NULL),
                       dl_layer_residual(ctx, dl_layer_dense(ctx, 150, 150, NULL), NULL),
                       dl_layer_tanh(ctx), dl_layer_dense(ctx, 150, 7, NULL), make_counter(ctx, 7),
                       dl_layer_softmax(ctx, -1)));
    dl_module_train(m, 0);
    return m;
}

typedef struct worker {
    pthread_t thread;
    dl_module *net;    /* of another context */
    const float *x;    /* [ROWS, 33]         */
    float y[ROWS * 7]; /* of the last round  */
    int different, failed;
    int32_t threads;
} worker;

/* cmocka's assertions are not for threads: what goes wrong is counted. */
static void *infer(void *arg)
{
    worker *w = arg;
    float y[ROWS * 7];
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.threads = w->threads, .seed = 1});
    dl_module *shared = NULL;
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 4 == 0) {
            throw_away(NULL, shared);
            shared = dl_module_share(w->net, ctx);
        }
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x = dl_tensor_from(ctx, DL_F32, w->x, DL_SHAPE(ROWS, 33));
        dl_tensor *out = dl_tensor_take(dl_module_forward(shared, x));
        w->failed += dl_tensor_get(out, i ? y : w->y, sizeof y) != DL_OK;
        w->different += i && memcmp(y, w->y, sizeof y) != 0;
        dl_scope_end(ctx, mark);
        throw_away(x, NULL);
        throw_away(out, NULL);
    }
    throw_away(NULL, shared);
    w->failed += dl_ctx_status(ctx) != DL_OK;
    dl_ctx_drop(ctx); /* the last handles keep it alive */
    return NULL;
}

static void together(dl_ctx *ctx, dl_module *net, int32_t threads)
{
    static worker crew[THREADS];
    float x[ROWS * 33], alone[ROWS * 7];
    dl_tensor *input = random_tensor(ctx, DL_F32, 5, DL_SHAPE(ROWS, 33));
    assert_int_equal(dl_tensor_get(input, x, sizeof x), DL_OK);
    assert_int_equal(dl_tensor_get(dl_module_forward(net, input), alone, sizeof alone), DL_OK);
    dl_scope_end(ctx, 0); /* from here on the net is at rest */
    pthread_t dropper;
    bin.done = 0;
    assert_int_equal(pthread_create(&dropper, NULL, drop_all, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        crew[i] = (worker){.net = net, .x = x, .threads = threads};
        assert_int_equal(pthread_create(&crew[i].thread, NULL, infer, &crew[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(crew[i].thread, NULL);
    pthread_mutex_lock(&bin.lock);
    bin.done = 1;
    pthread_cond_signal(&bin.more);
    pthread_mutex_unlock(&bin.lock);
    pthread_join(dropper, NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(crew[i].failed, 0);
        assert_int_equal(crew[i].different, 0);
        assert_memory_equal(crew[i].y, alone, sizeof alone);
    }
}

static void eight_threads_infer_on_one_net(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_big(ctx);
    together(ctx, net, 1);
    together(ctx, net, 3);
    dl_module_drop(net);
}

/* A shared module in training mode queues changes of buffers, and discards them. */
static void shared_training_mode_changes_no_buffer(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *net = make_counter(ctx, 3), *shared = dl_module_share(net, other);
    assert_non_null(dl_module_forward(shared, random_tensor(other, DL_F32, 1, DL_SHAPE(2, 3))));
    assert_true(counter_value(net) == 0);
    dl_module_drop(shared);
    end_ctx(other);
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(eight_threads_infer_on_one_net),
        with_ctx(shared_training_mode_changes_no_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
