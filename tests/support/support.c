#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "support.h"

/* ---- contexts -------------------------------------------------------------------------------- */

dl_ctx *make_ctx(int32_t threads)
{
    const dl_ctx_opts opts = {.seed = 42, .threads = threads};
    dl_ctx *ctx = dl_ctx_new(&opts);
    assert_non_null(ctx);
    return ctx;
}

void end_ctx(dl_ctx *ctx)
{
    expect_ok(ctx);
    dl_scope_end(ctx, 0);
    assert_int_equal(dl_ctx_live(ctx), 0);
    dl_ctx_drop(ctx);
}

static int setup_with(void **state, dl_dtype dt)
{
    const dl_ctx_opts opts = {.seed = 42, .threads = 2, .dtype = dt};
    *state = dl_ctx_new(&opts);
    return *state ? 0 : -1;
}

int setup_ctx(void **state)
{
    return setup_with(state, DL_F32);
}

int setup_f64(void **state)
{
    return setup_with(state, DL_F64);
}

int teardown_ctx(void **state)
{
    end_ctx(*state);
    return 0;
}

/* ---- errors ---------------------------------------------------------------------------------- */

void expect_error_at(dl_ctx *ctx, dl_status code, const char *part, const char *file, int line)
{
    dl_status found = dl_ctx_status(ctx);
    const char *message = dl_ctx_message(ctx);
    if (found != code || !strstr(message, part)) {
        print_error("found %s \"%s\", wanted %s \"...%s...\"\n", dl_status_name(found), message,
                    dl_status_name(code), part);
        _fail(file, line);
    }
    dl_ctx_clear(ctx);
}

void expect_ok_at(dl_ctx *ctx, const char *file, int line)
{
    if (dl_ctx_status(ctx) == DL_OK)
        return;
    print_error("%s: %s\n", dl_status_name(dl_ctx_status(ctx)), dl_ctx_message(ctx));
    _fail(file, line);
}

/* ---- tensors --------------------------------------------------------------------------------- */

dl_tensor *tensor_of(dl_ctx *ctx, dl_dtype dt, const double *values, const int64_t *shape,
                     int32_t ndim)
{
    dl__shape s;
    dl__local from;
    assert_int_equal(dl__shape_check(ctx, "tensor_of", dt, shape, ndim, &s), DL_OK);
    dl_tensor *t = dl__tensor_new(ctx, &s, -1);
    assert_non_null(t);
    s.dtype = DL_F64;
    dl__copy_elements(t, dl__local_tensor(&from, ctx, &s, (void *)(uintptr_t)values));
    return dl_tensor_give(t);
}

dl_tensor *tensor_of_n(dl_ctx *ctx, dl_dtype dt, const char *file, int line, int64_t n,
                       const double *values, const int64_t *shape, int32_t ndim)
{
    int64_t count = 1;
    for (int32_t i = 0; i < ndim; i++)
        count *= shape[i];
    if (count != n) {
        print_error("%lld values for a shape of %lld elements\n", (long long)n, (long long)count);
        _fail(file, line);
    }
    return tensor_of(ctx, dt, values, shape, ndim);
}

double random_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double random_value(dl_dtype dt, uint64_t *state)
{
    double u = random_number(state);
    switch (dt) {
    case DL_I32:
    case DL_I64:
        return floor(u * 19) - 9;
    case DL_U8:
        return floor(u * 10);
    case DL_BOOL:
        return u < 0.5;
    default:
        return 2 * u - 1;
    }
}

dl_tensor *random_tensor(dl_ctx *ctx, dl_dtype dt, uint64_t seed, const int64_t *shape,
                         int32_t ndim)
{
    int64_t n = 1;
    for (int32_t i = 0; i < ndim; i++)
        n *= shape[i];
    double *v = calloc((size_t)n + 1, sizeof *v);
    assert_non_null(v);
    for (int64_t i = 0; i < n; i++)
        v[i] = random_value(dt, &seed);
    dl_tensor *t = tensor_of(ctx, dt, v, shape, ndim);
    free(v);
    return t;
}

