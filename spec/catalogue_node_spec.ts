/** Every layer has all that a layer has: its row in src/catalogue, and what the row promises. */
import {readdirSync} from 'node:fs';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {cases as benchCases} from '../bench/cases';
import {layers, models} from '../src';
import {explicitNamed, explicitRows} from '../src/catalogue';
import type {Config, ExplicitLayer} from '../src/catalogue';
import {layerChecks, opChecks} from '../src/checks/verify/all';
import {ROOT} from '../tools/bootstrap/root.mjs';
import {features} from '../tools/compatibility/features';
import {textOf} from './docs/support/pages';
import {memory} from './models/support/saving';
import {toTensor} from './support/arrays';
import {describeOnBackends} from './support/backends';
import {agreements} from './support/cases';
import {describeLayer, randomizeWeights, trained} from './support/layer_checks';
import type {Layer} from './support/layer_checks';
import {expectClose, expectRefusal} from './support/matchers';
import {otherValue} from './support/other_values';
import {randomValues} from './support/random';

/** Everything that a layer or its op has an entry in. */
const everything = {
  rows: explicitRows,
  agreements: agreements.map(({op}) => op),
  verifiedOps: Object.keys(opChecks),
  verifiedLayers: Object.keys(layerChecks),
  benched: benchCases.map(({layer}) => layer),
  compared: features.map(({layer}) => layer),
  pages: readdirSync(path.join(ROOT, 'docs', 'layers'))
    .map((page) => textOf(path.join('docs', 'layers', page)).split('\n## ')[0]!),
};

/** What a layer lacks, in words. */
function lacksOf(factory: string, all: typeof everything): string[] {
  const row = all.rows.find(({explicit}) => explicit.factory === factory);
  if (!row) return [`layers.${factory} has no row in src/catalogue`];
  const {explicit: {op, twin}, keras} = row;
  const wanted: [boolean, string][] = [
    [all.verifiedLayers.includes(factory), 'no case of verifyBackend (src/checks/verify)'],
    [op === null || all.verifiedOps.includes(op), `no case of verifyBackend for its op ${op} (src/checks/verify)`],
    [op === null || all.agreements.includes(op), `no configurations against the reference for its op ${op} (spec/support/cases)`],
    [all.benched.includes(row.explicit.factory), 'no row in the benchmark (bench/cases)'],
    [all.compared.includes(row.explicit.factory), 'no feature in the compatibility table (tools/compatibility/features.ts)'],
    [all.pages.some((page) => page.includes(`\`layers.${factory}\``)), 'no page in docs/layers that opens with its name'],
    ['make' in twin || twin.none !== '', 'neither a twin in tf.layers nor a reason'],
    ['args' in keras || keras.none !== '', 'neither a name in Keras nor a reason'],
  ];
  return wanted.filter(([holds]) => !holds).map(([, what]) => `layers.${factory} has ${what}`);
}

/** The layers that there are, whether or not the catalogue knows them. */
const factories = Object.entries(layers).filter(([name]) => !name.startsWith('Explicit')).map(([name]) => name);
const without = <K extends keyof typeof everything>(part: K, keep: (one: typeof everything[K][number]) => boolean) =>
  ({...everything, [part]: (everything[part] as typeof everything[K][number][]).filter(keep)});

describe('the catalogue', () => {
  for (const factory of factories) {
    it(`has everything of layers.${factory}`, () => expect(lacksOf(factory, everything)).toEqual([]));
  }

  it('has layers only that there are, once', () => {
    expect(explicitRows.map(({explicit}) => explicit.factory as string).sort()).toEqual([...factories].sort());
    for (const {explicit} of explicitRows) {
      expect(layers[explicit.class.className as 'ExplicitDense']).toBe(explicit.class as typeof layers.ExplicitDense);
    }
  });

  it('notices what is missing, by the name of the layer', () => {
    const first = (all: typeof everything) => lacksOf('conv2d', all).join();
    expect(first(without('rows', ({name}) => name !== 'Conv2D'))).toMatch(/layers\.conv2d has no row/);
    expect(first(without('verifiedLayers', (name) => name !== 'conv2d'))).toMatch(/layers\.conv2d has no case of verifyBackend/);
    expect(first(without('verifiedOps', (name) => name !== 'conv2d'))).toMatch(/verifyBackend for its op conv2d/);
    expect(first(without('agreements', (name) => name !== 'conv2d'))).toMatch(/no configurations against the reference/);
    expect(first(without('benched', (name) => name !== 'conv2d'))).toMatch(/layers\.conv2d has no row in the benchmark/);
    expect(first(without('compared', (name) => name !== 'conv2d'))).toMatch(/layers\.conv2d has no feature/);
    expect(first(without('pages', (page) => !page.includes('`layers.conv2d`')))).toMatch(/layers\.conv2d has no page/);
  });
});

type Rebuilt = tf.serialization.SerializableConstructor<Layer> & {fromConfig: tf.serialization.FromConfigMethod<Layer>};
const written = (layer: Layer) =>
  JSON.parse(JSON.stringify(layer.getConfig(), (_, value: unknown) => value ?? undefined)) as Config;
const common = ['name', 'trainable', 'dtype', 'batchInputShape'];

/** A model of the layer's example, its weights drawn. */
function modelOf({make, example: {args, inputShape}}: ExplicitLayer, changes: Config = {}) {
  const net = sequential({name: 'net', layers: [make({...args, inputShape: [...inputShape], name: 'it', ...changes})]});
  randomizeWeights(net);
  return net;
}

