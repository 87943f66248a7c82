"""Times training steps of PyTorch on the CPU: torch_step.py FOLDER (see exchange.ts)."""
import json
import math
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn


def read_task(folder):
    task = json.loads((folder / 'task.json').read_text())
    values = np.fromfile(folder / 'values.bin', np.float32)
    arrays, offset = [], 0
    for shape in task['shapes']:
        size = math.prod(shape)
        arrays.append(torch.from_numpy(values[offset:offset + size].reshape(shape).copy()))
        offset += size
    return task, arrays


class Flatten(nn.Module):
    """With the channels last, as the dense weights of the task want it."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


def make_net(task, channels, size, classes):
    blocks = []
    for filters in (32, 64):
        blocks.append(nn.Conv2d(channels, filters, 3, padding='same'))
        if task['batchNorm']:
            blocks.append(nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01))
        blocks += [nn.ReLU(), nn.MaxPool2d(2)]
        channels = filters
    rows = (size // 4) ** 2 * channels
    return nn.Sequential(*blocks, Flatten(), nn.Linear(rows, 256), nn.ReLU(), nn.Linear(256, classes))


def load(net, weights):
    """tf.layers lists the weights that train first: kernel and bias, gamma and beta; then moving averages."""
    for parameter, value in zip(net.parameters(), weights):
        if value.dim() == 4:
            value = value.permute(3, 2, 0, 1)
        elif value.dim() == 2:
            value = value.T
        with torch.no_grad():
            parameter.copy_(value)


def main(folder):
    task, (images, labels, *weights) = read_task(pathlib.Path(folder))
    net = make_net(task, images.shape[3], images.shape[1], labels.shape[1])
    load(net, weights)
    # The faster of its two layouts here: with the channels first a step takes several times as long.
    net = net.to(memory_format=torch.channels_last)
    x = images.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), task['learningRate'], momentum=task['momentum'])
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss = loss_of(net(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    losses = [step() for _ in range(task['warmUp'])]
    ms = []
    for _ in range(task['steps']):
        start = time.perf_counter()
        step()
        ms.append(1000 * (time.perf_counter() - start))
    print(json.dumps({'losses': losses, 'ms': ms, 'title': f'PyTorch {torch.__version__.split("+")[0]}'}))


main(sys.argv[1])
