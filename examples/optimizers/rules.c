/* The update rules, with what their papers call usual. */
#include "optimizers.h"

static dl_optim *sgd(dl_module *net, double lr)
{
    return dl_optim_sgd(net, &(dl_sgd_opts){.lr = lr});
}

static dl_optim *momentum(dl_module *net, double lr)
{
    return dl_optim_sgd(net, &(dl_sgd_opts){.lr = lr, .momentum = 0.9});
}

static dl_optim *nesterov(dl_module *net, double lr)
{
    return dl_optim_sgd(net, &(dl_sgd_opts){.lr = lr, .momentum = 0.9, .nesterov = 1});
}

/* One iteration a step, so that its way can be seen. */
static dl_optim *lbfgs(dl_module *net, double lr)
{
    return dl_optim_lbfgs(
        net,
        &(dl_lbfgs_opts){.lr = lr, .max_iter = 1, .max_eval = 20, .line_search = DL_SEARCH_WOLFE});
}

static dl_optim *adagrad(dl_module *net, double lr)
{
    return dl_optim_adagrad(net, &(dl_adagrad_opts){.lr = lr});
}

static dl_optim *rmsprop(dl_module *net, double lr)
{
    return dl_optim_rmsprop(net, &(dl_rmsprop_opts){.lr = lr});
}

static dl_optim *adadelta(dl_module *net, double lr)
{
    return dl_optim_adadelta(net, &(dl_adadelta_opts){.lr = lr});
}

static dl_optim *adam(dl_module *net, double lr)
{
    return dl_optim_adam(net, &(dl_adam_opts){.lr = lr});
}

static dl_optim *adamw(dl_module *net, double lr)
{
    return dl_optim_adamw(net, &(dl_adam_opts){.lr = lr});
}

static dl_optim *nadam(dl_module *net, double lr)
{
    return dl_optim_nadam(net, &(dl_nadam_opts){.lr = lr});
}

static dl_optim *lion(dl_module *net, double lr)
{
    return dl_optim_lion(net, &(dl_lion_opts){.lr = lr});
}

const rule rules[RULES] = {
    {"SGD", sgd, 1},           {"momentum", momentum, 1}, {"Nesterov", nesterov, 1},
    {"L-BFGS", lbfgs, 0},      {"Adagrad", adagrad, 1},   {"RMSProp", rmsprop, 1},
    {"Adadelta", adadelta, 1}, {"Adam", adam, 1},         {"AdamW", adamw, 1},
    {"NAdam", nadam, 1},       {"Lion", lion, 1},
};

const double rates[RATES] = {1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3};
