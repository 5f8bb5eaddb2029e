# What the tests of the course programs share; to be sourced after `name=PROGRAM`, with the arguments of
# the test. Afterwards the test stands in an empty folder with a small data set in ./data, and
# `program` is the program.
. "$(dirname "$0")/lib.sh"
program=$build/examples/$name

# usage: wrong usage is one line and exit code 2, and leaves nothing behind.
usage()
{
    for bad in --nonsense "--seed -1" "--threads x" "--out" word "--seed 1 --seed 2"; do
        # shellcheck disable=SC2086
        expect 2 "$program" $bad
        one_line
    done
    expect 2 "$program" --quik
    says stderr "did you mean --quick?"
    [ ! -e "$name-run" ] || fail "wrong usage left a folder"
    expect 0 "$program" --help
    says stdout "usage: $name [OPTION...]"
    says stdout "--quick"
    [ ! -s stderr ] || fail "--help says something on stderr"
    expect 0 "$program" --version
    says stdout "$name "
}

# quick FILE...: the quick run says its settings, and its files are there; the same files for one thread
# and two, and again over an earlier run; foreign files stay.
quick()
{
    expect 0 "$program" --quick --threads 1 --out one ${data-}
    [ ! -s stderr ] || { cat stderr >&2; fail "something is on stderr"; }
    cp stdout said
    says said "seed               1"
    says said "threads in use     1"
    says said "written to one: run.json, $1"
    expect 0 "$program" --quick --threads 2 --out two ${data-}
    sed '/^  thread/d; /^  machine/d; /^written/d' stdout >other
    sed '/^  thread/d; /^  machine/d; /^written/d' said | cmp - other || fail "two threads say something else"
    for file in "$@"; do
        [ -s "one/$file" ] || fail "one/$file is missing"
        cmp "one/$file" "two/$file" || fail "$file is another one for two threads"
    done
    expect 0 "$program" --quick --seed 2 --out two ${data-}
    says two/run.json '"seed": 2'
    ! cmp -s "one/$1" "two/$1" || fail "another seed makes the same $1"
    mkdir foreign
    echo mine >"foreign/$1"
    expect 4 "$program" --quick --out foreign ${data-}
    says stderr "is there and not from this program"
    [ "$(cat "foreign/$1")" = mine ] || fail "a foreign file was replaced"
}

# without_data: a program that needs data says where it looked, and what to do; data that
# cannot be read is an error: ./data2 of the test, else a folder with a broken IDX file.
without_data()
{
    if [ ! -e data2 ]; then
        mkdir data2
        echo no >data2/train-images-idx3-ubyte
    fi
    expect 4 "$program" --quick --data nowhere
    says stderr nowhere
    expect 3 "$program" --quick --data data2
}

# svg FILE TEXT...: a picture with these texts.
svg()
{
    file=$1
    shift
    says "$file" "</svg>"
    for text in "$@"; do
        says "$file" ">$text<"
    done
    ! grep -q 'nan\|inf"' "$file" || fail "$file has places that are no numbers"
}
