/* 1 under the thread sanitizer, which does not allow threads after a fork of a threaded process. */
#ifndef DL_TESTS_TSAN_H
#define DL_TESTS_TSAN_H
#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#ifndef TSAN
#define TSAN 0
#endif
#endif
