/* Pages as a browser shows them: headless Chromium, where it is installed. Its screenshots stay in
 * tests/pictures of the build, for people to look at. */
#include "support/support.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dl/layers.h"
#include "dl/report.h"
#include "support/png.h"
#include "support/scratch.h"

enum { ROOM = 8 << 20, HIGH = 3600, LIGHT = 1, DARK = 0 };
static char text[ROOM], errors[ROOM];
static const char folder[] = DL_BUILD_DIR "/tests/pictures";

static const char *browser(void)
{
    static const char *const known[] = {"/usr/bin/chromium", "/usr/bin/chromium-browser",
                                        "/usr/bin/google-chrome"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (access(known[i], X_OK) == 0)
            return known[i];
    return NULL;
}

static void redirect(int fd, const char *path)
{
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0 || dup2(to, fd) < 0)
        _exit(126);
}

/* Opens file in a window of that width, light or dark; text and errors get what it writes. Returns
 * its exit status. One second of the page's time passes, so that all is drawn. */
static int show(const char *file, int width, int scheme, const char *action)
{
    char url[8192], whole[4096], size[64], look[64], profile[512];
    const char *out = scratch_at("stdout"), *err = scratch_at("stderr");
    assert_non_null(realpath(file, whole));
    snprintf(url, sizeof url, "file://%s", whole);
    snprintf(size, sizeof size, "--window-size=%d,%d", width, HIGH);
    snprintf(look, sizeof look, "--blink-settings=preferredColorScheme=%d", scheme);
    snprintf(profile, sizeof profile, "--user-data-dir=%s/profile-%ld", folder, (long)getpid());
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        redirect(1, out);
        redirect(2, err);
        unsetenv("LD_PRELOAD");
        execlp("timeout", "timeout", "-k", "5", "60", browser(), "--headless=new", "--no-sandbox",
               "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
               "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
               "--force-color-profile=srgb", "--force-device-scale-factor=1",
               "--enable-logging=stderr", "--virtual-time-budget=1000", profile, size, look, action,
               url, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    text[scratch_get(out, text, ROOM - 1)] = 0;
    errors[scratch_get(err, errors, ROOM - 1)] = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* 1 when there is a browser that can show anything at all; else the tests are skipped and say
 * so. */
static int can_show(void)
{
    static int known = -1;
    if (known >= 0)
        return known;
    mkdir(folder, 0700);
    static const char page[] = "<!doctype html><p>shown</p>";
    scratch_put(scratch_at("probe.html"), page, sizeof page - 1);
    known = browser() && show(scratch_at("probe.html"), 800, LIGHT, "--dump-dom") == 0 &&
            strstr(text, "<p>shown</p>");
    if (!known)
        print_message("SKIPPED: %s; nothing was shown to a browser (Debian: apt-get install "
                      "chromium)\n",
                      browser() ? "Chromium cannot show a page here" : "there is no Chromium");
    return known;
}

/* Every kind of part, one of them wider than a telephone, and a picture of one colour. */
static void write_page(dl_ctx *ctx, const char *path)
{
    static const char *const names[] = {"airplane", "a <wide> & \"long\" name", "bird\xff"};
    static const char *const facts[] = {"accuracy", "92.3 %", "best epoch", "17 of 20"};
    static const char *const cells[] = {
        "option",   "value", "a column that has very much to say about what the option does",
        "lr",       "0.1",   "none",
        "momentum", "0.9",   "none"};
    static const double y[] = {2, 1, 0.5, 0.4};
    dl_metric *m = dl_metric_confusion(ctx, 3, NULL);
    dl_tensor *truth = make_tensor(ctx, DL_I64, DL_SHAPE(6), 0, 0, 1, 1, 2, 2);
    dl_tensor *found = make_tensor(ctx, DL_I64, DL_SHAPE(6), 0, 0, 1, 2, 2, 2);
    dl_metric_add(m, found, truth);
    dl_tensor *red = make_tensor(ctx, DL_U8, DL_SHAPE(1, 3, 1, 1), 200, 30, 60);
    dl_report_images(ctx, scratch_at("red.svg"), "red", red, NULL);
    dl_report_confusion(ctx, scratch_at("confusion.svg"), "mistakes", m, names);
    dl_report_curves(ctx, scratch_at("curves.svg"), "curves", "epoch",
                     (const dl_curve[]){{.panel = "loss", .name = "training", .y = y, .n = 4},
                                        {.panel = "accuracy", .name = "training", .y = y, .n = 4}},
                     2);
    dl_html *h = dl_html_new(ctx, "A page for <browsers>", "seed 1");
    dl_html_section(h, "Summary");
    dl_html_facts(h, facts, 2);
    dl_html_text(h, "Some text.\n\nMore of it, in a second paragraph.");
    dl_html_code(h,
                 "a-command --with --so --many --options --that --it --does --not --fit --in "
                 "the --width --of --a --page --on --any --telephone --that --was --ever --made");
    dl_html_section(h, "Settings");
    dl_html_table(h, "options", cells, 3, 3);
    dl_html_section(h, "Pictures");
    dl_html_picture(h, scratch_at("red.svg"), "a red square", NULL);
    dl_html_picture(h, scratch_at("curves.svg"), "two curves", "falling");
    dl_html_picture(h, scratch_at("confusion.svg"), "a matrix", NULL);
    dl_html_classes(h, m, names);
    dl_html_save(h, path);
    dl_html_drop(h);
    dl_metric_drop(m);
    expect_ok(ctx);
}

/* ---- what is seen ---------------------------------------------------------------------------- */

typedef struct shot {
    unsigned char *pixel;
    int h, w, c;
} shot;

static shot look_at(const char *page, int width, int scheme, const char *name)
{
    char action[512], path[400];
    shot s;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(action, sizeof action, "--screenshot=%s", path);
    unlink(path);
    assert_int_equal(show(page, width, scheme, action), 0);
    unsigned char *file = malloc(ROOM);
    size_t n = scratch_get(path, file, ROOM);
    s.pixel = png_read(file, n, &s.h, &s.w, &s.c);
    free(file);
    assert_int_equal(s.w, width);
    assert_true(s.c >= 3);
    return s;
}

static int has_color(const shot *s, int64_t i, int r, int g, int b)
{
    const unsigned char *p = s->pixel + i * s->c;
    return abs(p[0] - r) <= 1 && abs(p[1] - g) <= 1 && abs(p[2] - b) <= 1;
}

static int64_t count_color(const shot *s, int r, int g, int b)
{
    int64_t n = 0;
    for (int64_t i = 0; i < (int64_t)s->h * s->w; i++)
        n += has_color(s, i, r, g, b);
    return n;
}

/* The ground is at the corner and most of the page, letters and pictures are on it. */
static void expect_page(const shot *s, int r, int g, int b)
{
    int64_t all = (int64_t)s->h * s->w, ground = count_color(s, r, g, b);
    assert_true(has_color(s, 0, r, g, b));
    assert_true(ground > all / 2 && ground < all - all / 100);
    assert_true(count_color(s, 200, 30, 60) > 96 * 96 - 400); /* the red square, whole */
}

static void the_page_is_seen_light_and_dark(void **state)
{
    if (!can_show())
        skip();
    write_page(*state, scratch_at("page.html"));
    shot light = look_at(scratch_at("page.html"), 1280, LIGHT, "report-light.png");
    expect_page(&light, 255, 255, 255);
    assert_true(count_color(&light, 0xcf, 0xe1, 0xf5) > 1000); /* bars of the table of classes */
    free(light.pixel);
    shot dark = look_at(scratch_at("page.html"), 1280, DARK, "report-dark.png");
    expect_page(&dark, 0x16, 0x18, 0x1d);
    assert_true(count_color(&dark, 255, 255, 255) < 2000); /* no picture stays on white paper */
    free(dark.pixel);
    shot narrow = look_at(scratch_at("page.html"), 500, LIGHT, "report-narrow.png");
    expect_page(&narrow, 255, 255, 255);
    free(narrow.pixel);
}

/* ---- what it is made of ---------------------------------------------------------------------- */

static void its_text_is_there_and_nothing_is_complained_about(void **state)
{
    if (!can_show())
        skip();
    static const char *const parts[] = {
        "<h1>A page for &lt;browsers&gt;</h1>", "<a href=\"#s2\">Settings</a>",
        "a &lt;wide&gt; &amp; \"long\" name", "<dd>17 of 20</dd>", "alt=\"a red square\""};
    write_page(*state, scratch_at("page.html"));
    assert_int_equal(show(scratch_at("page.html"), 1280, LIGHT, "--dump-dom"), 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("%s is not in\n%.2000s", parts[i], text);
    if (strstr(errors, "CONSOLE"))
        fail_msg("the browser says: %.1000s", strstr(errors, "CONSOLE"));
}

/* The policy of the page is in force: what would load or run is refused, and said. */
static void what_is_fetched_or_run_is_refused(void **state)
{
    if (!can_show())
        skip();
    static const char bad[] = "<img src=\"http://127.0.0.1:9/x.png\"/>"
                              "<script>document.title='it ran'</script></body>";
    write_page(*state, scratch_at("page.html"));
    size_t n = scratch_get(scratch_at("page.html"), text, ROOM - 1);
    text[n] = 0;
    char *end = strstr(text, "</body>");
    assert_non_null(end);
    memcpy(end, bad, sizeof bad - 1);
    scratch_put(scratch_at("bad.html"), text, (size_t)(end - text) + sizeof bad - 1);
    assert_int_equal(show(scratch_at("bad.html"), 1280, LIGHT, "--dump-dom"), 0);
    assert_null(strstr(text, "<title>it ran"));
    assert_non_null(strstr(errors, "CONSOLE"));
    assert_non_null(strstr(errors, "127.0.0.1"));
}

/* text as the value of an attribute. */
static size_t quoted(char *to, const char *from)
{
    char *at = to;
    for (; *from; from++)
        if (*from == '"' || *from == '&')
            at += sprintf(at, "%s", *from == '"' ? "&quot;" : "&amp;");
        else
            *at++ = *from;
    *at = 0;
    return (size_t)(at - to);
}

/* Frames of several widths in one page, which measures what is in them. */
static void it_fits_windows_of_any_width(void **state)
{
    if (!can_show())
        skip();
    static char page[ROOM];
    static const int widths[] = {320, 400, 768, 1280, 1920};
    write_page(*state, scratch_at("page.html"));
    text[scratch_get(scratch_at("page.html"), text, ROOM - 1)] = 0;
    size_t n = (size_t)sprintf(page, "<!doctype html><body><p id=\"r\"></p>\n");
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        n += (size_t)sprintf(page + n, "<iframe width=\"%d\" height=\"500\" srcdoc=\"", widths[i]);
        n += quoted(page + n, text);
        n += (size_t)sprintf(page + n, "\"></iframe>\n");
    }
    n += (size_t)sprintf(
        page + n,
        "<script>onload=()=>{r.textContent=[...document.querySelectorAll('iframe')].map(f=>{"
        "let d=f.contentDocument,i=[...d.images];return [f.width,d.documentElement.scrollWidth,"
        "i.length,i.filter(x=>x.complete&&x.naturalWidth>0).length,"
        "i.filter(x=>x.getBoundingClientRect().width>50).length].join(' ')}).join(';')+';'}"
        "</script></body>");
    scratch_put(scratch_at("frames.html"), page, n);
    assert_int_equal(show(scratch_at("frames.html"), 1280, LIGHT, "--dump-dom"), 0);
    const char *p = strstr(text, "<p id=\"r\">");
    assert_non_null(p);
    p += strlen("<p id=\"r\">");
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char wanted[64];
        const int scrolled = atoi(strchr(p, ' '));
        snprintf(wanted, sizeof wanted, "%d %d 3 3 3;", widths[i], widths[i]);
        if (strncmp(p, wanted, strlen(wanted)))
            fail_msg("at %d pixels the page is %d wide: %.60s, wanted %s", widths[i], scrolled, p,
                     wanted);
        p += strlen(wanted);
    }
}

static int tidy(void **state)
{
    char command[512];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s/profile-%ld'", folder, (long)getpid());
    return system(command) == -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(the_page_is_seen_light_and_dark),
        with_scratch_ctx(its_text_is_there_and_nothing_is_complained_about),
        with_scratch_ctx(what_is_fetched_or_run_is_refused),
        with_scratch_ctx(it_fits_windows_of_any_width),
    };
    return cmocka_run_group_tests(tests, NULL, tidy);
}
