#include <dl/dl.h>
#include <stdio.h>

int main(void)
{
    dl_ctx *ctx = dl_ctx_new(NULL);
    int failed = dl_ctx_status(ctx) != DL_OK;
    if (!failed)
        puts(dl_version());
    dl_ctx_drop(ctx);
    return failed;
}
