# kill_loop FOLDER N SEED OPTION...: trains in FOLDER, killed N times at random moments and taken up
# again, then to the end. To be sourced after lib.sh.
kill_loop()
{
    folder=$1
    times=$2
    moments=$(awk -v seed="$3" -v n="$2" \
        'BEGIN { srand(seed); for (i = 0; i < n; i++) printf "%.3f\n", 0.02 + 0.3 * rand() }')
    shift 3
    killed=0
    for moment in $moments; do
        how=$*
        [ ! -e "$folder/run.json" ] || how=--resume
        got=0
        # shellcheck disable=SC2086
        timeout --foreground -s KILL "$moment" "$mnist" $how --out "$folder" >/dev/null 2>stderr || got=$?
        case $got in
        137) killed=$((killed + 1)) ;;
        0) ;; # it was done before
        *)
            cat stderr >&2
            fail "exit code $got after kill $killed"
            ;;
        esac
    done
    [ "$killed" -ge 1 ] || fail "no run was killed"
    [ -e "$folder/run.json" ] || fail "no run lived long enough"
    expect 0 "$mnist" --resume --out "$folder"
    [ "$(find "$folder" | wc -l)" -le 16 ] || fail "killed runs left files: $(ls -a "$folder")"
    echo "killed $killed of $times times"
}
