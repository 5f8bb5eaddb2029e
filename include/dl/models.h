/* dl/models.h: known networks, built from the layers of dl/layers.h. Each is an ordinary module, in
 * training mode and yours, with weights drawn from the context's seed; names and order of
 * parameters and buffers are those of torchvision's model where there is one. They map pictures
 * [N, in_channels, H, W] to logits [N, classes]. With dl_meta_enable they cost no memory.
 *
 * A depth that a family does not have is DL_EINVAL; the message has the nearest one. */
#ifndef DL_MODELS_H
#define DL_MODELS_H
#include "dl/layers.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- small nets ------------------------------------------------------------------------------ */

typedef struct dl_lenet_opts {
    int64_t classes;     /* 0: 10 */
    int64_t in_channels; /* 0: 1  */
    int32_t relu;        /* 1: ReLU and max pooling; 0: tanh and average pooling */
    int32_t reserved[9]; /* must be zero */
} dl_lenet_opts;
/* LeNet-5 for 28x28: 6 maps of 5x5 with padding 2, pooling, 16 maps of 5x5, pooling, 120, 84,
 * classes; 61,706 parameters. tanh, which the paper scales; pooling has no weights, the second
 * convolution sees all maps, and the last layer is linear. Children with parameters: "conv1",
 * "conv2", "fc1", "fc2", "fc3". LeCun et al., Proc. IEEE 1998. */
DL_API dl_module *dl_model_lenet5(dl_ctx *ctx, const dl_lenet_opts *o);

typedef struct dl_cnn_opts {
    int64_t classes;     /* 0: 10                                                      */
    int64_t in_channels; /* 0: 1                                                       */
    int64_t size;        /* height and width, a multiple of 4; 0: 28 of one channel, else 32 */
    int64_t width;       /* channels of the first stage; 0: 32                         */
    double dropout;      /* 0: 0.5, DL_OFF: none                                       */
    int32_t reserved[8]; /* must be zero                                               */
} dl_cnn_opts;
/* A small net for MNIST or CIFAR: twice (convolution 3x3, batch norm, ReLU) with width channels,
 * max pooling, twice the same with 2 width, max pooling, dropout, 128 units, ReLU, dropout,
 * classes. Children with parameters: "features", "classifier". */
DL_API dl_module *dl_model_cnn(dl_ctx *ctx, const dl_cnn_opts *o);

typedef struct dl_vgg_opts {
    int64_t classes;     /* 0: 10                                                      */
    int64_t in_channels; /* 0: 3                                                       */
    int64_t width;       /* channels of the first stage; 0: 64                         */
    double dropout;      /* before the last layer; 0: 0.5, DL_OFF: none                */
    int32_t no_norm;     /* 1: convolutions with bias instead of batch norm            */
    int32_t reserved[9]; /* must be zero                                               */
} dl_vgg_opts;
/* VGG for 32x32: stages of 3x3 convolutions with batch norm and ReLU, a max pooling after each,
 * then global average pooling, dropout and one linear layer. Depth 11, 13, 16, 19: the five stages
 * of configurations A, B, D, E of the paper, without its two hidden layers. Depth 7: three stages
 * of two convolutions. Channels double from stage to stage, up to 8 width. Children with
 * parameters: "features", "classifier". Simonyan and Zisserman, ICLR 2015. */
DL_API dl_module *dl_model_cifar_vgg(dl_ctx *ctx, int32_t depth, const dl_vgg_opts *o);

/* ---- residual nets --------------------------------------------------------------------------- */

typedef struct dl_resnet_opts {
    int64_t classes;         /* 0: 10 for CIFAR, else 1000                                   */
    int64_t in_channels;     /* 0: 3                                                         */
    int64_t width;           /* channels of the first stage; 0: 16 for CIFAR, else 64        */
    int32_t shortcut;        /* DL_SHORTCUT_*; 0: A (PAD) for CIFAR, else B (PROJECT)        */
    int32_t zero_gamma;      /* 1: as in dl_block_opts                                       */
    int32_t groups;          /* of bottlenecks, as in dl_block_opts                          */
    int32_t width_per_group; /* the same                                                     */
    int32_t stride_first;    /* the same                                                     */
    int32_t small_input;     /* dl_model_resnet for 32x32 or 64x64. 1: begins with a 3x3
                                convolution, without stride and pooling                      */
    int32_t reserved[8];     /* must be zero                                                 */
} dl_resnet_opts;
/* The nets for CIFAR of depth 6n + 2: 20, 32, 44, 56, 110 ... to 1202: a 3x3 convolution, three
 * stages of n dl_layer_basic_block with 16, 32 and 64 channels, global average pooling, a linear
 * layer. With DL_SHORTCUT_NONE the plain nets, which have as many parameters. Children with
 * parameters: "conv1", "bn1", "layer1" to "layer3", "fc". He et al., CVPR 2016, section 4.2. */
DL_API dl_module *dl_model_cifar_resnet(dl_ctx *ctx, int32_t depth, const dl_resnet_opts *o);
/* The nets of depth 18, 34 (dl_layer_basic_block), 50, 101 and 152 (dl_layer_bottleneck): a 7x7
 * convolution of stride 2, max pooling, four stages, global average pooling, a linear layer. Names
 * and order are torchvision's, so that dl_module_load takes its weights. He et al., CVPR 2016. */
DL_API dl_module *dl_model_resnet(dl_ctx *ctx, int32_t depth, const dl_resnet_opts *o);

#ifdef __cplusplus
}
#endif
#endif
