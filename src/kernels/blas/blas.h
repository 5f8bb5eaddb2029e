/* The BLAS engine. Only the files of this folder know BLAS. */
#ifndef DL_KERNELS_BLAS_BLAS_H
#define DL_KERNELS_BLAS_BLAS_H
#include "kernels/kernels.h"

/* The table, or NULL with *why saying what is in the way. Loads and tests the library the first
 * time; the answer stays for the life of the process. */
const struct dl__kernels *dl__blas(const char **why);
/* openblas_get_corename(), "" if there is none. Only after dl__blas. */
const char *dl__blas_corename(void);

/* ---- inside the folder ----------------------------------------------------------------------- */

enum { DL__ROW_MAJOR = 101, DL__NO_TRANS = 111, DL__TRANS = 112 };

typedef struct dl__cblas {
    void (*sgemm)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                  int lda, const float *b, int ldb, float beta, float *c, int ldc);
    void (*dgemm)(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a,
                  int lda, const double *b, int ldb, double beta, double *c, int ldc);
    void (*sgemv)(int order, int trans, int m, int n, float alpha, const float *a, int lda,
                  const float *x, int incx, float beta, float *y, int incy);
    void (*dgemv)(int order, int trans, int m, int n, double alpha, const double *a, int lda,
                  const double *x, int incx, double beta, double *y, int incy);
    /* Of OpenBLAS alone; NULL elsewhere. */
    char *(*corename)(void);
    char *(*config)(void);
    int (*parallel)(void); /* 0: serial, 1: its own threads, 2: OpenMP */
    int (*get_threads)(void);
    void (*set_threads)(int n);
    int (*end_threads)(void); /* waits for its threads and ends them */
} dl__cblas;

extern dl__cblas dl__cblas_calls; /* filled by dl__blas_load, constant after */

/* Finds the library and fills dl__cblas_calls, set to one thread; NULL, or what is in the way. */
const char *dl__blas_load(void);
/* NULL if products come out right, else what is wrong. */
const char *dl__blas_test(void);
void dl__blas_gemm_f32(const dl__gemm_args *g);
void dl__blas_gemm_f64(const dl__gemm_args *g);

/* The gate around calls. OpenBLAS takes 128 MiB of address space for each call in progress that it
 * has not seen before, and loops for ever if it gets none; and a fork in the middle of a call would
 * leave its locks taken in the child. So a call waits at the gate for a fork to pass, and for
 * another call to end when there is no room for one more. 0: no room at all, do not call. */
int dl__blas_gate_open(void);       /* once, before the first call; 0 on failure */
int dl__blas_room(int n);           /* 1 if n calls at once find buffers now     */
void dl__blas_gate_limit(int most); /* calls at once, for a library without locks */
int dl__blas_enter(void);
void dl__blas_leave(void);
#endif
