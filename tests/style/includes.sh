#!/bin/sh
# The one dependency rule: a file of src/ includes only headers of its own layer and of the layers
# below it, as layers.txt lists them; cblas.h only in src/kernels/blas.
set -eu
cd "${1:-$(dirname "$0")/../..}"

find src -name '*.[ch]' | sort | xargs awk '
FILENAME == "tests/style/layers.txt" {
    if ($0 ~ /^#/ || NF == 0)
        next
    split($0, column, "|")
    layer = column[1]
    gsub(/ /, "", layer)
    is_layer[layer] = 1
    below[layer, layer] = 1
    m = split(column[2], word, " ")
    for (i = 1; i <= m; i++) {
        if (word[i] == "-")
            continue
        below[layer, word[i]] = 1
        for (other in is_layer) # lines stand in rising order: what lies below is complete
            if (below[word[i], other])
                below[layer, other] = 1
    }
    m = split(column[3], word, " ")
    for (i = 1; i <= m; i++)
        home[word[i]] = layer
    next
}
/^[ \t]*#[ \t]*include/ {
    split(FILENAME, path, "/")
    layer = path[2]
    if (!(layer in is_layer))
        complain("is in no layer of tests/style/layers.txt")
    if (/cblas/ && FILENAME !~ /^src\/kernels\/blas\//)
        complain("cblas.h belongs to src/kernels/blas alone")
    if (!match($0, /"[^"]*"/))
        next
    target = substr($0, RSTART + 1, RLENGTH - 2)
    if (target ~ /^dl\//) {
        name = target
        gsub(/^dl\/|\.h$/, "", name)
        lower = (name in home) ? home[name] : ""
        if (name == "dl")
            complain("includes dl/dl.h; name the headers that are used")
        else if (lower == "")
            complain("includes " target ", a header of no layer; add it to tests/style/layers.txt")
    } else if (target ~ /\//) {
        lower = target
        sub(/\/.*/, "", lower)
        if (!(lower in is_layer))
            complain("includes " target ", which is in no layer")
    } else {
        complain("includes \"" target "\"; write the path from src/ or include/")
        next
    }
    if (lower in is_layer && layer in is_layer && !below[layer, lower])
        complain("includes " target ": " layer " is not above " lower)
}
function complain(what)
{
    print FILENAME ":" FNR ": " what
    bad = 1
}
END { exit bad }
' tests/style/layers.txt
