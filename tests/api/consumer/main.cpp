#include <dl/dl.h>
#include <iostream>
#include <memory>

int main()
{
    std::unique_ptr<dl_ctx, void (*)(dl_ctx *)> ctx(dl_ctx_new(nullptr), dl_ctx_drop);
    if (dl_ctx_status(ctx.get()) != DL_OK)
        return 1;
    std::cout << dl_version() << "\n";
    return 0;
}
