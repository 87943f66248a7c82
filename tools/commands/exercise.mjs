import {EXERCISES} from '../homework/exercises.mjs';

/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('exercise')
    .summary('write an exercise: a layer with empty functions')
    .addHelpText('after', '\nExamples:\n  npx tfjs-explicit-layers exercise conv2d\n  ' +
      'npx tfjs-explicit-layers exercise relu --typescript')
    .description('Writes a file with the empty forward and backward functions of a layer, in the names, signatures and ' +
      'arrays of the entry tfjs-explicit-layers/reference, with their shapes and a hint. An existing file is not ' +
      'overwritten. The command grade checks your solution.')
    .addArgument(program.createArgument('<name>', 'which layer').choices(Object.keys(EXERCISES)))
    .option('--out <file>', 'file to write, - for the terminal; by default NAME.mjs, with --typescript NAME.ts')
    .option('--typescript', 'with types; implied by a FILE that ends in .ts')
    .action(exercise);
}

/**
 * @param {string} name
 * @param {{out?: string, typescript?: boolean}} options
 */
async function exercise(name, options) {
  const [{templateOf}, {mkdirSync, writeFileSync}, path] =
    await Promise.all([import('../homework/template.mjs'), import('node:fs'), import('node:path')]);
  const typescript = options.typescript ?? /\.m?ts$/.test(options.out ?? '');
  const out = options.out ?? `${name}.${typescript ? 'ts' : 'mjs'}`;
  if (out !== '-' && typescript !== /\.m?ts$/.test(out)) {
    throw new Error(`--typescript writes a file that ends in .ts. Got --out ${out}.`);
  }
  const text = templateOf(name, {typescript, file: out === '-' ? 'FILE' : out});
  if (out === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    mkdirSync(path.dirname(path.resolve(out)), {recursive: true});
    writeFileSync(out, text, {flag: 'wx'});
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    throw new Error(`${out} is there already and may hold work: nothing was written. Name another file with --out.`,
      {cause: error});
  }
  console.log(`${out}: ${EXERCISES[name].tasks.map((task) => task.name).join(', ')}\n` +
    `To check what you wrote: npx tfjs-explicit-layers grade ${out}`);
}
