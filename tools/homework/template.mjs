import {EXERCISES} from './exercises.mjs';

/** @typedef {import('./exercises.mjs').Task} Task */

const ARRAY_TEXT = `An array is {shape: number[], data: Float64Array}, row by row: entry [n, c, h, w] of shape [N, C, H, W] is
data[((n*C + c)*H + h)*W + w]. Do not change the arrays that come in; return new ones.`;

/**
 * The text of an exercise: the functions of `reference`, empty.
 * @param {string} name
 * @param {{typescript: boolean, file: string}} options
 */
export function templateOf(name, {typescript, file}) {
  const {title, notes, shapes, options, hint, tasks} = EXERCISES[name];
  const lines = [
    `${title}: ${notes} of the notes.`, '', ...ARRAY_TEXT.split('\n'), '', 'Shapes', ...shapes.map((line) => `  ${line}`),
    ...options.length > 0 ? ['Options', ...options.map((line) => `  ${line}`)] : [],
    'Hint', ...hint.map((line) => `  ${line}`), '', `To check it: npx tfjs-explicit-layers grade ${file}`,
  ];
  return [
    comment(lines), ...typescript ? [typesOf(tasks)] : [], helper(typescript),
    ...tasks.map((task) => functionOf(task, typescript)),
  ].join('\n\n') + '\n';
}

/** @param {string[]} lines */
function comment(lines) {
  return ['/*', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'].join('\n');
}

/** @param {Task[]} tasks */
function typesOf(tasks) {
  const cache = tasks.some(({cacheOf}) => cacheOf) ?
    ['', '/** What the forward leaves for the backward: put here what you need. */', 'type Cache = any;'] : [];
  return ["import type {ReferenceArray} from 'tfjs-explicit-layers/reference';", ...cache].join('\n');
}

/** @param {boolean} typescript */
function helper(typescript) {
  const parameter = typescript ? 'shape: number[]): ReferenceArray' : 'shape)';
  return [
    '/** An array of zeros. */', `function zeros(${parameter} {`,
    '  return {shape: [...shape], data: new Float64Array(shape.reduce((product, size) => product * size, 1))};', '}',
  ].join('\n');
}

/** @param {Task} task @param {boolean} typescript */
function functionOf({name, parameters, returns, does}, typescript) {
  const names = parameters.map(([parameter, type]) => (typescript ? `${parameter}: ${type}` : parameter));
  const types = typescript ? [] : [
    ...parameters.map(([parameter, type]) => ` * @param {${shorter(type)}} ${parameter}`), ` * @returns {${shorter(returns)}}`];
  const head = `export function ${name}(${names.join(', ')})${typescript ? `: ${returns}` : ''} {`;
  return [
    '/**', ` * ${does[0].toUpperCase()}${does.slice(1)}`, ...types, ' */',
    head.length <= 120 ? head : head.replace(/\((.*)\)(: .*)? \{$/, (_, inside, type = '') =>
      `(\n    ${inside.replaceAll(', options', ',\n    options')})${type} {`),
    `  throw new Error('${name} is still to be written');`, '}',
  ].join('\n');
}

/** @param {string} type */
const shorter = (type) => type.replaceAll('ReferenceArray', '{shape: number[], data: Float64Array}').replaceAll('Cache', 'any');
