#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "support/op_check.h"

static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    return dl_einsum(user, in, n);
}

static const op_case cases[] = {
    CASE_WITH("ij,jk->ik", "matrices", IN(3, 4), IN(4, 2)),
    CASE_WITH("bij,bjk->bik", "a batch", IN(2, 3, 4), IN(2, 4, 2)),
    CASE_WITH("bij, kj -> ikb", "turned", IN(2, 3, 4), IN(2, 4)),
    CASE_WITH("i,j", "outer", IN(3), IN(4)),
    CASE_WITH("ij,ij->i", "rows", IN(3, 4), IN(3, 4)),
    CASE_WITH("ij,ij->ij", "elements", IN(3, 4), IN(3, 4)),
    CASE_WITH("ii", "a trace", IN(3, 3)),
    CASE_WITH("iji->ji", "a diagonal", IN(2, 3, 2)),
    CASE_WITH("ij->", "a sum", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH("ji", "a transpose, implied", IN(3, 4)),
    CASE_WITH("ij->ij", "itself", IN(3, 4)),
    CASE_WITH("...ij,...jk", "ellipsis", IN(2, 1, 2, 3), IN(2, 3, 2)),
    CASE_WITH("i...,i...->...", "ellipsis after", IN(3, 2), IN(3, 1)),
    CASE_WITH("...i->...", "ellipsis of nothing", IN(3)),
    CASE_WITH("...i->i", "ellipsis summed", IN(2, 3)),
    CASE_WITH("ij,jk,kl->il", "three", IN(2, 3), IN(3, 2), IN(2, 3)),
    CASE_WITH("bi,bj,oij->bo", "bilinear", IN(2, 3), IN(2, 2), IN(4, 3, 2)),
    CASE_WITH("ij,ij->j", "stretched", IN(1, 3), IN(2, 3)),
    CASE_WITH("ij,jk->ik", "no rows", IN(0, 4), IN(4, 2)),
    CASE_WITH("ij,jk->ik", "sums of nothing", IN(3, 0), IN(0, 2)),
    LARGE_CASE_WITH("bij,bkj->bki", "large", IN(4, 60, 50), IN(4, 70, 50)),
};
static const op_test test = {"einsum", call, OP_CASES(cases), .flags = 0};

/* ---- against the definition ------------------------------------------------------------------ */

enum { LETTERS = 26 };

/* The element of t at the values of its labels. */
static double element(const dl_tensor *t, const double *v, const char *labels, int32_t n,
                      const int64_t *at)
{
    int64_t index = 0;
    for (int32_t i = 0; i < n; i++)
        index = index * t->dims[i] + at[labels[i] - 'a'];
    return v[index];
}

/* Letters alone, with an arrow: every value of every label, nothing clever. */
static void expect_definition(dl_ctx *ctx, const char *equation, dl_tensor *const *in, int32_t n)
{
    const char *term[8], *out = strstr(equation, "->") + 2;
    double *v[8], wanted[4096] = {0};
    int32_t length[8];
    int64_t size[LETTERS], at[LETTERS] = {0}, all = 1, count = 1;
    for (int i = 0; i < LETTERS; i++)
        size[i] = 1;
    const char *c = equation;
    for (int32_t i = 0; i < n; i++) {
        term[i] = c;
        length[i] = (int32_t)strcspn(c, ",-");
        for (int32_t k = 0; k < length[i]; k++)
            size[c[k] - 'a'] = in[i]->dims[k];
        v[i] = values_of(in[i]);
        c += length[i] + 1;
    }
    for (int i = 0; i < LETTERS; i++)
        all *= size[i];
    for (int64_t e = 0; e < all; e++) {
        int64_t rest = e, to = 0;
        double product = 1;
        for (int i = 0; i < LETTERS; i++) {
            at[i] = rest % size[i];
            rest /= size[i];
        }
        for (int32_t i = 0; i < n; i++)
            product *= element(in[i], v[i], term[i], length[i], at);
        for (c = out; *c; c++)
            to = to * size[*c - 'a'] + at[*c - 'a'];
        wanted[to] += product;
    }
    for (c = out; *c; c++)
        count *= size[*c - 'a'];
    assert_close(dl_einsum(equation, in, n), wanted, count, 1e-13);
    for (int32_t i = 0; i < n; i++)
        free(v[i]);
    expect_ok(ctx);
}

static void put(char text[64], char c)
{
    const size_t n = strlen(text);
    assert_true(n < 63);
    text[n] = c;
    text[n + 1] = 0;
}

/* Random terms over five labels, among them one of size 1. */
static void einsum_is_the_definition_for_random_equations(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t size[] = {2, 3, 1, 4, 2};
    uint64_t seed = 1;
    for (int round = 0; round < 300; round++) {
        char equation[64] = "";
        int seen = 0;
        const int32_t n = 1 + (int32_t)(random_number(&seed) * 3), mark = dl_scope_begin(ctx);
        dl_tensor *in[3];
        for (int32_t i = 0; i < n; i++) {
            int64_t dims[4];
            const int32_t ndim = (int32_t)(random_number(&seed) * 4.99);
            for (int32_t k = 0; k < ndim; k++) {
                const int label = (int)(random_number(&seed) * 5);
                dims[k] = size[label];
                put(equation, (char)('a' + label));
                seen |= 1 << label;
            }
            put(equation, ',');
            in[i] = with_layout(random_tensor(ctx, DL_F64, (uint64_t)(round * 3 + i), dims, ndim),
                                round % LAYOUTS);
        }
        equation[strlen(equation) - 1] = 0; /* the last comma */
        put(equation, '-');
        put(equation, '>');
        for (int label = 0; label < 5; label++)
            if (seen >> label & 1 && random_number(&seed) < 0.5)
                put(equation, (char)('a' + label));
        expect_definition(ctx, equation, in, n);
        dl_scope_end(ctx, mark);
    }
}

static void einsum_implies_its_result_as_numpy_does(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 4)), *pair[2] = {x, x};
    assert_same_bits(dl_einsum(" b c a ", &x, 1), dl_permute(x, (int32_t[]){2, 0, 1}, 3));
    assert_same_bits(dl_einsum("aBc", &x, 1), dl_permute(x, (int32_t[]){1, 0, 2}, 3));
    assert_same_bits(dl_einsum("b...a", &x, 1), dl_permute(x, (int32_t[]){1, 2, 0}, 3));
    assert_shape(dl_einsum("ijk,ijl", pair, 2), 4, 4);
    assert_int_equal(dl_tensor_ndim(dl_einsum("ijk,ijk", pair, 2)), 0);
    dl_tensor *scalar = dl_einsum("", (dl_tensor *[]){dl_sum(x, NULL, 0, 0)}, 1);
    assert_int_equal(dl_tensor_ndim(scalar), 0);
    expect_ok(ctx);
}

