/* Command lines from a table: names, kinds, ranges, help. */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H
#include <stdint.h>

enum option_kind { OPTION_FLAG, OPTION_INT, OPTION_REAL, OPTION_TEXT };

typedef struct option {
    const char *name; /* without the dashes */
    enum option_kind kind;
    void *value;         /* int64_t (flags and integers), double, const char * */
    double low, high;    /* allowed values of a number */
    const char *choices; /* of a text, "a|b|c"; NULL: any */
    const char *help;
    int given;     /* on the command line                    */
    int transient; /* of this call, not of the run it begins */
} option;

/* Exit codes of the programs. */
enum {
    EXIT_USAGE = 2,
    EXIT_DATA = 3,
    EXIT_FILE = 4,
    EXIT_MEMORY = 5,
    EXIT_DIVERGED = 6,
    EXIT_INTERRUPTED = 130
};

/* Reads --name value, --name=value and --flag; what is no option goes to rest[0..*n_rest), which has
 * room for argc entries. Returns 0, or EXIT_USAGE after one line on stderr. */
int options_parse(const char *program, option *o, int n, int argc, char **argv, const char **rest,
                  int *n_rest);
/* Sets one option from text, as a command line does; where names the source in the message. */
int option_set(const char *program, option *o, const char *text, const char *where);
option *option_find(option *o, int n, const char *name);
/* The value as text; buf has 64 bytes and is used for numbers. */
const char *option_text(const option *o, char *buf);
void options_help(const option *o, int n);
#endif