/* The axis that is k-th from the innermost in memory. */
static int32_t axis_of(int layout, int32_t k, int32_t ndim)
{
    if (layout == LAYOUT_COLUMNS)
        return k;
    if (layout == LAYOUT_LAST && ndim > 2)
        return k == 0 ? 1 : ndim - k > 1 ? ndim - k : 0;
    return ndim - 1 - k;
}

dl_tensor *with_layout(const dl_tensor *t, int layout)
{
    dl_ctx *ctx = t->base.ctx;
    dl__shape s = dl__tensor_shape(t);
    int64_t gap = layout == LAYOUT_GAPS ? 2 : 1, step = gap;
    s.offset = 0;
    for (int32_t k = 0; k < s.ndim; k++) {
        int32_t i = axis_of(layout, k, s.ndim);
        s.strides[i] = layout == LAYOUT_NEGATIVE ? -step : step;
        if (layout == LAYOUT_NEGATIVE && s.dims[i] > 0)
            s.offset += step * (s.dims[i] - 1);
        step *= gap * (s.dims[i] ? s.dims[i] : 1);
    }
    dl__storage *storage = dl__storage_new(ctx, (size_t)step * dl_dtype_size(s.dtype), 0);
    assert_non_null(storage);
    memset(storage->data, 0x7b, storage->bytes); /* gaps hold something that would show */
    dl_tensor *copy = dl__tensor_over(ctx, &s, storage);
    dl__object_drop(storage);
    assert_non_null(copy);
    dl__copy_elements(copy, t);
    return dl_tensor_give(copy);
}

const char *layout_name(int layout)
{
    static const char *const name[] = {"rows", "columns", "last", "gaps", "negative"};
    return layout >= 0 && layout < LAYOUTS ? name[layout] : "?";
}

/* ---- comparisons ----------------------------------------------------------------------------- */

double *values_of(const dl_tensor *t)
{
    dl__shape s = dl__tensor_shape(t);
    dl__local to;
    double *v = calloc((size_t)dl__count_of(t) + 1, sizeof *v);
    assert_non_null(v);
    assert_non_null(dl_tensor_data(t));
    s.dtype = DL_F64;
    dl__row_major(s.ndim, s.dims, s.strides);
    dl__copy_elements(dl__local_tensor(&to, t->base.ctx, &s, v), t);
    return v;
}

/* A NULL tensor fails the test, with the error that stands in nobody knows which context. */
static void need_tensor(const dl_tensor *t, const char *file, int line)
{
    if (!t) {
        print_error("the tensor is NULL\n");
        _fail(file, line);
    }
}

void assert_shape_at(const dl_tensor *t, const int64_t *dims, int32_t ndim, const char *file,
                     int line)
{
    need_tensor(t, file, line);
    int same = t->ndim == ndim;
    for (int32_t i = 0; same && i < ndim; i++)
        same = t->dims[i] == dims[i];
    if (same)
        return;
    print_error("found %d dimensions (", (int)t->ndim);
    for (int32_t i = 0; i < t->ndim; i++)
        print_error("%s%lld", i ? ", " : "", (long long)t->dims[i]);
    print_error("), wanted (");
    for (int32_t i = 0; i < ndim; i++)
        print_error("%s%lld", i ? ", " : "", (long long)dims[i]);
    print_error(")\n");
    _fail(file, line);
}

static int close_to(double found, double wanted, double tolerance)
{
    if (isnan(found) || isnan(wanted))
        return isnan(found) && isnan(wanted);
    if (isinf(found) || isinf(wanted))
        return found == wanted;
    return fabs(found - wanted) <= tolerance * fmax(1, fabs(wanted));
}

