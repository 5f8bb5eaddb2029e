/* optimizers: all update rules of the library side by side: their ways over three functions of two
 * numbers, and their losses on images. Each is tried with rates from 0.0001 to 3, and the one that
 * ends lowest is shown: what is compared is the rules, not how well a rate was guessed. */
#include <math.h>
#include "optimizers.h"

static settings s = {.plane_steps = 300, .steps = 300, .batch = 64, .hidden = 128};

static void print_score(const score *r)
{
    if (isnan(r->rate))
        printf(" %8s %9s", "-", "diverged");
    else
        printf(" %8.3g %9.2g", r->rate, r->loss);
}

static int write_table(course *c, score planes[LANDS][RULES], const score *images)
{
    FILE *f = course_file(c, "optimizers.csv");
    if (!f)
        return EXIT_FILE;
    fputs("problem,optimizer,rate,loss,accuracy\n", f);
    for (int k = 0; k <= LANDS; k++)
        for (int i = 0; i < RULES; i++) {
            const score *r = k < LANDS ? &planes[k][i] : &images[i];
            fprintf(f, "%s,%s,", k < LANDS ? land_names[k] : "images", rules[i].name);
            file_number(f, r->rate);
            fputc(',', f);
            file_number(f, r->loss);
            fputc(',', f);
            file_number(f, r->accuracy);
            fputc('\n', f);
        }
    return course_file_end(c, f, "optimizers.csv");
}

static int run(course *c)
{
    score planes[LANDS][RULES], images[RULES];
    int code = planes_run(c, &s, planes);
    if (code == 0)
        code = images_run(c, &s, images);
    if (code == 0)
        code = write_table(c, planes, images);
    if (code)
        return code;
    printf("%-9s", "");
    for (int k = 0; k < LANDS; k++)
        printf(" %18s", land_names[k]);
    printf(" %27s\n%-9s", "images", "");
    for (int k = 0; k <= LANDS; k++)
        printf(" %8s %9s", "rate", "loss");
    printf(" %8s\n", "test");
    for (int i = 0; i < RULES; i++) {
        printf("%-9s", rules[i].name);
        for (int k = 0; k < LANDS; k++)
            print_score(&planes[k][i]);
        print_score(&images[i]);
        printf(" %7.2f%%\n", 100 * images[i].accuracy);
    }
    return 0;
}

int main(int argc, char **argv)
{
    option o[] = {
        {"plane-steps", OPTION_INT, OPTION_RUN, &s.plane_steps, 1, 100000, NULL,
         "on functions of two numbers", 0},
        {"steps", OPTION_INT, OPTION_RUN, &s.steps, PROBES, 100000, NULL, "on images", 0},
        course_batch(&s.batch),
        course_hidden(&s.hidden),
        {0},
    };
    static const course_quick quick[] = {
        {"plane-steps", 100}, {"steps", 40}, {"batch", 32}, {"hidden", 32}, {0}};
    static const char *const files[] = {"optimizers.csv", "losses.csv",        "losses.svg",
                                        "ways_plain.svg", "ways_adaptive.svg", NULL};
    course c = {.program = "optimizers",
                .about = "Compares all update rules of the library.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .with_images = COURSE_IDX,
                .run = run};
    return course_main(&c, argc, argv);
}
