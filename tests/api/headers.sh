#!/bin/sh
# headers.sh: every public header compiles alone, as C99, C11 and (where there is a compiler) C++,
# without a warning, and twice in one file.
set -eu
cd "${1:-$(dirname "$0")/../..}"
cc=${CC:-cc}
cxx=${CXX:-c++}
command -v "$cxx" >/dev/null || cxx=
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
try()
{
    if ! "$@" -Iinclude -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only; then
        echo "failed: $*"
        status=1
    fi
}
for header in include/dl/*.h; do
    name=dl/$(basename "$header")
    printf '#include "%s"\n#include "%s"\nint main(void)\n{\n    return 0;\n}\n' "$name" "$name" \
        >"$scratch/one.c"
    cp "$scratch/one.c" "$scratch/one.cpp"
    try "$cc" -std=c99 -Wstrict-prototypes "$scratch/one.c"
    try "$cc" -std=c11 -Wstrict-prototypes "$scratch/one.c"
    if [ -n "$cxx" ]; then
        try "$cxx" -std=c++11 "$scratch/one.cpp"
        try "$cxx" -std=c++17 -Wold-style-cast "$scratch/one.cpp"
    fi
done
# dl/dl.h is all of them, but for ext.h, which is for authors of parts.
for header in include/dl/*.h; do
    name=$(basename "$header")
    case $name in
    dl.h | ext.h) continue ;;
    esac
    if [ -e include/dl/dl.h ] && ! grep -q "^#include \"dl/$name\"" include/dl/dl.h; then
        echo "dl/dl.h does not include dl/$name"
        status=1
    fi
done
[ -n "$cxx" ] || echo "no C++ compiler; .ci/run brings one"
exit $status
