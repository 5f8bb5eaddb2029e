/* Wrong arguments: each gives its code, and a message that says which operation, what was found and
 * what is wanted. Nothing changes and nothing crashes. */
#include <limits.h>
#include <math.h>
#include <string.h>
#include "support/calls.h"
#include "support/modules.h"
#include "support/scratch.h"

typedef struct row {
    const char *what;
    dl_status code;
    const char *part; /* of the message */
    dl_status (*run)(world *w);
} row;

#define ROW_RUN(id, code, part, expression)                                                        \
    static dl_status row_##id(world *w)                                                            \
    {                                                                                              \
        (void)w;                                                                                   \
        return expression;                                                                         \
    }
#define ROW_ENTRY(id, code, part, expression) {#id, code, part, row_##id},
#define ROWS(table, LIST)                                                                          \
    LIST(ROW_RUN) static const row table[] = {LIST(ROW_ENTRY){NULL, 0, NULL, NULL}};

static const int64_t huge[] = {(int64_t)1 << 32, (int64_t)1 << 32}, two[] = {2, 2};

static dl_status wrap(const world *w, dl_dtype dt, void *p, const int64_t *shape)
{
    return owned(w, dl_tensor_wrap(w->ctx, dt, p, shape, NULL, 1, NULL, NULL));
}

static dl_status number(const world *w, double x)
{
    return isnan(x) ? dl_ctx_status(w->ctx) : DL_OK;
}

static dl_status long_text(int64_t n)
{
    return n < 0 ? (dl_status)n : DL_OK;
}

static char bytes[64];

#define TENSORS(X)                                                                                 \
    X(zeros_ndim_negative, DL_ESHAPE, "-1", owned(w, dl_tensor_zeros(w->ctx, DL_F32, two, -1)))    \
    X(zeros_ndim_9, DL_ESHAPE, "9", owned(w, dl_tensor_zeros(w->ctx, DL_F32, two, 9)))             \
    X(zeros_ndim_int_max, DL_ESHAPE, "2147483647",                                                 \
      owned(w, dl_tensor_zeros(w->ctx, DL_F32, two, INT32_MAX)))                                   \
    X(zeros_no_shape, DL_EINVAL, "NULL", owned(w, dl_tensor_zeros(w->ctx, DL_F32, NULL, 2)))       \
    X(zeros_negative, DL_ESHAPE, "-2", owned(w, dl_tensor_zeros(w->ctx, DL_F32, DL_SHAPE(-2))))    \
    X(zeros_type, DL_EDTYPE, "99", owned(w, dl_tensor_zeros(w->ctx, 99, two, 2)))                  \
    X(zeros_overflow, DL_ELIMIT, "4294967296", owned(w, dl_tensor_zeros(w->ctx, DL_U8, huge, 2)))  \
    X(zeros_bytes_overflow, DL_ELIMIT, "",                                                         \
      owned(w, dl_tensor_zeros(w->ctx, DL_F64, DL_SHAPE(INT64_MAX / 4))))                          \
    X(ones_overflow_with_0, DL_ELIMIT, "",                                                         \
      owned(w, dl_tensor_ones(w->ctx, DL_U8, DL_SHAPE(INT64_MAX, 0, 8))))                          \
    X(arange_step_0, DL_EINVAL, "step", owned(w, dl_tensor_arange(w->ctx, DL_F32, 0, 1, 0)))       \
    X(arange_nan, DL_EINVAL, "nan", owned(w, dl_tensor_arange(w->ctx, DL_F32, NAN, 1, 1)))         \
    X(arange_long, DL_ELIMIT, "", owned(w, dl_tensor_arange(w->ctx, DL_F32, 0, 1e300, 1)))         \
    X(eye_negative, DL_ESHAPE, "-1", owned(w, dl_tensor_eye(w->ctx, DL_F32, -1, 2)))               \
    X(rand_integers, DL_EDTYPE, "i32", owned(w, dl_tensor_rand(w->ctx, DL_I32, 0, 1, two, 2)))     \
    X(rand_nan, DL_EINVAL, "nan", owned(w, dl_tensor_rand(w->ctx, DL_F32, NAN, 1, two, 2)))        \
    X(rand_upside_down, DL_EINVAL, "2", owned(w, dl_tensor_rand(w->ctx, DL_F32, 2, 1, two, 2)))    \
    X(randint_empty, DL_EINVAL, "3", owned(w, dl_tensor_randint(w->ctx, DL_I32, 3, 3, two, 2)))    \
    X(permutation_negative, DL_ESHAPE, "-1", owned(w, dl_tensor_permutation(w->ctx, -1)))          \
    X(from_null, DL_EINVAL, "NULL", owned(w, dl_tensor_from(w->ctx, DL_F32, NULL, two, 2)))        \
    X(wrap_null, DL_EINVAL, "NULL", wrap(w, DL_F32, NULL, two))                                    \
    X(wrap_unaligned, DL_EINVAL, "align", wrap(w, DL_F64, bytes + 1, two))                         \
    X(get_size, DL_EINVAL, "48", dl_tensor_get(w->x, bytes, 47))                                   \
    X(get_null, DL_EINVAL, "NULL", dl_tensor_get(w->x, NULL, 48))                                  \
    X(set_size, DL_EINVAL, "64", dl_tensor_set(w->t, bytes, 63))                                   \
    X(copy_shape, DL_ESHAPE, "copy", dl_tensor_copy(w->t, w->x))                                   \
    X(copy_type, DL_EDTYPE, "copy", dl_tensor_copy(w->labels, w->leaf64))                          \
    X(copy_foreign, DL_EINVAL, "context", dl_tensor_copy(w->x, w->foreign))                        \
    X(item_of_many, DL_ESHAPE, "12", number(w, dl_tensor_item(w->x)))                              \
    X(print_precision, DL_EINVAL, "101",                                                           \
      long_text(dl_tensor_print(w->x, NULL, 0, &(dl_print_opts){.precision = 101})))               \
    X(fill_recorded, DL_ESTATE, "", dl_tensor_fill(dl_exp(w->leaf), 1))
