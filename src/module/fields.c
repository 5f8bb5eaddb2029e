#include "module/fields.h"
#include <math.h>
#include "core/text.h"

static void put_value(dl__text *t, const dl_config_field *f, const void *data, int32_t i)
{
    const char *at = (const char *)data + f->offset;
    char number[DL__NUMBER];
    double v;
    switch (f->type) {
    case DL_CONFIG_I32:
        dl__text_i64(t, ((const int32_t *)(const void *)at)[i]);
        break;
    case DL_CONFIG_I64:
        dl__text_i64(t, ((const int64_t *)(const void *)at)[i]);
        break;
    default:
        v = ((const double *)(const void *)at)[i];
        dl__double_text(number, v);
        if (isfinite(v))
            dl__text_add(t, number);
        else
            dl__text_json(t, number); /* JSON has no number for it */
    }
}

void dl__fields_put(dl__text *t, const dl_config_field *fields, int32_t n, const void *data)
{
    dl__text_add(t, "{");
    for (int32_t i = 0; i < n; i++) {
        const dl_config_field *f = &fields[i];
        if (i)
            dl__text_add(t, ",");
        dl__text_json(t, f->name);
        dl__text_add(t, f->count > 1 ? ":[" : ":");
        for (int32_t k = 0; k < (f->count > 1 ? f->count : 1); k++) {
            if (k)
                dl__text_add(t, ",");
            put_value(t, f, data, k);
        }
        if (f->count > 1)
            dl__text_add(t, "]");
    }
    dl__text_add(t, "}");
}

static int read_double(const json_t *v, double *out)
{
    if (json_is_number(v)) {
        *out = json_number_value(v);
        return 1;
    }
    return json_is_string(v) && dl__parse_double(json_string_value(v), out);
}

static int read_value(const dl_config_field *f, void *data, int32_t i, const json_t *v)
{
    void *at = (char *)data + f->offset;
    if (f->type == DL_CONFIG_F64)
        return read_double(v, (double *)at + i);
    if (!json_is_integer(v))
        return 0;
    json_int_t n = json_integer_value(v);
    if (f->type == DL_CONFIG_I64) {
        ((int64_t *)at)[i] = n;
        return 1;
    }
    ((int32_t *)at)[i] = (int32_t)n;
    return n >= INT32_MIN && n <= INT32_MAX;
}

/* A field that is not there stays as it is. */
static int read_field(const dl_config_field *f, void *data, const json_t *v)
{
    if (!v)
        return 1;
    if (f->count <= 1)
        return read_value(f, data, 0, v);
    if (!json_is_array(v) || json_array_size(v) != (size_t)f->count)
        return 0;
    for (int32_t i = 0; i < f->count; i++)
        if (!read_value(f, data, i, json_array_get(v, (size_t)i)))
            return 0;
    return 1;
}

const char *dl__fields_read(const json_t *o, const dl_config_field *fields, int32_t n, void *data)
{
    size_t known = 0;
    for (int32_t i = 0; i < n; i++) {
        const json_t *v = json_object_get(o, fields[i].name);
        known += v != NULL;
        if (!read_field(&fields[i], data, v))
            return fields[i].name;
    }
    return o && (!json_is_object(o) || json_object_size(o) != known) ? "" : NULL;
}
