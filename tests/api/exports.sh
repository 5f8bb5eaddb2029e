#!/bin/sh
# exports.sh LIBRARY ABI: the shared library exports what the headers declare with DL_API, exactly,
# keeps clear of the names glibc owns, and calls itself libdeeplearn.so.ABI.
set -eu
library=$1
abi=$2
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

awk -f .cmake/public_names.awk include/dl/*.h | sort >"$scratch/declared"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
    sort >"$scratch/exported"
status=0
for name in $(comm -23 "$scratch/declared" "$scratch/exported"); do
    echo "$name is declared and not exported: where is its definition?"
    status=1
done
for name in $(comm -13 "$scratch/declared" "$scratch/exported"); do
    echo "$name is exported and not declared with DL_API"
    status=1
done
for name in $(uniq -d "$scratch/declared"); do
    echo "$name is declared twice"
    status=1
done
if grep -v '^dl_[a-z]' "$scratch/declared"; then
    echo "public names begin with dl_"
    status=1
fi
if grep -x -E 'dl_iterate_phdr|dl_phdr_info|dl_find_object|dlopen|dlsym|dlerror' "$scratch/declared"; then
    echo "these names are glibc's"
    status=1
fi
soname=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p')
if [ "$soname" != "libdeeplearn.so.$abi" ]; then
    echo "SONAME is $soname, wanted libdeeplearn.so.$abi"
    status=1
fi
for flag in NODELETE NOW; do
    if ! readelf -d "$library" | grep -q "FLAGS.*$flag"; then
        echo "not linked with -z $flag"
        status=1
    fi
done
if ! readelf -l -W "$library" | grep -q GNU_RELRO || readelf -d "$library" | grep -q -E 'RPATH|RUNPATH|TEXTREL'; then
    echo "wanted: read-only relocations, no run path, no text relocations"
    status=1
fi
if readelf -l -W "$library" | grep GNU_STACK | grep -q E; then
    echo "the stack is executable"
    status=1
fi
echo "$(wc -l <"$scratch/exported") symbols"
exit $status
