/** Lets a module of TypeScript be imported where Node cannot: its types are taken out by the package typescript. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

/** @type {typeof import('typescript')} */
let ts;

/** @param {{typescript: string}} data where the package is */
export function initialize({typescript}) {
  ts = createRequire(import.meta.url)(typescript);
}

/**
 * @param {string} url
 * @param {object} context
 * @param {(url: string, context: object) => Promise<object>} next
 */
export async function load(url, context, next) {
  if (!/\.[mc]?ts$/.test(url)) return next(url, context);
  const {outputText} = ts.transpileModule(readFileSync(fileURLToPath(url), 'utf8'), {compilerOptions: {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, inlineSourceMap: false, removeComments: false}});
  return {format: 'module', source: outputText, shortCircuit: true};
}
