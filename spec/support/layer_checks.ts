/** What every layer must do, checked for a table of configurations: one call declares all of it. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, loadLayersModel, models, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential, Shape} from '@tensorflow/tfjs-layers';

import {models as graphModels} from '../../src';
import type {LayerArgs} from '../../src/layers';
import {toTensor} from './arrays';
import {describeOnBackends} from './backends';
import {expectClose, expectNoLeaks} from './matchers';
import {randomValues} from './random';
import {constrained} from './tolerances';
import type {Tolerance} from './tolerances';

export type Layer = InstanceType<typeof builtIn.Layer>;
type Config = tf.serialization.ConfigDict;
/** A layer class, as tfjs looks it up. */
type LayerClass = tf.serialization.SerializableConstructor<Layer> & {
  fromConfig: tf.serialization.FromConfigMethod<Layer>,
};

/** Arguments that the checks add: a name, the shape of the input. */
export type CommonArgs = Pick<LayerArgs, 'name' | 'inputShape' | 'trainable'>;

/** Makes the two sides of a case: both factories, given the same arguments. */
export const besideTwin = <A extends object, B>(
  make: (args: A) => Layer, twin: (args: B) => Layer, twinTrains?: LayerCase['twinTrains']) => (args: A) => ({
  make: (common: CommonArgs) => make({...args, ...common}),
  twin: (common: CommonArgs) => twin({...args, ...common} as unknown as B),
  twinTrains,
});

/** A layer's configuration. */
export interface LayerCase {
  /** The configuration in words. */
  title: string;
  make: (common: CommonArgs) => Layer;
  /** The built-in layer with the same arguments, where there is one. */
  twin?: (common: CommonArgs) => Layer;
  /** False where the built-in cannot train on a backend; true everywhere when absent. */
  twinTrains?: (backend: string) => boolean;
  /** Without the batch. */
  inputShape: number[];
  outputShape: number[];
  /** Names, with their shapes, in the order of getWeights. */
  weights: {[name: string]: number[]};
  /** An input shape that is partly unknown, and the output's; the layer's own, batch unknown, when absent. */
  unknown?: [Shape, Shape];
}

/** Of losses and weights after some steps of training in float32, where small differences grow. */
export const trained: Tolerance = {relative: 2e-4, absolute: 2e-5};

const batch = 4;
const steps = 4;

/** Declares the checks of each case on every backend. */
export function describeLayer(title: string, cases: LayerCase[]): void {
  describeOnBackends(`${title} as any layer`, (backend) => {
    afterEach(() => tf.disposeVariables());
    for (const layerCase of cases) {
      describe(layerCase.title, () => {
        declareChecks(layerCase);
        if (backend === 'tensorflow') declareGraphCheck(layerCase);
        if (layerCase.twin) declareTwinChecks(layerCase, layerCase.twin, layerCase.twinTrains?.(backend) ?? true);
      });
    }
  });
}

