/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('convert')
    .summary('turn Keras files into tfjs models and back')
    .description('Converts a model by the extensions of the two names: .keras (Keras 3), .h5 and .hdf5 (tf_keras and ' +
      'Keras 3), otherwise a folder with a tfjs model.json (or the model.json itself). Layers, weights, names, ' +
      'trainable flags, loss, metrics and optimizer are kept; anything the other format cannot hold is refused by ' +
      'name, before anything is written.')
    .argument('<in>', 'the model to read')
    .argument('<out>', 'the file or folder to write')
    .option('--layers <kind>', 'layers of the model.json: built-in, which tf.loadLayersModel reads, or explicit', 'built-in')
    .option('--no-compile', 'leave out loss, metrics and optimizer')
    .option('--project <folder>', 'the project whose packages to use', process.cwd())
    .addHelpText('after', '\nNeeds the packages h5wasm and fflate: npm install h5wasm fflate')
    .addHelpText('after', `
Examples:
  npx tfjs-explicit-layers convert model.keras model
  npx tfjs-explicit-layers convert model/model.json model.h5`)
    .action(run);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {{layers: 'built-in' | 'explicit', compile: boolean, project: string}} options
 */
async function run(from, to, options) {
  const {convert} = await import('../convert.mjs');
  const {name, layers, weights, notes} = await convert(from, to, options);
  console.log(`${to}: the model '${name}', ${layers} layers, ${weights} weights`);
  notes.forEach((note) => console.log(`  ${note}`));
}
