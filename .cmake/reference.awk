# Reads the public headers and writes what they document.
#   awk -v mode=html  ...  the reference, one page
#   awk -v mode=json  ...  the same as data for bindings: functions, arguments, documentation
#   awk -v mode=check ...  nothing; names every function without documentation, exit status 1
# Documentation is the comment right above a declaration, beside it, or indented below it.
# Declarations that follow each other without an empty line share the comment above the first.

function trim(s)
{
    sub(/^[ \t\n]+/, "", s)
    sub(/[ \t\n]+$/, "", s)
    return s
}

# The text of a comment without its marks.
function plain(s)
{
    gsub(/\/\*+|\*+\//, "", s)
    gsub(/\n[ \t]*\*? ?/, "\n", s)
    gsub(/[ \t]+\n/, "\n", s)
    return trim(s)
}

function without_comments(s, out, at)
{
    out = ""
    while ((at = index(s, "/*")) > 0) {
        out = out substr(s, 1, at - 1)
        s = substr(s, at + 2)
        at = index(s, "*/")
        s = at ? substr(s, at + 2) : ""
    }
    return out s
}

function comments(s, out, at)
{
    out = ""
    while ((at = index(s, "/*")) > 0) {
        s = substr(s, at)
        at = index(s, "*/")
        if (!at)
            break
        out = out (out == "" ? "" : "\n") plain(substr(s, 1, at + 1))
        s = substr(s, at + 2)
    }
    return out
}

function count(s, c, n)
{
    n = gsub(c, "", s)
    return n
}

# One declaration is complete: raw is its text, comments included.
function declare(code, head, name, at)
{
    code = without_comments(raw)
    gsub(/__attribute__[ \t]*\(\(.*\)\)/, "", code)
    gsub(/[ \t\n]+/, " ", code)
    sub(/ ;$/, ";", code)
    code = trim(code)
    n++
    header[n] = file
    doc[n] = above
    beside = comments(raw)
    if (code ~ /^DL_API /) {
        sub(/^DL_API /, "", code)
        kind[n] = "function"
        head = substr(code, 1, index(code, "(") - 1)
        match(head, /[A-Za-z_][A-Za-z0-9_]*$/)
        name = substr(head, RSTART)
        if (beside != "")
            doc[n] = doc[n] (doc[n] == "" ? "" : "\n") beside
        text[n] = code
    } else {
        kind[n] = code ~ /[})A-Za-z0-9_ ]*\{/ ? "type" : "alias"
        if (code ~ /^enum/) {
            name = ""
        } else if (code ~ /\(\*[A-Za-z_0-9]+\)/ && code !~ /\{/) {
            match(code, /\(\*[A-Za-z_0-9]+\)/)
            name = substr(code, RSTART + 2, RLENGTH - 3)
        } else {
            name = code
            sub(/;$/, "", name)
            match(name, /[A-Za-z_][A-Za-z0-9_]*$/)
            name = RSTART ? substr(name, RSTART) : ""
        }
        text[n] = raw
        if (code ~ /\{/)
            above = "" # a comment above a struct says nothing about the functions below it
    }
    title[n] = name
    if (name != "" && !(name in known))
        known[name] = n
    raw = ""
}

FNR == 1 {
    file = FILENAME
    sub(/.*\//, "", file)
    if (!(file in intro))
        files[++n_files] = file
    above = raw = note = ""
    depth = last = in_note = continued = started = 0
}

{
    line = $0
    sub(/[ \t\r]+$/, "", line)
}

# Inside a comment that stands by itself.
in_note {
    note = note "\n" line
    if (index(line, "*/")) {
        in_note = 0
        noted()
    }
    next
}

# Inside a declaration.
raw != "" {
    if (line !~ /^[ \t]*#/)
        more(line)
    next
}

continued || line ~ /^[ \t]*#/ {
    if (line ~ /^[ \t]*#[ \t]*define[ \t]+DL_[A-Z0-9_]+/ && line !~ /DL_API|_H$/) {
        n++
        header[n] = file
        kind[n] = "macro"
        text[n] = line
        doc[n] = above
        name = line
        sub(/^[ \t]*#[ \t]*define[ \t]+/, "", name)
        match(name, /^[A-Za-z0-9_]+/)
        title[n] = substr(name, 1, RLENGTH)
        known[title[n]] = n
    }
    continued = line ~ /\\$/
    last = 0
    next
}

line == "" {
    above = ""
    last = 0
    next
}

line ~ /^[ \t]*\/\*/ {
    note = line
    if (index(line, "*/"))
        noted()
    else
        in_note = 1
    next
}

line ~ /^(DL_API|typedef|enum|struct)[ \t]/ {
    depth = 0
    more(line)
    next
}

{
    last = 0
}

# A comment by itself is complete: it belongs to the declaration above when it is indented, else to
# what follows; the first of a file introduces it.
function noted(indented)
{
    indented = note ~ /^[ \t]/
    note = plain(note)
    if (!started && !(file in intro)) {
        intro[file] = note
        started = 1
        return
    }
    if (indented && last)
        doc[last] = doc[last] (doc[last] == "" ? "" : "\n") note
    else
        above = note
}

function more(line, code)
{
    started = 1
    raw = raw (raw == "" ? "" : "\n") line
    code = without_comments(raw)
    if (count(code, "{") == count(code, "}") && count(code, "\\(") == count(code, "\\)") &&
        code ~ /;[ \t\n]*$/ && count(raw, "/[*]") == count(raw, "[*]/")) {
        declare()
        last = n
    }
}

# ---- writing ------------------------------------------------------------------------------------

function html(s)
{
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    return s
}

# HTML with every public name a link.
function linked(s, self, out, word)
{
    s = html(s)
    out = ""
    while (match(s, /(dl|DL)_[A-Za-z0-9_]+/)) {
        word = substr(s, RSTART, RLENGTH)
        out = out substr(s, 1, RSTART - 1)
        if (word in known && word != self)
            out = out "<a href=\"#" word "\">" word "</a>"
        else
            out = out word
        s = substr(s, RSTART + RLENGTH)
    }
    return out s
}

function write_html(f, i, name)
{
    print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "<title>libdl " version ": reference</title>\n<style>"
    print "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;" \
        "color:#1b1b1b;background:#fff}"
    print "pre{font:13px/1.45 ui-monospace,monospace;background:#f4f4f2;padding:.6rem .8rem;" \
        "overflow-x:auto;border-radius:4px;margin:0}"
    print "p{white-space:pre-line;margin:.5rem 0 0}section{margin:1.6rem 0}a{color:#0b57a4}"
    print "h2{border-bottom:1px solid #ccc;margin-top:3rem}h3{font-size:1rem;margin:0 0 .4rem}"
    print "nav{columns:3;font-size:14px}"
    print "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}" \
        "pre{background:#242424}a{color:#7ab7ff}}"
    print "</style>\n</head>\n<body>\n<h1>libdl " version "</h1>"
    print "<p>Made from the comments of the public headers.</p>"
    for (f = 1; f <= n_files; f++)
        print "<a href=\"#" files[f] "\">dl/" files[f] "</a>" (f < n_files ? " &middot;" : "")
    for (f = 1; f <= n_files; f++) {
        print "<h2 id=\"" files[f] "\">dl/" files[f] "</h2>"
        print "<p>" linked(intro[files[f]], "") "</p>\n<nav>"
        for (i = 1; i <= n; i++)
            if (header[i] == files[f] && kind[i] == "function")
                print "<a href=\"#" title[i] "\">" title[i] "</a><br>"
        print "</nav>"
        for (i = 1; i <= n; i++) {
            if (header[i] != files[f])
                continue
            name = title[i]
            print "<section" (name != "" && known[name] == i ? " id=\"" name "\"" : "") ">"
            if (name != "")
                print "<h3>" name "</h3>"
            print "<pre>" linked(text[i], name) "</pre>"
            if (doc[i] != "")
                print "<p>" linked(doc[i], name) "</p>"
            print "</section>"
        }
    }
    print "</body>\n</html>"
}

function quote(s)
{
    gsub(/\\/, "\\\\", s)
    gsub(/"/, "\\\"", s)
    gsub(/\n/, "\\n", s)
    gsub(/\t/, " ", s)
    return "\"" s "\""
}

# "const int64_t *shape" -> name shape, type const int64_t *.
function write_argument(s, type, name)
{
    s = trim(s)
    if (match(s, /\(\*[A-Za-z_0-9]+\)/)) {
        name = substr(s, RSTART + 2, RLENGTH - 3)
        type = substr(s, 1, RSTART + 1) substr(s, RSTART + RLENGTH - 1)
    } else if (s == "...") {
        name = type = s
    } else {
        match(s, /[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])*$/)
        name = substr(s, RSTART)
        type = trim(substr(s, 1, RSTART - 1))
        if (match(name, /\[.*$/)) {
            type = type " *"
            name = substr(name, 1, RSTART - 1)
        }
    }
    printf "{\"name\": %s, \"type\": %s}", quote(name), quote(type)
}

function write_arguments(s, i, c, level, part, first)
{
    level = 0
    part = ""
    first = 1
    s = s ","
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "(")
            level++
        if (c == ")")
            level--
        if (c != "," || level > 0) {
            part = part c
            continue
        }
        if (trim(part) != "void" && trim(part) != "") {
            if (!first)
                printf ", "
            write_argument(part)
            first = 0
        }
        part = ""
    }
}

function write_json(i, first, head, open, code)
{
    print "{\"version\": " quote(version) ", \"functions\": ["
    first = 1
    for (i = 1; i <= n; i++) {
        if (kind[i] != "function")
            continue
        code = text[i]
        open = index(code, "(")
        head = substr(code, 1, open - 1)
        sub(/[A-Za-z_][A-Za-z0-9_]*$/, "", head)
        code = substr(code, open + 1)
        sub(/\)[^)]*$/, "", code)
        printf "%s{\"name\": %s, \"header\": %s, \"returns\": %s, \"arguments\": [", \
            first ? "" : ",\n", quote(title[i]), quote("dl/" header[i]), quote(trim(head))
        write_arguments(code)
        printf "], \"doc\": %s}", quote(doc[i])
        first = 0
    }
    print "\n]}"
}

END {
    bad = 0
    if (mode == "check") {
        for (i = 1; i <= n; i++)
            if (kind[i] == "function" && doc[i] == "") {
                print "dl/" header[i] ": " title[i] " has no documentation"
                bad = 1
            }
    } else if (mode == "json") {
        write_json()
    } else {
        write_html()
    }
    exit bad
}
