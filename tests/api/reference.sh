#!/bin/sh
# reference.sh VERSION: every public function is documented, and the reference made from the headers
# has every one of them, as a page and as data.
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
make_reference()
{
    awk -v mode="$1" -v version="$2" -f .cmake/reference.awk include/dl/*.h
}
make_reference check "$1" || status=1
make_reference html "$1" >"$scratch/reference.html"
make_reference json "$1" >"$scratch/api.json"
for name in $(awk -f .cmake/public_names.awk include/dl/*.h); do
    if ! grep -q "id=\"$name\"" "$scratch/reference.html"; then
        echo "$name is missing in reference.html"
        status=1
    fi
    if ! grep -q "^.*{\"name\": \"$name\", \"header\"" "$scratch/api.json"; then
        echo "$name is missing in api.json"
        status=1
    fi
done
# Each link has its target.
grep -o 'href="#[^"]*"' "$scratch/reference.html" | sed 's/href="#//; s/"//' | sort -u >"$scratch/links"
grep -o 'id="[^"]*"' "$scratch/reference.html" | sed 's/id="//; s/"//' | sort >"$scratch/ids"
if comm -23 "$scratch/links" "$scratch/ids" | grep .; then
    echo "links to nowhere"
    status=1
fi
if uniq -d "$scratch/ids" | grep .; then
    echo "anchors made twice"
    status=1
fi
exit $status