function declareChecks(layerCase: LayerCase): void {
  const {make, inputShape, outputShape, weights} = layerCase;

  it('has shapes, weights and a place in summary()', () => {
    const layer = make({name: 'it', inputShape});
    const model = sequential({layers: [layer]});
    expect(model.outputShape).toEqual([null, ...outputShape]);
    const names = Object.keys(weights).map((name) => `it/${name}`);
    expect(layer.weights.map((weight) => weight.originalName)).toEqual(names);
    expect(layer.getWeights().map((weight) => weight.shape)).toEqual(Object.values(weights));
    const sizes = Object.values(weights).map((shape) => tf.util.sizeFromShape(shape));
    expect(layer.countParams()).toBe(sizes.reduce((sum, size) => sum + size, 0));
    const lines: string[] = [];
    model.summary(undefined, undefined, (line) => lines.push(String(line)));
    expect(lines.join('\n')).toContain(`it (${layer.getClassName()})`.slice(0, 27));
  });

  it('passes unknown sizes through', () => {
    const [given, expected] = layerCase.unknown ?? [[null, ...inputShape], [null, ...outputShape]];
    expect(make({}).computeOutputShape(given)).toEqual(expected);
  });

  it('gives what computeOutputShape says', () => {
    const out = make({}).apply(inputs(layerCase)) as tf.Tensor;
    expect(out.shape).toEqual([batch, ...outputShape]);
    expect(out.dtype).toBe('float32');
  });

  it('comes back from its config', () => {
    const layer = make({name: 'it', trainable: false});
    const cls = layer.constructor as LayerClass;
    const again = cls.fromConfig(cls, written(layer));
    expect(again).toBeInstanceOf(cls);
    expect(written(again)).toEqual(written(layer) as jasmine.Expected<Config>);
    expect(again.trainable).toBeFalse();
  });

  it('comes back from a model\'s JSON', async () => {
    const model = sequential({layers: [make({name: 'it', inputShape})]});
    const again = await models.modelFromJSON(JSON.parse(model.toJSON() as string) as tf.io.ModelJSON['modelTopology']);
    expect(again.layers.map(written)).toEqual(model.layers.map(written) as jasmine.Expected<Config[]>);
  });

  it('comes back from a saved model, weights and all', async () => {
    const model = modelOf(layerCase, make);
    randomizeWeights(model);
    const again = await loadLayersModel(tf.io.fromMemory(await saved(model)));
    const x = inputs(layerCase);
    await expectClose(again.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor, constrained());
    expect(again.layers.map(written)).toEqual(model.layers.map(written) as jasmine.Expected<Config[]>);
  });

  it('trains, in itself and in the layer before it', async () => {
    const model = modelOf(layerCase, make);
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
    const before = model.layers.map((layer) => layer.getWeights(true).map((weight) => weight.clone()));
    const [x, y] = [inputs(layerCase), targets(layerCase)];
    const {history} = await model.fit(x, y, {epochs: 5, batchSize: batch, verbose: 0});
    const losses = history['loss'] as number[];
    expect(losses.every(Number.isFinite)).toBeTrue();
    expect(losses[4]!).toBeLessThan(losses[0]!);
    for (const [i, layer] of model.layers.entries()) await expectMoved(layer.getWeights(true), before[i]!, layer.name);
  });

  it('leaves nothing behind when called, trained and disposed', async () => {
    const [x, y] = [inputs(layerCase), targets(layerCase)];
    await expectNoLeaks(async () => {
      const model = modelOf(layerCase, make);
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      await model.trainOnBatch(x, y);
      const {numTensors} = tf.memory();
      await model.trainOnBatch(x, y);
      tf.dispose(model.predict(x));
      tf.dispose(model.evaluate(x, y));
      expect(tf.memory().numTensors).toBe(numTensors);
      model.dispose();
    });
  });
}

