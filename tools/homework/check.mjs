import {EXERCISES, isAsked} from './exercises.mjs';
import {indexOf, originOf, positionOf} from './origins.mjs';

/** @typedef {import('./exercises.mjs').Exercise} Exercise */
/** @typedef {import('./exercises.mjs').Task} Task */
/** @typedef {import('./origins.mjs').Call} Call */
/** @typedef {import('./origins.mjs').Origin} Origin */
/** @typedef {import('./origins.mjs').ReferenceArray} ReferenceArray */
/** @typedef {import('./origins.mjs').Reference} Reference */
/** @typedef {{[result: string]: ReferenceArray}} Results */

/**
 * The first wrong entry of a function.
 * @typedef {object} Mistake
 * @property {number} case the number of the case, from 1 on
 * @property {string} inputs what the function was called with, in words
 * @property {string} [problem] what is wrong where no entry can be named
 * @property {string} [array]
 * @property {number[]} [index]
 * @property {number | null} [found] null where there is no such entry
 * @property {number | null} [wanted] what the reference says; null where there should be no such entry
 * @property {number | null} [difference] what central differences of the forward say; null where they say nothing
 * @property {string} [shapes] what is wrong with the shape
 * @property {Origin} [origin]
 */
/** @typedef {{exercise: string, name: string, cases: number, mistake: Mistake | null}} Verdict */

/** Entries are right within this, absolute and relative: far above rounding, far below any mistake. */
const ABSOLUTE = 1e-8;
const RELATIVE = 1e-6;

/** Of central differences, which round more. */
const STEP = 1e-5;
const DIFFERENCE_TOLERANCE = 1e-5;

/** So many entries of an array are compared with central differences; of larger ones some. */
const MANY = 40;

/**
 * The exercises that a module has functions of.
 * @param {{[name: string]: unknown}} functions
 */
export function exercisesIn(functions) {
  return Object.keys(EXERCISES).filter((name) => EXERCISES[name].tasks.some((task) => typeof functions[task.name] ===
    'function'));
}

/**
 * Tries every function of an exercise.
 * @param {string} exercise
 * @param {{[name: string]: any}} functions what the student wrote
 * @param {Reference} reference
 * @returns {Verdict[]}
 */
export function check(exercise, functions, reference) {
  const {tasks, cases} = EXERCISES[exercise];
  /** @type {{[name: string]: Mistake | null}} */
  const mistakes = Object.fromEntries(tasks.map(({name}) => [name, null]));
  cases.forEach((given, i) => {
    const theirs = runner(tasks, functions, given);
    const ours = runner(tasks, /** @type {any} */ (reference), given);
    for (const task of tasks.filter((one) => isAsked(one, given))) {
      mistakes[task.name] ??= mistakeOf(task, {given, theirs, ours, reference, number: i + 1, tasks});
    }
  });
  return tasks.map((task) => (
    {exercise, name: task.name, cases: cases.filter((given) => isAsked(task, given)).length, mistake: mistakes[task.name]}));
}

/**
 * Runs the functions of one exercise in one case, each once, the backwards with the cache of the forward.
 * @param {Task[]} tasks
 * @param {{[name: string]: any}} functions
 * @param {Call} given
 */
function runner(tasks, functions, given) {
  /** @type {Map<string, any>} */
  const returned = new Map();
  /** @param {string} name @returns {any} */
  const run = (name) => {
    if (!returned.has(name)) {
      const {parameters, cacheOf} = /** @type {Task} */ (tasks.find((task) => task.name === name));
      const cache = cacheOf ? run(cacheOf)?.cache : undefined;
      returned.set(name, functions[name](...parameters.map(([parameter]) => (parameter === 'cache' ? cache : given[parameter]))));
    }
    return returned.get(name);
  };
  return run;
}

/**
 * @param {Task} task
 * @param {{given: Call, theirs: (name: string) => any, ours: (name: string) => any, reference: Reference, number: number,
 *   tasks: Task[]}} context
 * @returns {Mistake | null}
 */
