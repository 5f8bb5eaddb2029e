/* One line of the transforms of Winograd convolution: F(4, 3) with the points 0, +-P, +-Q and
 * infinity, F(2, 3) with 0, +-1 and infinity. L(i) is entry i of the source, S(i, v) takes entry i
 * of the result; entries are vectors `vec`, ADD(c, k, b) is c += k b, fused, TIMES(a, k) is a k.
 *
 * y = A^T [(G g) o (B^T d)] are the outputs of inputs d and taps g (Lavin and Gray,
 * arXiv:1509.09308). P = 3/4 and Q = 3/2 err less than the usual 1 and 2 (Barabasz et al.,
 * arXiv:1803.10986), and make A and B exact in binary. Whatever is fused is said: no compiler
 * fuses by itself, so all get the same bits. */
#ifndef DL_KERNELS_NATIVE_WINOGRAD_LINES_H
#define DL_KERNELS_NATIVE_WINOGRAD_LINES_H

#define P 0.75
#define Q 1.5
#define P2 (P * P)
#define Q2 (Q * Q)
#define G0 (1 / (P2 * Q2))
#define GP (1 / (2 * P2 * (P2 - Q2)))
#define GQ (1 / (2 * Q2 * (Q2 - P2)))

/* Entries i and i + 1: s + k t and s - k t. */
#define PAIR(S, i, s, k, t)                                                                        \
    {                                                                                              \
        vec plus = s, minus = s;                                                                   \
        ADD(plus, k, t);                                                                           \
        ADD(minus, -(k), t);                                                                       \
        S(i, plus);                                                                                \
        S((i) + 1, minus);                                                                         \
    }

/* B^T d */
#define INPUT_4(L, S)                                                                              \
    {                                                                                              \
        const vec d0 = L(0), d1 = L(1), d2 = L(2), d3 = L(3), d4 = L(4), d5 = L(5);                \
        vec first = d4, last = d5, p = d4, p_odd = d3, q = d4, q_odd = d3;                         \
        ADD(first, -(P2 + Q2), d2);                                                                \
        ADD(first, P2 *Q2, d0);                                                                    \
        ADD(last, -(P2 + Q2), d3);                                                                 \
        ADD(last, P2 *Q2, d1);                                                                     \
        ADD(p, -Q2, d2);                                                                           \
        ADD(p_odd, -Q2, d1);                                                                       \
        ADD(q, -P2, d2);                                                                           \
        ADD(q_odd, -P2, d1);                                                                       \
        S(0, first);                                                                               \
        PAIR(S, 1, p, P, p_odd)                                                                    \
        PAIR(S, 3, q, Q, q_odd)                                                                    \
        S(5, last);                                                                                \
    }
#define INPUT_2(L, S)                                                                              \
    {                                                                                              \
        const vec d0 = L(0), d1 = L(1), d2 = L(2), d3 = L(3);                                      \
        S(0, d0 - d2);                                                                             \
        S(1, d1 + d2);                                                                             \
        S(2, d2 - d1);                                                                             \
        S(3, d1 - d3);                                                                             \
    }

/* A^T m */
#define OUTPUT_4(L, S)                                                                             \
    {                                                                                              \
        const vec m1 = L(1), m2 = L(2), m3 = L(3), m4 = L(4);                                      \
        const vec p = m1 + m2, p_odd = m1 - m2, q = m3 + m4, q_odd = m3 - m4;                      \
        vec y1 = TIMES(p_odd, P), y2 = TIMES(p, P2), y3 = L(5);                                    \
        ADD(y1, Q, q_odd);                                                                         \
        ADD(y2, Q2, q);                                                                            \
        ADD(y3, P *P2, p_odd);                                                                     \
        ADD(y3, Q *Q2, q_odd);                                                                     \
        S(0, L(0) + p + q);                                                                        \
        S(1, y1);                                                                                  \
        S(2, y2);                                                                                  \
        S(3, y3);                                                                                  \
    }
