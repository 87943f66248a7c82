/** models.describe: the document's figures, and hyperparameters that do not fit. */
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, model, sequential} from '@tensorflow/tfjs-layers';
import type {SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectNoLeaks, expectRefusal} from '../support/matchers';
import {branchingNet, convNet} from './support/models';

const quiet = {print: null};
const krizhevsky = () => [
  layers.conv2d({filters: 96, kernelSize: 11, strides: 4, name: 'conv1'}),
  layers.maxPooling2d({poolSize: 3, strides: 2, name: 'pool1'}),
  layers.conv2d({filters: 256, kernelSize: 5, padding: 2, name: 'conv2'}),
];
const vgg = () => [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0].map((filters, i) =>
  (filters === 0 ? builtIn.maxPooling2d({poolSize: 2, name: `pool${i}`}) :
    builtIn.conv2d({filters, kernelSize: 3, padding: 'same', name: `conv${i}`})));
const head = () => [4096, 4096, 1000].map((units) => layers.dense({units, name: `fc${units}_${Math.random()}`}));

describeOnBackends('describe', () => {
  afterEach(() => tf.disposeVariables());

  it('the document\'s real-world example: 227x227x3, K=96, F=11, S=4, P=0 makes 55x55x96', () => {
    const {layers: [conv1, pool1, conv2], misfit} = models.describe(krizhevsky(), [227, 227, 3], {...quiet, batchSize: 2});
    expect(misfit).toBeNull();
    expect(conv1).toEqual({
      name: 'conv1', className: 'ExplicitConv2D', input: [227, 227, 3], output: [55, 55, 96],
      volumeIn: '227x227x3', volumeOut: '55x55x96',
      hyperparameters: {K: 96, F: [11, 11], S: [4, 4], P: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1},
      sizes: ['W: (227 - 11 + 2*0)/4 + 1 = 55'],
      parameters: 34944, trainableParameters: 34944, parametersFormula: '(11*11*3)*96 + 96',
      multiplyAddsForward: 55 * 55 * 96 * 363, multiplyAddsBackward: 55 * 55 * 96 * 363,
      activationBytes: 2 * 4 * 55 * 55 * 96, receptiveField: [11, 11],
    });
    expect(pool1!.receptiveField).toEqual([19, 19]);
    expect(conv2!.multiplyAddsBackward).toBe(2 * 27 * 27 * 256 * 25 * 96);
    expect(conv2!.receptiveField).toEqual([51, 51]);
  });

  it('VGGNet: 138,357,544 parameters, 25,088 to the first FC layer, 15.2 million activations', () => {
    const {totals, layers: rows} = models.describe([...vgg(), builtIn.flatten(), ...head()], [224, 224, 3], quiet);
    expect(totals.parameters).toBe(138_357_544);
    expect(rows.find(({className}) => className === 'Flatten')!.volumeOut).toBe('1x1x25088');
    expect(totals.multiplyAddsForward).toBe(15_470_264_320);
    expect(rows[0]!.parameters).toBe(1792);
    expect(rows.at(-4)!.receptiveField).toBeNull();
    expect(rows.at(-5)!.receptiveField).toEqual([212, 212]);
    expect(totals.activationBytes! / 4).toBe(224 * 224 * 3 + rows.reduce((sum, {output}) =>
      sum + (output as number[]).reduce((n, d) => n * d, 1), 0));
  });

  it('what three 3x3 layers see is 7x7; dilation and strides count', () => {
    const three = [1, 2, 3].map(() => layers.conv2d({filters: 1, kernelSize: 3}));
    expect(models.describe(three, [9, 9, 1], quiet).layers[2]!.receptiveField).toEqual([7, 7]);
    const wide = [layers.conv2d({filters: 1, kernelSize: [3, 1], strides: [2, 1]}), layers.conv2d({filters: 1, kernelSize: 3,
      dilationRate: 2})];
    expect(models.describe(wide, [31, 31, 1], quiet).layers[1]!.receptiveField).toEqual([11, 5]);
  });

  it('the document\'s W=10, F=3, P=0, S=2 makes 4.5: names the layer and what fits', () => {
    const conv = layers.conv2d({filters: 5, kernelSize: 3, strides: 2, name: 'conv'});
    const {misfit, layers: rows} = models.describe([conv], [10, 10, 3], quiet);
    expect(misfit).toEqual({
      name: 'conv', fatal: false, nearest: ['S=1', 'S=7', 'F=2', 'F=4', 'W=9', 'W=11', 'H=9', 'H=11'],
      message: 'The layer \'conv\' does not fit: W: (10 - 3 + 2*0)/2 + 1 = 4.5, floored 4; H: (10 - 3 + 2*0)/2 + 1 = 4.5, ' +
        'floored 4. What fits, one of these changed: S=1, S=7, F=2, F=4, W=9, W=11, H=9, H=11.',
    });
    expect(rows.length).toBe(1);
  });

  it('every change that it names fits', () => {
    const cases = [[10, 10, 3, 2, 0], [13, 17, 4, 3, 1], [5, 9, 7, 2, 0]] as const;
    for (const [height, width, kernelSize, strides, padding] of cases) {
      const make = (changes: object) => [layers.conv2d({filters: 1, kernelSize, strides, padding, ...changes})];
      const {nearest} = models.describe(make({}), [height, width, 1], quiet).misfit!;
      expect(nearest.length).toBeGreaterThan(2);
      for (const change of nearest) {
        const [letter, value] = [change[0]!, Number(change.slice(2))];
        const option = {S: 'strides', F: 'kernelSize', P: 'padding'}[letter];
        const size = [letter === 'H' ? value : height, letter === 'W' ? value : width];
        const found = models.describe(make(option ? {[option]: value} : {}), [...size, 1], quiet).misfit;
        // A change of W alone leaves H as it was.
        if (option || !found) expect(found).withContext(change).toBeNull();
        else expect(found.message).not.toContain(`${letter}: (`);
      }
    }
  });

  it('a window larger than its input ends the description', () => {
    const {misfit, layers: rows} = models.describe(
        [layers.conv2d({filters: 2, kernelSize: 3, name: 'a'}), builtIn.conv2d({filters: 2, kernelSize: 7, name: 'b'}),
          layers.reLU()], [6, 6, 1], quiet);
    expect(rows.map(({name}) => name)).toEqual(['a']);
    expect(misfit!.fatal).toBeTrue();
    expect(misfit!.message).toContain('The layer \'b\' does not fit: W: (4 - 7 + 2*0)/1 + 1 is below 1');
    expect(misfit!.nearest).toEqual(['F=4', 'P=2', 'W=7', 'H=7']);
  });

  it('says when a model with weights gets a picture that they are not made for', () => {
    const {misfit} = models.describe(convNet(), [10, 10, 2], quiet);
    expect([misfit!.name, misfit!.fatal]).toEqual(['fc', true]);
    expect(misfit!.message).toContain('its weights are made for 64 entries on axis -1. Got [?,100]');
  });

  it('models of every kind, from their topology too', () => {
    for (const net of [convNet(), branchingNet()]) {
      const built = models.describe(net, null, quiet);
      const saved = models.describe(JSON.parse(net.toJSON() as string) as object, null, quiet);
      const sorted = (rows: typeof built.layers) => [...rows].map((row) => JSON.stringify({...row, parameters: 0,
        trainableParameters: 0})).sort();
      expect(sorted(saved.layers)).toEqual(sorted(built.layers));
      expect(saved.totals).toEqual(built.totals);
      expect(built.totals.parameters).toBe(net.countParams());
    }
    const rows = models.describe(branchingNet(), null, quiet).layers;
    expect(rows.map(({name, parameters}) => `${name} ${parameters}`)).toEqual([
      'encoder/conv 57', 'encoder/relu 0', 'encoder/conv 0', 'encoder/relu 0', 'joined 0', 'steps 14', 'shared 6', 'shared 0',
      'encoder/conv 0', 'encoder/relu 0', 'flat 0']);
  });

  it('counts no gradients for what is frozen, nor for data', () => {
    const x = input({shape: [4, 4, 2]});
    const conv = (trainable: boolean) => layers.conv2d({filters: 2, kernelSize: 1, trainable, useBias: false});
    const chain = [conv(false), conv(true), conv(false)].reduce((value, layer) => layer.apply(value) as SymbolicTensor, x);
    expect(models.describe(model({inputs: x, outputs: chain}), null, quiet).layers.map((layer) => layer.multiplyAddsBackward))
      .toEqual([0, 64, 64]);
  });

  it('open sizes stay open, channels first is told as W x H x D too', () => {
    const open = sequential({layers: [layers.conv2d({inputShape: [null, null, 3] as never, filters: 2, kernelSize: 3})]});
    const [row] = models.describe(open, null, quiet).layers;
    expect([row!.volumeOut, row!.multiplyAddsForward, row!.activationBytes]).toEqual(['?x?x2', null, null]);
    const first = [layers.conv2d({filters: 2, kernelSize: [3, 2], dataFormat: 'channelsFirst'})];
    const {volumeIn, volumeOut, sizes} = models.describe(first, [3, 8, 6], quiet).layers[0]!;
    expect([volumeIn, volumeOut]).toEqual(['6x8x3', '5x6x2']);
    expect(sizes).toEqual(['W: (6 - 2 + 2*0)/1 + 1 = 5', 'H: (8 - 3 + 2*0)/1 + 1 = 6']);
  });

  it('prints a table of 80 columns, and gives it as Markdown and JSON', () => {
    const lines: string[] = [];
    const description = models.describe(convNet(), null, {print: (text) => lines.push(text)});
    expect(lines).toEqual([String(description)]);
    for (const line of String(description).split('\n')) expect(line.length).withContext(line).toBeLessThanOrEqual(80);
    for (const part of ['conv: W: (8 - 3 + 2*1)/1 + 1 = 8', 'conv: (3*3*2)*4 + 4 = 76', 'Receptive'.slice(1), 'total']) {
      expect(String(description)).toContain(part);
    }
    expect(description.toMarkdown()).toContain('| conv | Conv2D | 8x8x2 | 8x8x4 | 4 | 3 | 1 | 1 | (3\\*3\\*2)\\*4 + 4 = 76 |');
    expect((JSON.parse(JSON.stringify(description)) as typeof description).totals).toEqual(description.totals);
  });

  it('keeps long names whole, and says ? where a size is open, in totals too', () => {
    const name = 'a_name_longer_than_the_first_column_of_a_table_has_room_for';
    const open = models.describe(
      [layers.conv2d({filters: 4, kernelSize: 3, name}), builtIn.maxPooling2d({poolSize: 2, name: 'pool'})],
      [null, 8, 3], quiet);
    expect(String(open)).toContain(`\n${name}\n`);
    expect(open.totals).toEqual({parameters: 112, trainableParameters: 112, multiplyAddsForward: null,
      multiplyAddsBackward: null, activationBytes: null});
    expect(String(open)).toMatch(/^total +112 +\? +\? +\?$/m);
  });

  it('refuses an input of another rank than the first layer takes, without tables or NaN', async () => {
    for (const first of [builtIn.conv2d, layers.conv2d]) {
      const net = sequential({layers: [first({filters: 2, kernelSize: 3, inputShape: [8, 8, 1], name: 'first'})]});
      await expectRefusal(() => models.describe(net, [3, 3]), /inputShape must have 3 sizes, .*: \[8,8,1\]\. Got \[3,3\]\. Pass that many\.$/);
      const text = String(models.describe([first({filters: 2, kernelSize: 3, name: 'first'})], [3, 3], quiet));
      expect(text).toContain('\'first\' does not fit');
      expect(text).not.toMatch(/NaN|total|Out W/);
    }
  });

  it('leaves nothing behind, and refuses what it cannot describe', async () => {
    const net = convNet();
    await expectNoLeaks(() => { models.describe(net, null, quiet); });
    await expectNoLeaks(() => { models.describe([builtIn.separableConv2d({filters: 3, kernelSize: 3})], [8, 8, 2], quiet); });
    await expectRefusal(() => models.describe(krizhevsky()), /describe: the shape of the input 'input' is not known/);
    await expectRefusal(() => models.describe(net, [0, 1, 2]), /inputShape must list the sizes/);
    await expectRefusal(() => models.describe(net, null, {batch: 1} as object), /unknown option batch/);
    await expectRefusal(() => models.describe(net, null, {batchSize: 0}), /batchSize must be a whole number/);
    await expectRefusal(() => models.describe({executeAsync: () => null}), /describe: this is a graph model, .*loadLayersModel/);
    await expectRefusal(() => models.describe({modelTopology: {node: []}}), /describe: this is a graph model/);
    await expectRefusal(() => models.describe(7 as never), /model must be a tf\.Sequential/);
    await expectRefusal(() => models.describe({class_name: 'Sequential', config: {layers: [
      {class_name: 'Nowhere', config: {name: 'it'}}]}}), /the layer 'it' is of the unknown class 'Nowhere'/);
  });

  it('refuses a topology with a value of another kind by a sentence', async () => {
    const row = (...all: unknown[]) => ({class_name: 'Sequential', config: {name: 's', layers: all}});
    const flat = (shape: unknown) => row({class_name: 'Flatten', config: {name: 'f', batch_input_shape: shape}});
    expect(models.describe(flat([null, 2, 2]), null, quiet).layers[0]!.output).toEqual([4]);
    for (const broken of [row(null), row(7), flat(7), flat({a: 1})]) {
      await expectRefusal(() => models.describe(broken, null, quiet),
        /^describe: the topology: it is damaged: a value in it is of another kind than it should be .*\. Save the model again\.$/);
    }
  });
});
