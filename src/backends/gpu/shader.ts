import * as tf from '@tensorflow/tfjs-core';
import type {NamedTensorInfoMap, Tensor, TensorInfo} from '@tensorflow/tfjs-core';

import {runWebGLProgram, runWebGPUProgram} from '../../tfjs_private';

/**
 * The words in which GLSL (webgl) and WGSL (webgpu) differ; what else a body needs is the same in both: `for`, `if`
 * with braces, `continue`, arithmetic, comparisons, `isnan`, and `getX(n, y, x, c)` for an input named x of rank 4.
 */
export interface Language {
  /** Begin declarations of a variable: `${int} i = 0;`. */
  int: string;
  float: string;
  /** A number that is handed over at each call. */
  uniform: (name: string) => string;
  /** The entry of an input, of the output's shape, at the output's place. */
  same: (input: string) => string;
}

/** A program that computes each entry of one float32 tensor. */
export interface Shader {
  shape: number[];
  /** What the body calls its place along each of four axes; absent where it needs none. */
  place?: readonly [string, string, string, string];
  /** By names that are no words of GLSL or WGSL: `filter`, for one, is reserved. */
  inputs: {[name: string]: Tensor};
  /** Numbers that do not change the program's text; these alone may be infinite. */
  uniforms?: {[name: string]: number};
  /**
   * Statements that set `result`. Sizes of windows and images are written in the text as they are: backends compile a text
   * once and keep it.
   */
  body: (language: Language) => string;
}

/**
 * Runs a shader on webgl or webgpu, in one launch that tf.profile shows under this name.
 * @throws On any other backend.
 */
export function runShader<T extends Tensor>(name: string, shader: Shader): T {
  if (tf.getKernel(name, tf.getBackend()) == null) {
    const kernelFunc: tf.KernelFunc = ({inputs, attrs}) =>
      run(attrs as unknown as Shader, inputs as NamedTensorInfoMap);
    tf.registerKernel({kernelName: name, backendName: tf.getBackend(), kernelFunc});
  }
  return tf.engine().runKernel(name, shader.inputs, shader as unknown as tf.NamedAttrMap) as T;
}

function run(shader: Shader, inputs: NamedTensorInfoMap): TensorInfo {
  const names = Object.keys(shader.inputs);
  const given = names.map(name => inputs[name]!);
  const numbers = Object.values(shader.uniforms ?? {});
  const onWebGPU = runWebGPUProgram();
  return onWebGPU ?
      onWebGPU(webgpuProgram(shader, names), given, 'float32', numbers.map(v => ({type: 'float32', data: [v]}))) :
      runWebGLProgram()!(webglProgram(shader, names), given, 'float32', numbers.map(v => [v]));
}

/** The place of an entry of images. */
export const imagePlace = ['n', 'y', 'x', 'c'] as const;

const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

function webglProgram({shape, place, uniforms = {}, body}: Shader, variableNames: string[]): object {
  const text = body({
    int: 'int', float: 'float', uniform: name => name, same: name => `get${capital(name)}AtOutCoords()`,
  });
  return {
    variableNames,
    outputShape: shape,
    customUniforms: Object.keys(uniforms).map(name => ({name, type: 'float'})),
    userCode: `void main() {
      ${place ? 'ivec4 at = getOutputCoords();' : ''}
      ${place?.map((name, i) => `int ${name} = at[${i}];`).join(' ') ?? ''}
      float result = 0.0;
      ${text}
      setOutput(result);
    }`,
  };
}

function webgpuProgram({shape, place, uniforms = {}, body}: Shader, variableNames: string[]): object {
  const text = body({
    int: 'var', float: 'var', uniform: name => `uniforms.${name}`,
    same: name => `get${capital(name)}ByOutputIndex(index)`,
  });
  const code = `fn main(index : i32) {
    if (index < uniforms.size) {
      ${place ? 'let at = getCoordsFromIndex(index);' : ''}
      ${place?.map((name, i) => `let ${name} = at[${i}];`).join(' ') ?? ''}
      var result = 0.0;
      ${text}
      setOutputAtIndex(index, result);
    }
  }`;
  const groupSize = 64;
  return {
    variableNames,
    outputShape: shape,
    uniforms: Object.keys(uniforms).map(name => `${name} : f32,`).join(' '),
    workgroupSize: [groupSize, 1, 1],
    size: true,
    dispatchLayout: {x: shape.map((_, axis) => axis)},
    dispatch: [Math.ceil(tf.util.sizeFromShape(shape) / groupSize), 1, 1],
    shaderKey: code,
    getUserCode: () => code,
  };
}