describeOnBackends('every row of the catalogue', () => {
  afterEach(() => tf.disposeVariables());

  for (const {name, explicit} of explicitRows) {
    const {factory, make, twin, own, example} = explicit;
    const x = () => toTensor(randomValues([2, ...example.inputShape], 3));

    it(`layers.${factory}: every option comes back from a config`, () => {
      const options = Object.keys(make({...example.args}).getConfig()).filter((option) => !common.includes(option));
      const unknown = options.filter((option) => otherValue(option, factory) === undefined);
      expect(unknown).withContext('give these a value in spec/support/other_values.ts').toEqual([]);
      const others = Object.fromEntries(options.map((option) => [option, otherValue(option, factory)!]));
      const layer = make({...others, name: 'it', trainable: false});
      const cls = layer.constructor as Rebuilt;
      const [config, usual] = [written(layer), written(make({...example.args}))];
      expect(written(cls.fromConfig(cls, written(layer)))).toEqual(config as jasmine.Expected<Config>);
      for (const option of options) {
        expect(config[option] as unknown).withContext(option).toEqual(otherValue(option, factory));
        expect(usual[option] as unknown).withContext(`${option} by default`).not.toEqual(otherValue(option, factory));
      }
    });

    it(`layers.${factory}: own options have the defaults that the catalogue says`, () => {
      const required = Object.fromEntries(Object.entries(example.args).filter(([option]) => !(option in own)));
      const config = make(required).getConfig();
      for (const [option, {default: value}] of Object.entries(own)) {
        expect(config[option] as unknown).withContext(option).toEqual(value);
      }
    });

    it(`layers.${factory}: to its twin and back, or refused with the reason`, async () => {
      const plain = Object.fromEntries(Object.entries(own).map(([option, one]) => [option, one.default])) as Config;
      const net = modelOf(explicit, plain);
      if ('none' in twin) {
        const refusal = new RegExp(`layer 'it' \\(${explicit.class.className}\\): ${twin.none}`);
        await expectRefusal(() => models.toBuiltIn(net), refusal);
        return;
      }
      const theirs = models.toBuiltIn(net);
      const built = theirs.layers.find((layer) => layer.name === 'it')!;
      expect(built.getClassName()).toBe(name);
      expect(typeof builtIn[twin.factory as 'dense']).toBe('function');
      const back = models.toExplicit(theirs);
      expect(back.getLayer('it').getClassName()).toBe(explicit.class.className);
      const expected = net.predict(x()) as tf.Tensor;
      for (const model of [theirs, back]) await expectClose(model.predict(x()) as tf.Tensor, expected, trained);
    });

    for (const [option, {refused}] of Object.entries(own)) {
      if (refused === undefined) continue;
      it(`layers.${factory}: no twin with ${option}`, async () => {
        const more: Config = 'filters' in example.args ? {filters: otherValue('filters')!} : {};
        const net = modelOf(explicit, {...more, [option]: otherValue(option, factory)!});
        await expectRefusal(() => models.toBuiltIn(net), new RegExp(`'it' \\(${explicit.class.className}\\): .*${refused}`));
      });
    }

    it(`layers.${factory}: saved and loaded`, async () => {
      const net = modelOf(explicit);
      const handler = memory();
      await models.save(net, handler);
      const again = await models.load(handler);
      await expectClose(again.predict(x()) as tf.Tensor, net.predict(x()) as tf.Tensor, trained);
      expect(again.layers.map(written)).toEqual(net.layers.map(written) as jasmine.Expected<Config[]>);
    });

    it(`layers.${factory}: describe counts its weights as it has them`, () => {
      const net = modelOf(explicit);
      const unbuilt = models.describe([make({...example.args, name: 'it'})], example.inputShape, {print: null});
      expect(unbuilt.totals.parameters).toBe(net.countParams());
    });
  }
});

/** What any layer must do, of the examples; names and shapes of weights are those of the twin. */
await tf.setBackend('cpu');
for (const {explicit: {factory, make, twin, own, example}} of explicitRows) {
  if ('none' in twin) continue;
  const args = Object.fromEntries(Object.entries(example.args).filter(([option]) => !(option in own)));
  const theirs = twin.make({...args, ...typeof args['padding'] === 'number' ? {padding: 'same'} : {}, name: 'it'});
  theirs.build([null, ...example.inputShape]);
  const weights = theirs.weights.map(({originalName, shape}) => [originalName.split('/').at(-1)!, shape as number[]] as const);
  theirs.weights.forEach((weight) => weight.dispose());
  describeLayer(`layers.${factory}`, [{
    title: 'the example of the catalogue', inputShape: [...example.inputShape],
    make: (more) => make({...args, ...more} as Config),
    outputShape: make({...args}).computeOutputShape([null, ...example.inputShape]).slice(1) as number[],
    weights: Object.fromEntries(weights),
  }]);
}

describe('toBuiltIn', () => {
  class ExplicitNovelty extends layers.ExplicitReLU {
    static override readonly className = 'ExplicitNovelty' as 'ExplicitReLU';
  }

  it('refuses an explicit layer that it does not know, by its name', async () => {
    await tf.setBackend('cpu');
    const net = sequential({layers: [new ExplicitNovelty({inputShape: [2], name: 'novel'})]});
    await expectRefusal(() => models.toBuiltIn(net), /toBuiltIn: layer 'novel' \(ExplicitNovelty\): .*models\.save/);
  });

  it('is told by the catalogue which layers it has', () => {
    expect(explicitNamed('dense').class.className).toBe('ExplicitDense');
  });
});