function declareGraphCheck(layerCase: LayerCase): void {
  it('trains and predicts as a graph', async () => {
    const [eager, graph] = [modelOf(layerCase, layerCase.make), modelOf(layerCase, layerCase.make)];
    randomizeWeights(eager);
    graph.setWeights(eager.getWeights());
    graphModels.runAsGraph(graph);
    const [x, y] = [inputs(layerCase), targets(layerCase)];
    for (const model of [eager, graph]) model.compile({optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError'});
    for (let step = 0; step < 2 * steps; step++) {
      const [loss, want] = [await graph.trainOnBatch(x, y) as number, await eager.trainOnBatch(x, y) as number];
      await expectClose(tf.scalar(loss), want, trained, `loss ${step}`);
      await expectClose(graph.predict(x) as tf.Tensor, eager.predict(x) as tf.Tensor, trained);
    }
    const {steps: how} = graphModels.graphReport(graph);
    expect(how.map(({step, runsAs, reason}) => `${step} ${runsAs} ${runsAs === 'graph' ? '' : reason}`))
        .toEqual(['train graph ', 'predict graph ']);
  });
}

function declareTwinChecks(layerCase: LayerCase, twin: (common: CommonArgs) => Layer, trains: boolean): void {
  const {make, inputShape} = layerCase;

  it('has tf.layers\' config', () => {
    const {activityRegularizer: _, ...theirs} = twin({name: 'it', inputShape}).getConfig();
    const ours = make({name: 'it', inputShape}).getConfig();
    for (const [key, value] of Object.entries(theirs)) {
      expect(ours[key] ?? null).withContext(key).toEqual((value ?? null) as jasmine.Expected<typeof ours[string]>);
    }
  });

  it('takes tf.layers\' weights and gives the same values', async () => {
    const [ours, theirs] = [modelOf(layerCase, make), modelOf(layerCase, twin)];
    for (const model of [ours, theirs]) randomizeWeights(model);  // each applies its constraints
    const x = inputs(layerCase);
    await expectClose(ours.predict(x) as tf.Tensor, theirs.predict(x) as tf.Tensor, trained);
    theirs.setWeights(ours.getWeights());
    const given = ours.getWeights();
    for (const [i, weight] of theirs.getWeights().entries()) await expectClose(weight, given[i]!, constrained());
  });

  if (!trains) return;
  it('trains as tf.layers does', async () => {
    const [ours, theirs] = [modelOf(layerCase, make), modelOf(layerCase, twin)];
    randomizeWeights(theirs);
    ours.setWeights(theirs.getWeights());
    const [x, y] = [inputs(layerCase), targets(layerCase)];
    const losses = [ours, theirs].map(() => [] as number[]);
    for (const [i, model] of [ours, theirs].entries()) {
      model.compile({optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError'});
      for (let step = 0; step < steps; step++) losses[i]!.push(await model.trainOnBatch(x, y) as number);
    }
    await expectClose(tf.tensor1d(losses[0]!), losses[1]!, trained, 'loss');
    const names = theirs.weights.map((weight) => weight.originalName);
    for (const [i, weight] of ours.getWeights().entries()) {
      await expectClose(weight, theirs.getWeights()[i]!, trained, names[i]);
    }
  });
}

/** A layer's config as a file holds it; a file says null for absent, a seed for one. */
function written(layer: Layer): Config {
  return JSON.parse(JSON.stringify(layer.getConfig(), (_, value: unknown) => value ?? undefined)) as Config;
}

/** A model that needs the layer's dx: a built-in layer with weights stands before it. */
function modelOf({inputShape}: LayerCase, make: (common: CommonArgs) => Layer): Sequential {
  const before = builtIn.dense({units: inputShape[inputShape.length - 1]!, name: 'before', inputShape});
  return sequential({layers: [before, make({name: 'it'})]});
}

/** Gives every weight seeded values, variances positive ones. */
export function randomizeWeights(model: Sequential | Layer, seed = 1): void {
  model.setWeights(model.weights.map((weight, i) => {
    const values = toTensor(randomValues(weight.shape as number[], seed + i));
    return weight.originalName.endsWith('moving_variance') ? tf.add(tf.abs(values), 0.1) : values;
  }));
}

/** Expects each of these to differ from what it was. */
export async function expectMoved(values: tf.Tensor[], before: tf.Tensor[], label: string): Promise<void> {
  const distances = await Promise.all(values.map((value, i) => numberOf(tf.max(tf.abs(tf.sub(value, before[i]!))))));
  expect(distances.every((distance) => distance > 0)).withContext(`${label} moved by ${distances.join()}`).toBeTrue();
}

/** The value of a scalar; awaited, since webgpu cannot give it at once. */
export async function numberOf(scalar: tf.Tensor | tf.Tensor[]): Promise<number> {
  return (await (scalar as tf.Tensor).data())[0]!;
}

/** What `model.save` writes, as it comes back from a file. */
export async function saved(model: Sequential): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts = {};
  await model.save(tf.io.withSaveHandler(async (written) => {
    artifacts = written;
    return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
  }));
  return {...artifacts, modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)) as object};
}

function inputs({inputShape}: LayerCase): tf.Tensor {
  return toTensor(randomValues([batch, ...inputShape], 11));
}

function targets({outputShape}: LayerCase): tf.Tensor {
  return toTensor(randomValues([batch, ...outputShape], 12));
}
