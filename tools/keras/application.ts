/** One model of keras.applications: what Python wrote of it, and what becomes of it here. */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checks, losses} from '../../src';
import {importKeras} from '../../src/keras';
import {run} from '../setup/run.mjs';
import {PythonError} from './python';

/** The models that people run in browsers, and the larger ones that they compare with. */
export const APPLICATIONS = [
  'MobileNet', 'MobileNetV2', 'MobileNetV3Small', 'ResNet50', 'ResNet50V2', 'VGG16', 'DenseNet121', 'Xception',
  'EfficientNetB0', 'EfficientNetV2B0', 'InceptionV3', 'NASNetMobile', 'ConvNeXtTiny',
] as const;

/** Those whose gradients are compared too: residual, depthwise, squeeze and excite. */
export const WITH_GRADIENTS: readonly string[] = ['MobileNetV2', 'ResNet50', 'EfficientNetB0'];

/** Who wrote the files, and how they end. */
export const LIBRARIES = ['keras3', 'tf_keras'] as const;
export const ENDINGS = ['keras', 'h5'] as const;

/** What Python says of the files that it wrote. */
interface About {
  inputs: number[];
  scores: number[];
  gradients?: {name: string, shape: number[]}[];
}

/** A folder with what Python wrote of a model; {@link Application.dispose} removes it. */
export class Application {
  private readonly about: About;

  private constructor(readonly name: string, private readonly folder: string) {
    this.about = JSON.parse(readFileSync(path.join(folder, 'about.json'), 'utf8')) as About;
  }

  /** Has Python write the model. */
  static async write(name: string, python: string, signal: AbortSignal): Promise<Application> {
    const folder = mkdtempSync(path.join(tmpdir(), 'keras-application-'));
    const script = fileURLToPath(new URL('applications.py', import.meta.url));
    const flags = WITH_GRADIENTS.includes(name) ? ['--gradients'] : [];
    const {status, stderr} = await run(python, [script, folder, name, ...flags], {env: process.env, signal});
    if (status !== 0) {
      rmSync(folder, {recursive: true, force: true});
      throw new PythonError(`Python could not write ${name}:\n${stderr.trim().split('\n').slice(-8).join('\n')}`);
    }
    return new Application(name, folder);
  }

  dispose(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }

  load(file: string): Promise<LayersModel> {
    return importKeras(path.join(this.folder, file));
  }

  /** The largest difference between our scores and Keras's, in parts of the largest score. */
  difference(model: LayersModel, file: string): number {
    const wanted = this.floats(file.startsWith('tf_keras') ? 'scores_tf_keras.bin' : 'scores.bin');
    const got = tf.tidy(() => (model.predict(this.inputs()) as Tensor).dataSync());
    if (got.length !== wanted.length) return Infinity;
    const largest = wanted.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
    return Array.from(got).reduce((most, score, i) => Math.max(most, nanAsInfinity(Math.abs(score - wanted[i]!) / largest)), 0);
  }

  /**
   * The norm of the difference from the gradients that Keras computes in float64, in parts of their norm: ours, and those
   * that Keras computes in float32.
   */
  gradientErrors(model: LayersModel): {ours: number, keras: number} {
    const exact = new Float64Array(this.bytes('gradients64.bin'));
    const ours = this.gradients(model);
    const norm = Math.sqrt(exact.reduce((sum, value) => sum + value ** 2, 0));
    const error = (values: ArrayLike<number>) =>
      Math.sqrt(exact.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0)) / norm;
    return {ours: nanAsInfinity(error(ours)), keras: error(this.floats('gradients32.bin'))};
  }

  /** The losses of three steps on two examples; the weights are others afterwards. */
  async train(model: LayersModel): Promise<number[]> {
    const optimizer = tf.train.sgd(1e-3);
    model.compile({optimizer, loss: losses.softmaxLoss});
    const x = this.inputs();
    const y = this.labels();
    const found: number[] = [];
    for (let step = 0; step < 3; step++) found.push(await model.trainOnBatch(x, y) as number);
    tf.dispose([x, y]);
    optimizer.dispose();
    return found;
  }

  /** Beside the layers of tf.layers: each layer alone, and one step of the whole. */
  async compareWithBuiltIns(model: LayersModel): Promise<checks.CompareReport> {
    const x = this.inputs();
    const y = this.labels();
    try {
      return await checks.compareWithBuiltIns(model, x, y, {steps: 1, repeats: 0, optimizer: () => tf.train.sgd(1e-3)});
    } finally {
      tf.dispose([x, y]);
    }
  }

  private gradients(model: LayersModel): Float32Array {
    const wanted = this.about.gradients!;
    const weights = model.trainableWeights.map((weight) =>
      ({val: weight.read() as tf.Variable, originalName: weight.originalName}));
    if (weights.length !== wanted.length) {
      throw new Error(`${this.name} has ${weights.length} trainable weights here and ${wanted.length} in Keras.`);
    }
    weights.forEach(({val, originalName}, i) => {
      if (tf.util.arraysEqual(val.shape, wanted[i]!.shape)) return;
      throw new Error(`${originalName} [${val.shape}] stands where Keras has ${wanted[i]!.name} [${wanted[i]!.shape}].`);
    });
    return tf.tidy(() => {
      const dscores = tf.tensor(this.floats('dscores.bin'), this.about.scores);
      const x = this.inputs();
      const {grads} = tf.variableGrads(() =>
        tf.sum(tf.mul(model.apply(x, {training: false}) as Tensor, dscores)).asScalar(), weights.map(({val}) => val));
      const parts = weights.map(({val}) => grads[val.name]!.dataSync());
      const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
      parts.reduce((at, part) => {
        all.set(part, at);
        return at + part.length;
      }, 0);
      return all;
    });
  }

  private labels(): Tensor {
    const [examples, classes] = this.about.scores as [number, number];
    return losses.oneHot(Array.from({length: examples}, (_, i) => i), classes);
  }

  private inputs(): Tensor {
    return tf.tensor(this.floats('inputs.bin'), this.about.inputs);
  }

  private floats(file: string): Float32Array {
    return new Float32Array(this.bytes(file));
  }

  private bytes(file: string): ArrayBuffer {
    const bytes = readFileSync(path.join(this.folder, file));
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  }
}

function nanAsInfinity(value: number): number {
  return Number.isNaN(value) ? Infinity : value;
}
