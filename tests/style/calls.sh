#!/bin/sh
# The library never ends its host, prints, runs programs or changes global state, takes memory only
# through core/memory.c, and calls no transcendental function of libm, whose last bits differ
# between machines. This reads the sources; symbols.sh asks the linked library the same.
set -eu
cd "${1:-$(dirname "$0")/../..}"

find src -name '*.[ch]' -o -name '*.inc' | sort | xargs awk '
BEGIN {
    never("abort exit _exit _Exit quick_exit atexit assert signal sigaction raise " \
        "printf vprintf fprintf vfprintf puts fputs putchar perror system popen execv execve " \
        "execvp fork vfork setlocale srand rand random alloca longjmp strtok gets strcpy strcat " \
        "sprintf vsprintf feenableexcept",
        "has no place in a library")
    never("fesetenv fesetround", "changes the mode of the host", "src/core/fpmode.c")
    never("kill", "signals; core/file_temp.c alone may, to ask kill(pid, 0)", "src/core/file_temp.c")
    never("malloc calloc realloc free aligned_alloc posix_memalign strdup strndup asprintf",
        "goes through dl__alloc and its family", "src/core/memory.c")
    never("atof strtod strtof", "reads numbers as the locale wants; use dl__parse_double",
        "src/core/text.c")
    math = "exp exp2 exp10 expm1 log log2 log10 log1p pow sin cos tan asin acos atan atan2 sinh " \
        "cosh tanh asinh acosh atanh erf erfc tgamma lgamma cbrt hypot sincos"
    m = split(math, word, " ")
    for (i = 1; i <= m; i++)
        never(word[i] " " word[i] "f " word[i] "l", "is libm; use core/math.h")
}
function never(names, reason, home, m, word, i)
{
    m = split(names, word, " ")
    for (i = 1; i <= m; i++) {
        why[word[i]] = reason
        allowed[word[i]] = home
    }
}
FNR == 1 {
    inside = 0
}
{
    line = $0
    text = ""
    gsub(/\\./, "", line)                   # escapes in strings
    gsub(/"[^"]*"/, "\"\"", line)
    while (line != "") {
        if (inside) {
            at = index(line, "*/")
            if (!at)
                break
            line = substr(line, at + 2)
            inside = 0
        } else {
            at = index(line, "/*")
            slashes = index(line, "//")
            if (slashes && (!at || slashes < at)) {
                text = text substr(line, 1, slashes - 1)
                break
            }
            if (!at) {
                text = text line
                break
            }
            text = text substr(line, 1, at - 1) " "
            line = substr(line, at + 2)
            inside = 1
        }
    }
    while (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        before = substr(text, 1, RSTART - 1)
        name = substr(text, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", name)
        text = substr(text, RSTART + RLENGTH)
        # a->free(...), x.free(...) and the member void (*free)(...) are not the function
        if (name in why && FILENAME != allowed[name] && before !~ /(\.|->|\(\*)[ \t]*$/) {
            print FILENAME ":" FNR ": " name " " why[name]
            bad = 1
        }
    }
}
END { exit bad }
'