ROWS(tensors, TENSORS)

static const int32_t twice[] = {1, 1}, far[] = {2};

#define OPS(X)                                                                                     \
    X(add_broadcast, DL_ESHAPE, "[3, 4]", made(w, dl_add(w->x, w->bias)))                          \
    X(add_types, DL_EDTYPE, "f64", made(w, dl_add(w->x, w->leaf64)))                               \
    X(add_integers, DL_EDTYPE, "i64", made(w, dl_add(w->labels, w->labels)))                       \
    X(add_foreign, DL_EINVAL, "context", made(w, dl_add(w->x, w->foreign)))                        \
    X(foreign_linear, DL_EINVAL, "context", made(w, dl_linear(w->x, w->weight, w->foreign)))       \
    X(matmul_inner, DL_ESHAPE, "[3, 4]", made(w, dl_matmul(w->x, w->y)))                           \
    X(linear_inner, DL_ESHAPE, "linear", made(w, dl_linear(w->mixed, w->weight, NULL)))            \
    X(linear_bias, DL_ESHAPE, "linear", made(w, dl_linear(w->x, w->weight, w->one)))               \
    X(sum_axis, DL_ESHAPE, "2", made(w, dl_sum(w->x, far, 1, 0)))                                  \
    X(sum_twice, DL_EINVAL, "twice", made(w, dl_sum(w->x, twice, 2, 0)))                           \
    X(sum_many_axes, DL_EINVAL, "", made(w, dl_sum(w->x, twice, -1, 0)))                           \
    X(mean_of_none, DL_ESHAPE, "mean", made(w, dl_mean(dl_slice(w->x, 0, 0, 0, 1), NULL, 0, 0)))   \
    X(argmax_of_none, DL_ESHAPE, "argmax", made(w, dl_argmax(dl_slice(w->x, 0, 0, 0, 1), 0, 0)))   \
    X(reshape_count, DL_ESHAPE, "[5]", made(w, dl_reshape(w->x, DL_SHAPE(5))))                     \
    X(reshape_two_free, DL_ESHAPE, "", made(w, dl_reshape(w->x, DL_SHAPE(-1, -1))))                \
    X(reshape_null, DL_EINVAL, "NULL", made(w, dl_reshape(w->x, NULL, 1)))                         \
    X(reshape_ndim, DL_ESHAPE, "9", made(w, dl_reshape(w->x, two, 9)))                             \
    X(permute_twice, DL_EINVAL, "permute", made(w, dl_permute(w->x, twice, 2)))                    \
    X(permute_null, DL_EINVAL, "permute", made(w, dl_permute(w->x, NULL, 2)))                      \
    X(transpose_axis, DL_ESHAPE, "transpose", made(w, dl_transpose(w->x, 0, INT32_MIN)))           \
    X(slice_step_0, DL_EINVAL, "step", made(w, dl_slice(w->x, 0, 0, 1, 0)))                        \
    X(select_index, DL_EINVAL, "3", made(w, dl_select(w->x, 0, 3)))                                \
    X(expand_size, DL_ESHAPE, "expand", made(w, dl_expand(w->bias, DL_SHAPE(3))))                  \
    X(squeeze_size, DL_ESHAPE, "3", made(w, dl_squeeze(w->x, 0)))                                  \
    X(unsqueeze_axis, DL_ESHAPE, "3", made(w, dl_unsqueeze(w->x, 3)))                              \
    X(flatten_order, DL_EINVAL, "flatten", made(w, dl_flatten(w->x, 1, 0)))                        \
    X(cast_type, DL_EDTYPE, "77", made(w, dl_cast(w->x, 77)))                                      \
    X(relu_integers, DL_EDTYPE, "i64", made(w, dl_relu(w->labels)))                                \
    X(softmax_axis, DL_ESHAPE, "2", made(w, dl_softmax(w->x, 2)))                                  \
    X(dropout_low, DL_EINVAL, "-0.1", made(w, dl_dropout(w->x, -0.1)))                             \
    X(dropout_high, DL_EINVAL, "1.5", made(w, dl_dropout(w->x, 1.5)))                              \
    X(dropout_nan, DL_EINVAL, "nan", made(w, dl_dropout(w->x, NAN)))                               \
    X(mse_shape, DL_ESHAPE, "mse", made(w, dl_mse(w->x, w->bias, NULL)))                           \
    X(mse_reduction, DL_EINVAL, "7", made(w, dl_mse(w->x, w->y, &(dl_loss_opts){.reduction = 7}))) \
    X(mse_smoothing, DL_EINVAL, "smoothing",                                                       \
      made(w, dl_mse(w->x, w->y, &(dl_loss_opts){.label_smoothing = 0.1})))                        \
    X(mse_reserved, DL_EINVAL, "reserved",                                                         \
      made(w, dl_mse(w->x, w->y, &(dl_loss_opts){.reserved = {1}})))                               \
    X(cross_entropy_smoothing, DL_EINVAL, "1",                                                     \
      made(w, dl_cross_entropy(w->x, w->labels, &(dl_loss_opts){.label_smoothing = 1})))           \
    X(cross_entropy_label, DL_EINVAL, "2",                                                         \
      made(w, dl_cross_entropy(dl_slice(w->x, 1, 0, 2, 1), w->labels, NULL)))                      \
    X(cross_entropy_rows, DL_ESHAPE, "cross_entropy",                                              \
      made(w, dl_cross_entropy(dl_slice(w->x, 0, 0, 2, 1), w->labels, NULL)))                      \
    X(backward_of_many, DL_ESHAPE, "backward", dl_backward(dl_exp(w->leaf)))                       \
    X(backward_of_constant, DL_ESTATE, "backward", dl_backward(w->one))                            \
    X(gradients_null, DL_EINVAL, "gradients",                                                      \
      dl_gradients(&w->leaf, NULL, 1, &w->leaf, 1, 0, NULL))                                       \
    X(hook_null, DL_EINVAL, "hook", dl_grad_hook(w->leaf, NULL, NULL, NULL))
