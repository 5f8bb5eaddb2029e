/* Text that depends neither on the locale nor on the floating-point mode of the host. */
#ifndef DL_CORE_TEXT_H
#define DL_CORE_TEXT_H
#include <stddef.h>
#include <stdint.h>

enum { DL__NUMBER = 32 };
/* The shortest rounded decimal form that reads back as v, as Python writes it but without a
 * trailing ".0": "0.1", "3", "1e-05", "1e+16", "-0", "inf", "-inf", "nan". Returns buf. */
const char *dl__double_text(char buf[DL__NUMBER], double v);
/* v with a fixed number of decimals (cut to 0..9), zero without a sign; falls back to
 * dl__double_text from 1e15 on. Returns buf. */
const char *dl__fixed_text(char buf[DL__NUMBER], double v, int decimals);
/* "[2, 3, 4]"; ends in "..." where cap bytes do not hold all. Returns buf. */
const char *dl__shape_text(char *buf, size_t cap, const int64_t *dims, int32_t n);
/* Reads a decimal number that fills s to its end: "-1.5e-3", ".5", "2."; also "inf", "-inf", "nan"
 * as dl__double_text writes them. 1 on success; 0, *v unchanged, for anything else, spaces and
 * numbers too large for a double included. */
int dl__parse_double(const char *s, double *v);
/* The same for [+-]digits; 0 when it does not fit. */
int dl__parse_i64(const char *s, int64_t *v);
/* 1 when name is what pattern says, where * is any text and ? one byte. */
int dl__pattern_fits(const char *pattern, const char *name);
#endif
