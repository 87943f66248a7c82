/**
 * What this library uses of tfjs beyond its declared interface: what each part has to do on each backend, and that every
 * op is right without it.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

import {kernelInfo, kernels} from '../src/backends';
import {relu} from '../src/ops';
import * as parts from '../src/tfjs_private';
import type {PrivatePart} from '../src/tfjs_private';
import {describeOnBackends} from './support/backends';
import {agreements} from './support/cases';
import {expectClose} from './support/matchers';

/** What a part has to do where it is; it throws, or returns false, where that changed. */
type Expectation = () => boolean | Promise<boolean>;

/** Backends that have a part; all where nothing is said. */
const only: {[part in PrivatePart]?: string[]} = {
  wasmMemory: ['wasm'], wasmTensors: ['wasm'], wasmThreads: ['wasm'], nodeBackend: ['tensorflow'], nodeBinding: ['tensorflow'],
  runWebGLProgram: ['webgl'], runWebGPUProgram: ['webgpu'],
  graphBackend: ['tensorflow'],
};

const x = () => tf.tensor1d([1, -2, 3]);

const expectations: {[part in PrivatePart]: Expectation} = {
  tensorData: () => {
    const variable = tf.variable(x());
    const had = parts.hasData(variable);
    tf.engine().disposeVariable(variable);
    const tensor = x();
    tensor.dispose();
    return had === true && parts.hasData(variable) === false && parts.hasData(tensor) === false;
  },
  isTapeOn: () => {
    let inside: boolean | null = null;
    tf.grad((t) => {
      inside = parts.isTapeOn();
      return tf.square(t);
    })(x());
    return parts.isTapeOn() === false && inside === true;
  },
  activeTape: () => {
    let found: ReturnType<typeof parts.activeTape> = null;
    const input = x();
    tf.grad((t) => {
      const squared = tf.square(t);
      found = parts.activeTape();
      return squared;
    })(input);
    const {saved, depth} = found!;
    return depth === 1 && saved.length === 1 && tf.util.arraysEqual(saved[0]!.shape, input.shape);
  },
  tapeNode: () => {
    const asked: number[][] = [];
    const square = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const out = tf.customGrad((...args: unknown[]) => ({
        value: tf.mul(args[0] as tf.Tensor, args[1] as tf.Tensor),
        gradFunc: (dy: tf.Tensor | tf.Tensor[]) => [dy as tf.Tensor, dy as tf.Tensor],
      }))(a, b);
      parts.beforeGradient(out, (places) => asked.push(places));
      return out;
    };
    tf.grads(square)([x(), x()]);
    tf.grad((b) => square(x(), b))(x());
    return JSON.stringify(asked) === '[[0,1],[1]]';
  },
  runKernel: () => {
    const input = x();
    const {numDataBuffers} = tf.memory();
    const clone = parts.sharingClones(() => tf.clone(input));
    return tf.memory().numDataBuffers === numDataBuffers && clone.id !== input.id;
  },
  activeProfile: async () => {
    let listed = 0;
    await tf.profile(() => {
      tf.square(x());
      listed = parts.activeProfile()!.kernels.length;
    });
    return listed === 1;
  },
  backendStart: async () => {
    const order: string[] = [];
    tf.registerBackend('late', () => {
      order.push('asked');
      return {} as tf.KernelBackend;
    });
    try {
      const found = parts.beforeBackendStarts('late', async () => {
        await Promise.resolve();
        order.push('waited');
      });
      await tf.findBackendFactory('late')();
      return found && !parts.beforeBackendStarts('never registered', () => Promise.resolve()) && order.join() === 'asked,waited';
    } finally {
      tf.removeBackend('late');
    }
  },
  wasmMemory: () => parts.wasmMemory(tf.backend())!.buffer.byteLength > 0,
  wasmTensors: () => {
    const {address, make, reserve} = parts.wasmTensors(tf.backend())!;
    const before = tf.memory().numTensors;
    if (reserve(4) === 0 || tf.memory().numTensors !== before) return false;
    const values = (t: tf.Tensor) => new Float32Array(parts.wasmMemory(tf.backend())!.buffer, address(t), t.size);
    const out = make([3]);
    values(out).set(values(x()));
    return tf.util.arraysEqual(Array.from(out.dataSync()), [1, -2, 3]);
  },
  wasmThreads: () => parts.wasmThreads(tf.backend())! >= 1,
  nodeBinding: () => {
    const names = [
      'TF_ATTR_FLOAT', 'TF_ATTR_INT', 'TF_ATTR_BOOL', 'TF_ATTR_STRING', 'TF_ATTR_TYPE', 'TF_FLOAT', 'TF_INT32',
    ] as const;
    return names.every((name) => Number.isInteger(parts.nodeBinding()![name]));
  },
  nodeBackend: () => {
    const {TF_ATTR_TYPE: type, TF_FLOAT: value} = parts.nodeBinding()!;
    const attributes = [{name: 'T', type, value}];
    const one = parts.nodeBackend()!.executeSingleOutput('Neg', attributes, [x()]);
    const [several] = parts.nodeBackend()!.executeMultipleOutputs('Neg', attributes, [x()], 1);
    return [one, several!].every((t) => tf.util.arraysEqual(Array.from(t.dataSync()), [-1, 2, -3]));
  },
  runWebGLProgram: () => runsShaders(),
  runWebGPUProgram: () => runsShaders(),
  scopeTensors: () => {
    let found = false;
    tf.tidy(() => {
      const tensor = x();
      found = parts.scopeTensors()!.includes(tensor);
    });
    return found;
  },
  layerFields: () => {
    const fields = (layer: tfl.layers.Layer) => parts.layerFields(layer);
    const inner = tfl.layers.dense({units: 1, kernelInitializer: 'zeros'});
    const lstm = () => tfl.layers.lstm({units: 1});
    const both = fields(tfl.layers.bidirectional({layer: lstm() as never, mergeMode: 'concat'}));
    return fields(tfl.layers.timeDistributed({layer: inner})).layer === inner && both.forwardLayer !== undefined &&
      both.backwardLayer !== undefined && fields(lstm()).cell !== undefined &&
      fields(inner).kernelInitializer!.getClassName() === 'Zeros' && fields(inner).activation!.getClassName() === 'linear' &&
      fields(tfl.layers.conv2d({filters: 1, kernelSize: 1})).rank === 2 &&
      fields(tfl.layers.batchNormalization({axis: 1})).axis === 1 &&
      fields(tfl.layers.conv1d({filters: 1, kernelSize: 1})).dataFormat === 'channelsLast' &&
      fields(tfl.layers.separableConv2d({filters: 1, kernelSize: 1, depthMultiplier: 2})).depthMultiplier === 2 &&
      fields(tfl.layers.depthwiseConv2d({kernelSize: 1, depthwiseConstraint: 'nonNeg'})).depthwiseConstraint!
        .getClassName() === 'NonNeg' && `${fields(tfl.layers.reshape({targetShape: [2, 1]})).targetShape}` === '2,1';
  },
  trainableWeights: () => {
    const layer = tfl.layers.dense({units: 2, inputShape: [3], trainable: false});
    layer.build([null, 3]);
    const names = parts.trainableWeightsOf(layer)!.map(({originalName}) => originalName.split('/').at(-1));
    layer.weights.forEach((weight) => weight.dispose());
    return names.join() === 'kernel,bias';
  },
  layerPrototype: () => {
    const prototype = parts.layerPrototype(tfl.layers.Layer.prototype)!;
    const made: string[] = [];
    const {addWeight} = prototype;
    prototype.addWeight = function(name, shape, ...rest) {
      made.push(`${name} ${shape}`);
      return addWeight.call(this, name, shape, ...rest);
    };
    const layer = tfl.layers.dense({units: 2, inputShape: [3]});
    layer.build([null, 3]);
    prototype.addWeight = addWeight;
    layer.weights.forEach((weight) => weight.dispose());
    return made.join() === 'kernel 3,2,bias 2';
  },
  trainingConfig: () => withModel((model) => parts.trainingConfigOf(model)!.loss === 'mean_squared_error'),
  ownedOptimizer: () => withModel((model) => {
    parts.ownOptimizer(model);
    return (model as unknown as {model: {isOptimizerOwned: boolean}}).model.isOptimizerOwned;
  }),
  graphBackend: () => {
    const {binding, tensorMap, getInputTensorIds, createOutputTensor} = parts.graphBackend()!;
    const can = ['executeOp', 'createTensor', 'deleteTensor', 'tensorDataSync', 'loadSavedModel', 'deleteSavedModel']
      .every((name) => typeof (binding as {[name: string]: unknown})[name] === 'function');
    const input = x();
    const [id] = getInputTensorIds.call(parts.graphBackend(), [input]);
    return can && tensorMap.get(input.dataId).id === id && typeof createOutputTensor === 'function';
  },
  graphEngine: () => {
    const {registeredVariables, profiling, methods} = parts.graphEngine()!;
    const made = (methods['makeVariable'] as (...args: unknown[]) => tf.Variable).call(
      tf.engine(), x(), true, 'of_the_spec', 'float32');
    const isRegistered = registeredVariables['of_the_spec'] === made;
    made.dispose();
    return isRegistered && !profiling;
  },
  flagValues: () => {
    tf.env().set('PROD', tf.env().getBool('PROD'));
    return parts.flagValues()!['PROD'] === tf.env().getBool('PROD');
  },
  modelHooks: () => {
    const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1]})]});
    const open = parts.openModel(model)!;
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const isOpen = typeof open.model!.makeTrainFunction() === 'function' && typeof open.predictLoop === 'function';
    model.dispose();
    return isOpen;
  },
  platform: () => {
    const {platform, platformName} = tf.env() as unknown as {platform: object, platformName: string};
    return parts.platform()!.object === platform && parts.platform()!.name === platformName;
  },
};