function mistakeOf(task, {given, theirs, ours, reference, number, tasks}) {
  const mistake = {case: number, inputs: inWords(task, given)};
  const before = JSON.stringify(given, numbersToo);
  let returned;
  try {
    returned = theirs(task.name);
  } catch (error) {
    return {...mistake, problem: thrown(task, error)};
  }
  if (JSON.stringify(given, numbersToo) !== before) {
    const changed = Object.keys(given).find((name) =>
      JSON.stringify(given[name], numbersToo) !== JSON.stringify(JSON.parse(before)[name]));
    return {...mistake, problem: `${task.name} changes ${changed}, which it is given. Make a new array.`};
  }
  const wanted = resultsOf(task, ours(task.name));
  const call = {
    ...given, ...resultsOf(tasks[0], ours(tasks[0].name)), cache: ours(tasks[0].name).cache, results: wanted, reference,
  };
  for (const array of task.results) {
    const found = readArray(task, array, returned);
    if ('problem' in found) return {...mistake, problem: found.problem};
    const difference = differencesOf(task, array, {given, tasks, reference});
    const wrong = firstWrong(found, wanted[array], difference);
    if (wrong) {
      const origin = wrong.wanted === null ? undefined : originOf(task.name, array, call, wrong.index);
      return {...mistake, array, ...wrong, difference: difference(wrong.index), origin};
    }
  }
  return null;
}

/** What it returned, as arrays by name. @param {Task} task @param {any} returned @returns {Results} */
function resultsOf({results, bare}, returned) {
  return Object.fromEntries(results.map((name) => [name, asArray(bare ? returned : returned[name])]));
}

/** @param {unknown} value @returns {any} */
const asArray = (value) => (typeof value === 'number' ? {shape: [], data: [value]} : value);

/**
 * @param {Task} task
 * @param {string} array
 * @param {any} returned
 * @returns {ReferenceArray | {problem: string}}
 */
function readArray({name, bare}, array, returned) {
  const value = asArray(bare ? returned : returned?.[array]);
  const what = bare ? 'an array' : `{${array}}`;
  if (!value || !Array.isArray(value.shape) || typeof value.data?.length !== 'number') {
    return {problem: `${name} must return ${what} with ${bare ? 'its' : `${array} as`} {shape: number[], data: Float64Array}. ` +
      `It returned ${inShort(bare ? returned : returned && array in returned ? returned[array] : returned)}.`};
  }
  const size = value.shape.reduce((/** @type {number} */ product, /** @type {number} */ length) => product * length, 1);
  if (size !== value.data.length) {
    return {problem: `${name}: ${array} has shape [${value.shape}], which needs ${size} values, ` +
      `but ${value.data.length} are there.`};
  }
  return value;
}

/**
 * @param {ReferenceArray} found
 * @param {ReferenceArray} wanted
 * @param {(index: number[]) => number | null} difference
 */
function firstWrong(found, wanted, difference) {
  const sameRank = found.shape.length === wanted.shape.length;
  const shapes = String(found.shape) === String(wanted.shape) ? undefined :
    `it has shape [${found.shape}], should be [${wanted.shape}]`;
  for (let i = 0; i < wanted.data.length; i++) {
    const index = indexOf(wanted.shape, i);
    const there = sameRank && index.every((at, axis) => at < found.shape[axis]);
    const value = there ? found.data[positionOf(found.shape, index)] : null;
    if (value === null || !isClose(value, wanted.data[i]) || !agrees(value, difference, index, wanted.data[i], i,
      wanted.data.length)) {
      return {index, found: value, wanted: wanted.data[i], shapes};
    }
  }
  if (shapes === undefined) return null;
  const extra = Array.from(found.data, (_, i) => i).find((i) =>
    indexOf(found.shape, i).some((at, axis) => !(at < wanted.shape[axis]))) ?? 0;
  return {index: indexOf(found.shape, extra), found: found.data[extra], wanted: null, shapes};
}

