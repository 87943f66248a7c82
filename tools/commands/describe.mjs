import {wholeNumber} from '../whole_number.mjs';

/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('describe')
    .summary('describe a saved model, layer by layer')
    .description('Prints volumes (W x H x D), K, F, S, P, parameters, multiply-adds forward and backward, bytes of ' +
      'activations and receptive fields of the model in a model.json, and how each size came about. Weights are not ' +
      'read. Exit code 1 if a layer\'s hyperparameters leave it no output.')
    .argument('<model.json>', 'the saved model, or its folder')
    .option('--input-shape <sizes>', 'sizes of one example, such as 224,224,3; ? for any size', sizes)
    .option('--batch <n>', 'batch size for which activations are counted', wholeNumber, 1)
    .option('--project <folder>', 'the project whose packages to use', process.cwd())
    .option('--markdown', 'print a Markdown table')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `
Examples:
  npx tfjs-explicit-layers describe model/model.json
  npx tfjs-explicit-layers describe model --input-shape 224,224,3 --markdown`)
    .action(describe);
}

/**
 * @param {string} file
 * @param {{inputShape?: (number | null)[], batch: number, project: string, markdown?: boolean, json?: boolean}} flags
 */
async function describe(file, {json, markdown, ...flags}) {
  const {describeSavedModel} = await import('../describe.mjs');
  const description = await describeSavedModel(file, flags);
  console.log(json ? JSON.stringify(description, null, 2) : markdown ? description.toMarkdown() : String(description));
  process.exitCode = description.misfit?.fatal ? 1 : 0;
}

/** @param {string} text */
function sizes(text) {
  return text.split(',').map((part) => (part.trim() === '?' ? null : wholeNumber(part.trim())));
}