static void einsum_takes_a_product_of_many(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *in[5];
    for (int32_t i = 0; i < 5; i++)
        in[i] = random_tensor(ctx, DL_F64, (uint64_t)i, DL_SHAPE(3, 3));
    dl_tensor *wanted = in[0];
    for (int32_t i = 1; i < 5; i++)
        wanted = dl_matmul(wanted, in[i]);
    assert_tensors_close(dl_einsum("ab,bc,cd,de,ef", in, 5), wanted, 1e-14);
    expect_ok(ctx);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void einsum_says_what_is_wrong_and_where(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *equation;
        dl_status status;
        const char *part;
    } wrong[] = {
        {"ij", DL_EINVAL, "at position 2 of \"ij\": wanted a comma"},
        {"ij,jk,kl", DL_EINVAL, "at position 5 of \"ij,jk,kl\": more terms than operands"},
        {"ij,jk->il", DL_EINVAL, "at position 8 of \"ij,jk->il\": a label of the result that no"},
        {"ij,jk->ii", DL_EINVAL, "at position 8 of \"ij,jk->ii\": a label twice"},
        {"i1,jk", DL_EINVAL, "at position 1 of \"i1,jk\": wanted a letter"},
        {"ij,jk-ik", DL_EINVAL, "at position 5 of \"ij,jk-ik\": wanted a letter"},
        {"ij,jk->i*", DL_EINVAL, "at position 8 of \"ij,jk->i*\": wanted a letter"},
        {"ij,..k", DL_EINVAL, "at position 3 of \"ij,..k\": a dot"},
        {"...i...,jk", DL_EINVAL, "at position 4 of \"...i...,jk\": a second"},
        {"ijk,jk", DL_ESHAPE, "at position 0 of \"ijk,jk\": 3 labels for operand 0"},
        {"ij, j", DL_ESHAPE, "at position 4 of \"ij, j\": 1 labels for operand 1, which is [3, 4]"},
        {"ij,ik", DL_ESHAPE, "at position 3 of \"ij,ik\": 'i' is 3 in operand 1, and 2 before"},
        {"ii,jk", DL_ESHAPE, "at position 0 of \"ii,jk\": 'i' is 3 in operand 0, and 2 before"},
        {"abcdefghi,jk", DL_EINVAL, "at position 8 of \"abcdefghi,jk\": more labels than a tensor"},
        {NULL, DL_EINVAL, "einsum: equation is NULL"},
    };
    dl_tensor *in[] = {random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3)),
                       random_tensor(ctx, DL_F64, 2, DL_SHAPE(3, 4))};
    for (int32_t i = 0; i < OP_LENGTH(wrong); i++) {
        assert_null(dl_einsum(wrong[i].equation, in, 2));
        expect_error(ctx, wrong[i].status, wrong[i].part);
    }
    dl_tensor *other = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)), *number[2];
    assert_null(dl_einsum("ij,j", (dl_tensor *[]){in[0], other}, 2));
    expect_error(ctx, DL_EDTYPE, "einsum: operands 0 and 1 are f64 and f32, wanted one type");
    number[0] = number[1] = dl_cast(other, DL_I64);
    assert_null(dl_einsum("i,i", number, 2));
    expect_error(ctx, DL_EDTYPE, "einsum: operand 0 is i64, it wants f32 or f64");
    assert_null(dl_einsum("ij", NULL, 1));
    assert_null(dl_einsum("ij", in, 0));
    expect_ok(ctx);
}

static void einsum_refuses_more_axes_than_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(1, 1, 1, 1, 1)), *in[65];
    for (int32_t i = 0; i < 65; i++)
        in[i] = x;
    assert_null(dl_einsum("abcde,fghij", in, 2));
    expect_error(ctx, DL_ELIMIT, "einsum: \"abcde,fghij\" has a result of more than 8 axes");
    assert_null(dl_einsum("abcde,fghij,abcde->fghij", in, 3));
    expect_error(ctx, DL_ELIMIT, "einsum: a product of two operands has 10 axes, 8 fit");
    assert_null(dl_einsum("...,ABCDE->...ABCDE", in, 2));
    expect_error(ctx, DL_ELIMIT, "more than 8 axes");
    assert_null(dl_einsum("", in, 65));
    expect_error(ctx, DL_ELIMIT, "einsum: 65 operands, at most 64 fit");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(einsum_is_the_definition_for_random_equations),
        with_ctx(einsum_implies_its_result_as_numpy_does),
        with_ctx(einsum_takes_a_product_of_many),
        with_ctx(einsum_says_what_is_wrong_and_where),
        with_ctx(einsum_refuses_more_axes_than_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
