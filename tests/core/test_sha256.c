#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "core/sha256.h"

static void assert_hash(const void *data, size_t n, size_t step, const char *want)
{
    dl__sha256 h;
    uint8_t digest[DL__SHA256];
    char text[DL__SHA256_TEXT];
    dl__sha256_begin(&h);
    for (size_t i = 0; i < n; i += step)
        dl__sha256_add(&h, (const char *)data + i, step < n - i ? step : n - i);
    dl__sha256_end(&h, digest);
    assert_string_equal(dl__sha256_text(text, digest), want);
}

/* The examples of FIPS 180-4 and of NIST's page of them. */
static void sha256_gives_the_published_digests(void **state)
{
    (void)state;
    static char million[1000000];
    memset(million, 'a', sizeof million);
    assert_hash("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 56,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_hash("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                112, 112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    assert_hash(million, sizeof million, sizeof million,
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void sha256_does_not_depend_on_how_the_data_is_cut(void **state)
{
    (void)state;
    char data[200];
    dl__sha256 h;
    uint8_t digest[DL__SHA256];
    char want[DL__SHA256_TEXT];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof data; n++) {
        dl__sha256_begin(&h);
        dl__sha256_add(&h, data, n);
        dl__sha256_end(&h, digest);
        dl__sha256_text(want, digest);
        for (size_t step = 1; step < 70; step += 6)
            assert_hash(data, n, step, want);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_digests),
        cmocka_unit_test(sha256_does_not_depend_on_how_the_data_is_cut),
    };
    return cmocka_run_group_tests_name("core/sha256", tests, NULL, NULL);
}
