/* What every program does the same way: interruption, exit codes, settings that travel in run.json,
 * a folder of results. */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H
#include <stddef.h>
#include "dl/ctx.h"
#include "options.h"

/* Standard streams that are closed become /dev/null; a file that grows too large, or a closed pipe,
 * is an error of the call, not a signal. */
void program_begin(void);
/* Ctrl-C (and SIGTERM, SIGHUP): the first cancels ctx, the second ends the process at once. */
void program_watch(dl_ctx *ctx);
/* Prints the standing error of ctx after the program's name; returns the exit code that fits. */
int program_fail(const char *program, dl_ctx *ctx);

/* Writes all options that are not transient, and facts about the machine and the library, to path. 0, or an exit code. */
int settings_write(const char *program, dl_ctx *ctx, const option *o, int n, const char *path);
/* Sets the options of path that were not given on the command line. Texts live until the end. */
int settings_read(const char *program, option *o, int n, const char *path);
/* Prints options and facts, two columns. */
void settings_print(dl_ctx *ctx, const option *o, int n);

/* Makes the folder dir if it is not there. 0, or an exit code after a message. */
int folder_make(const char *program, const char *dir);
/* dir/name, in buf of cap bytes. */
const char *path_in(char *buf, size_t cap, const char *dir, const char *name);
int file_there(const char *path);
#endif
