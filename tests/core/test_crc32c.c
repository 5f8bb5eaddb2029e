#include "core/crc32c.h"
#include "support/support.h"

/* The check value of the CRC catalogue, and those of RFC 3720, B.4. */
static void crc32c_is_that_of_the_standards(void **state)
{
    (void)state;
    uint8_t b[32];
    assert_int_equal(dl__crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(dl__crc32c("", 0), 0);
    for (int i = 0; i < 32; i++)
        b[i] = 0;
    assert_int_equal(dl__crc32c(b, 32), 0x8a9136aa);
    for (int i = 0; i < 32; i++)
        b[i] = 0xff;
    assert_int_equal(dl__crc32c(b, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        b[i] = (uint8_t)i;
    assert_int_equal(dl__crc32c(b, 32), 0x46dd794e);
    for (int i = 0; i < 32; i++)
        b[i] = (uint8_t)(31 - i);
    assert_int_equal(dl__crc32c(b, 32), 0x113fdb5c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(crc32c_is_that_of_the_standards)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
