#!/bin/sh
# support.sh SOURCES RECORDS [write]: docs/support.md is what the tests of the operations found. Each
# test leaves a record of what passed in the folder RECORDS; the operations and their order are
# those of the headers, and each needs a record. With "write" the page is made anew.
set -eu
records=$(cd "$2" && pwd)
cd "$1"
page=docs/support.md
new="$records/../support.md"

awk -v records="$records" -v page="$page" '
/^\/\* ---- / {
    section = $0
    gsub(/^\/\* -+ | -+ *\*?\/?$/, "", section)
    began = 0
}
/^DL_API / {
    for (i = 2; i <= NF; i++)
        if (match($i, /^\**dl_[a-z0-9_]+\(/))
            row(substr($i, RSTART, RLENGTH))
}
function row(name,    file, line, word, has) {
    gsub(/[*(]/, "", name)
    sub(/^dl_/, "", name)
    file = records "/" name
    while ((getline line < file) > 0) {
        split(line, word, " ")
        has[word[1]] = substr(line, length(word[1]) + 2)
    }
    close(file)
    if (!("engines" in has)) {
        print page ": no test has left a record of dl_" name > "/dev/stderr"
        failed = 1
        return
    }
    if (!began++)
        print "\n## " section "\n\n| operation | f32, f64 | integers | gradient | second gradient | meta | engines |\n|---|---|---|---|---|---|---|"
    print "| `dl_" name "` | yes | " has["integers"] " | " has["gradient"] " | " has["second"] " | yes | " has["engines"] " |"
    n++
    if (has["engines"] !~ /blas/)
        without++
}
BEGIN {
    print "# What each operation supports\n"
    print "Made by `tests/docs/support.sh` from what the tests of the operations found; do not edit. Every"
    print "operation is tested in f32 and f64, with permuted, sliced, reversed and broadcast operands, with"
    print "meta tensors, on any number of threads and on the engines listed. Gradients and second gradients"
    print "are compared with differences in f64. \"No\" means: refused with an error that names the operation,"
    print "or, for indices and masks, that there is no gradient."
}
END {
    if (without == n)
        print "support: OpenBLAS is not on this machine" > "/dev/stderr"
    exit failed ? 1 : without == n ? 2 : 0
}' include/dl/ops.h include/dl/conv.h include/dl/losses.h > "$new" || {
    status=$?
    if [ $status = 2 ]; then
        echo "skipped"
        exit 0
    fi
    exit $status
}
if [ "${3:-}" = write ]; then
    cp "$new" "$page"
elif ! cmp -s "$new" "$page"; then
    diff "$page" "$new" || true
    echo "$page is not what the tests found: sh tests/docs/support.sh . $records write"
    exit 1
fi
