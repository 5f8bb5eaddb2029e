/* dl/dl.h: everything, and where to begin.
 *
 * A context comes first; it holds the error, the memory, the random numbers and the scopes:
 *
 *     dl_ctx *ctx = dl_ctx_new(NULL); // dl/ctx.h
 *
 * A net is a module made of modules; an optimizer updates its parameters:
 *
 *     dl_module *net = dl_layer_sequential(ctx, DL_LAYERS( // dl/layers.h
 *         dl_layer_flatten(ctx), dl_layer_dense(ctx, 784, 128, NULL),
 *         dl_layer_relu(ctx), dl_layer_dense(ctx, 128, 10, NULL)));
 *     dl_optim *optim = dl_optim_adam(net, NULL); // dl/optim.h
 *
 * Training is one call over a dataset, or a loop of your own over the same parts:
 *
 *     dl_dataset *data = dl_dataset_mnist(ctx, "data/mnist", DL_TRAIN); // dl/data.h
 *     dl_train(net, optim, dl_loss_classify, NULL, data, NULL); // dl/train.h
 *     dl_module_save(net, "net.safetensors"); // dl/module.h
 *
 * Errors need one look at the end: the first one stays in the context, and until it is cleared
 * nothing that follows does anything.
 *
 *     if (dl_ctx_status(ctx) != DL_OK)
 *         puts(dl_ctx_message(ctx));
 *     dl_dataset_drop(data);
 *     dl_optim_drop(optim);
 *     dl_module_drop(net);
 *     dl_ctx_drop(ctx);
 *
 * Who owns what. What a constructor returns (dl_X_new, dl_tensor_zeros, dl_layer_dense) is
 * yours: drop it. What an operation returns belongs to the innermost scope and dies with it;
 * dl_tensor_take makes it yours. What a getter returns is borrowed. A function whose comment
 * says "adopts" takes over your reference, also when it fails. keep and drop count references:
 * any order, any thread, NULL is fine.
 *
 * The headers, in the order in which one meets them:
 *
 *   ctx         contexts: errors, memory, random numbers, scopes
 *   tensor      arrays: making, reading and changing them
 *   grad        gradients, hooks, the gradient check
 *   ops         operations on tensors
 *   conv        operations on pictures: convolution, pooling, patches, resampling
 *   losses      how far a result is from what was wanted
 *   module      nets: running, copying, freezing, saving and opening them
 *   init        first values of parameters
 *   layers      the parts that nets are made of
 *   models      known networks: LeNet, VGG, residual nets
 *   sched       schedules of the learning rate
 *   optim       update rules, groups, clipping
 *   penalty     L1 and L2 as terms of the loss
 *   average     the running average of the weights
 *   data        datasets, wrappers around them, splits and folds, the loader
 *   augment     pictures changed at random: crops, flips, colours, mixtures
 *   image       pictures: reading, cutting, resizing and writing them
 *   metrics     how good results are, over any number of batches
 *   train       the training loop, evaluation, the learning-rate range test
 *   callbacks   what training writes down: tables, TensorBoard, nets
 *   checkpoint  several nets and optimizers in one file, to go on from
 *   autopsy     where the first NaN came from
 *   profile     where time and memory go
 *   plan        how much memory a net will need
 *   report      curves, planes, matrices, pictures of nets and data; pages of HTML
 *   io          files of tensors
 *
 * Operations, layers, optimizers and datasets of your own: dl/ext.h, not included here. */
#ifndef DL_DL_H
#define DL_DL_H
#include "dl/ctx.h"
#include "dl/tensor.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "dl/conv.h"
#include "dl/losses.h"
#include "dl/module.h"
#include "dl/init.h"
#include "dl/layers.h"
#include "dl/models.h"
#include "dl/sched.h"
#include "dl/optim.h"
#include "dl/penalty.h"
#include "dl/average.h"
#include "dl/data.h"
#include "dl/augment.h"
#include "dl/image.h"
#include "dl/metrics.h"
#include "dl/train.h"
#include "dl/callbacks.h"
#include "dl/checkpoint.h"
#include "dl/autopsy.h"
#include "dl/profile.h"
#include "dl/plan.h"
#include "dl/report.h"
#include "dl/io.h"
#endif
