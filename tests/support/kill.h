/* Training runs that are killed. */
#ifndef DL_SUPPORT_KILL_H
#define DL_SUPPORT_KILL_H
/* Runs a training in child processes that are killed without warning at `rounds` random
 * moments and then resumed from its checkpoint; asserts that it ends with the weights of one
 * that nobody touched, and that nothing but the checkpoint and its .prev are left in the
 * scratch folder. */
void kill_rounds(int rounds);
#endif