ROWS(ops, OPS)

static dl_status tracked(world *w, dl_tensor *t)
{
    dl_grad_track(t, 1);
    return dl_ctx_status(w->ctx);
}

static dl_status forward(world *w, dl_tensor *x)
{
    return made(w, dl_module_forward(w->net, x));
}

static dl_status add_child(world *w, const char *name, dl_module *child)
{
    w->part = dl_layer_sequential(w->ctx, NULL, 0);
    return made(w, dl_module_add(w->part, name, child));
}

static dl_status add_itself(world *w)
{
    w->part = dl_layer_sequential(w->ctx, NULL, 0);
    return made(w, dl_module_add(w->part, "me", dl_module_keep(w->part)));
}

static dl_status dense(const world *w, int64_t in, int64_t out, const dl_layer_opts *o)
{
    return owned(w, dl_layer_dense(w->ctx, in, out, o));
}

static dl_status sgd(const world *w, dl_sgd_opts o)
{
    return owned(w, dl_optim_sgd(w->net, &o));
}

static dl_status adam(const world *w, dl_adam_opts o)
{
    return owned(w, dl_optim_adam(w->net, &o));
}

static dl_status without_grads(world *w)
{
    dl_module_zero_grad(w->net);
    return dl_optim_step(w->optim);
}

