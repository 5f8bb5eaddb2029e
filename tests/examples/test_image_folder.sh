#!/bin/sh
# image_folder: usage, folders of several shapes, a run and what it leaves, resuming to the same bits,
# pictures that were not seen, bad files.
made=pictures
. "$(dirname "$0")/lib.sh"
program=$build/examples/image_folder
tiny="--size 16 --width 8 --batch 8 --threads 2"
small="--data data --model cnn $tiny"

# ---- usage ---------------------------------------------------------------------------------------

# wrong TEXT ARGUMENT...: exit code 2 and one line with TEXT.
wrong()
{
    text=$1
    shift
    expect 2 "$program" "$@"
    one_line
    says stderr "$text"
}
wrong "--data FOLDER says where your pictures are"
wrong "it wants crop|squash" --fit stretch
wrong "it wants resnet18|resnet34|resnet50|cnn" --model resnet20
wrong "an integer from 8 to 1024" --size 4
wrong "multiple of 4" --data data --model cnn --size 18 --dry-run
wrong "predict wants JPEG, PNG, BMP files" predict
wrong "--size is for training" predict x.png --size 32
expect 0 "$program" --help
says stdout "FOLDER/cat/1.jpg"

# ---- nets ----------------------------------------------------------------------------------------

# counts NUMBER ARGUMENT...: the parameters of torchvision's nets, for three classes.
counts()
{
    number=$1
    shift
    expect 0 "$program" --data data --width 64 --size 64 --dry-run "$@"
    says stdout "parameters     $number"
}
counts 11,178,051
counts 21,286,211 --model resnet34
counts 23,514,179 --model resnet50
[ ! -e image_folder-run ] || fail "--dry-run wrote something"

# ---- a run ---------------------------------------------------------------------------------------

expect 0 "$program" $small --epochs 15 --lr 0.01 --valid 0.1 --test 0.2 --out a
first=$(hash_of)
for word in "data: data in data: 43 images to train, 5 to validate, 12 to test" \
    "image              3 x 16 x 16" "test: loss" "written to a:"; do
    says stdout "$word"
done
accuracy=$(sed -n 's/^test: .*accuracy \([0-9]*\).*/\1/p' stdout)
[ "$accuracy" -ge 60 ] || fail "it learned nothing: $accuracy %"
for file in run.json metrics.csv curves.svg model.safetensors checkpoint.safetensors confusion.svg \
    confusion.txt filters.svg layers.svg report.html; do
    [ -s a/$file ] || fail "a/$file is missing"
done
says a/run.json '"classes": "blue/green/red"'
# Every class keeps its share: 4 of each are tested.
[ "$(grep -cE '^ *(blue|green|red) .* 4 *$' a/confusion.txt)" = 3 ] ||
    { cat a/confusion.txt >&2; fail "the test pictures are not 4 of each class"; }
expect 0 "$program" --config a/run.json --cache off --threads 1 --workers 2 --out b
same "$first" "$(hash_of)" "pictures that are read every time"
expect 0 "$program" --data data --model resnet18 $tiny --fit squash --flip off --epochs 2 --out c
[ "$(hash_of)" != "$first" ] || fail "another net has the same weights"
expect 0 "$program" $small --overfit-one-batch --epochs 5 --lr 0.01 --out c --force
says stdout "one batch: learned by heart"
# Folders come one after the other, but the batch has pictures of all.
accuracy=$(sed -n 's/^test: .*accuracy \([0-9]*\).*/\1/p' stdout)
[ "$accuracy" -ge 60 ] || fail "the one batch is of one class: $accuracy % of the test"

# ---- pictures that were not seen: the folder of the run is enough -----------------------------------

"$build/tests/examples/make_pictures" new 5
mv data away
expect 0 "$program" predict new/*/*.bmp --out a
right=$(awk '/bmp$/ { split($1, part, "/"); next } NF == 2 && part[2] { n += $2 == part[2]; part[2] = "" }
    END { print n }' stdout)
[ "$right" -ge 40 ] || fail "of 60 new pictures only $right are told"
mv away data
expect 0 "$program" predict 0 11 --out a
says stdout "test image 0, labelled "
expect 2 "$program" predict 12 --out a
expect 4 "$program" predict nowhere.jpg --out a
expect 3 "$program" predict a/run.json --out a
expect 0 "$program" info a/model.safetensors
says stdout "1.classifier."

# ---- interrupted, and resumed to the same bits -----------------------------------------------------

long="$small --epochs 100"
expect 0 "$program" $long --out whole
whole=$(hash_of)
stopped parted "$program" $long
expect 3 "$program" --resume --data new --out parted
says stderr "not the images of the interrupted run"
expect 0 "$program" --resume --threads 1 --cache off --out parted
same "$whole" "$(hash_of)" "SIGTERM and --resume"
cmp whole/model.safetensors parted/model.safetensors

# ---- parts that the user made ----------------------------------------------------------------------

mkdir parts
cp -R data parts/train
cp -R new parts/val
"$build/tests/examples/make_pictures" parts/test 9
expect 0 "$program" --data parts/ --model cnn $tiny --epochs 1 --out d
says stdout "data: parts in parts/: 60 images to train, 60 to validate, 60 to test"
expect 0 "$program" predict 59 --out d
says stdout "labelled red"
expect 2 "$program" --data parts --model cnn $tiny --test 0.3
rm -r parts/test/blue
expect 0 "$program" --data parts --model cnn $tiny --epochs 1 --valid 0 --out d --force
says stdout "60 images to train, 40 to test"
expect 0 "$program" predict 39 --out d
says stdout "labelled red"
mv parts/test/red parts/test/violet
expect 3 "$program" --data parts --model cnn $tiny --out e
says stderr "violet"

# ---- bad files: 3; missing ones: 4 ------------------------------------------------------------------

expect 4 "$program" --data nowhere --model cnn $tiny
expect 3 "$program" --data data/red --model cnn $tiny
mkdir -p one
cp -R data/red one/red
expect 3 "$program" --data one --model cnn $tiny
says stderr "two is the least"
mkdir one/empty
expect 3 "$program" --data one --model cnn $tiny
says stderr "empty"
cp -R data bad
echo '<!DOCTYPE html>' >bad/green/0.jpg
expect 3 "$program" --data bad --model cnn $tiny
says stderr "bad/green/0.jpg"
expect 0 "$program" --data bad --model cnn $tiny --skip-broken --epochs 1 --out f
says stderr "1 files that cannot be read are left out"
rm bad/green/0.jpg
{ head -c 18 data/red/00.bmp && printf '\040\116\0\0\040\116\0\0' &&
    tail -c +27 data/red/00.bmp; } >bad/red/00.bmp
expect 3 "$program" --data bad --model cnn $tiny --out g
says stderr "bad/red/00.bmp: its size is 20000 x 20000"
head -c 900 data/red/00.bmp >bad/red/00.bmp
expect 3 "$program" --data bad --model cnn $tiny --out g
says stderr "bad/red/00.bmp"
[ ! -e g ] || fail "bad data left a folder behind"
echo "image_folder: trains, resumes, predicts"
