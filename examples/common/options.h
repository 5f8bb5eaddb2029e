/* Command lines from a table: names, kinds, ranges, help. */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H
#include <stdint.h>

enum option_kind { OPTION_FLAG, OPTION_INT, OPTION_REAL, OPTION_TEXT };

/* What an option belongs to. */
enum option_scope {
    OPTION_RUN,  /* to the run: results depend on it, a resumed run keeps it            */
    OPTION_FREE, /* to the run, but results do not depend on it: a resumed run may differ */
    OPTION_CALL  /* to this call of the program; run.json does not hold it                */
};

typedef struct option {
    const char *name; /* without the dashes */
    enum option_kind kind;
    enum option_scope scope;
    void *value;         /* int64_t (flags and integers), double, const char * */
    double low, high;    /* allowed values of a number */
    const char *choices; /* of a text, "a|b|c"; NULL: any */
    const char *help;
    int given; /* OPTION_GIVEN ..., 0: it is as the program has it */
} option;

/* Where a value came from. */
enum {
    OPTION_GIVEN = 1, /* the command line                 */
    OPTION_READ,      /* a file of settings               */
    OPTION_PRESET     /* what fits the values of others   */
};

/* Exit codes of the programs; interrupted by signal s: 128 + s, so 130 after Ctrl-C. */
enum { EXIT_USAGE = 2, EXIT_DATA = 3, EXIT_FILE = 4, EXIT_MEMORY = 5, EXIT_DIVERGED = 6 };

/* Reads --name value, --name=value and --flag; the rest, and all that follows "--", goes to
 * rest[0..*n_rest), which has room for argc entries. -h is --help. Returns 0, or EXIT_USAGE after
 * one line on stderr. */
int options_parse(const char *program, option *o, int n, int argc, char **argv, const char **rest,
                  int *n_rest);
/* Sets one option from text, as a command line does; where names the source in the message. */
int option_set(const char *program, option *o, const char *text, const char *where);
/* 1 when text is one of "a|b|c". */
int option_chosen(const char *choices, const char *text);
option *option_find(option *o, int n, const char *name);
/* The value as text; buf has 64 bytes and is used for numbers. */
const char *option_text(const option *o, char *buf);
void options_help(const option *o, int n);
/* The word of list that was most likely meant; NULL if none is near. */
const char *word_near(const char *word, const char *const *list, int n);
#endif