void assert_close_at(const dl_tensor *t, const double *wanted, int64_t n, double tolerance,
                     const char *file, int line)
{
    need_tensor(t, file, line);
    if (dl__count_of(t) != n) {
        print_error("found %lld elements, wanted %lld\n", (long long)dl__count_of(t), (long long)n);
        _fail(file, line);
    }
    double *v = values_of(t);
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++)
        if (!close_to(v[i], wanted[i], tolerance) && bad++ < 10)
            print_error("element %lld: found %.17g, wanted %.17g\n", (long long)i, v[i], wanted[i]);
    free(v);
    if (bad) {
        print_error("%lld of %lld elements differ\n", (long long)bad, (long long)n);
        _fail(file, line);
    }
}

void assert_tensors_close_at(const dl_tensor *a, const dl_tensor *b, double tolerance,
                             const char *file, int line)
{
    need_tensor(b, file, line);
    assert_shape_at(a, b->dims, b->ndim, file, line);
    double *wanted = values_of(b);
    assert_close_at(a, wanted, dl__count_of(b), tolerance, file, line);
    free(wanted);
}

void assert_same_bits_at(const dl_tensor *a, const dl_tensor *b, const char *file, int line)
{
    need_tensor(b, file, line);
    assert_shape_at(a, b->dims, b->ndim, file, line);
    if (a->dtype != b->dtype) {
        print_error("found %s, wanted %s\n", dl_dtype_name(a->dtype), dl_dtype_name(b->dtype));
        _fail(file, line);
    }
    size_t size = dl_dtype_size(a->dtype), bytes = (size_t)dl__count_of(a) * size;
    char *x = calloc(1, bytes + 1), *y = calloc(1, bytes + 1);
    assert_non_null(x);
    assert_non_null(y);
    assert_int_equal(dl_tensor_get(a, x, bytes), DL_OK);
    assert_int_equal(dl_tensor_get(b, y, bytes), DL_OK);
    size_t at = 0;
    while (at < bytes && x[at] == y[at])
        at++;
    free(x);
    free(y);
    if (at < bytes) {
        print_error("bits differ from element %zu on\n", at / size);
        _fail(file, line);
    }
}

/* ---- failing allocations --------------------------------------------------------------------- */

enum { MANY = 100000 };

/* One call with its n-th allocation failing; 1 when it failed as it should, 0 when it succeeded. */
static int fail_once(dl_ctx *ctx, int n, int sticky, fault_call call, fault_check unchanged,
                     void *user)
{
    int32_t mark = dl_scope_begin(ctx);
    assert_true(mark > 0);
    int64_t live = dl_ctx_live(ctx), bytes = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    dl__memory_fail(ctx, n, sticky);
    dl_status status = call(ctx, user);
    dl__memory_fail(ctx, 0, 0);
    dl_scope_end(ctx, mark);
    if (status == DL_OK && dl_ctx_status(ctx) == DL_OK)
        return 0;
    if (dl_ctx_status(ctx) != DL_ENOMEM || dl_ctx_live(ctx) != live ||
        dl_ctx_bytes(ctx, DL_BYTES_LIVE) != bytes) {
        print_error("allocation %d%s failed: returned %s; %s \"%s\"; %lld objects, before %lld; "
                    "%lld bytes, before %lld\n",
                    n, sticky ? " and all later" : "", dl_status_name(status),
                    dl_status_name(dl_ctx_status(ctx)), dl_ctx_message(ctx),
                    (long long)dl_ctx_live(ctx), (long long)live,
                    (long long)dl_ctx_bytes(ctx, DL_BYTES_LIVE), (long long)bytes);
        fail();
    }
    dl_ctx_clear(ctx);
    if (unchanged)
        unchanged(ctx, user);
    return 1;
}

int fault_loop(dl_ctx *ctx, fault_call call, fault_check unchanged, void *user)
{
    int failures = 0;
    expect_ok(ctx);
    /* Room for nested scopes, which stays, must not look like a leak. */
    int32_t mark = dl_scope_begin(ctx);
    for (int i = 0; i < 32; i++)
        dl_scope_begin(ctx);
    dl_scope_end(ctx, mark);
    for (int sticky = 0; sticky < 2; sticky++) {
        int n = 1;
        while (fail_once(ctx, n, sticky, call, unchanged, user))
            assert_true(++n < MANY);
        failures += n - 1;
    }
    return failures;
}
