#!/bin/sh
# Bad data, files of others, full disks, closed streams, little memory: an exit code that fits, a line
# that says why, no crash, no hang.
. "$(dirname "$0")/lib.sh"

# ---- bad data: 3; missing data: 4 ---------------------------------------------------------------

# bad CODE TEXT: training on ./bad must end so.
bad()
{
    expect "$1" "$mnist" $small --data bad --out bad-run 2>/dev/null
    says stderr "$2"
    [ ! -e bad-run ] || fail "bad data left a folder behind"
    rm -rf bad
    cp -R data bad
}
small="--hidden 32 --batch 32 --threads 2"
cp -R data bad
rm bad/train-labels-idx1-ubyte
bad 4 "train-labels"
head -c 1000 data/train-images-idx3-ubyte >bad/train-images-idx3-ubyte
bad 3 "train-images"
: >bad/train-images-idx3-ubyte
bad 3 "train-images"
echo '<!DOCTYPE html><html>not found</html>' >bad/t10k-images-idx3-ubyte
bad 3 "HTML"
cp data/train-labels-idx1-ubyte bad/train-images-idx3-ubyte
bad 3 "label"
cp data/t10k-labels-idx1-ubyte bad/train-labels-idx1-ubyte
bad 3 "200 labels for 900 images"
{ head -c 20 data/train-labels-idx1-ubyte; printf '\013'; tail -c +22 data/train-labels-idx1-ubyte; } \
    >bad/train-labels-idx1-ubyte
bad 3 "11"
printf '\000\000\010\003\377\377\377\377\377\377\377\377\377\377\377\377' >bad/train-images-idx3-ubyte
bad 3 "train-images"
printf '\000\000\010\003\000\000\000\000\000\000\000\014\000\000\000\014' >bad/train-images-idx3-ubyte
printf '\000\000\010\001\000\000\000\000' >bad/train-labels-idx1-ubyte
bad 3 "no images"
rm -rf bad
expect 4 "$mnist" --data nowhere
small="$small --data data"

# DL_DATA_DIR that leads nowhere is told, whether other data is found or not.
mkdir empty
got=0
(cd empty && env -u HOME DL_DATA_DIR=/nonexistent "$mnist" --hidden 8 --dry-run >../stdout \
    2>../stderr) || got=$?
