/* Text that does not depend on the locale. */
#ifndef DL_CORE_TEXT_H
#define DL_CORE_TEXT_H
#include <stddef.h>
#include <stdint.h>

enum { DL__NUMBER = 32 };
/* The shortest decimal form that reads back as v: "0.1", "1e-05", "inf", "-inf", "nan". */
const char *dl__double_text(char buf[DL__NUMBER], double v);
/* v with a fixed number of decimals (0..9); falls back to dl__double_text beyond 1e15. */
const char *dl__fixed_text(char buf[DL__NUMBER], double v, int decimals);
/* "[2, 3, 4]"; cut with "..." when cap is short. Returns buf. */
const char *dl__shape_text(char *buf, size_t cap, const int64_t *dims, int32_t n);
/* Reads a decimal number that fills s to its end, C locale; 1 on success. */
int dl__parse_double(const char *s, double *v);
int dl__parse_i64(const char *s, int64_t *v);
#endif
