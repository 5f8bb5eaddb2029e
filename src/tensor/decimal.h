/* Decimal digits of binary floating-point numbers, exact and independent of the locale. */
#ifndef DL_TENSOR_DECIMAL_H
#define DL_TENSOR_DECIMAL_H
#include <stdint.h>

/* 0.d1 d2 d3 ... * 10^point; no leading or trailing zeros; zero has n = 0. The
 * longest is a bound between two doubles, 1075 binary places below the point. */
typedef struct dl__decimal {
    int32_t n, point;
    uint8_t digit[828];
} dl__decimal;

/* The shortest digits that still read back as |v|, taken as a float when single, else as a double;
 * but no more than places digits after the decimal point (scientific 0) or after the first digit
 * (scientific 1): then |v| rounded to those, exact halves to even (Steele, White 1990: Dragon4).
 * fewest digits, where |v| has them, are given even if fewer would read back. */
void dl__decimal_of(dl__decimal *d, double v, int single, int scientific, int32_t places,
                    int32_t fewest);
#endif