#define MODULES(X)                                                                                 \
    X(track_integers, DL_EDTYPE, "i64", tracked(w, w->labels))                                     \
    X(track_recorded, DL_ESTATE, "", tracked(w, dl_exp(w->leaf)))                                  \
    X(init_normal_deviation, DL_EINVAL, "-1", dl_init_normal(w->t, 0, -1))                         \
    X(init_uniform_inf, DL_EINVAL, "inf", dl_init_uniform(w->t, 0, INFINITY))                      \
    X(init_he_vector, DL_ESHAPE, "1 axes", dl_init_he(w->bias, NULL))                              \
    X(init_integers, DL_EDTYPE, "i64", dl_init_constant(w->labels, 1))                             \
    X(init_he_fan, DL_EINVAL, "9", dl_init_he(w->t, &(dl_init_opts){.fan = 9}))                    \
    X(init_layer_method, DL_EINVAL, "99", dl_init_layer(w->t, NULL, 99))                           \
    X(dense_negative, DL_EINVAL, "-1", dense(w, -1, 2, NULL))                                      \
    X(dense_zero, DL_EINVAL, "0", dense(w, 3, 0, NULL))                                            \
    X(dense_huge, DL_ELIMIT, "", dense(w, (int64_t)1 << 40, (int64_t)1 << 40, NULL))               \
    X(dense_init, DL_EINVAL, "99", dense(w, 2, 2, &(dl_layer_opts){.init = 99}))                   \
    X(layer_dropout_p, DL_EINVAL, "2", owned(w, dl_layer_dropout(w->ctx, 2, NULL)))                \
    X(layer_dropout_nan, DL_EINVAL, "nan", owned(w, dl_layer_dropout(w->ctx, NAN, NULL)))          \
    X(sequential_null_child, DL_EINVAL, "sequential",                                              \
      owned(w, dl_layer_sequential(w->ctx, (dl_module *[]){NULL}, 1)))                             \
    X(sequential_n, DL_EINVAL, "-1", owned(w, dl_layer_sequential(w->ctx, NULL, -1)))              \
    X(residual_null, DL_EINVAL, "residual", owned(w, dl_layer_residual(w->ctx, NULL, NULL)))       \
    X(forward_shape, DL_ESHAPE, "sequential.0 (dense): linear", forward(w, w->mixed))              \
    X(forward_foreign, DL_EINVAL, "context", forward(w, w->foreign))                               \
    X(add_nothing, DL_EINVAL, "child", add_child(w, "child", NULL))                                \
    X(add_dotted, DL_EINVAL, "a.b", add_child(w, "a.b", dl_layer_relu(w->ctx)))                    \
    X(add_nameless, DL_EINVAL, "name", add_child(w, "", dl_layer_relu(w->ctx)))                    \
    X(add_name_null, DL_EINVAL, "name", add_child(w, NULL, dl_layer_relu(w->ctx)))                 \
    X(add_foreign_child, DL_EINVAL, "context", add_child(w, "c", dl_module_keep(w->foreign_net)))  \
    X(add_to_itself, DL_EINVAL, "", add_itself(w))                                                 \
    X(module_new_no_class, DL_EINVAL, "class", owned(w, dl_module_new(w->ctx, NULL, NULL)))        \
    X(module_save_null, DL_EINVAL, "path", dl_module_save(w->net, NULL))                           \
    X(module_load_null, DL_EINVAL, "path", dl_module_load(w->net, NULL, NULL))                     \
    X(module_open_null, DL_EINVAL, "path", owned(w, dl_module_open(w->ctx, NULL)))                 \
    X(module_hash_null, DL_EINVAL, "hash", dl_module_hash(w->net, NULL))                           \
    X(summary_null, DL_EINVAL, "summary",                                                          \
      long_text(dl_module_summary(w->net, NULL, 2, NULL, 0, NULL)))                                \
    X(summary_shape, DL_ESHAPE, "",                                                                \
      long_text(dl_module_summary(w->net, DL_SHAPE(1, 5), NULL, 0, NULL)))                         \
    X(sgd_lr_nan, DL_EINVAL, "nan", sgd(w, (dl_sgd_opts){.lr = NAN}))                              \
    X(sgd_lr_negative, DL_EINVAL, "-2", sgd(w, (dl_sgd_opts){.lr = -2}))                           \
    X(sgd_lr_inf, DL_EINVAL, "inf", sgd(w, (dl_sgd_opts){.lr = INFINITY}))                         \
    X(sgd_momentum, DL_EINVAL, "1", sgd(w, (dl_sgd_opts){.momentum = 1}))                          \
    X(sgd_nesterov, DL_EINVAL, "nesterov", sgd(w, (dl_sgd_opts){.nesterov = 1}))                   \
    X(adam_beta, DL_EINVAL, "1", adam(w, (dl_adam_opts){.beta2 = 1}))                              \
    X(adam_decay_nan, DL_EINVAL, "nan", adam(w, (dl_adam_opts){.weight_decay = NAN}))              \
    X(adam_eps, DL_EINVAL, "eps", adam(w, (dl_adam_opts){.eps = -3}))                              \
    X(set_lr_nan, DL_EINVAL, "nan", dl_optim_set_lr(w->optim, NAN))                                \
    X(set_sched_foreign, DL_EINVAL, "context",                                                     \
      dl_optim_set_sched(w->optim, dl_sched_constant(w->other)))                                   \
    X(group_nobody, DL_EINVAL, "nobody", dl_optim_group(w->optim, "nobody", 1, 0))                 \
    X(group_null, DL_EINVAL, "NULL", dl_optim_group(w->optim, NULL, 1, 0))                         \
    X(clip_nan, DL_EINVAL, "nan", dl_optim_clip(w->optim, NAN, 0))                                 \
    X(step_without_gradients, DL_ESTATE, "gradient", without_grads(w))                             \
    X(sched_every, DL_EINVAL, "0", owned(w, dl_sched_step(w->ctx, 0, 0.5)))                        \
    X(sched_warmup, DL_EINVAL, "9", owned(w, dl_sched_cosine(w->ctx, 9, 3, 0)))                    \
    X(optim_new_no_class, DL_EINVAL, "class", owned(w, dl_optim_new(w->net, NULL, NULL, 1, 0)))
