/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('setup-node')
    .summary('make @tensorflow/tfjs-node loadable')
    .description('Makes the installed @tensorflow/tfjs-node 4.22 loadable without its own download, which is often ' +
      'unavailable: gets TensorFlow\'s C library through pip (274 MB, once) and compiles tfjs-node\'s addon ' +
      'with ops of this library in it. Needs Linux, python3 with pip and a C++ compiler. ' +
      'An addon that already works is left alone.')
    .option('--project <folder>', 'the project whose tfjs-node to set up', process.cwd())
    .option('--wheel <file>', 'a TensorFlow wheel already downloaded')
    .addHelpText('after', `
Environment:
  TFJS_EXPLICIT_LAYERS_CACHE  where the library is kept
                              (~/.cache/tfjs-explicit-layers)
  CXX                         the C++ compiler`)
    .addHelpText('after', `
Examples:
  npx tfjs-explicit-layers setup-node
  npx tfjs-explicit-layers setup-node --project ../app`)
    .action(setUp);
}

/** @param {{project: string, wheel?: string}} options */
async function setUp({project, wheel}) {
  const {SetupError, explain, setupNode} = await import('../setup_node.mjs');
  try {
    const {status, tensorflow, folder} = await setupNode({from: project, wheel});
    // What was set up just now has been told on the way.
    if (status === 'ready') console.log(`tfjs-node is ready already: TensorFlow ${tensorflow}, ${folder}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(explain(error));
    process.exitCode = error.code === 'interrupted' ? 130 : 1;
  }
}
