#!/bin/sh
# stranger.sh BUILD SCRATCH: an installed copy does not change what somebody else's
# "cc other.c -ldl" links, not even with -L<libdir>. glibc owns the name libdl.
set -eu
build=$1
scratch=$2/stranger
cc=${CC:-cc}
rm -rf "$scratch"
mkdir -p "$scratch"
cmake --install "$build" --prefix "$scratch/usr" >/dev/null
libdir=$(dirname "$(find "$scratch/usr" -name 'libdeeplearn.so.0')")
cat >"$scratch/other.c" <<'END'
#include <dlfcn.h>
int main(void)
{
    return dlopen("no such library", RTLD_NOW) != 0;
}
END
needs_us()
{
    readelf -d "$1" | grep -q 'NEEDED.*libdeeplearn'
}
# --no-as-needed: whatever -ldl finds would be seen in the program.
"$cc" "$scratch/other.c" -Wl,--no-as-needed -L"$libdir" -ldl -o "$scratch/other"
"$scratch/other"
if needs_us "$scratch/other"; then
    echo "-L$libdir -ldl found libdl.so of this library"
    exit 1
fi
for found in "$libdir"/libdl.so* "$libdir"/libdl.a; do
    if [ -e "$found" ] || [ -L "$found" ]; then
        echo "$found stands in a default search path"
        exit 1
    fi
done
# And the test can fail: with the folder of our own, -ldl is ours.
"$cc" "$scratch/other.c" -Wl,--no-as-needed -L"$libdir/deeplearn" -ldl -o "$scratch/ours" \
    -Wl,-rpath-link,"$libdir"
if ! needs_us "$scratch/ours"; then
    echo "-L$libdir/deeplearn -ldl did not find libdl.so of this library"
    exit 1
fi