function withModel(check: (model: tfl.Sequential) => boolean): boolean {
  const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1]})]});
  model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
  const passed = check(model);
  model.dispose();
  return passed;
}

async function runsShaders(): Promise<boolean> {
  const out = await kernels().relu(x(), {negativeSlope: 0.5, threshold: 0, maxValue: 2}).data();
  return kernelInfo().set === 'gpu' && tf.util.arraysEqual(Array.from(out), [1, -1, 2]);
}

/** Parts without which a backend has no kernels of its own. */
const carriers: {[backend: string]: PrivatePart[]} = {
  wasm: ['wasmMemory', 'wasmTensors'], tensorflow: ['nodeBackend', 'nodeBinding'], webgl: ['runWebGLProgram'],
  webgpu: ['runWebGPUProgram'],
};

describeOnBackends('private parts of tfjs', (backend) => {
  afterEach(() => parts.hideParts([]));

  for (const part of Object.keys(expectations) as PrivatePart[]) {
    if (only[part]?.includes(backend) ?? true) {
      it(`${part} is as in tfjs 4.22`, async () => {
        expect(await expectations[part]()).withContext(`${part} changed`).toBeTrue();
      });
    } else {
      it(`${part} is absent`, () => {
        const found = {
          wasmMemory: () => parts.wasmMemory(tf.backend()), wasmTensors: () => parts.wasmTensors(tf.backend()),
          wasmThreads: () => parts.wasmThreads(tf.backend()),
          nodeBackend: parts.nodeBackend, nodeBinding: parts.nodeBinding, runWebGLProgram: parts.runWebGLProgram,
          runWebGPUProgram: parts.runWebGPUProgram, graphBackend: parts.graphBackend,
        }[part as string]!();
        expect(found).toBeNull();
      });
    }
  }

  const here = (Object.keys(expectations) as PrivatePart[]).filter((part) => only[part]?.includes(backend) ?? true);
  for (const part of here) {
    describe(`without ${part}`, () => {
      beforeEach(() => parts.hideParts([part]));

      if (carriers[backend]?.includes(part)) {
        it('operations of tfjs are composed, and kernelInfo says why', () => {
          expect(kernelInfo().set).toBe('composed');
          expect(kernelInfo().reason).not.toBe('');
        });
      }

      // Composed, tfjs's webgl and webgpu do not compute all: no tensors of rank 5 in tf.where, few inputs to a launch.
      const isComposedHere = !['webgl', 'webgpu'].includes(backend) || !carriers[backend]!.includes(part);
      for (const {op, assertSome} of isComposedHere ? agreements : []) {
        it(`${op} agrees with the reference`, async () => {
          await assertSome();
          await expectClose(relu(x()), [1, 0, 3]);
        });
      }
    });
  }
});
