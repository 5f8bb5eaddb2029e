#!/bin/sh
# consumer.sh BUILD SCRATCH VERSION: a project outside the tree uses the library: through
# find_package and pkg-config from an installed tree that was moved, and through add_subdirectory;
# in C, and in C++ where there is a compiler.
set -eu
build=$1
scratch=$2/consumer
version=$3
here=$(cd "$(dirname "$0")/consumer" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
cc=${CC:-cc}
cxx=${CXX:-c++}
languages="C CXX"
command -v "$cxx" >/dev/null || languages=C
mkdir -p "$scratch"
rm -rf "$scratch/first" "$scratch/moved"

cmake --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/moved"
prefix=$scratch/moved
libdir=$(dirname "$(find "$prefix" -name 'libdeeplearn.so.0')")
run()
{
    out=$(LD_LIBRARY_PATH=$libdir "$@")
    if [ "$out" != "$version" ]; then
        echo "$*: says \"$out\", wanted \"$version\""
        exit 1
    fi
}
quietly()
{
    "$@" >"$scratch/log" 2>&1 || {
        cat "$scratch/log"
        echo "failed: $*"
        exit 1
    }
}

echo "- nothing installed knows where it was built or first installed"
if grep -r -l -e "$scratch/first" -e "$source" "$prefix"; then
    exit 1
fi

echo "- find_package"
rm -rf "$scratch/find"
quietly cmake -S "$here" -B "$scratch/find" -DCMAKE_PREFIX_PATH="$prefix" \
    -DHOW=find_package -DLANGUAGES="$languages" -DWANTED="$version"
quietly cmake --build "$scratch/find"
# its own run path leads to the library
for language in $languages; do
    [ "$("$scratch/find/consumer_$language")" = "$version" ]
done
if cmake -S "$here" -B "$scratch/newer" -DCMAKE_PREFIX_PATH="$prefix" -DHOW=find_package \
    -DLANGUAGES=C -DWANTED=99.0 >/dev/null 2>&1; then
    echo "find_package(deeplearn 99.0) was satisfied with $version"
    exit 1
fi

echo "- pkg-config"
PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH
[ "$(pkg-config --modversion deeplearn)" = "$version" ]
# shellcheck disable=SC2046 # words are meant
quietly "$cc" "$here/main.c" $(pkg-config --cflags --libs deeplearn) -o "$scratch/pc_c"
run "$scratch/pc_c"
if [ "$languages" != C ]; then
    # shellcheck disable=SC2046
    quietly "$cxx" "$here/main.cpp" $(pkg-config --cflags --libs deeplearn) -o "$scratch/pc_cxx"
    run "$scratch/pc_cxx"
fi

echo "- the link name"
quietly "$cc" -I"$prefix/include" "$here/main.c" -L"$libdir/deeplearn" -ldl -o "$scratch/link_c"
run "$scratch/link_c"

echo "- components"
quietly cmake --install "$build" --prefix "$scratch/first" --component runtime
if find "$scratch/first" -type f | grep -v 'libdeeplearn\.so\.'; then
    echo "these are in the runtime component"
    exit 1
fi
rm -rf "$scratch/first"

echo "- add_subdirectory"
quietly cmake -S "$here" -B "$scratch/sub" -DHOW=add_subdirectory -DDEEPLEARN="$source" \
    -DLANGUAGES="$languages" -DCMAKE_BUILD_TYPE=Debug
quietly cmake --build "$scratch/sub" -j 2
for language in $languages; do
    [ "$("$scratch/sub/consumer_$language")" = "$version" ]
done
[ "$languages" != C ] || echo "no C++ compiler; .ci/run brings one"
