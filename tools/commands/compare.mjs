import {wholeNumber} from '../whole_number.mjs';

/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('compare')
    .summary('compare a saved model with its built-in equivalent')
    .description('Compares the layers of a saved tfjs model with the built-in ones, on random data: outputs, gradients, ' +
      'losses over some training steps, milliseconds. Layers of tf.layers are replaced by explicit ones first. Exit ' +
      'code 0 if every difference has a known reason, 1 otherwise.')
    .argument('<model.json>', 'the saved model, with its weights in the same folder')
    .option('--backend <name>', 'tensorflow, wasm or cpu; by default the first of these that is installed and starts')
    .option('--input-shape <sizes>', 'sizes of one example, such as 32,32,3, if the model leaves sizes open', wholeNumbers)
    .option('--batch <n>', 'examples in a batch', wholeNumber, 8)
    .option('--steps <n>', 'training steps', wholeNumber, 10)
    .option('--seed <n>', 'seed of the random data', wholeNumber, 1)
    .option('--project <folder>', 'the project whose packages to use', process.cwd())
    .option('--json', 'print one JSON object')
    .addHelpText('after', `
Examples:
  npx tfjs-explicit-layers compare model/model.json
  npx tfjs-explicit-layers compare model/model.json --input-shape 32,32,3 --steps 3`)
    .action(compare);
}

/**
 * @param {string} file
 * @param {import('../compare.mjs').CompareFlags & {json?: boolean}} flags
 */
async function compare(file, {json, ...flags}) {
  const {compareSavedModel} = await import('../compare.mjs');
  const live = process.stderr.isTTY;
  const report = await compareSavedModel(file, {
    ...flags, onProgress: (done, all) => {
      if (live) process.stderr.write(done < all ? `\rstep ${done} of ${all}` : '\r\x1b[K');
    },
  });
  console.log(json ? JSON.stringify(report, null, 2) : String(report));
  process.exitCode = report.passed ? 0 : 1;
}

/** @param {string} text */
function wholeNumbers(text) {
  return text.split(',').map((part) => wholeNumber(part.trim()));
}