/** @param {unknown} found @param {number} wanted */
function isClose(found, wanted) {
  return typeof found === 'number' && Math.abs(found - wanted) <= ABSOLUTE + RELATIVE * Math.abs(wanted);
}

/**
 * Whether central differences say the same; where they contradict the reference, at a kink or a tie, they say nothing.
 * @param {number} found
 * @param {(index: number[]) => number | null} difference
 * @param {number[]} index
 * @param {number} wanted
 * @param {number} at
 * @param {number} size
 */
function agrees(found, difference, index, wanted, at, size) {
  if (size > MANY && at % Math.ceil(size / MANY) !== 0) return true;
  const slope = difference(index);
  if (slope === null) return true;
  const near = (/** @type {number} */ value) => Math.abs(value - slope) <= DIFFERENCE_TOLERANCE * Math.max(1, Math.abs(slope));
  return near(found) || !near(wanted);
}

/**
 * Central differences of the reference's forward, of sum(out * dout), by an entry of the input whose gradient the array is.
 * @param {Task} task
 * @param {string} array
 * @param {{given: Call, tasks: Task[], reference: any}} context
 * @returns {(index: number[]) => number | null}
 */
function differencesOf({gradients}, array, {given, tasks: [forward], reference}) {
  const input = gradients?.[array];
  if (!input) return () => null;
  const weights = given['dout'] ?? given['cols'];
  const loss = (/** @type {ReferenceArray} */ changed) => {
    const returned = reference[forward.name](
      ...forward.parameters.map(([parameter]) => (parameter === input ? changed : given[parameter])));
    if (returned.loss !== undefined) return returned.loss;
    const {data} = forward.bare ? returned : returned.out;
    return data.reduce((/** @type {number} */ total, /** @type {number} */ value, /** @type {number} */ i) =>
      total + value * weights.data[i], 0);
  };
  return (index) => {
    const {shape, data} = given[input];
    const at = positionOf(shape, index);
    const shifted = (/** @type {number} */ step) => loss({shape, data: data.map(
      (/** @type {number} */ value, /** @type {number} */ i) => (i === at ? value + step : value))});
    return (shifted(STEP) - shifted(-STEP)) / (2 * STEP);
  };
}

/** @param {Task} task @param {Call} given */
function inWords({parameters, cacheOf}, given) {
  const names = cacheOf ? Object.keys(given) : parameters.map(([name]) => name);
  return names.filter((name) => given[name] !== undefined).map((name) => {
    const value = given[name];
    if (value.data) return `${name} [${value.shape}]`;
    if (Array.isArray(value)) return `${name} [${value}]`;
    return `{${Object.entries(value).map(([key, option]) =>
      `${key}: ${option?.data ? `[${[...option.data]}]` : Array.isArray(option) ? `[${option}]` : option}`).join(', ')}}`;
  }).join(', ');
}

/** @param {Task} task @param {unknown} error */
function thrown({name, cacheOf}, error) {
  if (error instanceof TypeError && /is not a function/.test(error.message) && /functions\[name\]/.test(error.message)) {
    return `${name} is not there: export a function of this name.`;
  }
  const message = error instanceof Error ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}` : String(error);
  const stack = error instanceof Error ? /** @type {string} */ (error.stack).split('\n').find((line) => /:\d+:\d+/.test(line)) : '';
  const line = /:(\d+):\d+\)?$/.exec(stack?.trim() ?? '')?.[1];
  const ofForward = cacheOf && message === `${cacheOf} is still to be written` ? `it needs the cache of ${cacheOf}, which ` : '';
  return ofForward ? `${ofForward}is still to be written.` :
    `it throws: ${message}${/still to be written/.test(message) || !line ? '' : ` (line ${line})`}`;
}

/** NaN and −0 as they are. @param {string} _ @param {unknown} value */
function numbersToo(_, value) {
  return typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? String(value) :
    ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value;
}

/** @param {unknown} value */
function inShort(value) {
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'a JavaScript array' : `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`;
}
