#!/bin/sh
# Fifty kills at random moments, then the weights of a run that was never touched.
. "$(dirname "$0")/lib.sh"
. "$tests/kill_loop.sh"
for workers in 0 2; do
    options="--data data --hidden 96 --batch 32 --threads 2 --workers $workers --epochs 1000 --valid 0.1"
    expect 0 "$mnist" $options --out whole --force
    whole=$(hash_of)
    rm -rf run
    kill_loop run 50 $((workers + 11)) $options
    same "$whole" "$(hash_of)" "kill -9 and --resume"
    cmp whole/model.safetensors run/model.safetensors
done
