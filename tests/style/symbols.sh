#!/bin/sh
# symbols.sh LIBRARY: what the linked library takes from outside: nothing that ends the process,
# prints or runs programs, no transcendental function of libm or libmvec; and it stays under 1.9 MB.
set -eu
library=$1

nm -D -u "$library" | awk '
BEGIN {
    n = split("abort exit _exit _Exit quick_exit printf fprintf vprintf vfprintf puts fputs " \
        "putchar putc fputc perror __assert_fail __assert assert system popen signal sigaction " \
        "raise setlocale __printf_chk __fprintf_chk __vfprintf_chk fork execve stdout stderr " \
        "__stack_chk_fail_local srand rand random longjmp", word, " ")
    for (i = 1; i <= n; i++)
        never[word[i]] = 1
    n = split("exp exp2 exp10 expm1 log log2 log10 log1p pow sin cos tan asin acos atan atan2 " \
        "sinh cosh tanh asinh acosh atanh erf erfc tgamma lgamma cbrt hypot sincos", word, " ")
    for (i = 1; i <= n; i++)
        never[word[i]] = never[word[i] "f"] = never[word[i] "l"] = 1
}
{
    name = $NF
    sub(/@.*/, "", name)
    if (name in never || name ~ /^_ZGV/) {
        print "the library uses " name
        bad = 1
    }
    n_symbols++
}
END {
    if (n_symbols < 5) {
        print "nm shows " n_symbols + 0 " symbols; is this the library?"
        bad = 1
    }
    exit bad
}'

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$library"
bytes=$(wc -c <"$stripped")
echo "stripped: $bytes bytes"
if [ "$bytes" -ge 1992294 ]; then
    echo "1.9 MB is the limit (docs/decisions/library-size.md)"
    exit 1
fi
