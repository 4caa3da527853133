"""PyTorch, eager, in its best form: tensors resident, batches picked by a random permutation.

loader=True is what most tutorials write instead: a DataLoader over a TensorDataset. channels_last=True keeps images and
kernels in that memory format, which PyTorch recommends for convolutions on a CPU.
"""

import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def build(model):
    """The model as nn.Sequential. The closing softmax is left to the loss, as PyTorch's users do."""
    layers = []
    for kind, args in model.layers:
        if kind == "Dense":
            layers.append(nn.LazyLinear(args["units"]))
        elif kind == "Conv2D":
            layers.append(nn.LazyConv2d(args["filters"], args["kernel_size"], padding=args["padding"]))
        elif kind == "MaxPooling2D":
            layers.append(nn.MaxPool2d(args["pool_size"], ceil_mode=args["padding"] == "same"))
        elif kind == "Dropout":
            layers.append(nn.Dropout(args["rate"]))
        elif kind == "Flatten":
            layers.append(nn.Flatten())
        elif kind != "Reshape":  # images are given their channel axis beforehand
            raise NotImplementedError(f"peers/pytorch.py has no line for {kind} yet")
        if args.get("activation") in ACTIVATIONS:
            layers.append(ACTIVATIONS[args["activation"]]())
    return nn.Sequential(*layers)


def prepare(model, x, y, threads, fused=False, loader=False, compiled=False, channels_last=False):
    if channels_last and x.ndim < 3:
        raise NotImplementedError("channels_last is a memory format of images")
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim == 4:
        x = x.movedim(3, 1)  # a view: in memory the channels stay last
        x = x if channels_last else x.contiguous()
    net = build(model)
    net(x[:1])  # fixes the lazy layers' sizes
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), lr=model.learning_rate, fused=fused)
    forward = torch.compile(net) if compiled else net
    loss_of = nn.CrossEntropyLoss()
    rows = torch.utils.data.TensorDataset(x, y)
    data_loader = torch.utils.data.DataLoader(rows, batch_size=model.batch_size, shuffle=True)

    def by_permutation():
        for chosen in torch.randperm(len(x)).split(model.batch_size):
            # indexing keeps the memory format, index_select does not
            yield x[chosen] if channels_last else x.index_select(0, chosen), y.index_select(0, chosen)

    def one_epoch():
        net.train()
        total, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for a, b in data_loader if loader else by_permutation():
            adam.zero_grad()
            scores = forward(a)
            loss = loss_of(scores, b)
            loss.backward()
            adam.step()
            total += loss.detach() * len(b)
            correct += (scores.argmax(1) == b).sum()
        return {"loss": total.item() / len(x), "accuracy": correct.item() / len(x)}

    return lambda epochs: [one_epoch() for _ in range(epochs)][-1]


def predict(model, x, y, threads):
    """The eager network on one row; its closing softmax is not left to a loss here."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = nn.Sequential(build(model), nn.Softmax(1)).eval()
    row = x[:1]

    def run(times):
        with torch.no_grad():
            for _ in range(times):
                net(torch.from_numpy(row)).numpy()
        return {}

    return run


def train_on_batch(model, x, y, threads):
    """One eager step on one row after another."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net, loss_of = build(model), nn.CrossEntropyLoss()
    net(torch.from_numpy(x[:1]))  # fixes the lazy layers' sizes
    adam = torch.optim.Adam(net.parameters(), lr=model.learning_rate)

    def run(times):
        for i in range(times):
            i %= len(x)
            row, label = torch.from_numpy(x[i : i + 1]), torch.from_numpy(y[i : i + 1])
            adam.zero_grad()
            loss = loss_of(net(row), label)
            loss.backward()
            adam.step()
            loss.item()
        return {}

    return run
