#!/bin/sh
# Interrupted runs save and go on to the same bits; so do killed ones. What a run began with stays.
. "$(dirname "$0")/lib.sh"
. "$tests/kill_loop.sh"

options="--data data --hidden 96 --batch 32 --threads 2 --epochs 150 --valid 0.1"
expect 0 "$mnist" $options --out whole
whole=$(hash_of)

# Ctrl-C once: the batch is finished, the run saved, the command that goes on printed. The shell starts
# background jobs with SIGINT ignored; timeout does not.
begin="$mnist $options --out it's"
got=0
timeout --foreground --preserve-status -s INT 0.3 "$mnist" $options --out "it's" \
    >stdout 2>stderr </dev/null || got=$?
[ $got = 130 ] || { cat stderr >&2; fail "exit code $got after Ctrl-C: $begin"; }
says stderr "interrupted and saved; to go on:"
[ -s "it's/checkpoint.safetensors" ] || fail "nothing was saved"
command=$(grep -e ' --resume --out ' stderr)
expect 2 "$mnist" --resume --lr 0.5 --out "it's"
says stderr "the run that --resume goes on with has 0.001"
expect 4 "$mnist" $options --out "it's"
says stderr "--resume goes on with it"
expect 0 sh -c "$command"
same "$whole" "$(hash_of)" "Ctrl-C and --resume"
cmp whole/model.safetensors "it's/model.safetensors"
[ "$(wc -l <"it's/metrics.csv")" = 151 ] || fail "metrics.csv lost lines"
cut -d, -f1-6 whole/metrics.csv >m1
cut -d, -f1-6 "it's/metrics.csv" | cmp - m1
awk -F, 'NR > 2 && $7 < last { exit 1 } { last = $7 }' "it's/metrics.csv" ||
    fail "the clock of metrics.csv runs backwards"
# A run that is over stays as it is.
expect 0 "$mnist" --resume --out "it's"
same "$whole" "$(hash_of)" "resuming what is done"

# Other numbers of threads may take it up; other data may not.
got=0
timeout --foreground --preserve-status -s TERM 0.2 "$mnist" $options --out two \
    >stdout 2>stderr </dev/null || got=$?
[ $got = 143 ] || fail "exit code $got after SIGTERM"
mkdir data2
"$build/tests/examples/make_idx" data2 7
expect 3 "$mnist" --resume --data data2 --out two
says stderr "not the images of the interrupted run"
expect 0 "$mnist" --resume --threads 3 --workers 2 --out two
same "$whole" "$(hash_of)" "other threads after SIGTERM"

# A second signal, later, ends it at once. One batch of this net takes long.
rm -rf long
"$mnist" --data data --hidden 3000 --batch 900 --engine plain --threads 1 --out long \
    >stdout 2>stderr </dev/null &
process=$!
for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ ! -e long/run.json ] || break
    sleep 0.2
done
sleep 0.2
kill -TERM $process
sleep 0.3
kill -TERM $process
got=0
wait $process || got=$?
[ $got = 143 ] || fail "exit code $got after two signals"
[ ! -e long/checkpoint.safetensors ] || fail "two signals did not end it at once"
# Nothing was saved: it begins again.
expect 0 "$mnist" --config whole/run.json --epochs 2 --out three
rm three/checkpoint.safetensors*
expect 0 "$mnist" --resume --out three

# Ignored by nohup, ignored by the program.
"$mnist" $options --out four >stdout 2>stderr </dev/null &
process=$!
sleep 0.2
kill -INT $process 2>/dev/null || :
wait $process || fail "SIGINT, which the shell had ignored, stopped it"
same "$whole" "$(hash_of)" "an ignored signal"

# kill -9.
kill_loop five 5 1 $options
same "$whole" "$(hash_of)" "kill -9 and --resume"
cmp whole/model.safetensors five/model.safetensors

# A damaged checkpoint is told from a good one.
head -c 5000 five/checkpoint.safetensors >half
cp half five/checkpoint.safetensors
expect 3 "$mnist" --resume --out five
says stderr "five/checkpoint.safetensors.prev, the checkpoint before it, is whole"
expect 4 "$mnist" --resume --out nowhere
says stderr "nowhere/run.json"
echo '{"program": "mnist"}' >five/run.json
expect 3 "$mnist" --resume --out five
says stderr "it holds no settings"
echo '{"program": "mnist", "options": {"lr": "x"}}' >five/run.json
expect 3 "$mnist" --resume --out five
echo '{"program": ' >five/run.json
expect 3 "$mnist" --resume --out five
says stderr "run.json: line "
echo "mnist: resumes to the same bits"
