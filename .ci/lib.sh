# Shell functions of tests/run, examples/run and .ci/run: POSIX sh, to be sourced from the top of
# the tree.

# ---- packages -----------------------------------------------------------------------------------

LIBRARY_PACKAGES="gcc libc6-dev make cmake zlib1g-dev libjansson-dev librandom123-dev libstb-dev
    libopenblas0-pthread"
TEST_PACKAGES="$LIBRARY_PACKAGES pkg-config libcmocka-dev"

has_header()
{
    printf '#include <%s>\n' "$1" | "${CC:-cc}" -E -x c - >/dev/null 2>&1
}

has_openblas()
{
    for found in /usr/lib/*/openblas-*/libopenblas*.so.0 /usr/lib/*/libopenblas*.so.0 \
        /usr/lib*/libopenblas*.so.0 /usr/local/lib/libopenblas*.so.0; do
        [ -e "$found" ] && return 0
    done
    return 1
}

has_fuzzer()
{
    printf 'int LLVMFuzzerTestOneInput(void) { return 0; }\n' |
        clang -x c - -fsanitize=fuzzer,address -o /dev/null >/dev/null 2>&1
}

# Is the thing that the Debian package brings here, wherever it came from?
has()
{
    case $1 in
    gcc) command -v cc >/dev/null ;;
    libc6-dev) has_header stdio.h ;;
    zlib1g-dev) has_header zlib.h ;;
    libjansson-dev) has_header jansson.h ;;
    librandom123-dev) has_header Random123/philox.h ;;
    libstb-dev) has_header stb/stb_image.h ;;
    libcmocka-dev) has_header cmocka.h ;;
    libopenblas0-pthread) has_openblas ;;
    libopenblas-dev) has_header cblas.h || has_header "$(uname -m)-linux-gnu/cblas.h" ;;
    dataset-fashion-mnist) [ -d /usr/share/datasets/fashion-mnist ] ;;
    libclang-rt-dev) has_fuzzer ;;
    binutils) command -v nm >/dev/null && command -v strip >/dev/null ;;
    abigail-tools) command -v abidiff >/dev/null ;;
    *) command -v "$1" >/dev/null ;; # a program of the same name
    esac
}

# Installs what is missing of the named Debian packages, or says what to install and stops.
want()
{
    lacking=
    for package in "$@"; do
        has "$package" || lacking="$lacking $package"
    done
    [ -z "$lacking" ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "missing (names of Debian packages):$lacking" >&2
        echo "This system has no apt-get; install them its own way, then run this again." >&2
        exit 1
    fi
    sudo=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "missing; as root: apt-get install$lacking" >&2
            exit 1
        fi
        sudo=sudo
    fi
    echo "installing:$lacking" >&2
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words is meant
    if ! { $sudo apt-get -qq update &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
            --no-install-recommends $lacking; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "cannot install:$lacking" >&2
        exit 1
    fi
    rm -f "$log"
}

# ---- building and testing -----------------------------------------------------------------------

CORES=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PASSED=0
FAILED=0

# configure_and_build FOLDER TARGETS [OPTION...]: quiet; shows the output when something fails.
# TARGETS is "all" or a list of words.
configure_and_build()
{
    folder=$1
    targets=$2
    shift 2
    mkdir -p "$folder"
    if ! cmake -S . -B "$folder" "$@" >"$folder/configure.log" 2>&1; then
        cat "$folder/configure.log"
        return 1
    fi
    # shellcheck disable=SC2086
    if ! cmake --build "$folder" -j "$CORES" --target $targets >"$folder/build.log" 2>&1; then
        grep -E -A6 'error:|Error:|undefined reference|FAILED:|No rule' "$folder/build.log" | head -60
        echo "the whole output: $folder/build.log"
        return 1
    fi
}

# run_ctest FOLDER [CTEST ARGUMENT...]: adds to PASSED and FAILED. CTEST may hold another command.
run_ctest()
{
    folder=$1
    shift
    # shellcheck disable=SC2086
    ${CTEST:-ctest} --test-dir "$folder" --output-on-failure -j 2 "$@" 2>&1 |
        tee "$folder/ctest.log" || :
    line=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' \
        "$folder/ctest.log")
    if [ -z "$line" ]; then
        echo "no test was run"
        FAILED=$((FAILED + 1))
        return 1
    fi
    bad=${line% *}
    FAILED=$((FAILED + bad))
    PASSED=$((PASSED + ${line#* } - bad))
    [ "$bad" = 0 ]
}

# The last line, which machines read, and the exit status.
summary()
{
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ] && [ "$PASSED" != 0 ]
}
