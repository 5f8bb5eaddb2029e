# Prints the name of every function that the given headers declare with DL_API, one a line, in the
# order of the headers. The one source of "what is public": the version script, the test of the
# exported symbols and the reference are all made from it.
#
# A declaration begins with the word DL_API outside comments and directives and its name is the
# last word before the first parenthesis. Anything else (a variable, a function that returns a
# pointer to a function) is an error: bindings could not use it.

function scan(code, head, name)
{
    while (match(code, /(^|[^A-Za-z0-9_])DL_API[^A-Za-z0-9_]/)) {
        code = substr(code, RSTART + RLENGTH)
        if (!match(code, /[(;]/)) {
            complain("declaration without an end")
            return
        }
        head = substr(code, 1, RSTART - 1)
        if (substr(code, RSTART, 1) == ";") {
            complain("DL_API on something that is not a function:" head)
            continue
        }
        sub(/[ \t]+$/, "", head)
        if (!match(head, /[A-Za-z_][A-Za-z0-9_]*$/) || RSTART == 1) {
            complain("cannot read the declaration:" head)
            continue
        }
        name = substr(head, RSTART)
        print name
    }
}

function complain(what)
{
    print file ": " what > "/dev/stderr"
    bad = 1
}

function finish()
{
    if (file != "")
        scan(all " ")
    all = ""
}

FNR == 1 {
    finish()
    file = FILENAME
    inside = directive = 0
}

{
    line = $0
    if (!inside && (directive || line ~ /^[ \t]*#/)) {
        directive = line ~ /\\$/
        next
    }
    directive = 0
    text = ""
    while (line != "") {
        if (inside) {
            at = index(line, "*/")
            if (!at)
                break
            line = substr(line, at + 2)
            inside = 0
        } else {
            at = index(line, "/*")
            if (!at) {
                text = text line
                break
            }
            text = text substr(line, 1, at - 1) " "
            line = substr(line, at + 2)
            inside = 1
        }
    }
    all = all " " text
}

END {
    finish()
    exit bad
}
