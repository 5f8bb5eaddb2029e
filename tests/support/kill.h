/* Training runs that are killed. */
#ifndef DL_SUPPORT_KILL_H
#define DL_SUPPORT_KILL_H
enum { KILL_DENSE, KILL_CONV }; /* toy.h with Adam; tiny_pictures.h */
/* Runs a training in child processes that are killed without warning at `rounds` random moments,
 * every second one while it stops and saves because it was asked to (SIGTERM), and then resumed
 * from its checkpoint; asserts that it ends with the weights of one that nobody touched, and that
 * nothing but the checkpoint and its .prev are left in the scratch folder. */
void kill_rounds(int net, int rounds);
#endif