says stderr "/nonexistent"
case $got in
0) says stderr "does not hold this data" ;;
4) says stderr "apt-get install dataset-fashion-mnist" ;;
*) fail "exit code $got without data" ;;
esac
mkdir -p home/mnist && cp data/* home/mnist
expect 0 env -u HOME DL_DATA_DIR="$PWD/home" "$mnist" --hidden 32 --epochs 1 --out found
says stdout "home/mnist: 900 images"
if grep -q "$PWD" found/run.json; then
    fail "run.json names a folder that the user did not"
fi

# ---- files of others: 4, untouched ---------------------------------------------------------------

for file in run.json model.safetensors curves.svg metrics.csv checkpoint.safetensors; do
    mkdir foreign
    echo "mine" >foreign/$file
    for force in "" --force; do
        expect 4 "$mnist" $small --epochs 1 --out foreign $force
        says stderr "foreign/$file is there and not from this program"
        [ "$(cat foreign/$file)" = mine ] || fail "foreign/$file was touched"
    done
    rm -r foreign
done
echo "mine" >taken
expect 4 "$mnist" $small --out taken
says stderr "a file has that name"
expect 4 "$mnist" $small --out taken/below
[ "$(cat taken)" = mine ] || fail "a file was overwritten"
expect 0 "$mnist" $small --epochs 1 --out deep/er/run
# One run in a folder at a time.
"$mnist" --data data --hidden 1000 --epochs 2000 --out busy >/dev/null 2>&1 </dev/null &
process=$!
sleep 0.7
expect 4 "$mnist" $small --out busy --force
says stderr "another run is writing there"
kill -TERM $process
wait $process || :
if [ "$(id -u)" != 0 ]; then
    mkdir sealed
    chmod 555 sealed
    expect 4 "$mnist" $small --out sealed
    expect 4 "$mnist" $small --out sealed/run
else
    echo "skipped: a read-only folder, root may write everywhere"
fi

# ---- full disks ------------------------------------------------------------------------------------

# 16 blocks of 512 bytes: settings fit, weights do not.
expect 4 sh -c 'ulimit -f 16; exec "$@"' sh "$mnist" $small --epochs 2 --out limited
says stderr "limited/"
[ -z "$(find limited -name '*.tmp*')" ] || fail "a cut file is left: $(ls -a limited)"
if mkdir disk && mount -t tmpfs -o size=100k none disk 2>/dev/null; then
    trap 'umount disk' EXIT
    expect 4 "$mnist" --data data --hidden 64 --epochs 4 --out disk/run
    says stderr "no space left"
    umount disk
    trap - EXIT
else
    echo "skipped: a full disk, nothing can be mounted here"
fi
expect 0 "$mnist" $small --epochs 1 --out full
got=0
"$mnist" $small --epochs 1 --out full --force >/dev/full 2>stderr </dev/null || got=$?
[ $got = 4 ] || fail "exit code $got with a full stdout"
says stderr "standard output cannot be written: No space left"
[ -s full/model.safetensors ] || fail "a full stdout stopped the run"
"$mnist" $small --epochs 1 --out full --force >/dev/null 2>/dev/full </dev/null ||
    fail "a full stderr stopped the run"

# ---- streams ---------------------------------------------------------------------------------------

"$mnist" $small --epochs 1 --out closed <&- >&- 2>&- || fail "closed streams stopped the run"
[ -s closed/model.safetensors ] || fail "closed streams stopped the run"
for stream in '>&-' '2>&-' '<&-'; do
    eval '"$mnist" $small --epochs 1 --out closed --force' "$stream" 3>stdout >/dev/null 2>&1 ||
        fail "$stream stopped the run"
done
{
    "$mnist" predict data/t10k-images-idx3-ubyte --out full 2>stderr || echo "code $?" >>stderr
} | head -1 >/dev/null
[ ! -s stderr ] || { cat stderr >&2; fail "a reader that went away is an error"; }

# ---- numbers and memory ----------------------------------------------------------------------------

expect 6 "$mnist" $small --lr 1e30 --out diverged
says stderr "a smaller --lr"
expect 6 "$mnist" $small --optimizer sgd --lr 1e6 --out diverged --force
[ ! -e diverged/nan.safetensors ] || fail "an autopsy nobody asked for"
expect 6 "$mnist" $small --lr 1e30 --check-finite --out diverged --force
says stderr "what went into it are in diverged/nan.safetensors"
expect 0 "$mnist" info diverged/nan.safetensors
says stdout "operand.0"
expect 0 "$mnist" $small --epochs 1 --check-finite --out diverged --force
[ ! -e diverged/nan.safetensors ] || fail "the autopsy of an earlier run is left"
expect 5 timeout 60 "$mnist" --data data --hidden 65536 --out big
says stderr "bytes"
for limit in 20000 40000 80000 160000 320000 450000 500000 550000 640000; do
    got=0
    rm -rf little
    (
        ulimit -v $limit
        exec timeout -s KILL 60 "$mnist" --data data --hidden 512 --threads 2 --epochs 1 --out little
    ) >stdout 2>stderr </dev/null || got=$?
    case $got in
    0 | 5) ;;
    127) ;; # not even the program could be loaded
    *)
        cat stderr >&2
        fail "exit code $got with $limit KiB of address space"
        ;;
    esac
done
for value in 0 -1 abc 1000; do
    expect 0 env OPENBLAS_NUM_THREADS=$value OMP_NUM_THREADS=$value "$mnist" $small --epochs 1 \
        --out environment --force
done
echo "mnist: faults are told"
