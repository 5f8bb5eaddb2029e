# What the tests of the programs share; to be sourced with the arguments of the test, the build folder and a
# folder to work in. Afterwards the test stands in that folder, emptied, with a small data set in
# ./data: the one of make_idx, or of make_$made.
set -eu
build=$(cd "$1" && pwd)
tests=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
cd "$2"
find . -mindepth 1 -delete
mnist=$build/examples/mnist
user_data=${DL_DATA_DIR-}
unset DL_DATA_DIR DL_ENGINE NO_COLOR || :
mkdir data
"$build/tests/examples/make_${made-idx}" data

# A net so small that an epoch takes a few milliseconds.
small="--data data --hidden 32 --batch 32 --threads 2"

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

# expect CODE COMMAND...: runs it, with what it prints in ./stdout and ./stderr.
expect()
{
    wanted=$1
    shift
    got=0
    "$@" >stdout 2>stderr </dev/null || got=$?
    if [ "$got" != "$wanted" ]; then
        cat stdout stderr >&2
        fail "exit code $got instead of $wanted: $*"
    fi
}

# says FILE TEXT: FILE must hold TEXT.
says()
{
    if ! grep -qF -e "$2" "$1"; then
        cat "$1" >&2
        fail "$1 does not say: $2"
    fi
}

one_line()
{
    [ "$(wc -l <stderr)" = 1 ] || { cat stderr >&2; fail "more than one line on stderr"; }
}

# The hash of the weights that the last run printed.
hash_of()
{
    sed -n 's/^weights: sha256 //p' "${1:-stdout}"
}

# stopped FOLDER COMMAND...: runs it until FOLDER has the line of an epoch, then ends it by SIGTERM.
stopped()
{
    folder=$1
    shift
    "$@" --out "$folder" >stdout 2>stderr </dev/null &
    process=$!
    tries=0
    until [ -s "$folder/metrics.csv" ] || [ $tries = 60 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -TERM $process 2>/dev/null || :
    got=0
    wait $process || got=$?
    [ $got = 143 ] || { cat stderr >&2; fail "exit code $got after SIGTERM"; }
}

# same HASH HASH WHAT
same()
{
    [ -n "$1" ] && [ "$1" = "$2" ] || fail "$3: weights $2, not $1"
}