ROWS(modules, MODULES)

static dl_status index_of(world *w, int64_t i)
{
    return owned(w, dl_dataset_subset(dl_dataset_keep(w->data), &i, 1));
}

static dl_status split(world *w, double fraction)
{
    dl_dataset *a, *b;
    return dl_dataset_split(w->data, fraction, 1, &a, &b);
}

static dl_status rows_differ(world *w)
{
    return owned(w, dl_dataset_tensors((dl_tensor *const[]){w->x, w->bias}, 2));
}

static dl_status fields_differ(world *w)
{
    dl_tensor *none[] = {w->x, NULL};
    return owned(w, dl_dataset_tensors(none, 2));
}

static dl_status get(world *w, int64_t i, int32_t n)
{
    dl_tensor *field[20];
    return dl_dataset_get(w->data, i, 0, field, n);
}

static dl_status loader(world *w, dl_loader_opts o)
{
    return owned(w, dl_loader_new(w->data, &o));
}

static dl_status next(world *w, int32_t n)
{
    dl_tensor *field[20];
    int32_t got = dl_loader_next(w->loader, field, n);
    return got < 0 ? got : DL_OK;
}

static dl_status train(world *w, dl_train_opts o)
{
    return dl_train(w->net, w->optim, dl_loss_classify, NULL, w->data, &o);
}

static dl_status save(world *w, const char *name, dl_tensor *t)
{
    return dl_safetensors_save(w->ctx, w->at[PATH_OUT], &name, &t, 1, NULL, NULL, 0, NULL);
}

static dl_status data_find(world *w, const char *name, size_t cap)
{
    return long_text(dl_data_find(w->ctx, name, bytes, cap));
}

static dl_status curve(world *w, const char *path, const double *y, int64_t n, int32_t n_curves)
{
    return dl_report_curves(w->ctx, path, NULL, NULL, &(dl_curve){.y = y, .n = n}, n_curves);
}