#define OUTPUT_2(L, S)                                                                             \
    {                                                                                              \
        const vec m1 = L(1), m2 = L(2);                                                            \
        S(0, L(0) + m1 + m2);                                                                      \
        S(1, m1 - m2 - L(3));                                                                      \
    }

/* A y */
#define GRADIENT_4(L, S)                                                                           \
    {                                                                                              \
        const vec y0 = L(0), y1 = L(1), y2 = L(2), y3 = L(3);                                      \
        vec p = y0, p_odd = y1, q = y0, q_odd = y1;                                                \
        ADD(p, P2, y2);                                                                            \
        ADD(p_odd, P2, y3);                                                                        \
        ADD(q, Q2, y2);                                                                            \
        ADD(q_odd, Q2, y3);                                                                        \
        S(0, y0);                                                                                  \
        PAIR(S, 1, p, P, p_odd)                                                                    \
        PAIR(S, 3, q, Q, q_odd)                                                                    \
        S(5, y3);                                                                                  \
    }
#define GRADIENT_2(L, S)                                                                           \
    {                                                                                              \
        const vec y0 = L(0), y1 = L(1);                                                            \
        S(0, y0);                                                                                  \
        S(1, y0 + y1);                                                                             \
        S(2, y0 - y1);                                                                             \
        S(3, -y1);                                                                                 \
    }

/* G g */
#define WEIGHTS_4(L, S)                                                                            \
    {                                                                                              \
        const vec g0 = L(0), g1 = L(1), g2 = L(2);                                                 \
        const vec p_odd = TIMES(g1, P * GP), q_odd = TIMES(g1, Q * GQ);                            \
        vec p = TIMES(g0, GP), q = TIMES(g0, GQ);                                                  \
        ADD(p, P2 *GP, g2);                                                                        \
        ADD(q, Q2 *GQ, g2);                                                                        \
        S(0, TIMES(g0, G0));                                                                       \
        S(1, p + p_odd);                                                                           \
        S(2, p - p_odd);                                                                           \
        S(3, q + q_odd);                                                                           \
        S(4, q - q_odd);                                                                           \
        S(5, g2);                                                                                  \
    }
#define WEIGHTS_2(L, S)                                                                            \
    {                                                                                              \
        const vec g0 = L(0), g2 = L(2), even = TIMES(g0 + g2, 0.5);                                \
        const vec odd = TIMES(L(1), 0.5);                                                          \
        S(0, g0);                                                                                  \
        S(1, even + odd);                                                                          \
        S(2, even - odd);                                                                          \
        S(3, g2);                                                                                  \
    }

/* G^T u */
#define FINISH_4(L, S)                                                                             \
    {                                                                                              \
        const vec u1 = L(1), u2 = L(2), u3 = L(3), u4 = L(4);                                      \
        const vec p = u1 + u2, p_odd = u1 - u2, q = u3 + u4, q_odd = u3 - u4;                      \
        vec g0 = TIMES(L(0), G0), g1 = TIMES(p_odd, P * GP), g2 = L(5);                            \
        ADD(g0, GP, p);                                                                            \
        ADD(g0, GQ, q);                                                                            \
        ADD(g1, Q *GQ, q_odd);                                                                     \
        ADD(g2, P2 *GP, p);                                                                        \
        ADD(g2, Q2 *GQ, q);                                                                        \
        S(0, g0);                                                                                  \
        S(1, g1);                                                                                  \
        S(2, g2);                                                                                  \
    }
#define FINISH_2(L, S)                                                                             \
    {                                                                                              \
        const vec u1 = L(1), u2 = L(2), p = TIMES(u1 + u2, 0.5);                                   \
        S(0, L(0) + p);                                                                            \
        S(1, TIMES(u1 - u2, 0.5));                                                                 \
        S(2, p + L(3));                                                                            \
    }
#endif
