/* What every program does the same way: messages, interruption, exit codes, settings that travel in
 * run.json, a folder of results. */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H
#include <stddef.h>
#include <stdio.h>
#include "dl/ctx.h"
#include "options.h"

/* ---- messages -------------------------------------------------------------------------------- */

/* Prints "program: message" as one line on stderr and returns code. What could steer a terminal is
 * printed as an escape, here and by printable. */
int complain(const char *program, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* text without control characters, cut to cap bytes; buf. */
const char *printable(char *buf, size_t cap, const char *text);
/* Prints the standing error of ctx after the program's name; returns the exit code that fits. */
int program_fail(const char *program, dl_ctx *ctx);

/* ---- the process ----------------------------------------------------------------------------- */

/* Standard streams that are closed become /dev/null; a file that grows too large, or a closed pipe,
 * is an error of the call, not a signal. Ctrl-C, SIGTERM and SIGHUP are caught from here on, unless
 * they were ignored (nohup). */
void program_begin(void);
/* The exit code: code, or EXIT_FILE after a message when stdout could not take all that was
 * printed. A reader that went away (head) is not an error. */
int program_end(const char *program, int code);
/* A signal now cancels ctx, so that it can save; a second one ends the process at once, as the
 * first does when ctx is NULL. */
void program_watch(dl_ctx *ctx);
/* 128 + the signal that cancelled, 0 if there was none. */
int program_signal(void);
/* Forgets the standing error of ctx, but not that it was cancelled. */
void program_forgive(dl_ctx *ctx);
/* Bytes of memory that this process may hope for: what the machine has, or what the system
 * allows. */
int64_t program_memory(void);

/* ---- settings -------------------------------------------------------------------------------- */

typedef struct fact { /* recorded beside the options */
    const char *name, *text;
} fact;

typedef void settings_fn(void *user, const char *name, const char *text);
/* Calls fn for every option of the run that has a value, the facts, and what the library says of
 * itself and the machine. */
void settings_tell(dl_ctx *ctx, const option *o, int n, const fact *f, int n_fact, settings_fn *fn,
                   void *user);
/* Prints options, facts, and what the library says of itself and the machine, in two columns. */
void settings_print(dl_ctx *ctx, const option *o, int n, const fact *f, int n_fact);
/* Writes the same to path. 0, or an exit code after a message. */
int settings_write(const char *program, dl_ctx *ctx, const option *o, int n, const fact *f,
                   int n_fact, const char *path);
/* Sets the options of path that were not given on the command line. resume: those that were given
 * must be the same there if they belong to the run. */
int settings_read(const char *program, option *o, int n, const char *path, int resume);
/* A fact of the file that was read last; NULL if there is none. Texts live until the end. */
const char *settings_fact(const char *name);
/* 1 when path holds settings that this program wrote. */
int settings_ours(const char *program, const char *path);

/* ---- files ----------------------------------------------------------------------------------- */

enum { PATH_BYTES = 4096, NAME_BYTES = 64 };

/* Makes the folder dir, and those above it, if it is not there. 0, or an exit code. */
int folder_make(const char *program, const char *dir);
/* Keeps other processes that ask for it out of dir until this one ends. 0, or an exit code. */
int folder_lock(const char *program, const char *dir);
/* dir/name, in buf of PATH_BYTES + NAME_BYTES bytes. */
const char *path_in(char *buf, const char *dir, const char *name);
int file_there(const char *path);
/* A file that replaces path when it is complete; with sync 1, when it is safe on the disk too. end
 * returns 0, or errno with path as it was. */
FILE *file_begin(const char *path);
int file_end(FILE *f, const char *path, int sync);
/* A number of a table, with nine digits; nothing for NaN. */
void file_number(FILE *f, double v);
/* word as a shell takes it, in buf of cap bytes; cut if it is too long. */
const char *shell_word(char *buf, size_t cap, const char *word);
#endif