static const double values[] = {1, 2};

#define DATA(X)                                                                                    \
    X(mnist_split, DL_EINVAL, "5", owned(w, dl_dataset_mnist(w->ctx, NULL, 5)))                    \
    X(mnist_nowhere, DL_EIO, "nowhere", owned(w, dl_dataset_mnist(w->ctx, "nowhere", DL_TEST)))    \
    X(tensors_rows, DL_ESHAPE, "", rows_differ(w))                                                 \
    X(tensors_null, DL_EINVAL, "", fields_differ(w))                                               \
    X(tensors_count, DL_EINVAL, "17", owned(w, dl_dataset_tensors(&w->x, 17)))                     \
    X(subset_index, DL_EINVAL, "5", index_of(w, 5))                                                \
    X(subset_negative, DL_EINVAL, "-1", index_of(w, -1))                                           \
    X(split_fraction, DL_EINVAL, "1.5", split(w, 1.5))                                             \
    X(split_nan, DL_EINVAL, "nan", split(w, NAN))                                                  \
    X(get_example, DL_EINVAL, "5", get(w, 5, 2))                                                   \
    X(get_fields, DL_EINVAL, "3", get(w, 0, 3))                                                    \
    X(loader_batch, DL_EINVAL, "-1", loader(w, (dl_loader_opts){.batch = -1}))                     \
    X(loader_workers, DL_EINVAL, "1000", loader(w, (dl_loader_opts){.workers = 1000}))             \
    X(loader_no_batch, DL_EINVAL, "9", loader(w, (dl_loader_opts){.batch = 9, .drop_last = 1}))    \
    X(loader_fields, DL_EINVAL, "3", next(w, 3))                                                   \
    X(loader_seek, DL_EINVAL, "4", dl_loader_seek(w->loader, 0, 4))                                \
    X(find_small, DL_ELIMIT, "1", data_find(w, "mnist", 1))                                        \
    X(find_null, DL_EINVAL, "NULL", data_find(w, NULL, 8))                                         \
    X(train_epochs, DL_EINVAL, "-1", train(w, (dl_train_opts){.epochs = -1}))                      \
    X(train_patience, DL_EINVAL, "validation", train(w, (dl_train_opts){.patience = 2}))           \
    X(train_resume, DL_EINVAL, "checkpoint", train(w, (dl_train_opts){.resume = 1}))               \
    X(accuracy_shape, DL_ESHAPE, "accuracy", number(w, dl_accuracy(w->t, w->labels)))              \
    X(accuracy_type, DL_EDTYPE, "f32", number(w, dl_accuracy(w->t, w->x)))                         \
    X(safetensors_gone, DL_EIO, "nowhere", owned(w, dl_safetensors_open(w->ctx, "nowhere", NULL))) \
    X(safetensors_null, DL_EINVAL, "path", owned(w, dl_safetensors_open(w->ctx, NULL, NULL)))      \
    X(safetensors_index, DL_EINVAL, "99", owned(w, dl_safetensors_read(w->file, 99)))              \
    X(safetensors_name, DL_EINVAL, "__metadata__", save(w, "__metadata__", w->x))                  \
    X(safetensors_name_null, DL_EINVAL, "", save(w, NULL, w->x))                                   \
    X(safetensors_tensor_null, DL_EINVAL, "", save(w, "x", NULL))                                  \
    X(safetensors_foreign, DL_EINVAL, "context", save(w, "x", w->foreign))                         \
    X(idx_null, DL_EINVAL, "path", owned(w, dl_idx_read(w->ctx, NULL)))                            \
    X(idx_write_type, DL_EDTYPE, "i64", dl_idx_write(w->labels, w->at[PATH_OUT]))                  \
    X(idx_find_null, DL_EINVAL, "", dl_idx_find(w->ctx, NULL, 1, "x", bytes, sizeof bytes))        \
    X(ckpt_name, DL_EINVAL, "net", dl_ckpt_add_module(w->ckpt, "net", w->net))                     \
    X(ckpt_dotted, DL_EINVAL, "a.b", dl_ckpt_add_tensor(w->ckpt, "a.b", w->t))                     \
    X(ckpt_nameless, DL_EINVAL, "", dl_ckpt_add_tensor(w->ckpt, "", w->t))                         \
    X(ckpt_null, DL_EINVAL, "", dl_ckpt_add_tensor(w->ckpt, "t", NULL))                            \
    X(ckpt_foreign, DL_EINVAL, "context", dl_ckpt_add_tensor(w->ckpt, "t", w->foreign))            \
    X(ckpt_no_path, DL_EINVAL, "path", dl_ckpt_save(w->ckpt, NULL))                                \
    X(ckpt_load_no_path, DL_EINVAL, "path", dl_ckpt_load(w->ckpt, NULL))                           \
    X(ckpt_load_gone, DL_EIO, "nowhere", dl_ckpt_load(w->ckpt, "nowhere"))                         \
    X(ckpt_text_null, DL_EINVAL, "key", dl_ckpt_set_text(w->ckpt, NULL, "x"))                      \
    X(curves_no_path, DL_EINVAL, "path", curve(w, NULL, values, 2, 1))                             \
    X(curves_no_values, DL_EINVAL, "", curve(w, w->at[PATH_OUT], NULL, 2, 1))                      \
    X(curves_many, DL_EINVAL, "33", curve(w, w->at[PATH_OUT], values, 2, 33))                      \
    X(curves_negative, DL_EINVAL, "-1", curve(w, w->at[PATH_OUT], values, 2, -1))
