/* How many cores this process may use: the affinity mask, cut by the cpu quota of its cgroups. A
 * container with two cores' worth of quota on a machine of 64 gets two threads, not 64. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/parallel.h"

enum { PATH = 1024, CORES_MAX = 4096 };

/* The first cap-1 bytes of a file as text; 0 if it cannot be read. */
static int read_text(const char *path, char *buf, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size_t n = 0;
    while (n + 1 < cap) {
        ssize_t got = read(fd, buf + n, cap - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    buf[n] = '\0';
    return n > 0;
}

/* Takes the next word off *s, ended by white space. */
static char *next_word(char **s)
{
    char *word = *s + strspn(*s, " \t\n");
    char *end = word + strcspn(word, " \t\n");
    *s = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

/* Whole cores of a quota. Rounded down: a thread beyond the quota only gets all of them stopped
 * when the period's time is spent. */
static int32_t quota_to_cores(const char *quota, const char *period)
{
    long long q = strtoll(quota, NULL, 10), p = strtoll(period, NULL, 10);
    if (q <= 0 || p <= 0)
        return INT32_MAX; /* "max", which reads as 0, and -1 are no limit */
    long long cores = q / p;
    return cores < 1 ? 1 : cores > CORES_MAX ? INT32_MAX : (int32_t)cores;
}

static int32_t quota_v2(const char *dir)
{
    char path[PATH + 16], text[128];
    snprintf(path, sizeof path, "%s/cpu.max", dir);
    if (!read_text(path, text, sizeof text))
        return INT32_MAX;
    char *s = text;
    const char *quota = next_word(&s);
    return quota_to_cores(quota, next_word(&s));
}

static int32_t quota_v1(const char *dir)
{
    char path[PATH + 32], quota[64], period[64];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir);
    if (!read_text(path, quota, sizeof quota))
        return INT32_MAX;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
    if (!read_text(path, period, sizeof period))
        return INT32_MAX;
    char *q = quota, *p = period;
    return quota_to_cores(next_word(&q), next_word(&p));
}

/* The least quota of the group and of all groups around it. Inside a container the path may not
 * exist below the mount; the walk then reaches the mount itself, which is the container's group. */
static int32_t quota_upwards(const char *mount, const char *group, int32_t (*quota)(const char *))
{
    char dir[PATH];
    int n = snprintf(dir, sizeof dir, "%s%s", mount, group);
    if (n < 0 || (size_t)n >= sizeof dir)
        return INT32_MAX;
    int32_t least = INT32_MAX;
    size_t floor = strlen(mount);
    for (;;) {
        int32_t cores = quota(dir);
        least = cores < least ? cores : least;
        char *slash = strrchr(dir, '/');
        if (!slash || (size_t)(slash - dir) < floor)
            return least;
        *slash = '\0';
    }
}

/* 1 if the comma-separated list holds "cpu". */
static int has_cpu(const char *list)
{
    for (const char *s = list; *s; s += strcspn(s, ","), s += *s == ',')
        if (strcspn(s, ",") == 3 && memcmp(s, "cpu", 3) == 0)
            return 1;
    return 0;
}

/* One line, "0::/group" (version 2) or "4:cpu,cpuacct:/group" (version 1). */
static int32_t quota_of_line(char *line, const char *root)
{
    char *list = strchr(line, ':');
    char *group = list ? strchr(list + 1, ':') : NULL;
    if (!group)
        return INT32_MAX;
    *list++ = '\0';
    *group++ = '\0';
    char mount[PATH / 2];
    int n;
    if (*list == '\0') {
        int32_t pure = quota_upwards(root, group, quota_v2);
        n = snprintf(mount, sizeof mount, "%s/unified", root);
        int32_t hybrid =
            (size_t)n < sizeof mount ? quota_upwards(mount, group, quota_v2) : INT32_MAX;
        return pure < hybrid ? pure : hybrid;
    }
    if (!has_cpu(list))
        return INT32_MAX;
    n = snprintf(mount, sizeof mount, "%s/%s", root, list);
    int32_t joint = (size_t)n < sizeof mount ? quota_upwards(mount, group, quota_v1) : INT32_MAX;
    n = snprintf(mount, sizeof mount, "%s/cpu", root);
    int32_t single = (size_t)n < sizeof mount ? quota_upwards(mount, group, quota_v1) : INT32_MAX;
    return joint < single ? joint : single;
}

int32_t dl__quota_cores(const char *text, const char *root)
{
    int32_t least = INT32_MAX;
    while (*text) {
        size_t n = strcspn(text, "\n");
        char line[PATH / 2];
        if (n < sizeof line) {
            memcpy(line, text, n);
            line[n] = '\0';
            int32_t cores = quota_of_line(line, root);
            least = cores < least ? cores : least;
        }
        text += n + (text[n] == '\n');
    }
    return least;
}

static int32_t affinity_cores(void)
{
#if defined(__linux__)
    /* The kernel refuses a set smaller than its own; 16384 bits hold every machine of today. */
    unsigned long set[16384 / (8 * sizeof(unsigned long))] = {0};
    if (sched_getaffinity(0, sizeof set, (cpu_set_t *)set) == 0) {
        int32_t n = 0;
        for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
            n += __builtin_popcountl(set[i]);
        if (n > 0)
            return n;
    }
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > CORES_MAX ? CORES_MAX : (int32_t)n;
}

int32_t dl__cores(void)
{
    int32_t cores = affinity_cores();
    char text[4096];
    if (read_text("/proc/self/cgroup", text, sizeof text)) {
        int32_t quota = dl__quota_cores(text, "/sys/fs/cgroup");
        cores = quota < cores ? quota : cores;
    }
    return cores;
}
