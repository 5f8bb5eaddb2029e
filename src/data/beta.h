/* Draws from the beta distribution. */
#ifndef DL_DATA_BETA_H
#define DL_DATA_BETA_H
#include "core/random.h"

/* Beta(alpha, alpha), alpha > 0, of a key: X / (X + Y) with two gamma variables (Marsaglia, Tsang,
 * A Simple Method for Generating Gamma Variables, 2000), which are kept as logarithms, so that a
 * small alpha does not underflow. They come from the streams (key, DL__FOR_AUGMENT, 2) and 3. */
double dl__beta(uint64_t key, double alpha);
#endif