ROWS(data, DATA)

/* All rows of a table, so that one run shows all that are wrong. */
static void check(const row *r)
{
    static char before[STATE], after[STATE];
    int bad = 0;
    world w;
    world_begin(&w);
    for (; r->what; r++) {
        world_state(&w, before);
        int32_t mark = dl_scope_begin(w.ctx);
        dl_status status = r->run(&w);
        dl_status code = dl_ctx_status(w.ctx);
        const char *message = dl_ctx_message(w.ctx);
        int fine = status == r->code && code == r->code && strstr(message, r->part) &&
                   strstr(message, ": ");
        if (!fine)
            print_error("%s: returned %s, \"%s\", wanted %s \"...%s...\"\n", r->what,
                        dl_status_name(status), message, dl_status_name(r->code), r->part);
        dl_ctx_clear(w.ctx);
        world_tidy(&w);
        dl_scope_end(w.ctx, mark);
        world_state(&w, after);
        if (strcmp(before, after) != 0)
            print_error("%s: it changed something\n", r->what);
        bad += !fine || strcmp(before, after) != 0;
    }
    world_end(&w);
    assert_int_equal(bad, 0);
}

static void wrong_arguments_of_tensors_are_named(void **state)
{
    (void)state;
    check(tensors);
}

static void wrong_arguments_of_operations_are_named(void **state)
{
    (void)state;
    check(ops);
}

static void wrong_arguments_of_modules_and_optimizers_are_named(void **state)
{
    (void)state;
    check(modules);
}

static void wrong_arguments_of_data_and_files_are_named(void **state)
{
    (void)state;
    check(data);
}

/* Every handle NULL, in every function. */
static void handles_that_are_null_are_refused(void **state)
{
    (void)state;
    const call *c;
    world nothing = {0};
    for (int32_t i = 0; (c = call_number(i)); i++) {
        dl_status status = c->run(&nothing);
        if (c->kind != LOOKS && status != DL_EINVAL)
            fail_msg("%s of NULL: %d", c->name, (int)status);
    }
}

/* A context, and no other handle: NULL in, NULL out; where there is an error, it is about that. */
static void objects_that_are_null_do_no_harm(void **state)
{
    dl_ctx *ctx = *state;
    const call *c;
    world empty = {.ctx = ctx};
    for (int32_t i = 0; (c = call_number(i)); i++) {
        int32_t mark = dl_scope_begin(ctx);
        c->run(&empty);
        if (dl_ctx_status(ctx) != DL_OK && !strstr(dl_ctx_message(ctx), ": "))
            fail_msg("%s: \"%s\"", c->name, dl_ctx_message(ctx));
        dl_ctx_clear(ctx);
        world_tidy(&empty);
        dl_scope_end(ctx, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(wrong_arguments_of_tensors_are_named),
        with_scratch(wrong_arguments_of_operations_are_named),
        with_scratch(wrong_arguments_of_modules_and_optimizers_are_named),
        with_scratch(wrong_arguments_of_data_and_files_are_named),
        cmocka_unit_test(handles_that_are_null_are_refused),
        with_ctx(objects_that_are_null_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
